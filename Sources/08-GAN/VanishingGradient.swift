// § 8.3.2  A generator whose examples are recognized with certainty

import Messages
import Tensors

extension AdversarialLoss {
  /// The derivative of the generator's loss with respect to the logit b of one generated example: −σ(b) if it minimizes
  /// log(1 − D), −σ(−b) = −(1 − D) if it minimizes −log D, −1 for a critic. § 8.3.2
  public func generatorSlope(atLogit b: Tensor) -> Tensor {
    switch self {
    case .saturating: -b.sigmoid()
    case .nonSaturating: -(-b).sigmoid()
    case .wasserstein: -Tensor.ones(b.shape, scalarType: b.scalarType)
    }
  }
}

/// A generator that shifts noise, G(z) = μ + z with z ∼ N(0, 1), against the discriminator D(x) = σ(a + b x) of data
/// from N(0, 1): D* for equal variances is of this form. Both are trained by gradient descent on draws. § 8.3.2
public struct ShiftGame: Sendable {
  /// The generator's shift μ, a scalar.
  public private(set) var shift: Tensor
  /// The discriminator's (a, b). [2]
  public private(set) var discriminator = Tensor.zeros([2], scalarType: .double)
  /// The generator's loss.
  public let loss: AdversarialLoss
  /// The number of draws in a batch.
  public let batchSize: Int
  /// The learning rate of both players.
  public let learningRate: Double

  /// A generator at the given distance from the data, and a discriminator that is ½ everywhere.
  public init(start: Double, loss: AdversarialLoss, batchSize: Int = 256, learningRate: Double = 0.1) {
    shift = Tensor(start, scalarType: .double)
    (self.loss, self.batchSize, self.learningRate) = (loss, batchSize, learningRate)
  }

  /// The mean logit of the generator's examples: a + b μ.
  public var fakeLogit: Double { (discriminator[0] + discriminator[1] * shift).item }

  /// One step of the discriminator, which ascends V.
  public mutating func moveDiscriminator(using random: RandomSource) {
    let (x, y) = (draws(random), shift + draws(random))
    let slope = gradient(at: discriminator) { φ in
      loss.discriminator(real: φ[0] + φ[1] * x, fake: φ[0] + φ[1] * y)
    }
    discriminator = discriminator - learningRate * slope
  }

  /// One step of the generator, which descends its loss.
  public mutating func moveGenerator(using random: RandomSource) {
    let (z, φ) = (draws(random), discriminator)
    let slope = gradient(at: shift) { μ in loss.generator(fake: φ[0] + φ[1] * (μ + z)) }
    shift = shift - learningRate * slope
  }

  /// Rounds with one step of the discriminator and then one of the generator. Returns μ before the rounds and after
  /// each of them.
  public mutating func play(rounds: Int, using random: RandomSource) -> [Double] {
    var path = [shift.item]
    for _ in 0..<rounds {
      moveDiscriminator(using: random)
      moveGenerator(using: random)
      path.append(shift.item)
    }
    return path
  }

  private func draws(_ random: RandomSource) -> Tensor { random.normal([batchSize], scalarType: .double) }
}
