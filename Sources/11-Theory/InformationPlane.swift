// § 11.9  Networks in training, in the information plane

import Backprop
import Foundations
import Messages
import Tensors
import Training

/// A network 10-8-6-4-3-2 in training on all 1,024 inputs of 10 bits, with the information of its hidden layers.
/// Remark 11.22
public struct InformationPlane: Sendable {
  /// The widths of the hidden layers.
  public static let hidden = [8, 6, 4, 3]
  /// The numbers of bins that are used.
  public static let bins = [4, 30, 1_000]

  /// The epochs after which the layers were measured, with 0 for the start.
  public let epochs: [Int]
  /// The information of each hidden layer after these epochs, for each number of bins. [bins][layer][time]
  public let measured: [Int: [[BinnedInformation]]]
  /// The final share of right labels.
  public let accuracy: Double

  /// Trains by Adam with the rate 2 · 10⁻³ on all inputs in every step, and measures about 20 times for every factor of
  /// ten of the epochs.
  ///
  /// ReLU starts with He's weights, because with smaller ones its 3 neurons are often dead. The range of the bins is
  /// [−1, 1] for tanh, and from 0 to the largest output of the layer at that time for ReLU.
  public init(activation σ: Activation, plan: TrainingPlan, task: RandomSource, random: RandomSource) {
    let task = BitTask(random: task)
    var network = MLP(
      [10] + Self.hidden + [2], activation: σ, initialization: σ == .relu ? .he : .uniformFanIn, random: random)
    var adam = Adam(learningRate: 2e-3)
    let chosen = Self.chosenEpochs(plan.epochs)
    let start = Self.metrics(network, task)
    let history = train(&network, with: &adam, examples: 1, plan: plan, random: random) { network, _ in
      MeasuredLoss(network(task.inputs).crossEntropy(labels: task.labels))
    } evaluate: { network, epoch in
      chosen.contains(epoch.number) ? Self.metrics(network, task) : [:]
    }
    let times = [start] + history.epochs.map(\.metrics).filter { !$0.isEmpty }
    epochs = [0] + history.epochs.filter { !$0.metrics.isEmpty }.map(\.number)
    measured = Self.bins.reduce(into: [:]) { found, bins in
      found[bins] = Self.hidden.indices.map { layer in
        times.map {
          BinnedInformation(
            aboutInput: $0[Self.name("X", layer, bins)] ?? .nan, aboutLabel: $0[Self.name("Y", layer, bins)] ?? .nan)
        }
      }
    }
    let answers = network(task.inputs).argmax(axis: 1)
    accuracy = Double(zip(answers, task.labels).filter(==).count) / Double(task.labels.count)
  }

  /// The information of the last hidden layer over time.
  public func lastLayer(bins: Int) -> [BinnedInformation] { measured[bins]?.last ?? [] }

  /// The positions in `epochs` of the start, and of those nearest to 20, 50, 100, 400, 1,000 and the end.
  public var shown: [Int] {
    let wanted = [0, 20, 50, 100, 400, 1_000, epochs.last ?? 0].filter { $0 <= epochs.last ?? 0 }
    let places = wanted.map { wish in
      epochs.indices.min { (epochs[$0] - wish).magnitude < (epochs[$1] - wish).magnitude } ?? 0
    }
    return places.enumerated().filter { $0.offset == 0 || $0.element != places[$0.offset - 1] }.map(\.element)
  }

  /// About 20 epochs for every factor of ten, and the last one.
  private static func chosenEpochs(_ last: Int) -> Set<Int> {
    var (found, next) = (Set([20, 50, 100, 400, 1_000, last]), 1.0)
    while next <= Double(last) {
      found.insert(Int(next.rounded()))
      next = max(next + 1, next * 1.12)
    }
    return found
  }

  private static func name(_ what: String, _ layer: Int, _ bins: Int) -> String { "\(what) \(layer) \(bins)" }

  private static func metrics(_ network: MLP, _ task: BitTask) -> [String: Double] {
    var found: [String: Double] = [:]
    for (layer, T) in ForwardPass(network, at: task.inputs).h[1...hidden.count].enumerated() {
      let range = network.activation == .tanh ? -1...1 : 0...max(T.max().item, 1e-9)
      for bins in bins {
        let information = BinnedInformation(of: T, labels: task.labels, bins: bins, range: range)
        found[name("X", layer, bins)] = information.aboutInput
        found[name("Y", layer, bins)] = information.aboutLabel
      }
    }
    return found
  }
}
