import Attention
import DataSets
import Foundations
import Regularization
import Running
import Tensors
import Transformer

/// The mistakes of chapter 7: each shown where it can be seen, and where it cannot.
public let gallery7 = Exercise(.gallery, "7", "Mistakes that everybody makes once", seconds: 1) { run in
  run.show(exhibits7)
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits7: [Exhibit] {
  [
    positionsExhibit, tableExhibit, lastNormExhibit, maskExhibit, targetsExhibit, windowsExhibit, trainingExhibit,
    cacheExhibit, tableCopyExhibit, paddingExhibit, decayExhibit, publishedExhibit,
    pairingExhibit,
  ]
}

// MARK: - What a Transformer reads

private func classifier(_ vocabulary: Int = 5) -> TransformerClassifier {
  TransformerClassifier(
    vocabulary: vocabulary, width: 8, heads: 2, hidden: 16, blocks: 2, longest: 8, dropout: 0,
    random: RandomSource(seed: 1)
  ).converted(to: .double)
}

private var positionsExhibit: Exhibit {
  let model = classifier()
  let order = Tokens([[1, 2, 3], [3, 2, 1]])
  func gap(_ y: Tensor) -> Tensor { (y[0] - y[1]).abs() }
  let same = Tokens([[1, 2, 1], [1, 2, 1]])
  return Exhibit(
    "positions that are not added", wrong: "model.encoder(model.scaledTokens(tokens))",
    right: "positions(scaledTokens(tokens))",
    shows: .init(
      "logits of \"a b c\" minus those of \"c b a\"", wrong: rounded(gap(Mistake.withoutPositions(model, order))),
      right: gap(model(order))),
    hides: .init(
      "the same text twice", wrong: gap(Mistake.withoutPositions(model, same)), right: gap(model(same))),
    caughtBy: "§ 7.3: the order of the tokens changes the logits")
}

/// 0 where a number is a rounding error, so that it is printed alike everywhere.
private func rounded(_ x: Tensor) -> Tensor { select(x .< 1e-12, Tensor(0, scalarType: .double), x) }

private var tableExhibit: Exhibit {
  /// The share of the positions, of variance ½, in the variance of the sum.
  func share(_ embedding: Embedding) -> Tensor {
    let d = Double(embedding.table.shape[1])
    return 0.5 / (d * embedding.table.squared().mean() + 0.5)
  }
  func model(_ d: Int) -> Embedding {
    Embedding(table: (1 / Double(d).squareRoot()) * RandomSource(seed: 1).normal([1000, d], scalarType: .double))
  }
  func unit(_ d: Int) -> Embedding { Mistake.unitTable(1000, d, random: RandomSource(seed: 1)).converted(to: .double) }
  return Exhibit(
    "√d times a table of N(0, 1)", wrong: "Embedding(table: random.normal([V, d]))",
    right: "Embedding(table: σ * random.normal([V, d]))",
    shows: .init("share of the positions in the variance, d = 128", wrong: share(unit(128)), right: share(model(128))),
    hides: .init("d = 1", wrong: share(unit(1)), right: share(model(1))),
    caughtBy: "Listing 7.8: positions have a third of the variance")
}

private var lastNormExhibit: Exhibit {
  let x = RandomSource(seed: 2).normal([1, 6, 16], scalarType: .double)
  func encoder(_ placement: NormPlacement) -> TransformerEncoder {
    TransformerEncoder(
      16, heads: 2, hidden: 64, blocks: 12, placement: placement, random: RandomSource(seed: 1)
    ).converted(to: .double)
  }
  func size(_ y: Tensor) -> Tensor { y.squared().mean().squareRoot() }
  let (pre, post) = (encoder(.preNorm), encoder(.postNorm))
  return Exhibit(
    "Pre-Norm without a last normalization", wrong: "encoder.blocks.reduce(x) { x, block in block(x) }",
    right: "norm.map { $0(y) } ?? y",
    shows: .init(
      "size of a number behind 12 blocks", wrong: size(Mistake.withoutLastNorm(pre, x)), right: size(pre(x))),
    hides: .init("Post-Norm", wrong: Mistake.withoutLastNorm(post, x), right: post(x)),
    caughtBy: "Definition 7.6: behind Pre-Norm blocks a last normalization")
}

private var paddingExhibit: Exhibit {
  let model = classifier()
  let batch = Tokens([[1, 2], [1, 2, 3, 4, 1, 2]])
  let (wrong, right) = (Mistake.paddingCounted(model, batch), model(batch))
  return Exhibit(
    "padding that counts in the mean", wrong: ".mean(axes: [1])",
    right: "classifier(maskedMean(h, lengths: tokens.lengths))",
    shows: .init("logits of two tokens in a batch with six", wrong: wrong[0], right: right[0]),
    hides: .init("the longest text of the batch", wrong: wrong[1], right: right[1]),
    caughtBy: "Listing 7.8: a text has the same logits alone")
}

// MARK: - Masks, targets and texts

/// A small GPT whose vectors are large, so that everything shows.
func exhibitedGPT(dropout p: Double = 0) -> GPT {
  let random = RandomSource(seed: 3)
  var model = GPT(symbols: 5, context: 6, width: 8, heads: 2, blocks: 2, dropout: p, random: random)
  model.tokens.table = 0.5 * random.normal([5, 8])
  model.positions = 0.5 * random.normal([6, 8])
  model.encoder = model.encoder.mapParameters { $0.rank == 2 ? 20 * $0 : $0 }
  return model.converted(to: .double)
}

private var maskExhibit: Exhibit {
  let model = exhibitedGPT()
  /// How much the logits of the first place change when the last symbol does.
  func change(_ mask: (Int) -> AttentionMask) -> Tensor {
    let ends = [[1, 2, 3, 4], [1, 2, 3, 0]].map { model.encoder(model.vectors(of: [$0]), mask: mask(4))[0, 0] }
    return (model.logits(ends[0]) - model.logits(ends[1])).abs().max()
  }
  func one(_ mask: AttentionMask) -> Tensor { model.encoder(model.vectors(of: [[1]]), mask: mask) }
  let wrong = { (n: Int) in Mistake.transposedMask(n, scalarType: .double) }
  return Exhibit(
    "a mask with rows and columns exchanged",
    wrong: ".allowed(Tensor.lowerTriangle(n, n, diagonal: 0, scalarType: type).transposed)",
    right: "encoder(vectors(of: pieces), mask: .causal)",
    shows: .init(
      "logits of the first place, another last symbol", wrong: change(wrong), right: change { _ in .causal }),
    hides: .init("one symbol", wrong: one(wrong(1)), right: one(.causal)),
    caughtBy: "(7.15): what comes later changes no logit before it")
}

private var targetsExhibit: Exhibit {
  // Without blocks a tied model finds its own symbol likeliest: it repeats.
  var model = exhibitedGPT()
  (model.encoder.blocks, model.positions) = ([], 0 * model.positions)
  model.tokens.table = 2 * Tensor.identity(5, scalarType: .double).padded(axis: 1, before: 0, after: 3)
  let (text, one) = ([[0, 1, 2, 3, 4]], [[2, 2, 2, 2]])
  return Exhibit(
    "targets that are not shifted", wrong: ".crossEntropy(labels: pieces.flatMap { $0.dropLast() })",
    right: ".crossEntropy(labels: pieces.flatMap { $0.dropFirst() })",
    shows: .init(
      "loss of a model that repeats, no symbol twice", wrong: Mistake.lossOnInputs(model, text),
      right: model.loss(text)),
    hides: .init("one symbol throughout", wrong: Mistake.lossOnInputs(model, one), right: model.loss(one)),
    caughtBy: "(7.14): a model that repeats what it reads has learned nothing")
}

private var windowsExhibit: Exhibit {
  // Random symbols: nobody can come below ln 8 = 2.079 nats.
  let (random, T) = (RandomSource(seed: 1), 32)
  let text = (0..<2_000).map { _ in random.integer(below: 8) }
  let wrong = Mistake.dividedAfterCutting(text, T, random: random)
  let right = (
    train: Array(text[..<1_800]), held: stride(from: 1_800, to: 1_968, by: T).map { Array(text[$0..<$0 + T]) }
  )
  /// The loss in nats of an n-gram in windows of validation.
  func loss(_ order: Int, of train: [Int], _ held: [[Int]]) -> Tensor {
    let model = NGramModel(order: order, of: train, vocabulary: 8)
    return Tensor(held.map { model.loss(of: $0) }, shape: [held.count], scalarType: .double).mean()
  }
  return Exhibit(
    "validation windows that overlap the training text",
    wrong: "random.permutation(text.count - T).map { Array(text[$0..<$0 + T]) }", right: "part(scalars[cut...])",
    shows: .init(
      "loss of a 6-gram on random symbols, entropy 2.079", wrong: loss(6, of: wrong.train.flatMap { $0 }, wrong.held),
      right: loss(6, of: right.train, right.held)),
    hides: .init("a model that guesses", wrong: loss(1, of: [], wrong.held), right: loss(1, of: [], right.held)),
    caughtBy: "§ 7.7: no window of validation shares a place with the training text")
}
