import Attention
import Checking
import DataSets
import Tensors
import Testing
import Transformer
import ch07

@Suite("§ 7.10  Learning from the context, and from few labels")
struct InductionTests {
  @Test("Fleuret, § 7.1: the context determines a symbol as soon as its predecessor has stood there before")
  func task() {
    let (task, random) = (InductionTask(symbols: 24), RandomSource(seed: 1))
    for _ in 0..<50 {
      let (sequence, p) = task.draw(random)
      #expect(sequence.count == 33 && (8...19).contains(p) && Set(sequence).count == p)
      for t in p..<32 {
        let earlier = sequence[..<t].lastIndex(of: sequence[t])
        #expect(earlier.map { sequence[$0 + 1] } == sequence[t + 1])
      }
    }
  }

  @Test("Fleuret, § 7.1: two layers of attention learn to copy from the context, one does not")
  func layers() {
    // A small task, so that the test is short; the item has the large one.
    let task = InductionTask(symbols: 24, length: 24, periods: 8...12)
    let runs = [1, 2].map { learnInduction(task, blocks: $0, steps: 200, random: RandomSource(seed: 2)) }
    #expect(runs[0].accuracy < 0.4 && runs[1].accuracy > 0.7)
    let (first, last) = (runs[1].heads[0], runs[1].heads[1])
    #expect((first.previous.max() ?? 0) > 2 * (first.induction.max() ?? 1))
    #expect((last.induction.max() ?? 0) > 2 * (last.previous.max() ?? 1))
  }

  @Test("Groudiev, § 6.6.3: a question ends before the main verb, and its label is the subject's number")
  func questions() {
    let random = RandomSource(seed: 1)
    for _ in 0..<200 {
      let question = AgreementQuestion.draw(from: random)
      #expect(question.text.hasPrefix("\nthe ") && question.text.hasSuffix(" ") && question.text.contains(" that "))
      let next = SmallLanguage.agreement.next(after: String(question.text.dropFirst())) ?? [:]
      #expect(next["s"] ?? 0 > 0)  // "sleep" or "sleeps"
      let verb = question.label == 0 ? "sleeps" : "sleep"
      let loss = SmallLanguage.agreement.loss(of: question.text.dropFirst() + verb + ".\n")
      #expect(loss < .infinity)
    }
  }

  @Test("Groudiev, § 6.6.3: the classifier reads the state at the last symbol, whatever stands behind it")
  func padding() {
    let model = Llama(symbols: 7, context: 8, width: 8, heads: 2, groups: 1, blocks: 1, random: RandomSource(seed: 1))
    let classifier = LlamaClassifier(model, classes: 3, random: RandomSource(seed: 2))
    #expect(unlistedParameters(in: classifier) == [])
    let texts = [[1, 2, 3, 4, 5], [6, 1], [2]]
    let together = classifier(Tokens(texts))
    for (place, text) in texts.enumerated() {
      expectClose(together[place], classifier(Tokens([text]))[0], tolerance: 1e-6, scale: 1)
    }
  }

  @Test("Groudiev, § 6.6.3: with 50 labels pre-training is 10 points ahead of training from scratch")
  func fineTuning() throws {
    var sizes = FineTuningSizes(.standard)
    (sizes.labels, sizes.choices, sizes.pretraining, sizes.tuning, sizes.test) = ([50], 1, 250, 40, 200)
    let study = try FineTuningStudy(sizes, random: RandomSource(seed: 1)) { _ in { _ in } }
    #expect(study.rows[0].tuned[0] > study.rows[0].scratch[0] + 0.1)
  }
}
