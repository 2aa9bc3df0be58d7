import Applications
import Attention
import Checking
import Tensors
import Testing
import Transformer

@Suite("§ 12.2  Language")
struct LanguageTests {
  @Test("§ 12.2.1: the products of conditionals sum to 1 over all strings of T symbols", arguments: [1, 2, 4])
  func strings(length: Int) {
    let model = GPT(symbols: 3, context: 6, width: 8, heads: 2, blocks: 1, random: RandomSource(seed: 1))
      .mapParameters { 8 * $0.converted(to: .double) }
    let all = stringProbabilities(of: model, symbols: 3, length: length, after: 0)
    #expect(all.count == [1: 3, 2: 9, 4: 81][length])
    #expect(abs(all.reduce(0) { $0 + $1.probability } - 1) < 1e-12)
    let probabilities = all.map(\.probability)
    #expect((probabilities.max() ?? 0) > 1.05 * (probabilities.min() ?? 0))  // it is not uniform
  }

  @Test(
    "§ 12.2.1: with an end symbol the sum over finite texts can be ½: the chances 1/(t + 1)² leave (n + 2)/(2(n + 1))")
  func endless() {
    for n in [1, 2, 10, 1000] {
      let ended = endingProbability(within: n) { 1 / Double(($0 + 1) * ($0 + 1)) }
      #expect(abs(1 - ended - Double(n + 2) / Double(2 * (n + 1))) < 1e-12)
      #expect(abs(endingProbability(within: n) { 1 / Double($0 + 1) } - (1 - 1 / Double(n + 1))) < 1e-12)
    }
  }
}
