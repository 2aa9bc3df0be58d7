import Applications
import Checking
import Tensors
import Testing

@Suite("§ 12.10  Connectionist temporal classification")
struct ConnectionistTests {
  private let texts = [[0, 1, 1], [2], [], [2, 0]]
  private let logits = RandomSource(seed: 5).normal([4, 5, 4], scalarType: .double)

  @Test("§ 12.10: repeated symbols merge, blanks vanish, and a blank keeps equal neighbours apart")
  func collapsing() {
    #expect(collapsed([0, 0, 3, 0, 1], blank: 3) == [0, 0, 1])
    #expect(collapsed([3, 3], blank: 3) == [] && collapsed([], blank: 3) == [])
    #expect(framesNeeded(for: [0, 1, 1]) == 4 && framesNeeded(for: []) == 0)
  }

  @Test("§ 12.10: the loss is −ln of the sum over all paths that collapse to the text")
  func enumeration() {
    let logarithms = connectionistLogProbabilities(logits, texts)
    for (row, text) in texts.enumerated() {
      let sum = sumOverPaths(logits[row], text)
      #expect(abs(logarithms[row].exp().item - sum) < 1e-13, "\(text)")
    }
    let mean = -logarithms.mean().item
    #expect(abs(connectionistLoss(logits, texts).item - mean) < 1e-14)
  }

  @Test("§ 12.10: the probabilities of all texts sum to 1")
  func total() {
    let all = allTexts(upTo: 3, symbols: 2)
    let z = logits[0][0..<3].sliced(0..<3, axis: 1)
    let p = connectionistLogProbabilities(z.expanded(axis: 0).repeated(all.count, axis: 0), all).exp()
    #expect(abs(p.sum().item - 1) < 1e-12 && all.count == 15)
  }

  @Test(
    "§ 12.10: without an alignment the loss is infinite and its derivative 0; frames beyond the length do not count")
  func impossible() {
    let short = logits.sliced(0..<3, axis: 1)
    let p = connectionistLogProbabilities(short, texts)
    #expect(p[0].item == -.infinity && p[1].item.isFinite)
    let slope = gradient(at: short) { connectionistLogProbabilities($0, texts)[0] }
    #expect(slope.abs().max().item == 0)
    let cut = connectionistLogProbabilities(logits, texts, lengths: [4, 3, 5, 2])
    for (row, length) in [4, 3, 5, 2].enumerated() {
      #expect(abs(cut[row].exp().item - sumOverPaths(logits[row][0..<length], texts[row])) < 1e-13)
    }
  }

  @Test("§ 12.10: the derivative is that of the sum over paths, to second order")
  func derivatives() {
    expectGradient(at: logits, order: 2) { connectionistLoss($0, texts) }
  }

  @Test("§ 12.10: the likeliest path is not the likeliest text, and a search over prefixes finds that")
  func search() {
    let two = Tensor([[0.4, 0.6], [0.4, 0.6]], scalarType: .double).log()
    #expect(bestPaths(two.expanded(axis: 0)) == [[]])
    let found = prefixSearch(two, width: 3)
    #expect(found.map(\.symbols) == [[0], []])
    #expect(abs(found[0].logProbability - Tensor(0.64, scalarType: .double).log().item) < 1e-12)
    // A beam that holds all prefixes is exact; a narrow one finds nothing better.
    for row in 0..<4 {
      let wide = prefixSearch(logits[row], width: 1_000)
      for (symbols, logProbability) in wide.prefix(6) {
        let sum = sumOverPaths(logits[row], symbols)
        #expect(abs(Tensor(logProbability, scalarType: .double).exp().item - sum) < 1e-13)
      }
      let best = connectionistLogProbabilities(logits[row].expanded(axis: 0), [bestPaths(logits)[row]]).item
      #expect(wide[0].logProbability >= best - 1e-12)
      #expect(prefixSearch(logits[row], width: 2)[0].logProbability <= wide[0].logProbability + 1e-12)
    }
  }

  @Test("§ 12.10: the symbol error counts insertions, deletions and replacements")
  func errors() {
    #expect(symbolErrorRate([[0, 1], [2, 2, 2]], [[0, 1, 1], [2]]) == 0.75)
    #expect(editDistanceOfTexts == 3)
  }

  private var editDistanceOfTexts: Int {
    Int(symbolErrorRate([Array("kitten".utf8).map(Int.init)], [Array("sitting".utf8).map(Int.init)]) * 7 + 0.5)
  }

  /// All texts of at most `length` symbols.
  private func allTexts(upTo length: Int, symbols: Int) -> [[Int]] {
    (0..<length).reduce([[[Int]]]([[[]]])) { levels, _ in
      levels + [(levels.last ?? []).flatMap { text in (0..<symbols).map { text + [$0] } }]
    }.flatMap { $0 }
  }
}
