// § 8.2.2  The best discriminator for a fixed generator

import Foundations
import Messages
import Tensors

/// D*(x) = p_data(x) / (p_data(x) + p_g(x)), from both densities at the same points. (8.2), (8.6)
///
/// NaN where both are 0: there V does not depend on D.
public func optimalDiscriminator(_ p: Tensor, _ q: Tensor) -> Tensor { p / (p + q) }

/// The logit of D*, log p_data(x) − log p_g(x), from both log densities: D* = σ(logit). (8.2)
///
/// It is exact even where the densities underflow.
public func optimalLogit(_ logP: Tensor, _ logQ: Tensor) -> Tensor { logP - logQ }

/// f(D) = p_data log D + p_g log(1 − D): the contribution of one x to V, with 0 log 0 = 0. (8.3)
public func valueIntegrand(_ D: Tensor, _ p: Tensor, _ q: Tensor) -> Tensor {
  D.log().weighted(by: p) + (1 - D).log().weighted(by: q)
}

/// f′(D) = p_data / D − p_g / (1 − D), which is 0 where p_data (1 − D) = p_g D. (8.4), (8.5)
///
/// A term whose density is 0 is left out: for p_data = 0 < p_g the slope at D = 0, where f is largest, is −p_g, not 0.
public func valueIntegrandSlope(_ D: Tensor, _ p: Tensor, _ q: Tensor) -> Tensor {
  D.reciprocal().weighted(by: p) - (1 - D).reciprocal().weighted(by: q)
}

/// f″(D) = −p_data / D² − p_g / (1 − D)², which is negative. Theorem 8.4
public func valueIntegrandCurvature(_ D: Tensor, _ p: Tensor, _ q: Tensor) -> Tensor {
  -D.squared().reciprocal().weighted(by: p) - (1 - D).squared().reciprocal().weighted(by: q)
}

/// The discriminator σ(a + b x + c x²) that maximizes V on draws, found by Newton's method. Theorem 8.4
///
/// The bias is a, and the weights are (b, c). The family contains D* for any two Gaussians. real, fake: [N] each
public func logisticDiscriminator(real: Tensor, fake: Tensor) throws -> LogisticRegression {
  require(
    real.rank == 1 && real.shape == fake.shape,
    "cannot train a discriminator on draws \(real.shape) and \(fake.shape): two vectors of the same length are needed")
  let x = Tensor.concatenated([real, fake], axis: 0)
  let label = Tensor.concatenated(
    [Tensor.ones(real.shape, scalarType: x.scalarType), .zeros(fake.shape, scalarType: x.scalarType)], axis: 0)
  return try LogisticRegression(fitting: Tensor.stacked([x, x.squared()], axis: 1), label, penalty: 0)
}
