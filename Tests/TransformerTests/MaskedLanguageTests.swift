import Checking
import DataSets
import Tensors
import Testing
import Transformer

@Suite("§ 7.6  Masked language modeling")
struct MaskedLanguageTests {
  private func rule(_ choice: MaskingRule.Choice) -> MaskingRule {
    var rule = MaskingRule()
    rule.choice = choice
    return rule
  }

  private func masked(_ choice: MaskingRule.Choice, length: Int, count: Int) -> MaskedSequences {
    rule(choice).applied(
      to: [[Int]](repeating: [Int](repeating: 5, count: length), count: count), mask: 99, replacements: 0..<50,
      using: RandomSource(seed: 3))
  }

  @Test("Definition 7.10: of 10⁵ tokens 0.150 are chosen, of these 80 % masked, 10 % random and 10 % as they were")
  func shares() {
    let batch = masked(.independent, length: 100, count: 1000)
    let (inputs, isChosen) = (batch.inputs.flatMap { $0 }, batch.isChosen.flatMap { $0 })
    let chosen = inputs.indices.filter { isChosen[$0] }
    let n = Double(chosen.count)
    #expect(abs(n / 1e5 - 0.15) < 3 * (0.15 * 0.85 / 1e5).squareRoot())
    let asMask = Double(chosen.count { inputs[$0] == 99 }) / n
    let kept = Double(chosen.count { inputs[$0] == 5 }) / n
    #expect(abs(asMask - 0.8) < 3 * (0.16 / n).squareRoot())
    #expect(abs(kept - 0.1 - 0.1 / 50) < 3 * (0.1 / n).squareRoot(), "one random token in fifty is the old one")
    #expect(
      inputs.indices.allSatisfy { isChosen[$0] || inputs[$0] == 5 }
        && batch.targets.allSatisfy { $0.allSatisfy { $0 == 5 } })
  }

  @Test("Definition 7.10: 0.85¹⁶ = 7.4 % of sequences of 16 tokens have no mask unless a rule gives them one")
  func none() {
    func without(_ choice: MaskingRule.Choice) -> Double {
      Double(masked(choice, length: 16, count: 20_000).isChosen.count { !$0.contains(true) }) / 20_000
    }
    let expected = 0.0742511
    #expect(abs(without(.independent) - expected) < 3 * (expected * (1 - expected) / 20_000).squareRoot())
    #expect(without(.atLeastOne) == 0 && without(.count) == 0)
    #expect(masked(.count, length: 16, count: 50).isChosen.allSatisfy { $0.count { $0 } == 2 })
    #expect(masked(.count, length: 10, count: 50).isChosen.allSatisfy { $0.count { $0 } == 2 })  // 1.5, rounded
    #expect(masked(.count, length: 2, count: 50).isChosen.allSatisfy { $0.count { $0 } == 1 })
    let fixed = rule(.atLeastOne).applied(
      to: [[1, 5, 2]], mask: 99, replacements: 0..<3, isFixed: { $0 < 3 }, using: RandomSource(seed: 1))
    #expect(fixed.isChosen == [[false, true, false]], "[CLS] and [SEP] are never chosen")
  }

  private let sizes = BERTSizes(symbols: 12, width: 8, heads: 2, blocks: 1, hidden: 16, positions: 8)
  /// With larger weights than those at the start, whose effects could hardly be told from rounding.
  private var model: MaskedLanguageModel {
    MaskedLanguageModel(sizes, random: RandomSource(seed: 1)).mapParameters { $0.rank == 2 ? $0 * 20 : $0 }
  }
  private let batch = MaskedSequences(
    inputs: [[1, 11, 3, 4, 2], [1, 5, 11]], targets: [[1, 7, 3, 4, 2], [1, 5, 6]],
    isChosen: [[false, true, false, true, false], [false, false, true]])

  @Test("(7.13): only masked places have a part in the loss: the gradient at all other logits is exactly 0")
  func gradientOfLogits() {
    let logits = model(Tokens(batch.inputs))
    let slope = gradient(at: logits) { maskedLoss(logits: $0, batch) }
    for (n, row) in [[0, 1, 0, 1, 0], [0, 0, 1, 0, 0]].enumerated() {
      for (t, isMasked) in row.enumerated() {
        let largest = slope[n, t].abs().max().item
        #expect(isMasked == 1 ? largest > 1e-3 : largest == 0)
      }
    }
  }

  @Test("(7.13): the model's loss is −ln p of the masked tokens, averaged, and has the right gradient")
  func loss() {
    let p = model(Tokens(batch.inputs)).logSoftmax()
    let wanted = -(p[0, 1, 7].item + p[0, 3, 4].item + p[1, 2, 6].item) / 3
    #expect(abs(model.loss(batch).item - wanted) < 1e-6)
    #expect(abs(maskedLoss(logits: model(Tokens(batch.inputs)), batch).item - wanted) < 1e-6)
    let small = MaskedLanguageModel(
      BERTSizes(symbols: 12, width: 4, heads: 2, blocks: 1, hidden: 5, positions: 5), random: RandomSource(seed: 2))
    let spreadOut = small.mapParameters { $0.rank == 2 ? $0 * 20 : $0 }
    #expect(gradientError(at: spreadOut) { $0.loss(batch) } < 1e-6)
    #expect(unlistedParameters(in: small) == [])
  }

  @Test("(7.13): p(xᵢ | x_{∖M}) at a masked place changes with a token on its left and with one on its right")
  func bothSides() {
    func p(_ input: [Int]) -> Tensor { model(Tokens([input]))[0, 2].softmax() }
    let here = p([1, 4, 11, 5, 2])
    #expect((p([1, 6, 11, 5, 2]) - here).abs().max().item > 1e-3)
    #expect((p([1, 4, 11, 6, 2]) - here).abs().max().item > 1e-3)
  }

  @Test("(7.13): a batch without a masked place stops with a message")
  func noMask() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = MaskedLanguageModel(
        BERTSizes(symbols: 12, width: 8, heads: 2, blocks: 1, positions: 8), random: RandomSource(seed: 1))
      _ = model.loss(MaskedSequences(inputs: [[1, 2]], targets: [[1, 2]], isChosen: [[false, false]]))
    }
    expectMessage(result, "no token is masked; use the choice .atLeastOne")
  }
}
