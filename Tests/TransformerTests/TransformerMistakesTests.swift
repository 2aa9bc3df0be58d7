import Attention
import CNN
import Checking
import DataSets
import Foundations
import Regularization
import Running
import Tensors
import Testing
import Training
import Transformer
import ch07

@Suite("The mistakes of chapter 7")
struct TransformerMistakesTests {
  private let random = RandomSource(seed: 8)
  private func gpt(dropout p: Double = 0, seed: UInt64 = 3) -> GPT {
    let random = RandomSource(seed: seed)
    var model = GPT(symbols: 6, context: 8, width: 12, heads: 2, blocks: 2, dropout: p, random: random)
    model.tokens.table = 0.5 * random.normal([6, 12])
    model.positions = 0.5 * random.normal([8, 12])
    model.encoder = model.encoder.mapParameters { $0.rank == 2 ? 20 * $0 : $0 }
    return model.converted(to: .double)
  }
  private var classifier: TransformerClassifier {
    TransformerClassifier(
      vocabulary: 6, width: 8, heads: 2, hidden: 16, blocks: 2, longest: 8, dropout: 0, random: RandomSource(seed: 1)
    ).converted(to: .double)
  }

  @Test("§ 7.3: the order of the tokens changes the logits, unless positions are not added")
  func order() {
    let (model, both) = (classifier, Tokens([[1, 2, 3, 4], [4, 2, 3, 1]]))
    let (wrong, right) = (Mistake.withoutPositions(model, both), model(both))
    #expect((wrong[0] - wrong[1]).abs().max().item < 1e-13 && (right[0] - right[1]).abs().max().item > 1e-2)
  }

