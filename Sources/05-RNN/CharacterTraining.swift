// § 5.3  Training a language model on windows of a text

import Backprop
import Messages
import Tensors
import Training

/// How a language model is trained.
public struct CharacterRecipe: Sendable {
  /// The number of steps.
  public var steps: Int
  /// How many windows a step reads, and of how many symbols each.
  public var batch = 32, window = 64
  /// The largest learning rate of Adam; it rises in the first steps and falls along a cosine.
  public var learningRate = 4e-3
  /// The norm that gradients are clipped to. (5.8)
  public var clip = 1.0

  /// A recipe of this many steps.
  public init(steps: Int) { self.steps = steps }
}

/// Trains a language model on windows of a text, drawn at random: truncated backpropagation through time, each window
/// from the zero state. § 5.3
///
/// `watch` gets the model before step 1 and after steps at which `isWatched` holds. From `random` come all windows.
@discardableResult
public func trainOnText<Layer: RecurrentLayer>(
  _ model: inout CharacterModel<Layer>, by recipe: CharacterRecipe, on text: [Int], random: RandomSource,
  report: (@Sendable (TrainingProgress) -> Void)? = nil, isWatched: (_ step: Int) -> Bool = { _ in false },
  watch: (_ step: Int, CharacterModel<Layer>) -> Void = { _, _ in }
) -> History {
  require(
    text.count > recipe.window, "cannot draw windows of \(recipe.window) + 1 symbols from a text of \(text.count)")
  var player = WriterPlayer(model: model, optimizer: Adam(learningRate: recipe.learningRate))
  let steps = max(recipe.steps, 2)
  var plan = TrainingPlan(steps: steps)
  plan.report = report
  plan.learningRate = warmupCosine(
    to: recipe.learningRate, warmup: min(50, steps / 4), over: steps, startingAt: 0.1,
    endingAt: recipe.learningRate / 50)
  let windows = random.split()
  watch(0, model)
  let history = train(&player, examples: 1, plan: plan, random: random) { player, step throws(Breakdown) in
    let pieces = (0..<recipe.batch).map { _ in
      let first = windows.integer(below: text.count - recipe.window)
      return Array(text[first...first + recipe.window])
    }
    let (value, gradient) = valueWithGradient(at: player.model) { $0.loss(pieces) }
    try step.descend(
      &player.model, with: &player.optimizer, along: gradient.clipped(norm: recipe.clip), loss: value.item)
    if isWatched(step.number) { watch(step.number, player.model) }
  }
  model = player.model
  return history
}

/// A language model with its optimizer.
private struct WriterPlayer<Layer: RecurrentLayer>: TrainingState {
  var model: CharacterModel<Layer>
  var optimizer: Adam
  static var kept: [PartialKeyPath<WriterPlayer>] { [\.model, \.optimizer] }
}
