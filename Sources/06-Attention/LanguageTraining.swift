// Exercise 6.4.1  Training a causal language model on windows of a text

import RNN
import Tensors
import Training

extension CausalModel {
  /// A copy that was trained on windows of a text, drawn at random, each as long as the context, by AdamW, with the
  /// plan's weight decay on all parameters.
  ///
  /// `evaluate` is called with the model after every `plan.stepsPerCheck` steps; the history keeps its results and the
  /// mean loss of these steps.
  public func trained(
    on text: [Int], by plan: SequencePlan, random: RandomSource,
    evaluate: (_ step: Int, Self) -> [String: Double] = { _, _ in [:] }
  ) -> (model: Self, history: History) {
    let adam = Adam(learningRate: plan.learningRate, weightDecay: plan.weightDecay)
    return trained(on: text, by: plan, with: adam, random: random, evaluate: evaluate)
  }

  /// The same with an optimizer of the caller's.
  public func trained<O: Optimizer>(
    on text: [Int], by plan: SequencePlan, with optimizer: O, random: RandomSource,
    evaluate: (_ step: Int, Self) -> [String: Double] = { _, _ in [:] }
  ) -> (model: Self, history: History) {
    let window = min(context, text.count - 1)
    let (windows, order) = (random.split(), random.split())
    return trained(by: plan, with: optimizer, random: order) { model in
      model.loss(
        (0..<plan.batch).map { _ in
          let first = windows.integer(below: text.count - window)
          return Array(text[first...first + window])
        })
    } evaluate: { model, steps in
      evaluate(steps, model)
    }
  }
}

extension LanguageTask {
  /// Trains a causal model on windows of the text, and evaluates it at 0, 1, 5, 20, 50 and 100 % of the steps: `tell`
  /// gets a line with the loss and a sample.
  ///
  /// The model is checked every hundredth of the steps.
  public func learn<M: AttendingModel, O: Optimizer>(
    _ start: M, named name: String, by plan: SequencePlan, with optimizer: O, random: RandomSource,
    tell: (String) -> Void = { _ in }
  ) -> (model: M, curve: LanguageCurve) {
    var plan = plan
    plan.stepsPerCheck = max(1, plan.steps / 100)
    let watched = Self.watched(of: plan.steps)
    var curve = LanguageCurve(name)
    func judged(_ step: Int, _ model: M) -> Double {
      let loss = model.loss(of: held)
      let sample = model.continuation(of: prompt, length: 160, using: RandomSource(seed: 5))
      tell(told(name, step: step, loss: loss, sample: sample))
      return loss
    }
    curve.add(0, judged(0, start))
    let (model, history) = start.trained(on: train, by: plan, with: optimizer, random: random) { step, model in
      watched.contains(step) ? ["validation": judged(step, model)] : [:]
    }
    curve.add(history, stepsPerEpoch: plan.stepsPerCheck, charactersPerStep: plan.batch * start.context)
    return (model, curve)
  }
}
