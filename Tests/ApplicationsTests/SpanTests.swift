import Applications
import Attention
import Backprop
import Checking
import DataSets
import Tensors
import Testing
import Transformer

@Suite("§ 12.2.3  Question answering")
struct SpanTests {
  private let world = ResidentWorld()
  private func sizes(width: Int = 16, positions: Int = 90) -> BERTSizes {
    BERTSizes(
      symbols: world.vocabulary.count, width: width, heads: 2, blocks: 1, hidden: 2 * width, positions: positions)
  }

  @Test(
    "§ 12.2.3: the best span is that of all pairs s ≤ e < s + longest, also where the best start follows the best end")
  func spans() {
    #expect(bestSpan(start: [0, 1, 5], end: [4, 2, 0], longest: 3) == 2...2)
    #expect(bestSpan(start: [3, 0, 0, 0], end: [0, 0, 0, 9], longest: 4) == 0...3)
    #expect(bestSpan(start: [3, 0, 0, 0], end: [0, 0, 0, 9], longest: 2) == 2...3)
    let random = RandomSource(seed: 1)
    for _ in 0..<50 {
      let (start, end) = (random.normal([9]).scalars, random.normal([9]).scalars)
      let found = bestSpan(start: start, end: end, longest: 4)
      let value = start[found.lowerBound] + end[found.upperBound]
      for s in 0..<9 { for e in s..<min(9, s + 4) { #expect(start[s] + end[e] <= value) } }
    }
  }

  @Test("§ 12.2.3: the probabilities to lie in the answer sum to its expected length")
  func coverage() {
    let random = RandomSource(seed: 2)
    let (start, end) = (random.normal([7]).scalars, random.normal([7]).scalars)
    let single = spanCoverage(start: start, end: end, longest: 1)
    let softmax = Tensor(zip(start, end).map(+), scalarType: .double).softmax().scalars
    #expect(zip(single, softmax).allSatisfy { abs($0 - $1) < 1e-12 })
    var (weight, length) = (0.0, 0.0)
    for s in 0..<7 {
      for e in s..<min(7, s + 3) {
        let p = Tensor(start[s] + end[e], scalarType: .double).exp().item
        (weight, length) = (weight + p, length + p * Double(e - s + 1))
      }
    }
    let covered = spanCoverage(start: start, end: end, longest: 3)
    #expect(abs(covered.reduce(0, +) - length / weight) < 1e-12 && covered.allSatisfy { $0 <= 1 + 1e-12 })
    let sure = spanCoverage(start: [0, 50, 0, 0], end: [0, 0, 50, 0], longest: 3)
    #expect(sure[1] > 1 - 1e-12 && sure[2] > 1 - 1e-12 && sure[0] < 1e-12 && sure[3] < 1e-12)
  }

  @Test("§ 12.2.3: every question has one answer in its text, and only the fact that was asked about has it")
  func questions() {
    let random = RandomSource(seed: 2)
    for _ in 0..<100 {
      let q = world.question(facts: 4, random: random)
      let answer = world.text(q.symbols[q.answer])
      #expect(ResidentWorld.places.contains(answer) && answer.split(separator: " ").count <= ResidentWorld.longestPlace)
      let stem = world.text(q.symbols[1..<q.asked])
      let body = world.text(zip(q.symbols, q.types).filter { $1 == 1 }.map(\.0))
      #expect(world.text(q.symbols).hasPrefix("[CLS] \(stem) [MASK] . [SEP] "))
      #expect(body.count(of: "\(stem) ") == 1 && body.count(of: "\(stem) \(answer) .") == 1)
    }
  }

  @Test("§ 12.2.3: in a pair of texts without labels every fact of the first is one of the second")
  func pairs() {
    let random = RandomSource(seed: 4)
    for _ in 0..<50 {
      let (symbols, types) = world.unlabeled(facts: 4, random: random)
      func facts(_ type: Int) -> [Substring] {
        let text = zip(symbols, types).filter { $0.0 > ResidentWorld.mask && $0.1 == type }.map(\.0)
        return world.text(text).split(separator: ".")
      }
      func trimmed(_ text: Substring) -> [Substring] { text.split(separator: " ") }
      #expect(facts(1).count == 4 && (1...4).contains(facts(0).count))
      #expect(Set(facts(0).map(trimmed)).isSubset(of: Set(facts(1).map(trimmed))))
    }
  }

  @Test("§ 12.2.3: an answer outside the text has probability 0, whatever the network says")
  func outside() {
    let random = RandomSource(seed: 3)
    let reader = SpanReader(BERTEncoder(sizes(), random: random))
    let questions = [2, 3, 4].map { world.question(facts: $0, random: random) }
    let (start, end) = reader.logProbabilities(of: questions)
    for (i, q) in questions.enumerated() {
      for p in [start[i].exp().scalars, end[i].exp().scalars] {
        #expect(abs(p.reduce(0, +) - 1) < 1e-5)
        #expect(p.indices.allSatisfy { ($0 < q.types.count && q.types[$0] == 1) == (p[$0] > 0) })
      }
    }
    let answers = reader.answers(questions, longest: 3)
    #expect(zip(answers, questions).allSatisfy { a, q in a.allSatisfy { q.types[$0] == 1 } && a.count <= 3 })
  }

  @Test("§ 12.2.3: fine-tuning finds the places of unseen texts with one fact, wherever they begin and end")
  func fineTuning() {
    let random = RandomSource(seed: 5)
    let questions = (0..<200).map { _ in world.question(facts: 1, random: random) }
    let unseen = (0..<200).map { _ in world.question(facts: 1, random: random) }
    let start = SpanReader(BERTEncoder(sizes(width: 32), random: random))
    let plan = SequencePlan(steps: 120, batch: 16, learningRate: 5e-3, warmup: 12)
    let reader = start.fineTuned(on: questions, plan: plan, random: random)
    #expect(start.exactMatch(unseen, longest: 3) < 0.6)
    #expect(reader.exactMatch(unseen, longest: 3) >= 0.95)
    #expect(reader.loss(unseen).item < 0.2 * start.loss(unseen).item)
  }

  @Test("§ 12.2.3, (7.13): pre-training without labels lowers the loss of masked words in new texts")
  func pretraining() {
    let random = RandomSource(seed: 6)
    let start = MaskedLanguageModel(sizes(width: 32), random: random)
    let plan = SequencePlan(steps: 60, batch: 16, learningRate: 5e-3, warmup: 6)
    let model = world.pretrained(start, facts: 2, plan: plan, random: random)
    func loss(_ model: MaskedLanguageModel) -> Double {
      world.maskedLoss(of: model, facts: 2, texts: 100, random: RandomSource(seed: 7)).item
    }
    let uniform = Tensor(Double(world.vocabulary.count), scalarType: .double).log().item
    #expect(abs(loss(start) - uniform) < 0.1 && loss(model) < 0.85 * uniform)
  }

  @Test(
    "§ 12.2.3: after ten steps the reader has PyTorch's losses, parameters and probabilities",
    arguments: [ScalarType.double, .float])
  func training(type: ScalarType) throws { try expectAgreement("applications_spans", cases, type) }

  private var cases: [TrainingCase] {
    let sizes = BERTSizes(symbols: 11, width: 8, heads: 2, blocks: 2, hidden: 24, positions: 6)
    return [
      TrainingCase(
        "SpanReader, Momentum", { SpanReader(BERTEncoder(sizes, random: $0)) }, Momentum(learningRate: 0.05)
      ) { model, _, integers in
        let questions = (0..<2).map { i in
          let (first, last) = (integers[0][i], integers[0][i + 2])
          return Question(
            symbols: integers[1 + i], types: integers[3 + i], asked: integers[5][i], answer: first...last)
        }
        let (start, end) = model.logProbabilities(of: questions)
        return Tensor.concatenated([start.exp(), end.exp()], axis: 0)
      }
    ]
  }
}

extension String {
  /// How often a text occurs in this one.
  fileprivate func count(of text: String) -> Int { indices.count { self[$0...].hasPrefix(text) } }
}
