// § 5.8  Training on sequences of unequal length

import Backprop
import DataSets
import Foundations
import Messages
import Tensors
import Training

/// Sequences of symbols, each with the number of its class.
public struct LabeledTokens: Sendable {
  /// The sequences, without padding.
  public let sequences: [[Int]]
  /// The class of each.
  public let labels: [Int]

  /// The sequences with these labels.
  public init(_ sequences: [[Int]], labels: [Int]) {
    require(
      sequences.count == labels.count,
      "cannot label \(sequences.count) sequences with \(labels.count) classes: one class for each sequence is needed")
    (self.sequences, self.labels) = (sequences, labels)
  }

  /// Texts as token numbers of a vocabulary, cut to at most `longest` tokens; an empty text becomes a single unknown
  /// symbol.
  public init(_ texts: [LabeledText], vocabulary: Vocabulary, longest: Int = .max) throws {
    let none = [vocabulary.number(of: .unknown) ?? 0]
    let encoded = try texts.map { Array(try vocabulary.encode($0.text).prefix(longest)) }
    self.init(encoded.map { $0.isEmpty ? none : $0 }, labels: texts.map(\.label))
  }

  /// The number of sequences.
  public var count: Int { labels.count }

  /// The sequences at these positions as a batch, padded to the longest of them, and their classes.
  public func batch(_ indices: [Int]) -> (tokens: Tokens, labels: [Int]) {
    (Tokens(indices.map { sequences[$0] }), indices.map { labels[$0] })
  }

  /// The sequences at these positions.
  public func subset(_ indices: some Sequence<Int>) -> LabeledTokens {
    let places = Array(indices)
    return LabeledTokens(places.map { sequences[$0] }, labels: places.map { labels[$0] })
  }

  /// Whether a model classifies each sequence correctly, in evaluation, in batches of sequences of similar length.
  public func hits<M: Module<Tokens, Tensor>>(of model: M, batchSize: Int = 256) -> [Bool] {
    let order = sequences.indices.sorted { (sequences[$0].count, $0) < (sequences[$1].count, $1) }
    var hits = [Bool](repeating: false, count: count)
    for start in stride(from: 0, to: count, by: batchSize) {
      let places = Array(order[start..<min(start + batchSize, count)])
      let (tokens, labels) = batch(places)
      for (place, hit) in zip(places, Foundations.hits(model(tokens), labels: labels)) { hits[place] = hit }
    }
    return hits
  }

  /// The fraction of sequences that a model classifies correctly.
  public func accuracy<M: Module<Tokens, Tensor>>(of model: M) -> Double {
    Double(hits(of: model).count { $0 }) / Double(count)
  }
}

/// How a classifier of sequences is trained, as in Listings 5.8 and 5.9.
public struct TokenRecipe: Sendable {
  /// The learning rate η of AdamW.
  public var learningRate = 1e-3
  /// Its weight decay λ.
  public var weightDecay = 0.0
  /// The norm τ that gradients are clipped to. (5.8)
  public var clip = 1.0

  /// The recipe of Listing 5.9: Adam.
  public init() {}

  /// The recipe of Listing 5.8: AdamW with a weight decay of 10⁻⁴.
  public static var listing5_8: TokenRecipe {
    var recipe = TokenRecipe()
    recipe.weightDecay = 1e-4
    return recipe
  }
}

/// Trains a classifier of sequences by a recipe, its gradients clipped (5.8). § 5.8
///
/// At the end of every epoch the results of `evaluate` are added to the history. The loss of an epoch is the mean over
/// its examples.
@discardableResult
public func trainOnTokens<M: Module<Tokens, Tensor>>(
  _ model: inout M, by recipe: TokenRecipe = TokenRecipe(), on set: LabeledTokens, plan: TrainingPlan,
  random: RandomSource, evaluate: (M, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
) -> History {
  let optimizer = Adam(learningRate: recipe.learningRate, weightDecay: recipe.weightDecay)
  return trainOnTokens(
    &model, with: optimizer, clip: recipe.clip, on: set, plan: plan, random: random, evaluate: evaluate)
}

/// Trains a classifier of sequences with any optimizer, its gradients clipped to norm τ (5.8). § 5.8
@discardableResult
public func trainOnTokens<M: Module<Tokens, Tensor>, O: Optimizer>(
  _ model: inout M, with optimizer: O, clip τ: Double = 1, on set: LabeledTokens, plan: TrainingPlan,
  random: RandomSource, evaluate: (M, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
) -> History {
  var player = TokenPlayer(model: model, optimizer: optimizer)
  let history = train(&player, examples: set.count, plan: plan, random: random) { player, step throws(Breakdown) in
    let (tokens, labels) = set.batch(step.batch)
    let (value, gradient) = valueWithGradient(at: player.model) { $0(tokens).crossEntropy(labels: labels) }
    try step.descend(&player.model, with: &player.optimizer, along: gradient.clipped(norm: τ), loss: value.item)
  } evaluate: { player, epoch in
    evaluate(player.model, epoch)
  }
  model = player.model
  return history
}

/// A classifier with its optimizer.
private struct TokenPlayer<M: Module<Tokens, Tensor>, O: Optimizer>: TrainingState {
  var model: M
  var optimizer: O
  static var kept: [PartialKeyPath<TokenPlayer>] { [\.model, \.optimizer] }
}
