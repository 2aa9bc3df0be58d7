// § 12.3.3  Affinity prediction by a graph network

import Diffusion
import Foundations
import Messages
import Tensors
import Training

/// Molecules as one graph without bonds between them, so that a batch is one pass. § 12.3.3
public struct MoleculeBatch: Sendable {
  /// The elements, one-hot. [atoms×4]
  public let atoms: Tensor
  /// Both directions of every bond.
  public let bonds: DirectedEdges
  /// The molecule of every atom, and the number of molecules.
  public let owners: [Int], count: Int

  /// The batch of these molecules.
  public init(_ molecules: [Molecule], scalarType: ScalarType = .float) {
    var (elements, owners, senders, receivers) = ([Int](), [Int](), [Int](), [Int]())
    for (m, molecule) in molecules.enumerated() {
      let first = elements.count
      for edge in molecule.bonds.edges {
        senders += [first + edge[0], first + edge[1]]
        receivers += [first + edge[1], first + edge[0]]
      }
      elements += molecule.elements.map(\.rawValue)
      owners += molecule.elements.map { _ in m }
    }
    atoms = Tensor.oneHot(elements, classes: 4, scalarType: scalarType)
    bonds = DirectedEdges(
      senders: senders, receivers: receivers, features: Tensor.ones([senders.count, 1], scalarType: scalarType))
    (self.owners, count) = (owners, molecules.count)
  }
}

/// A network from a molecule to numbers such as its affinity: rounds of messages along bonds, a sum over the atoms, and
/// a perceptron. The names of the atoms do not matter. § 12.3.3
public struct MoleculeNetwork: Model {
  /// What is known about an element.
  public var encoder: Linear
  /// The rounds of messages.
  public var rounds: [MessagePassing]
  /// From the sum over the atoms to the properties.
  public var readout: MLP

  /// A network for `outputs` properties.
  public init(width: Int = 32, rounds: Int = 2, outputs: Int = 1, random: RandomSource) {
    encoder = Linear(4, width, random: random)
    self.rounds = (0..<rounds).map { _ in MessagePassing(width: width, edgeFeatures: 1, random: random) }
    readout = MLP([width, width, outputs], random: random)
  }

  /// Encoder, rounds, readout.
  public static var parameters: [PartialKeyPath<MoleculeNetwork>] { [\.encoder, \.rounds, \.readout] }

  /// The properties of every molecule. [molecules×outputs]
  public func callAsFunction(_ batch: MoleculeBatch) -> Tensor {
    let h = rounds.reduce(encoder(batch.atoms)) { $1($0, along: batch.bonds) }
    return readout(h.scatterAdded(batch.owners, length: batch.count))
  }

  /// Trains by the mean squared error of the properties. The learning rate falls to 0. targets: [molecules×outputs]
  @discardableResult
  public mutating func train(
    on molecules: [Molecule], targets: Tensor, learningRate: Double = 5e-3, plan: TrainingPlan, random: RandomSource
  ) -> History {
    var optimizer = Adam(learningRate: learningRate)
    let type = targets.scalarType
    return Training.train(
      &self, with: &optimizer, examples: molecules.count,
      plan: plan.annealed(from: learningRate, examples: molecules.count), random: random
    ) { m, batch in
      (m(MoleculeBatch(batch.map { molecules[$0] }, scalarType: type)) - targets.gathered(batch)).squared().mean()
    }
  }

  /// 1 − squared error / variance, over all properties: the share of the variance that is explained.
  public func explainedShare(_ molecules: [Molecule], targets: Tensor) -> Double {
    let rest = (self(MoleculeBatch(molecules, scalarType: targets.scalarType)) - targets).squared().mean().item
    return 1 - rest / targets.variance(axes: [0]).mean().item
  }
}
