import CNN
import Checking
import Foundations
import GAN
import Tensors
import Testing

@Suite("§ 8.4  Critics and penalties beside PyTorch")
struct CriticReferenceTests {
  @Test(
    "(8.15), (8.16): penalties, spectral normalization and their derivatives are PyTorch's",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("gan_critics", cases, type) }
}

private let cases: [PassCase] = [
  PassCase("gradientPenalty") { t, _ in gradientPenalty(at: t[0], of: critic(t[1...])) },
  PassCase("gradientPenalty, images") { t, _ in
    gradientPenalty(at: t[0]) { convolution(convolution($0, t[1], padding: 1).tanh(), t[2]).sum(axes: [1, 2, 3]) }
  },
  PassCase("gradientPenalty, whole loss") { t, _ in
    let f = critic(t[3...])
    let x̂ = t[2] * t[0] + (1 - t[2]) * t[1]
    return AdversarialLoss.wasserstein.discriminator(real: f(t[0]), fake: f(t[1]))
      + 10 * gradientPenalty(at: x̂, of: f)
  },
  PassCase("realPenalty") { t, _ in realPenalty(at: t[0], of: critic(t[1...])) },
  PassCase("SpectrallyNormalized") { t, _ in dense(t)(t[0]) },
  PassCase("SpectrallyNormalized, evaluation") { t, _ in dense(t)(t[0]) },
  PassCase("SpectrallyNormalized, filters") { t, _ in
    filled(SpectrallyNormalized(Convolution(2, 3, kernel: 3, random: seeded), random: seeded), t)(t[0])
  },
  PassCase("LipschitzCritic") { t, _ in
    var critic = LipschitzCritic([3, 4, 1], random: seeded)
    critic.layers[0] = filled(critic.layers[0], [t[0], t[1], t[2], t[5], t[6]])
    critic.layers[1] = filled(critic.layers[1], [t[0], t[3], t[4], t[7], t[8]])
    return critic(t[0])
  },
]

private var seeded: RandomSource { RandomSource(seed: 1) }

/// w₂ · tanh(W₁ x + b₁).
private func critic(_ w: ArraySlice<Tensor>) -> (Tensor) -> Tensor {
  let w = Array(w)
  return { x in matmul(matmul(x, w[0].transposed, plus: w[1]).tanh(), w[2].transposed) }
}

private func dense(_ t: [Tensor]) -> SpectrallyNormalized<Linear> {
  filled(SpectrallyNormalized(Linear(3, 4, random: seeded), random: seeded), t)
}

/// A layer with the weights, the bias and the two vectors behind the first tensor.
private func filled<L: WeightedLayer>(_ layer: SpectrallyNormalized<L>, _ t: [Tensor]) -> SpectrallyNormalized<L> {
  var (rest, layer) = (t[1...], layer)
  layer = layer.mapParameters { _ in rest.removeFirst() }
  (layer.left, layer.right) = (t[3].stopGradient, t[4].stopGradient)
  return layer
}