  @Test("Listing 7.8: positions have a third of the variance if √d E has 1, and 1/256 for a table of N(0, 1)")
  func table() {
    func variance(_ x: Tensor) -> Double { x.squared().mean().item }
    let positions = variance(sinusoidalPositions(256, 128))
    let wrong = variance(Double(128).squareRoot() * Mistake.unitTable(500, 128, random: random).table)
    #expect(abs(positions - 0.5) < 1e-6 && abs(wrong - 128) < 2)
    #expect(
      abs(positions / (wrong + positions) - 1 / 257.0) < 1e-4 && abs(positions / (1 + positions) - 1 / 3.0) < 1e-6)
  }

  @Test(
    "Definition 7.6: behind Pre-Norm blocks a last normalization keeps the size at 1, and without it the size grows")
  func lastNorm() {
    let x = random.normal([2, 6, 16])
    func sizes(_ L: Int) -> (wrong: Double, right: Double) {
      let encoder = TransformerEncoder(16, heads: 2, hidden: 64, blocks: L, random: RandomSource(seed: 2))
      func size(_ y: Tensor) -> Double { y.squared().mean().item.squareRoot() }
      return (size(Mistake.withoutLastNorm(encoder, x)), size(encoder(x)))
    }
    let (few, many) = (sizes(2), sizes(24))
    #expect(abs(few.right - 1) < 1e-3 && abs(many.right - 1) < 1e-3)
    #expect(many.wrong > 1.15 * few.wrong)
  }

  @Test("(7.15): what comes later changes no logit before it, unless rows and columns of the mask are exchanged")
  func mask() {
    let (model, texts) = (gpt(), [[1, 2, 3, 4, 5], [1, 2, 3, 4, 0]])
    func first(_ mask: AttentionMask) -> [Tensor] {
      texts.map { model.encoder(model.vectors(of: [$0]), mask: mask)[0, 0] }
    }
    let (wrong, right) = (first(Mistake.transposedMask(5, scalarType: .double)), first(.causal))
    #expect(right[0] == right[1] && (wrong[0] - wrong[1]).abs().max().item > 1e-2)
  }

  @Test("(7.14): a model that repeats what it reads has learned nothing, unless the targets are not shifted")
  func targets() {
    // Trained for a few steps by each loss: the wrong one falls below the entropy ln 6 of random text.
    let text = (0..<2_000).map { _ in random.integer(below: 6) }
    func trained(_ loss: (GPT, [[Int]]) -> Tensor) -> Double {
      let start = GPT(symbols: 6, context: 8, width: 12, heads: 2, blocks: 1, random: RandomSource(seed: 1))
      let windows = RandomSource(seed: 2)
      let plan = SequencePlan(steps: 100, batch: 8, learningRate: 1e-2)
      func draw() -> [[Int]] {
        (0..<16).map { _ in
          let first = windows.integer(below: 1_990)
          return Array(text[first..<first + 9])
        }
      }
      let model = start.trained(by: plan, random: RandomSource(seed: 3)) { loss($0, draw()) }.model
      return loss(model, draw()).item
    }
    #expect(trained(Mistake.lossOnInputs) < 0.5 && trained { $0.loss($1) } > 1.7)  // ln 6 = 1.792
  }

  @Test("§ 7.7: no window of validation shares a place with the training text, unless windows are cut before dividing")
  func windows() {
    let text = Array(0..<500)  // every place is known by its number
    let (train, held) = Mistake.dividedAfterCutting(text, 20, random: random)
    let seen = Set(train.flatMap { $0 })
    #expect(held.allSatisfy { window in window.allSatisfy(seen.contains) })
    // 500 different characters.
    let text500 = String(String.UnicodeScalarView((0..<500).compactMap { Unicode.Scalar(0x4E00 + $0) }))
    let corpus = TextCorpus(name: "", text: text500, origin: "")
    #expect(corpus.train.count == 450 && corpus.validation.count == 50)
    #expect(Set(corpus.train).isDisjoint(with: corpus.validation))
  }

  @Test("§ 7.7: dropout is at work in training alone: written in training mode, a text has other logits each time")
  func mode() {
    let (model, text) = (gpt(dropout: 0.3), [1, 2, 3])
    let right = Continuation.recomputed(text, by: model)
    #expect(right == Continuation.recomputed(text, by: model))
    #expect((Mistake.drawnInTraining(model, after: text) - right).abs().max().item > 1e-2)
    var writing = model
    let twice = (0..<2).map { _ in writing.observing { $0([text]) } }
    #expect(twice[0] != twice[1])
    #expect(Mistake.drawnInTraining(gpt(), after: text) == Continuation.recomputed(text, by: gpt()))
  }

  @Test("§ 7.7: a token that a slid cache puts at the place of another gets other logits")
  func slid() {
    let (model, window) = (gpt(), [1, 2, 3, 4, 5, 0, 1, 2])
    let (wrong, right) = (Mistake.cacheSlid(model, over: window), Continuation.recomputed(window, by: model))
    #expect((wrong - right).abs().max().item > 1e-2)
  }

  @Test("§ 7.7: a copied table's gradient lacks what the logits add, and the copies part with the first step")
  func copied() {
    let (model, text) = (gpt(), [[0, 1, 2, 3, 4]])
    let copied = Mistake.copiedTable(model)
    #expect(copied(text) == model(text))
    let (wrong, right) = (gradient(at: copied) { $0.loss(text) }, gradient(at: model) { $0.loss(text) })
    // Symbol 5 is not read, so that only the logits have a gradient for it.
    #expect(wrong.tokens.table[5].abs().max().item == 0 && right.tokens.table[5].abs().max().item > 1e-3)
    var (moved, descent) = (copied, GradientDescent(learningRate: 0.1))
    descent.update(&moved, along: wrong)
    #expect(moved.head?.weight != moved.tokens.table)
  }

  @Test("Listing 7.8: a text has the same logits alone and in a padded batch, unless padding counts in the mean")
  func padding() {
    let (model, batch) = (classifier, Tokens([[1, 2], [1, 2, 3, 4, 5]]))
    let alone = model(Tokens([[1, 2]]))[0]
    expectClose(model(batch)[0], alone, tolerance: 1e-12, scale: 1)
    let wrong = Mistake.paddingCounted(model, batch)
    #expect((wrong[0] - alone).abs().max().item > 1e-2)
    expectClose(wrong[1], model(batch)[1], tolerance: 1e-12, scale: 1)
  }

  @Test("§ 7.8: factors of normalizations do not decay: with gradients of 0 they stay 1, and (1 − ηλ)ᵗ if all decay")
  func decay() {
    func factor<O: Optimizer>(_ optimizer: O) -> Double {
      var (norm, optimizer) = (LayerNormalization(features: 3).converted(to: .double), optimizer)
      let nothing = norm.mapParameters { 0 * $0 }
      for _ in 0..<50 { optimizer.update(&norm, along: nothing) }
      return norm.scale[0].item
    }
    let norm = LayerNormalization(features: 3)
    #expect(factor(ParameterGroups.adamW(of: norm, learningRate: 0.1, weightDecay: 0.1)) == 1)
    let power = (0..<50).reduce(1.0) { product, _ in product * 0.99 }
    #expect(abs(factor(Mistake.decayOnEverything(learningRate: 0.1, weightDecay: 0.1)) - power) < 1e-12)
  }

  @Test(
    "§ 7.7: the matrices of GPT-2's file have a row for each input; a square one is accepted as it is, and is wrong")
  func published() {
    let (W, x) = (random.normal([6, 6], scalarType: .double), random.normal([3, 6], scalarType: .double))
    expectClose(Linear(weight: W.transposed, bias: nil)(x), matmul(x, W), tolerance: 1e-14, scale: 1)
    #expect((Mistake.matrixAsPublished(W)(x) - matmul(x, W)).abs().max().item > 0.1)
  }

  @Test("§ 7.10: pairs of halves are not the pairs that weights were trained with, unless their rows are reordered")
  func pairing() {
    let (q, k) = (random.normal([5, 6], scalarType: .double), random.normal([5, 6], scalarType: .double))
    let trained = RotaryPositions(6, pairing: .interleaved)
    func scores(_ turn: RotaryPositions, _ q: Tensor, _ k: Tensor) -> Tensor { matmul(turn(q), turn(k).transposed) }
    let (right, wrong) = (scores(trained, q, k), scores(Mistake.otherPairing(trained), q, k))
    #expect((right - wrong).abs().max().item > 0.1)
    func halved(_ x: Tensor) -> Tensor { RotaryPositions.halved(x.transposed, heads: 1).transposed }
    expectClose(scores(Mistake.otherPairing(trained), halved(q), halved(k)), right, tolerance: 1e-13, scale: 1)
  }
}
