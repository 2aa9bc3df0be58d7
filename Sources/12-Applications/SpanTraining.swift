// § 12.2.3  Pre-training without labels, and fine-tuning with questions

import Attention
import DataSets
import Messages
import Tensors
import Transformer

extension ResidentWorld {
  /// The mean loss of masked words (7.13) in pairs of texts without labels. § 12.2.3
  ///
  /// A quarter of the words is to be predicted: 40 % of these are replaced by [MASK], 40 % by another word, and 20 %
  /// are left. A wrong word can be anywhere, so every word has to be compared with the other text.
  public func maskedLoss(of model: MaskedLanguageModel, facts: Int, texts: Int, random: RandomSource) -> Tensor {
    var rule = MaskingRule()
    (rule.rate, rule.masked, rule.random) = (0.25, 0.4, 0.4)
    let pairs = (0..<texts).map { _ in unlabeled(facts: facts, random: random) }
    let batch = rule.applied(
      to: pairs.map(\.symbols), mask: Self.mask, replacements: Self.mask + 1..<vocabulary.count,
      isFixed: { $0 <= Self.mask }, using: random)
    let states = model.encoder(Tokens(batch.inputs), types: pairs.map(\.types))
    return Transformer.maskedLoss(logits: model.logits(states), batch)
  }

  /// A model that was pre-trained on new pairs of texts in every step. § 12.2.3
  public func pretrained(
    _ start: MaskedLanguageModel, facts: Int, plan: SequencePlan, random: RandomSource
  ) -> MaskedLanguageModel {
    let texts = random.split()
    return start.trained(by: plan, random: random.split()) { model in
      maskedLoss(of: model, facts: facts, texts: plan.batch, random: texts)
    }.model
  }
}

extension SpanReader {
  /// A copy that was fine-tuned on these questions, all parameters included. § 12.2.3
  ///
  /// `evaluate` gets the reader and the number of steps at every check of the plan.
  public func fineTuned(
    on questions: [Question], plan: SequencePlan, random: RandomSource,
    evaluate: (SpanReader, _ steps: Int) -> Void = { _, _ in }
  ) -> SpanReader {
    require(!questions.isEmpty, "cannot fine-tune a reader without questions: at least 1 is needed")
    let (drawn, order) = (random.split(), random.split())
    var steps = 0
    return trained(by: plan, random: order) { reader in
      reader.loss((0..<plan.batch).map { _ in questions[drawn.integer(below: questions.count)] })
    } evaluate: { reader in
      steps += plan.stepsPerCheck
      evaluate(reader, steps)
      return [:]
    }.model
  }
}
