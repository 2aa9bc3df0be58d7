import Checking
import Distributions
import GAN
import Tensors
import Testing

@Suite("§ 8.2 and § 8.3.2  The game, its losses and divergences beside PyTorch")
struct GameReferenceTests {
  @Test("(8.1), (8.2), (8.3), (8.7), (8.8), (8.15): values and gradients are those of PyTorch")
  func passes() throws { try expectAgreement("gan_values", passCases, .double) }
}

private let rule = Quadrature(over: -20...20)

/// The log densities of two normal distributions, from their means and their log variances.
private func normals(_ t: [Tensor]) -> (p: Normal, q: Normal) {
  (Normal(mean: t[0][0], logVariance: t[1][0]), Normal(mean: t[0][1], logVariance: t[1][1]))
}

private func loss(_ loss: AdversarialLoss) -> PassCase {
  PassCase(several: "AdversarialLoss, \(loss.rawValue)") { t, _ in
    [loss.discriminator(real: t[0], fake: t[1]), loss.generator(fake: t[1])]
  }
}

private let passCases: [PassCase] =
  [
    PassCase("gameValue") { t, _ in gameValue(real: t[0], fake: t[1]) },
    PassCase("optimalDiscriminator") { t, _ in optimalDiscriminator(t[0], t[1]) },
    PassCase("optimalLogit") { t, _ in optimalLogit(t[0].log(), t[1].log()) },
    PassCase("valueIntegrand") { t, _ in valueIntegrand(t[0], t[1], t[2]) },
    PassCase("kullbackLeiblerDivergence") { t, _ in
      let (p, q) = normals(t)
      return kullbackLeiblerDivergence(from: { p.logDensity(at: $0) }, to: { q.logDensity(at: $0) }, by: rule)
    },
    PassCase("jensenShannonDivergence") { t, _ in
      let (p, q) = normals(t)
      return jensenShannonDivergence({ p.logDensity(at: $0) }, { q.logDensity(at: $0) }, by: rule)
    },
    PassCase("jensenShannonDivergence, probabilities") { t, _ in
      jensenShannonDivergence(t[0].softmax(), t[1].softmax())
    },
    PassCase("optimalValue") { t, _ in
      let (p, q) = normals(t)
      return optimalValue(real: { p.logDensity(at: $0) }, fake: { q.logDensity(at: $0) }, by: rule, as: .game)
    },
    PassCase("smoothedDivergence") { t, _ in smoothedDivergence(t[0][0], deviation: 0.5) },
  ] + AdversarialLoss.allCases.map(loss)
