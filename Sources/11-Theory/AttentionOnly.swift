// § 11.11  Induction circuits

import Attention
import Foundations
import Messages
import Tensors
import Training
import Transformer

/// A causal language model of attention layers alone: x ← x + Attention(RMS(x)) in every layer, with rotary positions
/// and no feed-forward networks. § 11.11
///
/// Each layer adds to a position only what its heads read elsewhere, so the circuits can be read off the attention
/// weights. Elhage et al. (2021).
public struct AttentionOnly: Model {
  /// The vectors of the symbols. [V×d]
  public var tokens: Embedding
  /// The normalization before each layer.
  public var norms: [RMSNormalization]
  /// The layers of attention.
  public var layers: [GroupedQueryAttention]
  /// The last normalization.
  public var norm: RMSNormalization
  /// The map to the logits of V symbols.
  public var output: Linear
  /// The rotation of queries and keys.
  public let positions: RotaryPositions

  /// A model of V symbols with vectors of dimension d, and h heads in each of L layers.
  public init(symbols V: Int, width d: Int, heads h: Int, layers L: Int, random: RandomSource) {
    require(V >= 1 && L >= 1, "cannot model \(V) symbols by \(L) layers: at least one of each is needed")
    tokens = Embedding(table: random.normal([V, d]) / Double(d).squareRoot())
    norms = (0..<L).map { _ in RMSNormalization(features: d) }
    layers = (0..<L).map { _ in GroupedQueryAttention(d, heads: h, groups: h, random: random) }
    (norm, output) = (RMSNormalization(features: d), Linear(d, V, hasBias: false, random: random))
    positions = RotaryPositions(d / h)
  }

  /// All parts.
  public static var parameters: [PartialKeyPath<AttentionOnly>] {
    [\.tokens, \.norms, \.layers, \.norm, \.output]
  }

  /// The logits after every symbol of N pieces of equal length T. [N×T×V]
  public func callAsFunction(_ pieces: [[Int]]) -> Tensor { output(norm(states(pieces, layers: layers.count))) }

  /// The attention weights of every head of a layer. [N×h×T×T]
  public func weights(_ pieces: [[Int]], layer: Int) -> Tensor {
    let (q, k, _) = parts(states(pieces, layers: layer), layer: layer)
    return attentionWeights(q, k, mask: .causal)
  }

  /// The vectors at every symbol after some layers. [N×T×d]
  private func states(_ pieces: [[Int]], layers count: Int) -> Tensor {
    let T = pieces.first?.count ?? 0
    require(
      T >= 1 && pieces.allSatisfy { $0.count == T },
      "cannot read pieces of \(pieces.map(\.count).prefix(4)) symbols: all must be equally long, at least 1")
    var x = tokens(pieces.flatMap { $0 }, shape: [pieces.count, T])
    for l in 0..<count {
      let (q, k, v) = parts(x, layer: l)
      x = x + layers[l].joined(layers[l].attended(q, k, v, mask: .causal))
    }
    return x
  }

  /// Queries and keys, rotated by their positions, and values. [N×h×T×d/h]
  private func parts(_ x: Tensor, layer l: Int) -> (q: Tensor, k: Tensor, v: Tensor) {
    let z = norms[l](x)
    return (positions(layers[l].queries(z)), positions(layers[l].keys(z)), layers[l].values(z))
  }
}

/// The accuracies of an attention-only model on sequences that repeat a random piece. § 11.11
public struct InductionResult: Sendable {
  /// The trained model.
  public let model: AttentionOnly
  /// The share of correct predictions in the repeated part, and in the first pass, where nothing can be known.
  public let repeated, firstPass: Double
  /// For each layer the mean weight of each head on the position before, and on the position after the earlier
  /// occurrence of the current symbol, over the repeated part.
  public let heads: [(previous: [Double], induction: [Double])]
}

extension InductionTask {
  /// Trains a model to predict every next symbol of random sequences, and measures it on new ones. § 11.11
  public func trained(
    _ start: AttentionOnly, plan: SequencePlan, judged: Int = 200, random: RandomSource
  ) -> InductionResult {
    let (draws, new) = (random.split(), random.split())
    func pieces(_ batch: [(sequence: [Int], period: Int)]) -> [[Int]] { batch.map { Array($0.sequence.dropLast()) } }
    func labels(_ batch: [(sequence: [Int], period: Int)]) -> [Int] { batch.flatMap { $0.sequence.dropFirst() } }
    let model = start.trained(by: plan, random: random.split()) { model in
      let batch = (0..<plan.batch).map { _ in draw(draws) }
      let logits = model(pieces(batch))
      return logits.reshaped([plan.batch * length, symbols]).crossEntropy(labels: labels(batch))
    }.model
    let batch = (0..<judged).map { _ in draw(new) }
    let right = hits(model(pieces(batch)).reshaped([judged * length, symbols]), labels: labels(batch))
    func share(_ isJudged: (_ place: Int, _ period: Int) -> Bool) -> Double {
      let places = right.indices.filter { isJudged($0 % length, batch[$0 / length].period) }
      return Double(places.count { right[$0] }) / Double(places.count)
    }
    // Place t predicts symbol t + 1, which is the first of the repetition for t = p − 1 and known from t = p on.
    return InductionResult(
      model: model, repeated: share { t, p in t >= p }, firstPass: share { t, p in t < p - 1 },
      heads: model.layers.indices.map { headWeights(model.weights(pieces(batch), layer: $0), batch) })
  }

  /// The mean weights of each head on the position before, and on the one after the earlier occurrence. [N×h×T×T]
  private func headWeights(
    _ α: Tensor, _ batch: [(sequence: [Int], period: Int)]
  ) -> (previous: [Double], induction: [Double]) {
    let (h, T) = (α.shape[1], length)
    let places = batch.indices.flatMap { i in (batch[i].period..<T).map { (i, $0) } }
    let all = α.scalars
    func mean(_ key: (_ item: Int, _ place: Int) -> Int) -> [Double] {
      (0..<h).map { head in
        places.reduce(0) { $0 + all[(($1.0 * h + head) * T + $1.1) * T + key($1.0, $1.1)] } / Double(places.count)
      }
    }
    return (mean { _, t in t - 1 }, mean { i, t in t - batch[i].period + 1 })
  }
}
