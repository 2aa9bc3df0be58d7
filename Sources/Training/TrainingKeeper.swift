// One training's part of a checkpoint.

import Files
import Tensors

/// Where a training stands between two steps: what the rest of it depends on, besides model, optimizer and random sources.
struct TrainingState: Codable, Sendable {
  /// The epochs that are done.
  var history = History()
  /// The epoch under way, counted from 1.
  var epoch = 1
  /// The number of the batch that comes next, counted from 0.
  var batch = 0
  /// The sum of the losses of the epoch's examples so far.
  private(set) var total = 0.0
  /// The sums of their other metrics.
  private var totals: [String: Double] = [:]
  /// The seconds that the epoch has taken so far.
  var seconds = 0.0
  /// Whether the training has come to its end.
  var isOver = false
  private var orderStart: [UInt64] = []

  /// Adds the means over a batch to the sums. A breakdown makes the loss of the epoch no number, if it was one.
  mutating func add(_ loss: Double, _ metrics: [String: Double], examples: Int, _ breakdown: Breakdown?) {
    history.breakdown = breakdown
    total += breakdown != nil && loss.isFinite ? .nan : loss * Double(examples)
    totals.merge(metrics.mapValues { $0 * Double(examples) }) { $0 + $1 }
  }

  /// What the epoch has shown, of so many examples.
  func soFar(_ examples: Int) -> EpochSoFar {
    EpochSoFar(number: epoch, loss: total / Double(examples), metrics: totals.mapValues { $0 / Double(examples) })
  }

  /// The same state, its epoch so many seconds old.
  func after(_ seconds: Double) -> TrainingState {
    var copy = self
    copy.seconds = seconds
    return copy
  }

