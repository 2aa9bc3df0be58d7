import Attention
import DataSets
import Foundations
import Tensors
import Training
import Transformer

// Steps of networks with attention.

extension Step {
  static let transformers = [
    Step(
      "attention", "§ 6.11, forward, d 512, 8 heads, n 128, batch 32",
      attentionLayers(32, 128, 512).map { $0.passes(1) }
    ) {
      scale in
      let random = RandomSource(seed: 1)
      let attention = MultiHeadAttention(512, heads: 8, random: random)
      let x = random.normal([32 * scale, 128, 512])
      return Workload(parameters: attention.parameterCount) { called { attention(x) } }
    },
    Step("transformer", "§ 7.8 classifier, AdamW, batch 32 × 64", blockLayers(32, 64, 128, 512) + [.dense(32, 128, 2)])
    {
      scale in
      let random = RandomSource(seed: 1)
      var model = TransformerClassifier(vocabulary: 10_000, random: random)
      model.positions = PositionalEncoding(dropout: 0, random: random)  // the rival has none behind the positions
      var optimizer = Adam(learningRate: 1e-4, weightDecay: 0.01)
      let x = Tokens((0..<32 * scale).map { _ in (0..<64).map { _ in random.integer(below: 10_000) } })
      let y = labels(x.count, classes: 2)
      return Workload(parameters: model.parameterCount) {
        descend(&model, &optimizer) { $0(x).crossEntropy(labels: y) }
      }
    },
    Step(
      "gpt", "4 layers, 4 heads, d 128, AdamW, batch 12 × 64",
      blockLayers(12, 64, 128, 512) + [.dense(12 * 64, 128, 65)]
    ) {
      scale in
      let random = RandomSource(seed: 1)
      var model = GPT(symbols: 65, context: 64, width: 128, heads: 4, blocks: 4, isTied: false, random: random)
      model.head = Linear(128, 65, random: random)  // with a bias, as the rival's
      var optimizer = Adam(weightDecay: 0.01)
      let pieces = (0..<12 * scale).map { _ in (0..<65).map { _ in random.integer(below: 65) } }
      return Workload(parameters: model.parameterCount) { descend(&model, &optimizer) { $0.loss(pieces) } }
    },
    Step(
      "vit", "Exercise 7.4: 32×32 in patches of 8×8, 4 layers, d 64, AdamW, batch 64",
      [.dense(64 * 16, 192, 64).passes(2)] + blockLayers(64, 17, 64, 256) + [.dense(64, 64, 10)]
    ) { scale in
      let random = RandomSource(seed: 1)
      var model = VisionTransformer(VisionSizes(width: 64, heads: 4, blocks: 4), random: random)
      var optimizer = Adam(weightDecay: 0.05)
      let (x, y) = (random.normal([64 * scale, 3, 32, 32]), labels(64 * scale, classes: 10))
      return Workload(parameters: model.parameterCount) {
        descend(&model, &optimizer) { $0(x).crossEntropy(labels: y) }
      }
    },
    Step("decode", "one symbol by GPT-2 small, with a cache, after 512 to 575 symbols", decoding.map { $0.passes(1) }) {
      scale in
      let model = Generation.model()
      let start = Generation(of: scale, by: model)
      var (generation, written) = (start, 0)
      return Workload(parameters: model.parameterCount) {
        if written == 64 { (generation, written) = (start, 0) }
        written += 1
        return called { generation.write() }
      }
    },
  ]

  /// The layers of GPT-2 small for one symbol after 512.
  private static let decoding: [Layer] =
    (0..<12).flatMap { _ in
      [Layer](repeating: .dense(1, 768, 768), count: 4) + [Layer](repeating: .dense(1, 512, 768), count: 2)
        + [.dense(1, 768, 3072), .dense(1, 3072, 768)]
    } + [.dense(1, 768, 50_257)]

  private static func attentionLayers(_ batch: Int, _ n: Int, _ d: Int) -> [Layer] {
    [Layer](repeating: .dense(batch * n, d, d), count: 4) + [Layer](repeating: .dense(batch * n, n, d), count: 2)
  }

  private static func blockLayers(_ batch: Int, _ n: Int, _ d: Int, _ hidden: Int) -> [Layer] {
    let block = attentionLayers(batch, n, d) + [.dense(batch * n, d, hidden), .dense(batch * n, hidden, d)]
    return (0..<4).flatMap { _ in block }
  }
}
