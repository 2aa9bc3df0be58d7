import Tensors

/// Where a training stands between two steps: what the rest of it depends on, besides its state and the random sources.
struct TrainingPosition: Codable, Sendable {
  /// The epochs that are done.
  var history = History()
  /// The epoch under way, counted from 1.
  var epoch = 1
  /// The number of the batch that comes next, counted from 0.
  var batch = 0
  /// The examples of the epoch that were seen so far, and the sum of their losses.
  private var seen = 0, total = 0.0
  /// The sums of what else was measured.
  private var totals: [String: Total] = [:]
  /// The players that have names, in the order of their descents.
  private var players: [String] = []
  /// The seconds that the epoch has taken so far.
  var seconds = 0.0
  /// Whether the training has come to its end.
  var isOver = false
  private var orderStart: [UInt64] = []

  private struct Total: Codable, Sendable {
    var sum = 0.0
    var examples = 0
    var mean: Double { sum / Double(examples) }
  }

  /// The mean loss of the epoch so far.
  var loss: Double { total / Double(seen) }

  /// What the epoch has shown.
  var soFar: EpochSoFar { EpochSoFar(number: epoch, loss: loss, metrics: totals.mapValues(\.mean)) }

  /// The mean losses of the players that have names.
  var playerLosses: [PlayerLoss] {
    players.compactMap { name in totals[name].map { PlayerLoss(name: name, loss: $0.mean) } }
  }

  /// Adds what a step has measured, means over its batch, to the sums. A breakdown makes the loss of the epoch NaN, if
  /// it was finite.
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

  /// The same position, its epoch so many seconds old.
  func after(_ seconds: Double) -> TrainingPosition {
    var copy = self
    copy.seconds = seconds
    return copy
  }

  /// Puts the epoch under way into the history.
  mutating func finishEpoch(_ metrics: [String: Double], seconds: Double) {
    history.epochs.append(History.Epoch(number: epoch, loss: loss, metrics: metrics, seconds: seconds))
    (epoch, batch, seen, total, totals, self.seconds) = (epoch + 1, 0, 0, 0, [:], 0)
  }

  /// A new order of the examples, drawn from `random`.
  mutating func drawOrder(_ examples: Int, _ random: RandomSource) -> [Int] {
    orderStart = [random.state.0, random.state.1, random.state.2, random.state.3]
    return random.permutation(examples)
  }

  /// The order of the examples that was drawn when the epoch began.
  func order(_ examples: Int) -> [Int] {
    if orderStart.count != 4 { return Array(0..<examples) }
    return RandomSource(state: (orderStart[0], orderStart[1], orderStart[2], orderStart[3])).permutation(examples)
  }
}
