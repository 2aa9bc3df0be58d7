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

  /// A recipe with the given number of steps.
  public init(steps: Int) { self.steps = steps }
}

/// Trains a language model on windows of a text, drawn at random: truncated backpropagation through time, each window
/// from the zero state. § 5.3
///
/// `watch` is called with the model before step 1 and after the steps for which `isWatched` holds; the history keeps
/// its results. All windows are drawn from `random`.
@discardableResult
public func trainOnText<Layer: RecurrentLayer>(
  _ model: inout CharacterModel<Layer>, by recipe: CharacterRecipe, on text: [Int], random: RandomSource,
  report: (@Sendable (TrainingProgress) -> Void)? = nil, isWatched: (_ step: Int) -> Bool = { _ in false },
  watch: (_ step: Int, CharacterModel<Layer>) -> [String: Double] = { _, _ in [:] }
) -> History {
  require(
    text.count > recipe.window,
    "cannot draw windows of \(recipe.window) + 1 symbols from \(text.count): a longer text is needed")
  var player = WriterPlayer(model: model, optimizer: Adam(learningRate: recipe.learningRate))
  let steps = max(recipe.steps, 2)
  var plan = TrainingPlan(steps: steps)
  plan.report = report
  plan.learningRate = warmupCosine(
    to: recipe.learningRate, warmup: min(50, steps / 4), over: steps, startingAt: 0.1,
    endingAt: recipe.learningRate / 50)
  let windows = random.split()
  _ = watch(0, model)
  let history = train(&player, examples: 1, plan: plan, random: random) { player, step throws(Breakdown) in
    let pieces = (0..<recipe.batch).map { _ in
      let first = windows.integer(below: text.count - recipe.window)
      return Array(text[first...first + recipe.window])
    }
    let (value, gradient) = valueWithGradient(at: player.model) { $0.loss(pieces) }
    try step.descend(
      &player.model, with: &player.optimizer, along: gradient.clipped(norm: recipe.clip), loss: value.item)
  } evaluate: { player, epoch in
    isWatched(epoch.number) ? watch(epoch.number, player.model) : [:]
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

extension LanguageTask {
  /// Exercise 5.1.2: trains a model on windows of the text, and evaluates it at 0, 1, 5, 20, 50 and 100 % of the steps:
  /// `tell` gets a line with the loss and a sample.
  public func learn<Layer: RecurrentLayer>(
    _ start: CharacterModel<Layer>, named name: String, by recipe: CharacterRecipe, random: RandomSource,
    report: (@Sendable (TrainingProgress) -> Void)? = nil, tell: (String) -> Void = { _ in }
  ) -> (model: CharacterModel<Layer>, curve: LanguageCurve) {
    var (model, curve) = (start, LanguageCurve(name))
    let watched = Self.watched(of: recipe.steps)
    let history = trainOnText(
      &model, by: recipe, on: train, random: random, report: report, isWatched: watched.contains
    ) { step, model in
      let loss = model.loss(of: held)
      let sample = model.continuation(of: prompt, length: 160, using: RandomSource(seed: 5))
      tell(told(name, step: step, loss: loss, sample: sample))
      if step == 0 { curve.add(0, loss) }
      return ["validation": loss]
    }
    curve.add(history, charactersPerStep: recipe.batch * recipe.window)
    return (model, curve)
  }
}
