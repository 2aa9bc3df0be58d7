// § 4.5  Transfer learning and fine-tuning

import Messages
import Tensors

/// A network that is a chain of stages, each applied to what the one before it returned, with the classifier as the last.
public protocol StagedNetwork: Module where Input == Tensor, Output == Tensor {
  /// The parts of each stage.
  static var stageParts: [[PartialKeyPath<Self>]] { get }
  /// What the stage of this number makes of its input.
  func stage(_ number: Int, _ x: Tensor) -> Tensor
}

extension StagedNetwork {
  /// What a run of stages makes of the input of the first.
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

  /// How many stages are frozen in a network of so many, the classifier counted as one.
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

/// A network whose first stages are frozen: its parameters are those of the other stages, so a gradient has no others, and an optimizer
/// moves no others. Definition 4.8, § 4.5
///
/// What is frozen runs in evaluation mode during training too: no dropout, normalization by the running statistics, which stay as they are. PyTorch's
/// `requires_grad = False` does not do that: `model.train()` normalizes frozen layers by the batch, and their running statistics
/// move. With `frozenMode` `.training` the same happens here.
public struct PartlyFrozen<Network: StagedNetwork>: Module {
  /// The whole network.
  public var network: Network
  /// How many stages are frozen.
  public let frozenStages: Int
  /// How the frozen stages run while the others are trained.
  public let frozenMode: Mode
  private let isTrained: [Bool]
  private let moves: [Bool]

  /// The network, of which a strategy trains a part.
  public init(_ network: Network, _ strategy: TransferStrategy, frozenMode: Mode = .evaluation) {
    let stages = Network.stageParts
    frozenStages = strategy.frozenStages(of: stages.count)
    require(
      stages.indices.contains(frozenStages),
      "cannot train \(strategy) of a network of \(stages.count) stages: at least the last is trained, and all at most")
    let trained = network.places(at: stages[frozenStages...].flatMap { $0 })
    isTrained = network.parameters.indices.map(trained.parameters.contains)
    moves = network.statistics.indices.map { frozenMode == .training || trained.statistics.contains($0) }
    (self.network, self.frozenMode) = (network, frozenMode)
  }

  /// The network, of which only the trained parameters are visited.
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

  /// The names in the network of what is visited, so that the trained part can be saved alone.
  public var parameterNames: [String] { zip(network.parameterNames, isTrained).filter(\.1).map(\.0) }
  /// The names in the network of the statistics that move.
  public var statisticNames: [String] { zip(network.statisticNames, moves).filter(\.1).map(\.0) }

  /// What the frozen stages say of an input; nothing in it depends on what is trained.
  public func features(_ x: Tensor) -> Tensor {
    let mode = Mode.current == .training ? frozenMode : .evaluation
    return mode { network(x, stages: 0..<frozenStages) }
  }

  /// What the trained stages make of features.
  public func head(_ features: Tensor) -> Tensor {
    network(features, stages: frozenStages..<Network.stageParts.count)
  }

  /// The output of the whole network.
  public func callAsFunction(_ x: Tensor) -> Tensor { head(features(x)) }
}
