// § 10.7, Exercise 10.5  A U-Net that takes the class as an input

import Foundations
import Messages
import Tensors
import Training

/// A U-Net that adds a learned vector for the class, or for ∅, to the time embedding. Exercise 10.5.2
public struct ConditionalUNet: Model, ConditionalNoisePredictor {
  /// The network.
  public var network: UNet
  /// The vectors of the classes; the last one is that of ∅.
  public var classes: Embedding

  /// A new network for the given number of classes.
  public init(_ sizes: UNetSizes = UNetSizes(), classes K: Int, random: RandomSource) {
    network = UNet(sizes, random: random)
    classes = Embedding(K + 1, sizes.time, random: random)
  }

  /// The network and the vectors.
  public static var parameters: [PartialKeyPath<ConditionalUNet>] { [\.network, \.classes] }

  /// The number of classes, without ∅.
  public var classCount: Int { classes.table.shape[0] - 1 }

  /// ε_θ(x_t, t, c), with nil for ∅. x: [N×C×H×W]
  public func noise(in x: Tensor, at t: [Int], classes c: [Int?]) -> Tensor {
    require(
      c.count == t.count && c.allSatisfy { (0..<classCount).contains($0 ?? 0) },
      "cannot predict the noise in \(t.count) images of the classes \(c.prefix(5).map { $0.map(String.init) ?? "∅" }): "
        + "a class from 0 to \(classCount - 1), or none, is needed for each")
    let times = timeEmbedding(t.map { Double($0 - 1) }, dimension: network.sizes.time, scalarType: x.scalarType)
    return network(x, time: times + classes(c.map { $0 ?? classCount }))
  }
}

/// Exercise 10.5.2: the classes of a batch, each replaced by ∅ with the given probability, independently of the others.
///
/// Dropping the classes of whole batches would give the same share, but then no batch would train both branches.
public func droppedClasses(_ classes: [Int], probability p: Double, using random: RandomSource) -> [Int?] {
  classes.map { random.bernoulli(p) ? nil : $0 }
}

extension DenoiserTraining where M: ConditionalNoisePredictor {
  /// Exercise 10.5: trains by the simple loss with the class of each example, dropped with probability p. (10.16)
  ///
  /// `evaluate` is called after every epoch. x0: [N×…]; N classes
  @discardableResult
  public mutating func train(
    on x0: Tensor, classes: [Int], dropping p: Double = 0.1, schedule: NoiseSchedule, plan: TrainingPlan,
    random: RandomSource,
    evaluate: (DenoiserTraining<M>, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
  ) -> History {
    train(
      on: x0, schedule: schedule, plan: plan, random: random,
      predict: { model, x, t, examples in
        let c = droppedClasses(examples.map { classes[$0] }, probability: p, using: random)
        return model.noise(in: x, at: t, classes: c)
      }, evaluate: evaluate)
  }
}

/// The simple loss of both branches of a conditional model on the same images, times and noise. Exercise 10.5
public struct BranchLosses: Sendable, Equatable {
  /// The loss of ε_θ(x_t, t, c) with the right classes, and that of ε_θ(x_t, t, ∅).
  public let conditional, unconditional: Double

  /// The losses on images x₀, each at `repeats` times t drawn uniformly. x₀: [N×…]
  public init(
    of model: some ConditionalNoisePredictor, on x0: Tensor, classes: [Int], schedule: NoiseSchedule, repeats: Int = 4,
    random: RandomSource
  ) {
    var sums = (0.0, 0.0)
    for _ in 0..<repeats {
      let t = classes.map { _ in 1 + random.integer(below: schedule.steps) }
      let ε = random.normal(x0.shape, scalarType: x0.scalarType)
      let x = schedule.noised(x0, at: t, noise: ε)
      sums.0 += (ε - model.noise(in: x, at: t, classes: classes)).squared().mean().item
      sums.1 += (ε - model.noise(in: x, at: t)).squared().mean().item
    }
    (conditional, unconditional) = (sums.0 / Double(repeats), sums.1 / Double(repeats))
  }
}
