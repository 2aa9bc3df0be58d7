import Applications
import Attention
import DataSets
import Tensors
import Testing
import Transformer

@Suite("§ 12.2.2  Machine translation")
struct TranslationTests {
  @Test("§ 12.2.2: the way back reads digits and writes words, and exchanging twice changes nothing")
  func exchanged() {
    let task = NumberTranslation(below: 10_000, seen: 3_000, unseen: 500, random: RandomSource(seed: 1))
    let there = task.pairs([4_017, 23])
    #expect(there.exchanged.sources == [[4, 0, 1, 7], [2, 3]])
    #expect(there.exchanged.targets[0].map { task.words[$0] } == ["four", "thousand", "seventeen"])
    #expect(there.exchanged.exchanged.sources == there.sources && there.exchanged.exchanged.targets == there.targets)
    #expect(Set(task.seen).isDisjoint(with: task.unseen))
  }

  @Test("§ 12.2.1, § 12.2.2: p(y | x) is the product of conditionals: with the longer texts it sums to 1")
  func products() {
    let model = small(seed: 2)
    let targets = (0...3).flatMap { allSequences(of: 2, length: $0) }
    let pairs = SequencePairs(sources: targets.map { _ in [0, 3, 1] }, targets: targets)
    let ended = model.logProbabilities(of: pairs).map(exponential)
    #expect(targets.count == 15 && Set(ended.map { "\($0)" }).count == 15)
    // The texts of three symbols that do not end there.
    let rest = allSequences(of: 2, length: 3).map { y -> Double in
      let rows = model.logits(Tokens([[0, 3, 1]]), Tokens([y]))[0].logSoftmax()
      let prefix = y.enumerated().reduce(0.0) { $0 + rows[$1.offset, $1.element].item }
      return exponential(prefix) * (1 - exponential(rows[3, model.end].item))
    }
    let sum: Double = (ended + rest).reduce(0, +)
    #expect(abs(sum - 1) < 1e-12)
  }

  @Test("§ 12.2.2: a beam is at least as probable as greedy decoding, and as wide as all prefixes it finds the optimum")
  func beams() {
    let sources = allSequences(of: 4, length: 3)
    let pairs = SequencePairs(sources: sources, targets: sources.map { [$0[0] % 2] })
    let model = small(seed: 3)
    let (all, narrow, one) = (
      model.compared(on: pairs, width: 64), model.compared(on: pairs, width: 2), model.compared(on: pairs, width: 1)
    )
    #expect(all.worse == 0 && all.better > 0 && narrow.worse == 0 && narrow.better > 0)
    #expect(all.meanGain >= narrow.meanGain && narrow.meanGain > 0)
    #expect(one.better == 0 && one.worse == 0 && one.beam == one.greedy && abs(one.meanGain) < 1e-10)
    for (c, pair) in zip(all.beam, sources).prefix(6) {
      let found = model.logProbabilities(of: SequencePairs(sources: [pair], targets: [c]))[0]
      let others = (0...3).flatMap { allSequences(of: 2, length: $0) }
      let rest = model.logProbabilities(of: SequencePairs(sources: others.map { _ in pair }, targets: others))
      #expect(rest.allSatisfy { $0 <= found + 1e-10 })
    }
  }

  @Test("§ 12.2.2: a narrow beam has no guarantee: width 2 can find less than greedy decoding")
  func narrow() {
    // Greedy: 0 (0.4), 2 (0.3), the end for certain: 0.12. The prefix 1 (0.35) has two continuations of 0.5, which
    // push "0 2" out of the beam and then end with probability 0.2 only.
    let next: ([[Int]]) -> Tensor = { prefixes in
      Tensor(
        prefixes.map { prefix -> [Double] in
          switch prefix {
          case []: [0.4, 0.35, 0.25, 1e-12]
          case [0]: [0.24, 0.23, 0.3, 0.23]
          case [1]: [0.5, 0.5, 1e-12, 1e-12]
          case [0, 2]: [1e-12, 1e-12, 1e-12, 1]
          case [1, 0], [1, 1]: [0.27, 0.27, 0.26, 0.2]
          default: [1e-12, 1e-12, 1e-12, 1]
          }
        }, scalarType: .double
      ).log()
    }
    let greedy = beamSearch(width: 1, longest: 3, end: 3, logits: next)[0]
    #expect(greedy.tokens == [0, 2] && abs(exponential(greedy.logProbability) - 0.12) < 1e-9)
    #expect(beamSearch(width: 2, longest: 3, end: 3, logits: next)[0].logProbability < greedy.logProbability - 0.2)
  }

  @Test("§ 12.2.2: the shares of right translations count whole translations")
  func shares() {
    let c = SearchComparison(
      width: 2, targets: [[1], [2, 3], [4]], greedy: [[1], [2], [4]], greedyLogProbabilities: [-1, -2, -1],
      beam: [[1], [2, 3], [5]], beamLogProbabilities: [-1, -1.5, -1.25])
    #expect(c.better == 1 && c.worse == 1 && abs(c.meanGain - 0.25 / 3) < 1e-15)
    #expect(c.greedyExact == 2.0 / 3 && c.beamExact == 2.0 / 3)
  }

  /// A random model with large weights, so that its probabilities differ.
  private func small(seed: UInt64) -> EncoderDecoderTransformer {
    EncoderDecoderTransformer(
      sourceSymbols: 4, targetSymbols: 2, width: 8, heads: 2, hidden: 16, blocks: 1, longest: 8,
      random: RandomSource(seed: seed)
    ).converted(to: .double).mapParameters { 1.5 * $0 }
  }
}

private func exponential(_ x: Double) -> Double { Tensor(x, scalarType: .double).exp().item }
