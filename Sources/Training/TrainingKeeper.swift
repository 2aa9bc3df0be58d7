// The part of a checkpoint that belongs to one training run.

import Files
import Tensors

/// Saves one training run in the checkpoint.
///
/// A state is saved only after the next step has been made, together with the measurements of that step. So a state
/// whose next step breaks down is never saved. Resumed training must measure the same numbers, bit by bit: if anything
/// that it depends on is different, such as the data or the program, the run stops instead of ending with other
/// numbers. The state is copied before a step only if it is time to write the file, because a second reference to its
/// tensors makes the step copy them.
struct TrainingKeeper<State: TrainingState> {
  private let checkpoint: Checkpoint
  private let number: Int
  private let kept: KeptTraining?
  private let call: TrainingCall
  private let olderSources: Int
  private var waiting: (record: TrainingRecord<State>, tensors: [(name: String, tensor: Tensor)])?
  private var expected: [String: Double]?

  /// A keeper for the training that begins now; nil if there is no checkpoint.
  init?(_ state: State, examples: Int, plan: TrainingPlan, steps: Int, random: RandomSource) {
    guard let checkpoint = Checkpoint.current else { return nil }
    self.checkpoint = checkpoint
    (number, kept) = checkpoint.begin()
    olderSources = checkpoint.randomSources
    call = TrainingCall(state, examples: examples, plan: plan, steps: steps, random: random)
  }

  private var name: String { "training \(number)" }

  // MARK: - Resuming

  /// Restores the saved state of the training. Returns the order of the examples in its epoch, or nil if nothing was
  /// saved.
  mutating func resume(
    _ state: inout State, _ best: inout BestModels, _ position: inout TrainingPosition
  ) -> [Int]? {
    guard let kept else { return nil }
    do {
      let tensors = Dictionary(kept.tensors.map { ($0.name, $0.tensor) }) { $1 }
      let record: TrainingRecord<State> = try SavedValue.value(kept.json, tensors)
      let standing = record.standing
      if standing.call != call { throw misfit("it was saved for \(standing.call), but this is \(call)") }
      state.replaceValues(by: record.values)
      try read(&state, name, tensors)
      if standing.bestLoss < .infinity {
        var copy = state
        try read(&copy, "\(name)/best", tensors)
        best.offer(copy, loss: standing.bestLoss)
      }
      (position, expected) = (standing.position, standing.next)
      let order = position.order(call.examples)
      checkpoint.restore(standing.random)
      return order
    } catch {
      let problem = (error as? DecodingError).map(SavedValue.shown) ?? "\(error)"
      checkpoint.end(error is DataError ? problem : "\(misfit(problem))", status: 65)
    }
  }

  private func misfit(_ found: String) -> DataError {
    DataError(
      attempted: "resume \(name) from \(checkpoint.path)", found: found,
      advice:
        "It was made by another program, on another kind of processor, or from other data: start again in another file"
    )
  }

  private func read(_ state: inout State, _ owner: String, _ tensors: [String: Tensor]) throws {
    try state.forEachKeptTensor { own, tensor in
      let name = Self.name(own, of: owner)
      guard let new = tensors[name], new.shape == tensor.shape, new.scalarType == tensor.scalarType
      else { throw misfit("it has no \(tensor.scalarType) tensor of shape \(tensor.shape) named '\(name)'") }
      tensor = new
    }
  }

  /// "training 1/model.weight", or "training 1/best.model.weight" for the best models.
  private static func name(_ own: String, of owner: String) -> String {
    owner.contains("/") ? "\(owner).\(own)" : "\(owner)/\(own)"
  }

  // MARK: - Saving

  /// Copies the state before a step, if it is time to write the file.
  mutating func prepare(_ state: State, _ best: BestModels, _ position: @autoclosure () -> TrainingPosition) {
    if checkpoint.isDue { waiting = everything(of: state, best, position()) }
  }

  /// Saves the copied state, now that the next step has been made. The first step of resumed training is compared with
  /// what the same step measured before.
  mutating func commit(_ measures: [String: Double], _ breakdown: Breakdown?) {
    if let expected, let other = Self.difference(measures, expected) {
      checkpoint.end("\(misfit(other))", status: 65)
    }
    expected = nil
    if let breakdown { checkpoint.say("\(name): \(breakdown). \(checkpoint.path) keeps the last good state") }
    guard breakdown == nil, let (record, tensors) = waiting else { return }
    waiting = nil
    keep(record.expecting(measures), tensors)
    checkpoint.save()
    checkpoint.stopIfAsked()
  }

  /// The first measurement that differs from the previous one in any bit.
  private static func difference(_ found: [String: Double], _ expected: [String: Double]) -> String? {
    for name in expected.keys.sorted() + found.keys.sorted() {
      let (was, now) = (expected[name] ?? .nan, found[name] ?? .nan)
      if was.bitPattern != now.bitPattern && !(was.isNaN && now.isNaN) {
        return "the next \(name) was \(was) and is now \(now)"
      }
    }
    return nil
  }

  /// Saves the end of the training. After a breakdown, the last saved state stays.
  mutating func finish(_ state: State, _ position: TrainingPosition) {
    if !position.history.hasDiverged {
      let (record, tensors) = everything(of: state, BestModels(), position)
      keep(record, tensors)
    }
    if checkpoint.isDue { checkpoint.save() }
    checkpoint.stopIfAsked()
  }

  private func everything(
    of state: State, _ best: BestModels, _ position: TrainingPosition
  ) -> (record: TrainingRecord<State>, tensors: [(name: String, tensor: Tensor)]) {
    let standing = Standing(
      call: call, position: position, random: checkpoint.randomPage(below: olderSources), bestLoss: best.loss)
    let values = Dictionary(state.values.map { ($0.name, $0.value) }) { $1 }
    var (copy, tensors) = (state, [(name: String, tensor: Tensor)]())
    copy.forEachKeptTensor { own, tensor in tensors.append((Self.name(own, of: name), tensor)) }
    if let models = best.models {
      copy.replaceModels(by: models)
      copy.forEachKeptTensor { own, tensor in tensors.append((Self.name(own, of: "\(name)/best"), tensor)) }
    }
    return (TrainingRecord(standing: standing, values: values), tensors)
  }

  private func keep(_ record: TrainingRecord<State>, _ tensors: [(name: String, tensor: Tensor)]) {
    do {
      let saved = try SavedValue(record, named: name)
      checkpoint.keep(KeptTraining(json: saved.json, tensors: saved.tensors + tensors), number: number)
    } catch { checkpoint.say("cannot save \(name): \(error)") }
  }
}
