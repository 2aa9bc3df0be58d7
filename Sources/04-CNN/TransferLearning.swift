// § 4.5  Transfer learning and fine-tuning

import Messages
import Tensors

/// A network that is a chain of stages; the last is the classifier.
public protocol StagedNetwork: Module where Input == Tensor, Output == Tensor {
  /// The parts of each stage.
  static var stageParts: [[PartialKeyPath<Self>]] { get }
  /// The output of a stage, given by its index.
  func stage(_ number: Int, _ x: Tensor) -> Tensor
}

extension StagedNetwork {
  /// The output of a range of stages.
  public func callAsFunction(_ x: Tensor, stages: Range<Int>) -> Tensor { stages.reduce(x) { stage($1, $0) } }
}

/// How much of a pretrained network is trained again. § 4.5
public enum TransferStrategy: Sendable, Hashable {
  /// All layers but the classifier are frozen.
  case featureExtractor
  /// The classifier and the last stages before it are trained.
  case partial(stages: Int)
  /// Everything is trained.
  case full

  /// How many of `count` stages are frozen; the classifier counts as one.
  public func frozenStages(of count: Int) -> Int {
    switch self {
    case .featureExtractor: count - 1
    case .partial(let stages): count - 1 - stages
    case .full: 0
    }
  }
}

/// The learning rates for fine-tuning: 10 to 100 times smaller than that of the first training. § 4.5
public func fineTuningRates(initial η: Double) -> ClosedRange<Double> { η / 100...η / 10 }

/// A network whose first stages are frozen: its parameters are those of the other stages, and only these have gradients
/// and are moved by an optimizer. Definition 4.8, § 4.5
///
/// Frozen stages run in evaluation mode during training too: without dropout, normalized by running statistics that do
/// not change. PyTorch's `requires_grad = False` does not do this: after `model.train()` frozen layers are normalized
/// by the batch, and their running statistics move. With `frozenMode` `.training` the same happens here.
public struct PartlyFrozen<Network: StagedNetwork>: Module {
  /// The whole network.
  public var network: Network
  /// How many stages are frozen.
  public let frozenStages: Int
  /// How the frozen stages run while the others are trained.
  public let frozenMode: Mode
  private let isTrained: [Bool]
  private let moves: [Bool]

  /// The network with the part that a strategy trains.
  public init(_ network: Network, _ strategy: TransferStrategy, frozenMode: Mode = .evaluation) {
    let stages = Network.stageParts
    frozenStages = strategy.frozenStages(of: stages.count)
    require(
      stages.indices.contains(frozenStages),
      "cannot train \(strategy) of a network of \(stages.count) stages: at least one must be trained, and at most all")
    let trained = network.places(at: stages[frozenStages...].flatMap { $0 })
    isTrained = network.parameters.indices.map(trained.parameters.contains)
    moves = network.statistics.indices.map { frozenMode == .training || trained.statistics.contains($0) }
    (self.network, self.frozenMode) = (network, frozenMode)
  }

  /// The network; only its trained parameters are visited.
  public static var parameters: [PartialKeyPath<PartlyFrozen>] { [\.network] }

  /// Visits the parameters of the stages that are trained.
  public mutating func forEachParameter(_ visit: (inout Tensor) throws -> Void) rethrows {
    let isTrained = isTrained
    var place = 0
    try network.forEachParameter { tensor in
      defer { place += 1 }
      if isTrained[place] { try visit(&tensor) }
    }
  }

  /// Visits the running statistics that training moves.
  public mutating func forEachStatistic(_ visit: (inout Tensor) throws -> Void) rethrows {
    let moves = moves
    var place = 0
    try network.forEachStatistic { tensor in
      defer { place += 1 }
      if moves[place] { try visit(&tensor) }
    }
  }

  /// The names of the visited parameters in the network, so that the trained part can be saved alone.
  public var parameterNames: [String] { zip(network.parameterNames, isTrained).filter(\.1).map(\.0) }
  /// The names of the moving statistics in the network.
  public var statisticNames: [String] { zip(network.statisticNames, moves).filter(\.1).map(\.0) }

  /// The output of the frozen stages; it does not depend on the trained parameters.
  public func features(_ x: Tensor) -> Tensor {
    let mode = Mode.current == .training ? frozenMode : .evaluation
    return mode { network(x, stages: 0..<frozenStages) }
  }

  /// The output of the trained stages for features.
  public func head(_ features: Tensor) -> Tensor {
    network(features, stages: frozenStages..<Network.stageParts.count)
  }

  /// The output of the whole network.
  public func callAsFunction(_ x: Tensor) -> Tensor { head(features(x)) }
}
