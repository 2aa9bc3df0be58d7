import Tensors

/// The position of a training run between two steps: everything that the remaining steps depend on, except the state
/// and the random sources.
struct TrainingPosition: Codable, Sendable {
  /// The completed epochs.
  var history = History()
  /// The current epoch, counted from 1.
  var epoch = 1
  /// The number of the next batch, counted from 0.
  var batch = 0
  /// The number of examples that the epoch has seen so far, and the sum of their losses.
  private var seen = 0, total = 0.0
  /// The sums of all other measurements.
  private var totals: [String: Total] = [:]
  /// The players that have names, in the order of their descents.
  private var players: [String] = []
  /// The seconds that the epoch has taken so far.
  var seconds = 0.0
  /// Whether the training has ended.
  var isOver = false
  private var orderStart: [UInt64] = []

  private struct Total: Codable, Sendable {
    var sum = 0.0
    var examples = 0
    var mean: Double { sum / Double(examples) }
  }

  /// The mean loss of the epoch so far.
  var loss: Double { total / Double(seen) }

  /// The results of the epoch so far.
  var soFar: EpochSoFar { EpochSoFar(number: epoch, loss: loss, metrics: totals.mapValues(\.mean)) }

  /// The mean losses of the players that have names.
  var playerLosses: [PlayerLoss] {
    players.compactMap { name in totals[name].map { PlayerLoss(name: name, loss: $0.mean) } }
  }

  /// Adds the measurements of a step, which are means over its batch, to the sums. A breakdown makes the loss of the
  /// epoch NaN if it was finite.
  mutating func add(_ step: TrainingStep, _ breakdown: Breakdown?) {
    history.breakdown = breakdown
    let count = step.batch.count
    seen += count
    total += breakdown != nil && step.loss.isFinite ? .nan : step.loss * Double(count)
    for (name, mean) in step.measures where name != TrainingStep.loss {
      totals[name, default: Total()].sum += mean * Double(count)
      totals[name, default: Total()].examples += count
    }
    players += step.players.filter { $0 != TrainingStep.loss && !players.contains($0) }
  }

  /// The same position, with the seconds that the epoch has taken so far.
  func after(_ seconds: Double) -> TrainingPosition {
    var copy = self
    copy.seconds = seconds
    return copy
  }

  /// Adds the current epoch to the history, and starts the next.
  mutating func finishEpoch(_ metrics: [String: Double], seconds: Double) {
    history.epochs.append(History.Epoch(number: epoch, loss: loss, metrics: metrics, seconds: seconds))
    (epoch, batch, seen, total, totals, self.seconds) = (epoch + 1, 0, 0, 0, [:], 0)
  }

  /// A new order of the examples, drawn from `random`.
  mutating func drawOrder(_ examples: Int, _ random: RandomSource) -> [Int] {
    orderStart = [random.state.0, random.state.1, random.state.2, random.state.3]
    return random.permutation(examples)
  }

  /// The order of the examples that was drawn at the start of the epoch.
  func order(_ examples: Int) -> [Int] {
    if orderStart.count != 4 { return Array(0..<examples) }
    return RandomSource(state: (orderStart[0], orderStart[1], orderStart[2], orderStart[3])).permutation(examples)
  }
}
