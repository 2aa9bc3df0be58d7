// § 3.2  L2 regularization (ridge)

import Messages
import Tensors
import Training

/// The L2 penalty of § 3.2.1, λ/2 ‖θ‖₂² = λ/2 Σᵢ θᵢ², which is added to a loss: L̃(θ) = L(θ) + λ/2 ‖θ‖₂². (3.2)
public func l2Penalty<P: Parameterized>(_ θ: P, strength λ: Double) -> Tensor { λ / 2 * θ.dot(θ) }

/// The gradient of the penalised loss from that of the loss: ∇L̃(θ) = ∇L(θ) + λ θ. (3.3)
public func l2Gradient<P: Parameterized>(_ gradient: P, at θ: P, strength λ: Double) -> P {
  gradient.zipParameters(θ) { g, θ in g + λ * θ }
}

/// Gradient descent on a loss with an L2 penalty: θ ← (1 − ηλ) θ − η ∇L(θ). (3.4)
///
/// It receives the gradient of the loss alone. The factor 1 − ηλ shrinks the parameters in every step, hence the name
/// weight decay. § 3.2.2
public struct ShrinkingGradientDescent: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// The strength λ of the penalty.
  public let strength: Double

  /// Gradient descent with this learning rate and penalty.
  public init(learningRate: Double, strength: Double) {
    (self.learningRate, self.strength) = (learningRate, strength)
  }

  /// θ ← (1 − ηλ) θ − η ∇L, for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, λ) = (learningRate, strength)
    model = model.zipParameters(gradient) { θ, g in (1 - η * λ) * θ - η * g }
  }
}

/// The weights that minimise 1/2N ‖X w − y‖² + λ/2 ‖w‖²: w = (XᵀX / N + λ I)⁻¹ Xᵀy / N. § 3.2
///
/// Ridge regression by Hoerl and Kennard (1970), for examples stored as rows. With λ > 0 the solution is unique for any
/// number of examples. [N×p], [N] → [p]
public func ridgeRegression(_ X: Tensor, _ y: Tensor, penalty λ: Double) throws -> Tensor {
  require(
    X.rank == 2 && y.shape == [X.shape[0]] && λ >= 0,
    "cannot fit \(y.shape) targets to examples \(X.shape) with penalty \(λ): one target per row and λ ≥ 0 are needed")
  let (N, p) = (Double(X.shape[0]), X.shape[1])
  return try LinearAlgebra.solve(
    matmul(X.transposed, X) / N + λ * Tensor.identity(p, scalarType: X.scalarType), matmul(X.transposed, y) / N)
}

/// −ln p(w | X, y) without its constants: ‖X w − y‖² / 2σ² + ‖w‖² / 2τ², for noise of variance σ² and a prior
/// w ~ N(0, τ² I). § 3.2
///
/// Divided by N / σ² this is the ridge loss with λ = σ² / N τ²: the ridge solution is the mode of the posterior (MAP).
public func negativeLogPosterior(
  _ w: Tensor, _ X: Tensor, _ y: Tensor, noiseVariance: Double, priorVariance: Double
) -> Tensor {
  (matmul(X, w) - y).squared().sum() / (2 * noiseVariance) + w.squared().sum() / (2 * priorVariance)
}
