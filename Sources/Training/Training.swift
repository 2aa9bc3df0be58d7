import Foundation
import Messages
import Tensors

/// Trains the contents of a state by your own step: in each epoch, shuffles the examples and makes a step for each
/// batch.
///
/// A step gets the state, and reports what it does to the `TrainingStep`. The step of one player takes one line, that
/// of a game two:
///
///     train(&game, examples: 2_000, plan: plan, random: random) { game, step in
///       let (real, fake) = (points.gathered(step.batch), game.generator(random.normal([step.batch.count, 2])))
///       try step.descend(&game.critic, with: &game.criticOptimizer, player: "critic") { critic in
///         critic(fake).mean() - critic(real).mean()
///       }
///       …
///     }
///
/// A loop without data has one example, so that an epoch is one step. `evaluate` is called at the end of every epoch.
/// Its result is written into the history, and it may change the state, for example to lower the learning rate on a
/// plateau. `random` is used only for one permutation of the examples per epoch, so the same source gives the same
/// models to the last bit.
///
/// A step that throws a `Breakdown` ends the training, because no later step could undo it. The player that broke down
/// is not changed, the history's last loss is infinite or NaN, and its `breakdown` names the player and the layer where
/// it began.
///
/// In a run with a checkpoint, the training resumes from where it was when the run was killed. Then `step` and
/// `evaluate` must depend only on their arguments, on constants, and on random sources. Training that had already ended
/// is not repeated.
@discardableResult
public func train<State: TrainingState>(
  _ state: inout State, examples: Int, plan: TrainingPlan, random: RandomSource,
  step: (inout State, TrainingStep) throws(Breakdown) -> Void,
  evaluate: (inout State, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
) -> History {
  let steps = checkedSteps(of: state, examples, plan)
  var (position, best) = (TrainingPosition(), BestModels())
  var keeper = TrainingKeeper(state, examples: examples, plan: plan, steps: steps, random: random)
  var resumed = keeper?.resume(&state, &best, &position)
  if position.isOver { return position.history }
  while position.epoch <= plan.epochs && !position.isOver {
    let start = Date().addingTimeInterval(-position.seconds)
    let order = resumed ?? position.drawOrder(examples, random)
    resumed = nil
    for number in position.batch..<steps {
      position.batch = number
      let now = plan.step(position, order, of: steps)
      keeper?.prepare(state, best, position.after(Date().timeIntervalSince(start)))
      var breakdown: Breakdown?
      do throws(Breakdown) { try step(&state, now) } catch { breakdown = error }
      keeper?.commit(now.measures, breakdown)
      position.add(now, breakdown)
      plan.tell(position, now, of: steps)
      if breakdown != nil { break }
    }
    let epoch = position.soFar
    let metrics = evaluate(&state, epoch).merging(epoch.metrics) { evaluated, _ in evaluated }
    if let name = plan.keepsLowest { best.offer(state, loss: metrics[name] ?? .nan) }
    position.finishEpoch(metrics, seconds: Date().timeIntervalSince(start))
    position.isOver = position.history.hasDiverged || plan.shouldStop?(position.history) == true
  }
  position.isOver = true
  if let models = best.models { state.replaceModels(by: models) }
  keeper?.finish(state, position)
  return position.history
}

/// The number of steps in an epoch. Stops the program if the training makes no sense.
private func checkedSteps<State: TrainingState>(of state: State, _ examples: Int, _ plan: TrainingPlan) -> Int {
  require(
    examples >= 1 && plan.batchSize >= 1,
    "cannot train on \(examples) examples in batches of \(plan.batchSize): at least 1 of each is needed")
  require(
    !plan.dropsRest || examples >= plan.batchSize,
    "cannot drop the rest of \(examples) examples in batches of \(plan.batchSize): no batch would be left")
  let unlisted = unlistedParts(in: state)
  require(
    unlisted.isEmpty,
    "cannot train \(State.self): it does not list \(unlisted.joined(separator: ", ")) in kept, "
      + "so a checkpoint would not save it"
  )
  return state.models.map { plan.stepsPerEpoch(of: examples, training: $0.model) }.min()
    ?? plan.stepsPerEpoch(of: examples)
}

extension TrainingPlan {
  /// The next step at a position.
  fileprivate func step(_ position: TrainingPosition, _ order: [Int], of steps: Int) -> TrainingStep {
    let (number, first) = ((position.epoch - 1) * steps + position.batch, position.batch * batchSize)
    return TrainingStep(
      number: number + 1, epoch: position.epoch, batch: Array(order[first..<min(first + batchSize, order.count)]),
      learningRate: learningRate?(number))
  }

  /// Reports that a step is done.
  fileprivate func tell(_ position: TrainingPosition, _ step: TrainingStep, of steps: Int) {
    report?(
      TrainingProgress(
        epoch: position.epoch, epochs: epochs, step: step.number, steps: epochs * steps, loss: position.loss,
        players: position.playerLosses, breakdown: position.history.breakdown))
  }
}
