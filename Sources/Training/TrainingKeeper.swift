// One training's part of a checkpoint.

import Files
import Tensors

/// Keeps one training in the checkpoint of the run.
///
/// A state is kept only once the next step has been made, and with what that step measured. So a state from which
/// training breaks down is never kept, and a training that resumes must measure the same, bit by bit: if anything that
/// it depends on has not come back, such as the data or the program, the run stops instead of ending with other
/// numbers. The state is put aside before a step only if the file is due: whoever holds a second reference to its
/// tensors makes the step copy them.
struct TrainingKeeper<State: TrainingState> {
  private let checkpoint: Checkpoint
  private let number: Int
  private let kept: KeptTraining?
  private let call: TrainingCall
  private let olderSources: Int
  private var waiting: (record: TrainingRecord<State>, tensors: [(name: String, tensor: Tensor)])?
  private var expected: [String: Double]?

  /// A keeper for the training that begins now, if the run has a checkpoint.
  init?(_ state: State, examples: Int, plan: TrainingPlan, steps: Int, random: RandomSource) {
    guard let checkpoint = Checkpoint.current else { return nil }
    self.checkpoint = checkpoint
    (number, kept) = checkpoint.begin()
    olderSources = checkpoint.randomSources
    call = TrainingCall(state, examples: examples, plan: plan, steps: steps, random: random)
  }

  private var name: String { "training \(number)" }

  // MARK: - Resuming

  /// Puts everything back to where the training was kept; returns the order of the examples then, or nil if nothing was
  /// kept of it.
  mutating func resume(
    _ state: inout State, _ best: inout BestModels, _ position: inout TrainingPosition
  ) -> [Int]? {
    guard let kept else { return nil }
    do {
      let tensors = Dictionary(kept.tensors.map { ($0.name, $0.tensor) }) { $1 }
      let record: TrainingRecord<State> = try SavedValue.value(kept.json, tensors)
      let standing = record.standing
      if standing.call != call { throw misfit("it has \(standing.call) there, and this is \(call)") }
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
        "It was made by another program, on another kind of processor, or from other data: begin anew with another file"
    )
  }

  private func read(_ state: inout State, _ owner: String, _ tensors: [String: Tensor]) throws {
    try state.forEachKeptTensor { own, tensor in
      let name = Self.name(own, of: owner)
      guard let new = tensors[name], new.shape == tensor.shape, new.scalarType == tensor.scalarType
      else { throw misfit("it has no \(tensor.scalarType) \(tensor.shape) called '\(name)'") }
      tensor = new
    }
  }

  /// "training 1/model.weight", and "training 1/best.model.weight" of the best models.
  private static func name(_ own: String, of owner: String) -> String {
    owner.contains("/") ? "\(owner).\(own)" : "\(owner)/\(own)"
  }

  // MARK: - Keeping

  /// Puts aside where everything stands before a step, if it is time to.
  mutating func prepare(_ state: State, _ best: BestModels, _ position: @autoclosure () -> TrainingPosition) {
    if checkpoint.isDue { waiting = everything(of: state, best, position()) }
  }

  /// Keeps what was put aside, now that the next step has been made; and holds what a training that resumes measures
  /// first to what it measured there before.
  mutating func commit(_ measures: [String: Double], _ breakdown: Breakdown?) {
    if let expected, let other = Self.difference(measures, expected) {
      checkpoint.end("\(misfit(other))", status: 65)
    }
    expected = nil
    if let breakdown { checkpoint.say("\(name): \(breakdown). \(checkpoint.path) keeps it as it was before") }
    guard breakdown == nil, let (record, tensors) = waiting else { return }
    waiting = nil
    keep(record.expecting(measures), tensors)
    checkpoint.save()
    checkpoint.stopIfAsked()
  }

  /// The first measure that is not what it was, to the last bit.
  private static func difference(_ found: [String: Double], _ expected: [String: Double]) -> String? {
    for name in expected.keys.sorted() + found.keys.sorted() {
      let (was, now) = (expected[name] ?? .nan, found[name] ?? .nan)
      if was.bitPattern != now.bitPattern && !(was.isNaN && now.isNaN) {
        return "the next \(name) was \(was), and is \(now) now"
      }
    }
    return nil
  }

  /// Keeps the end of the training; one that broke down stays as it was kept last.
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
    } catch { checkpoint.say("cannot keep \(name): \(error)") }
  }
}
