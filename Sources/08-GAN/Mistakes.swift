// A gallery of mistakes: losses, penalties, steps of two players, and measures

import Messages
import Regularization
import Running
import Tensors

/// Mistakes in the losses.
extension Mistake {
  /// E[log(1 − σ(b))] as the formula is written: log 0 = −∞ from b = 37 in `Double` and b = 17 in `Float`. (8.1)
  public static func literalLoss(fake b: Tensor) -> Tensor { (1 - b.sigmoid()).log().mean() }

  /// The slope of the generator's loss of Listing 8.7 with respect to the logit: a sigmoid, then `BCELoss`. § 8.7
  public static func slopeBehindSigmoid(fake b: Tensor) -> Tensor { squashedLoss(b).slope }
}

/// Mistakes in the gradient penalty (8.16).
extension Mistake {
  /// x̂ with an ε for every number of an example: it does not lie between x and G(z). (8.16)
  public static func interpolatedByNumber(_ real: Tensor, _ fake: Tensor, using random: RandomSource) -> Tensor {
    let ε = random.uniform(real.shape, in: 0..<1, scalarType: real.scalarType)
    return ε * real + (1 - ε) * fake
  }

  /// E[(‖∇f‖ − 1)²] with a norm over the channels of each pixel, instead of all numbers of an example. (8.16)
  public static func penaltyByPixel(at x̂: Tensor, of f: (Tensor) -> Tensor) -> Tensor {
    let slope = gradient(at: x̂) { f($0).sum() }
    return ((slope.squared().sum(axes: [1]) + 1e-24).squareRoot() - 1).squared().mean()
  }

  /// A critic with the batch normalization of Listing 8.7: its value for one image depends on the others. § 8.4.2
  public static func normalizedCritic(_ sizes: ConvolutionalSizes, random: RandomSource) -> Discriminator {
    Discriminator(sizes, isNormalized: true, random: random)
  }
}

/// Mistakes in the steps of two players.
extension Mistake {
  /// Fakes for D that are made outside any gradient call: G is then in evaluation mode and uses its running statistics.
  /// § 8.2.1
  public static func fakeInEvaluation<G: Module>(_ generator: G, _ z: Tensor) -> Tensor
  where G.Input == Tensor, G.Output == Tensor {
    generator(z)
  }

  /// Both players after D's step if the fakes are a part of its gradient: G descends D's loss too. § 8.2.1
  public static func stepOfBoth<G: Module, D: Module>(
    _ players: (G, D), on real: Tensor, noise z: Tensor, rate η: Double
  ) -> (G, D) where G.Input == Tensor, G.Output == Tensor, D.Input == Tensor, D.Output == Tensor {
    let (G0, D0) = players
    let loss = AdversarialLoss.nonSaturating
    let toG = gradient(at: G0) { G in loss.discriminator(real: D0(real), fake: D0(G(z))) }
    let toD = gradient(at: D0) { D in loss.discriminator(real: D(real), fake: D(G0(z))) }
    return (G0.zipParameters(toG) { $0 - η * $1 }, D0.zipParameters(toD) { $0 - η * $1 })
  }
}

/// Mistakes in the use of measures.
extension Mistake {
  /// Images judged by the Inception Score, as a share of its largest value, and by precision. § 8.8.1
  ///
  /// probabilities: [N×K]
  public static func judgedByScore(_ probabilities: Tensor, _ measures: NeighbourMeasures) -> Tensor {
    Tensor(
      [inceptionScore(of: probabilities) / Double(probabilities.shape[1]), measures.precision], scalarType: .double)
  }

  /// The Fréchet distance between only the first 200 generated images and all real ones, compared with values for
  /// thousands. (8.19)
  public static func distanceOfFew(_ real: Tensor, _ generated: Tensor) -> Double {
    frechetDistance(real, generated.sliced(0..<200, axis: 0))
  }
}
