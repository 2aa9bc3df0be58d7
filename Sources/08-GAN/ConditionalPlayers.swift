// § 8.5  Players that know a label

import Foundations
import Messages
import Tensors
import Training

/// A network whose output depends on the label of each example as well: G(z, y) or D(x, y). Definition 8.9
public protocol ConditionalNetwork: Model {
  /// The outputs for inputs and their labels. x: [N×…], y: N numbers of classes
  func callAsFunction(_ x: Tensor, _ y: [Int]) -> Tensor
}

/// A generator G(z, y): a network whose latent vector is followed by the one-hot vector of the label. Definition 8.9,
/// Exercise 8.4
public struct ConditionalGenerator<Network: Module>: ConditionalNetwork
where Network.Input == Tensor, Network.Output == Tensor {
  /// The network, which takes latent + classes numbers.
  public var network: Network
  /// The number K of classes.
  public let classes: Int

  /// The generator with a network for [N×(latent + classes)].
  public init(_ network: Network, classes: Int) { (self.network, self.classes) = (network, classes) }

  /// The network's parameters.
  public static var parameters: [PartialKeyPath<Self>] { [\.network] }

  /// G(z, y). z: [N×latent] → [N×…]
  public func callAsFunction(_ z: Tensor, _ y: [Int]) -> Tensor {
    require(
      z.rank == 2 && z.shape[0] == y.count,
      "cannot generate from noise \(z.shape) and \(y.count) labels: a row of noise for each label is needed")
    return network(.concatenated([z, .oneHot(y, classes: classes, scalarType: z.scalarType)], axis: 1))
  }
}

/// A discriminator D(x, y): a network that gets an embedding of the label appended to the example, as further
/// coordinates of a point or further channels of an image. Definition 8.9, Exercise 8.4
public struct ConditionalDiscriminator<Network: Module>: ConditionalNetwork
where Network.Input == Tensor, Network.Output == Tensor {
  /// The embedding of the labels. [K × numbers of `shape`]
  public var embedding: Embedding
  /// The network of the example and the embedding.
  public var network: Network
  /// The shape of a label's embedding: [E] for points, [1, H, W] for images of H×W.
  public let shape: Shape

  /// The discriminator with an embedding drawn from N(0, 1) in the given shape, for each of K classes.
  public init(_ network: Network, classes: Int, shape: Shape, random: RandomSource) {
    (self.network, self.shape) = (network, shape)
    embedding = Embedding(classes, shape.count, random: random)
  }

  /// The embedding and the network's parameters.
  public static var parameters: [PartialKeyPath<Self>] { [\.embedding, \.network] }

  /// The logits of D(x, y). x: [N×D] or [N×C×H×W]
  public func callAsFunction(_ x: Tensor, _ y: [Int]) -> Tensor {
    require(
      x.rank == shape.rank + 1 && x.shape[0] == y.count && x.shape.lengths.dropFirst(2) == shape.lengths.dropFirst(),
      "cannot judge \(x.shape) with \(y.count) labels embedded as \(shape): each example needs a label, and "
        + "the example's axes after the first channel must be those of the embedding")
    let embedded = embedding(y).reshaped(Shape([y.count] + shape.lengths))
    return network(.concatenated([x, embedded], axis: 1))
  }
}

/// A player that ignores the label: D(x, y) = D(x). With two of them (8.17) is (8.1).
public struct LabelBlind<Network: Module>: ConditionalNetwork
where Network.Input == Tensor, Network.Output == Tensor {
  /// The network of the example alone.
  public var network: Network

  /// The player that ignores labels.
  public init(_ network: Network) { self.network = network }

  /// The network's parameters.
  public static var parameters: [PartialKeyPath<Self>] { [\.network] }

  /// The network's output for x.
  public func callAsFunction(_ x: Tensor, _ y: [Int]) -> Tensor { network(x) }
}

/// E[log D(x, y)] + E[log(1 − D(G(z, y), y))] for examples with labels, and noise z for the same labels. (8.17)
public func conditionalGameValue(
  _ D: some ConditionalNetwork, _ G: some ConditionalNetwork, real x: Tensor, labels y: [Int], noise z: Tensor
) -> Tensor {
  gameValue(real: D(x, y), fake: D(G(z, y), y))
}

/// Trains two conditional players against each other on examples with labels, like the other `trainAgainst`: the fake
/// examples of a step have the labels of its real ones. (8.17)
@discardableResult
public func trainAgainst<G: ConditionalNetwork, D: ConditionalNetwork>(
  _ players: inout Adversaries<G, D>, on real: Tensor, labels: [Int], noise shape: [Int], plan: TrainingPlan,
  random: RandomSource,
  evaluate: (inout Adversaries<G, D>, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
) -> History {
  require(
    labels.count == real.shape[0],
    "cannot train on \(real.shape[0]) examples with \(labels.count) labels: one label for each is needed")
  func noise() -> Tensor { random.normal(Shape([plan.batchSize] + shape), scalarType: real.scalarType) }
  return playRounds(&players, examples: labels.count, plan: plan, random: random) {
    players, batch, step throws(Breakdown) in
    let (z, y) = (noise(), batch.map { labels[$0] })
    try players.descendDiscriminator(
      on: real.gathered(batch), random: random, step: step, fake: { G in G(z, y) }, judged: { D, x in D(x, y) })
  } generate: { players, batch, step throws(Breakdown) in
    let (z, y) = (noise(), batch.map { labels[$0] })
    try players.descendGenerator(step: step, fake: { G in G(z, y) }, judged: { D, x in D(x, y) })
  } evaluate: {
    evaluate(&$0, $1)
  }
}
