import Checking
import Distributions
import Foundations
import Tensors
import Testing
import Training
import VAE

@Suite("§ 9.3 to § 9.6  Bounds beside PyTorch")
struct BoundReferenceTests {
  @Test("(9.14), (9.18), (9.23), (9.28), (9.29): values, gradients and trained parameters are PyTorch's")
  func passes() throws { try expectAgreement("vae_bounds", passCases, .double) }
}

private let passCases: [PassCase] = [
  PassCase("reparameterized") { x, _ in reparameterized(mean: x[0], logVariance: x[1], noise: x[2]) },
  PassCase("standardDivergences") { x, _ in standardDivergences(of: Normal(mean: x[0], logVariance: x[1])) },
  PassCase("logPrior") { x, _ in logPrior(of: x[0]) },
  PassCase("logMeanExp") { x, _ in logMeanExp(x[0], axis: 1) },
  PassCase("importanceWeightedBound") { x, _ in importanceWeightedBound(logWeights: x[0]) },
  PassCase("LatentVariableModel.logWeights") { x, _ in
    UnbiasedModel(
      hidden: x[1], mean: x[2], logVariance: x[3], decoder: x[4], output: x[5]
    ).logWeights(of: x[0], noise: x[6])
  },
  PassCase("MultivariateNormal.logDensity") { x, _ in
    (try? full(spread([3], offset: 70), spread([3, 3], offset: 80)))?.logDensity(of: x[0]) ?? Tensor(0)
  },
  PassCase("MultivariateNormal.klDivergence") { x, _ in
    let (q, p) = (
      try? full(spread([3], offset: 70), spread([3, 3], offset: 80)),
      try? full(spread([3], offset: 10), spread([3, 3], offset: 20))
    )
    return 0 * x[0].sum() + (q.flatMap { q in p.map { q.klDivergence(to: $0) } } ?? .nan)
  },
  PassCase("LinearVAE") { x, _ in linear(x).loss(covariance: covariance(), noise: 0.3, β: 2) },
  PassCase(several: "LinearVAE, trained") { x, _ in
    var model = linear(x).mapParameters { $0.stopGradient }
    var optimizer = GradientDescent(learningRate: 0.05)
    let Σ = covariance()
    for _ in 0..<10 {
      let slope = gradient(at: model) { $0.loss(covariance: Σ, noise: 0.3, β: 2) }
      optimizer.update(&model, along: slope.mapParameters { $0.stopGradient })
    }
    return model.parameters
  },
]

private func full(_ mean: Tensor, _ factor: Tensor) throws -> MultivariateNormal {
  try MultivariateNormal(
    mean: mean,
    covariance: matmul(factor, factor.transposed) + 0.5 * Tensor.identity(3, scalarType: .double))
}

private func linear(_ x: [Tensor]) -> LinearVAE {
  var model = LinearVAE(inputs: 5, latent: 2, random: RandomSource(seed: 1))
  (model.encoder, model.decoder, model.logVariance) = (x[0], x[1], x[2])
  return model
}

/// The covariance of nine examples of five numbers.
private func covariance() -> Tensor {
  let x = spread([9, 5], offset: 900)
  let centred = x - x.mean(axes: [0])
  return matmul(centred.transposed, centred) / 9
}

/// A VAE without biases.
private struct UnbiasedModel: LatentVariableModel {
  var hidden, mean, logVariance, decoder, output: Tensor
  static var parameters: [PartialKeyPath<UnbiasedModel>] {
    [\.hidden, \.mean, \.logVariance, \.decoder, \.output]
  }
  var latentCount: Int { mean.shape[0] }

  func encoded(_ x: Tensor) -> Normal {
    let h = matmul(x, hidden.transposed).activated(by: .relu)
    return Normal(mean: matmul(h, mean.transposed), logVariance: matmul(h, logVariance.transposed))
  }

  func decodedLogits(_ z: Tensor) -> Tensor {
    matmul(matmul(z, decoder.transposed).activated(by: .relu), output.transposed)
  }
}
