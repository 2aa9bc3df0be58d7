// Exercise 6.4.1  Training a causal language model on windows of a text

import Tensors
import Training

extension CausalLanguageModel {
  /// A copy that was trained on windows of a text, drawn at random, each as long as the context.
  ///
  /// `watch` gets the model after every `plan.stepsPerCheck` steps; the history has its mean loss over these steps.
  public func trained(
    on text: [Int], by plan: SequencePlan, random: RandomSource,
    watch: (_ step: Int, CausalLanguageModel) -> Void = { _, _ in }
  ) -> (model: CausalLanguageModel, history: History) {
    let window = min(context, text.count - 1)
    let (windows, order) = (random.split(), random.split())
    var step = 0
    return trained(by: plan, random: order) { model in
      model.loss(
        (0..<plan.batch).map { _ in
          let first = windows.integer(below: text.count - window)
          return Array(text[first...first + window])
        })
    } evaluate: { model in
      step += plan.stepsPerCheck
      watch(step, model)
      return [:]
    }
  }
}