  /// Puts the epoch under way into the history.
  mutating func finishEpoch(_ examples: Int, _ metrics: [String: Double], seconds: Double) {
    history.epochs.append(
      History.Epoch(number: epoch, loss: total / Double(examples), metrics: metrics, seconds: seconds))
    (epoch, batch, total, totals, self.seconds) = (epoch + 1, 0, 0, [:], 0)
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

/// What a training was asked to do. A kept state fits only the very same training.
private struct TrainingCall: Codable, Equatable, CustomStringConvertible {
  let model, optimizer: String
  let examples, epochs, batchSize: Int
  /// A number that depends on every bit of the first model and of the random source.
  let start: UInt64

  var description: String {
    "a \(model) on \(examples) examples, \(epochs) epochs, batches of \(batchSize), \(optimizer), start \(start)"
  }
}

/// A training as it is kept.
private struct TrainingRecord<O: Optimizer>: Codable {
  let call: TrainingCall
  let state: TrainingState
  let optimizer: O
  let random: RandomPage
  let bestLoss: Double
  /// The loss that the next step must find, if the training goes on as it went; nil at its end.
  private(set) var nextLoss: Double?

  /// The record with the loss that the next step found.
  func expecting(_ loss: Double) -> Self {
    var copy = self
    copy.nextLoss = loss
    return copy
  }
}

/// Keeps one training in the checkpoint of the run.
///
/// A state is kept only once the next step has found its loss, and with that loss. So a state from which training breaks down is never
/// kept, and a training that goes on must find the same loss, bit by bit: if anything that it depends on has not come back, such as the
/// data or the program, the run stops instead of ending with other numbers.
struct TrainingKeeper<M: Model, O: Optimizer> {
  private let checkpoint: Checkpoint
  private let number: Int
  private let kept: KeptTraining?
  private let call: TrainingCall
  private let olderSources: Int
  private var waiting: (model: M, best: M?, record: TrainingRecord<O>)?
  private var expected: Double?

  /// A keeper for the training that begins now, if the run has a checkpoint.
  init?(_ model: M, _ optimizer: O, examples: Int, plan: TrainingPlan, random: RandomSource) {
    guard let checkpoint = Checkpoint.current else { return nil }
    self.checkpoint = checkpoint
    (number, kept) = checkpoint.begin()
    olderSources = checkpoint.randomSources
    call = TrainingCall(
      model: "\(M.self)", optimizer: "\(O.self)", examples: examples, epochs: plan.epochs, batchSize: plan.batchSize,
      start: Self.fingerprint(model, random))
  }

  /// Every bit of the parameters, the statistics and the position in the stream, as one number: FNV-1a by Fowler, Noll and Vo (1991), a
  /// word at a time.
  private static func fingerprint(_ model: M, _ random: RandomSource) -> UInt64 {
    let words = [random.state.0, random.state.1, random.state.2, random.state.3]
    let seed: UInt64 = 0xCBF2_9CE4_8422_2325
    let start = words.reduce(seed) { ($0 ^ $1) &* 0x100_0000_01B3 }
    return (model.parameters + model.statistics).reduce(start) { hash, tensor in
      tensor.scalarType == .float
        ? tensor.floats.reduce(hash) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01B3 }
        : tensor.scalars.reduce(hash) { ($0 ^ $1.bitPattern) &* 0x100_0000_01B3 }
    }
  }

  private var name: String { "training \(number)" }

  // MARK: - Going on

  /// Puts everything back to where the training was kept; returns the order of the examples then, or nil if nothing was kept of it.
  mutating func resume(
    _ model: inout M, _ best: inout BestModel<M>, _ optimizer: inout O, _ state: inout TrainingState
  ) -> [Int]? {
    guard let kept else { return nil }
    do {
      let tensors = Dictionary(kept.tensors.map { ($0.name, $0.tensor) }) { $1 }
      let record: TrainingRecord<O> = try SavedValue.value(kept.json, tensors)
      if record.call != call { throw misfit("it has \(record.call) there, and this is \(call)") }
      try read(&model, "model", tensors)
      if record.bestLoss < .infinity {
        var copy = model
        try read(&copy, "best", tensors)
        best = BestModel(copy, loss: record.bestLoss)
      }
      (optimizer, state, expected) = (record.optimizer, record.state, record.nextLoss)
      let order = state.order(call.examples)
      checkpoint.restore(record.random)
      return order
    } catch {
      let problem = (error as? DecodingError).map(SavedValue.shown) ?? "\(error)"
      checkpoint.end(error is DataError ? problem : "\(misfit(problem))", status: 65)
    }
  }

  private func misfit(_ found: String) -> DataError {
    DataError(
      attempted: "go on with \(name) from \(checkpoint.path)", found: found,
      advice:
        "It was made by another program, on another kind of processor, or from other data: begin anew with another file"
    )
  }

  private func read(_ model: inout M, _ part: String, _ tensors: [String: Tensor]) throws {
    try model.forEachNamedTensor { own, tensor in
      guard let new = tensors["\(name)/\(part).\(own)"], new.shape == tensor.shape, new.scalarType == tensor.scalarType
      else { throw misfit("it has no \(tensor.scalarType) \(tensor.shape) for \(own)") }
      tensor = new
    }
  }

  // MARK: - Keeping

  /// Takes down where everything stands before a step, if it is time to.
  mutating func prepare(_ model: M, _ best: BestModel<M>, _ optimizer: O, _ state: @autoclosure () -> TrainingState) {
    if checkpoint.isDue { waiting = (model, best.model, record(best, optimizer, state())) }
  }

  /// Keeps what was taken down, now that the step has found its loss and can be made; and holds the first loss of a training that goes on to
  /// the old one.
  mutating func commit(nextLoss: Double, _ breakdown: Breakdown?) {
    if let expected, expected.bitPattern != nextLoss.bitPattern {
      checkpoint.end("\(misfit("the next loss was \(expected), and is \(nextLoss) now"))", status: 65)
    }
    expected = nil
    if let breakdown { checkpoint.say("\(name): \(breakdown). \(checkpoint.path) keeps it as it was before") }
    guard breakdown == nil, let (model, best, record) = waiting else { return }
    waiting = nil
    keep(model, best, record.expecting(nextLoss))
    checkpoint.save()
    checkpoint.stopIfAsked()
  }

  /// Keeps the end of the training; one that broke down stays as it was kept last.
  mutating func finish(_ model: M, _ best: BestModel<M>, _ optimizer: O, _ state: TrainingState) {
    if !state.history.hasDiverged { keep(model, nil, record(BestModel(), optimizer, state)) }
    if checkpoint.isDue { checkpoint.save() }
    checkpoint.stopIfAsked()
  }

  private func record(_ best: BestModel<M>, _ optimizer: O, _ state: TrainingState) -> TrainingRecord<O> {
    TrainingRecord(
      call: call, state: state, optimizer: optimizer, random: checkpoint.randomPage(below: olderSources),
      bestLoss: best.loss)
  }

  private func keep(_ model: M, _ best: M?, _ record: TrainingRecord<O>) {
    do {
      let saved = try SavedValue(record, named: name)
      func named(_ model: M?, _ part: String) -> [(name: String, tensor: Tensor)] {
        (model?.namedTensors ?? []).map { ("\(name)/\(part).\($0.name)", $0.tensor) }
      }
      let tensors = saved.tensors + named(model, "model") + named(best, "best")
      checkpoint.keep(KeptTraining(json: saved.json, tensors: tensors), number: number)
    } catch { checkpoint.say("cannot keep \(name): \(error)") }
  }
}
