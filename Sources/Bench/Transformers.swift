import Foundations
import Tensors
import Training

// Steps of networks with attention.

extension Step {
  static let transformers = [
    Step(
      "attention", "§ 6.11, forward, d 512, 8 heads, n 128, batch 32",
      attentionLayers(32, 128, 512).map { $0.passes(1) }
    ) {
      scale in
      let random = RandomSource(seed: 1)
      let attention = MultiHeadAttention(512, heads: 8, hasBias: false, random: random)
      let x = random.normal([32 * scale, 128, 512])
      return Workload(parameters: attention.parameterCount) { _ = attention(x) }
    },
    Step("transformer", "§ 7.8 classifier, AdamW, batch 32 × 64", blockLayers(32, 64, 128, 512) + [.dense(32, 128, 2)])
    {
      scale in
      let random = RandomSource(seed: 1)
      var (model, optimizer) = (TransformerClassifier(random: random), Adam(learningRate: 1e-4, weightDecay: 0.01))
      let x = Words(numbers: (0..<32 * scale * 64).map { _ in random.integer(below: 10_000) }, shape: [32 * scale, 64])
      let y = labels(32 * scale, classes: 2)
      return Workload(parameters: model.parameterCount) {
        descend(&model, &optimizer) { $0(x, random).crossEntropy(labels: y) }
      }
    },
    Step(
      "gpt", "4 layers, 4 heads, d 128, AdamW, batch 12 × 64",
      blockLayers(12, 64, 128, 512) + [.dense(12 * 64, 128, 65)]
    ) {
      scale in
      let random = RandomSource(seed: 1)
      var (model, optimizer) = (LanguageModel(random: random), Adam(weightDecay: 0.01))
      let text = (0..<12 * scale).map { _ in (0..<65).map { _ in random.integer(below: 65) } }
      let x = Words(numbers: text.flatMap { $0.dropLast() }, shape: [12 * scale, 64])
      let y = text.flatMap { $0.dropFirst() }
      return Workload(parameters: model.parameterCount) {
        descend(&model, &optimizer) { $0(x).reshaped([y.count, 65]).crossEntropy(labels: y) }
      }
    },
  ]

  private static func attentionLayers(_ batch: Int, _ n: Int, _ d: Int) -> [Layer] {
    [Layer](repeating: .dense(batch * n, d, d), count: 4) + [Layer](repeating: .dense(batch * n, n, d), count: 2)
  }

  private static func blockLayers(_ batch: Int, _ n: Int, _ d: Int, _ hidden: Int) -> [Layer] {
    let block = attentionLayers(batch, n, d) + [.dense(batch * n, d, hidden), .dense(batch * n, hidden, d)]
    return (0..<4).flatMap { _ in block }
  }
}

/// Multi-head self-attention.
struct MultiHeadAttention: Model {
  var query, key, value, output: Linear
  let heads: Int

  init(_ dimension: Int, heads: Int, hasBias: Bool = true, random: RandomSource) {
    func linear() -> Linear { Linear(dimension, dimension, hasBias: hasBias, random: random) }
    (query, key, value, output, self.heads) = (linear(), linear(), linear(), linear(), heads)
  }

  static var parameters: [PartialKeyPath<MultiHeadAttention>] { [\.query, \.key, \.value, \.output] }

  func callAsFunction(_ x: Tensor, isCausal: Bool = false) -> Tensor {
    func split(_ t: Tensor) -> Tensor {  // [B×n×d] as [B×h×n×d/h]
      t.reshaped([t.shape[0], t.shape[1], heads, t.shape[2] / heads]).permuted([0, 2, 1, 3])
    }
    let mixed = scaledDotProductAttention(split(query(x)), split(key(x)), split(value(x)), isCausal: isCausal)
    return output(mixed.permuted([0, 2, 1, 3]).reshaped(x.shape))
  }
}

/// A Transformer block that normalizes first.
struct TransformerBlock: Model {
  var attention: MultiHeadAttention
  var widen, narrow: Linear
  var norm1, norm2: ChannelAffine
  let dropping: Double

  init(_ dimension: Int, heads: Int, hidden: Int, dropping: Double, random: RandomSource) {
    attention = MultiHeadAttention(dimension, heads: heads, random: random)
    (widen, narrow) = (Linear(dimension, hidden, random: random), Linear(hidden, dimension, random: random))
    (norm1, norm2, self.dropping) = (ChannelAffine(dimension), ChannelAffine(dimension), dropping)
  }

  static var parameters: [PartialKeyPath<TransformerBlock>] { [\.attention, \.widen, \.narrow, \.norm1, \.norm2] }

  func callAsFunction(_ x: Tensor, isCausal: Bool, _ random: RandomSource) -> Tensor {
    func dropped(_ h: Tensor) -> Tensor { dropping == 0 ? h : dropout(h, probability: dropping, using: random) }
    let x = x + dropped(attention(norm1.layer(x), isCausal: isCausal))
    return x + dropped(narrow(dropped(widen(norm2.layer(x)).activated(by: .gelu))))
  }
}

/// The classifier of listing 7.8.
struct TransformerClassifier: Model {
  var embedding: Embedding
  var blocks: [TransformerBlock]
  var norm = ChannelAffine(128)
  var output: Linear
  let positions: Tensor

  init(random: RandomSource) {
    embedding = Embedding(10_000, 128, random: random)
    blocks = (0..<4).map { _ in TransformerBlock(128, heads: 4, hidden: 512, dropping: 0.1, random: random) }
    output = Linear(128, 2, random: random)
    positions = random.normal([64, 128])
  }

  static var parameters: [PartialKeyPath<TransformerClassifier>] { [\.embedding, \.blocks, \.norm, \.output] }

  func callAsFunction(_ x: Words, _ random: RandomSource) -> Tensor {
    let h = blocks.reduce(embedding(x.numbers, shape: x.shape) * 128.0.squareRoot() + positions) { h, block in
      block(h, isCausal: false, random)
    }
    return output(norm.layer(h).mean(axes: [1]))
  }
}

/// A small causal language model.
struct LanguageModel: Module {
  var words, positions: Embedding
  var blocks: [TransformerBlock]
  var norm = ChannelAffine(128)
  var output: Linear

  init(random: RandomSource) {
    (words, positions) = (Embedding(65, 128, random: random), Embedding(64, 128, random: random))
    blocks = (0..<4).map { _ in TransformerBlock(128, heads: 4, hidden: 512, dropping: 0, random: random) }
    output = Linear(128, 65, random: random)
  }

  static var parameters: [PartialKeyPath<LanguageModel>] { [\.words, \.positions, \.blocks, \.norm, \.output] }

  func callAsFunction(_ x: Words) -> Tensor {
    let random = RandomSource(seed: 1)
    let h = blocks.reduce(words(x.numbers, shape: x.shape) + positions.table) { h, block in
      block(h, isCausal: true, random)
    }
    return output(norm.layer(h))
  }
}
