import Backprop
import DataSets
import RNN
import Tensors
import Training

// Steps of recurrent networks.

extension Step {
  static let sequences = [
    Step(
      "bilstm", "§ 5.8 two-layer bidirectional LSTM, AdamW, batch 64",
      [
        .dense(lengths.reduce(0, +), 128 + 256, 2 * 4 * 256), .dense(lengths.reduce(0, +), 512 + 256, 2 * 4 * 256),
        .dense(64, 512, 128), .dense(64, 128, 2),
      ]
    ) { scale in
      let random = RandomSource(seed: 1)
      var (model, optimizer) = (SentimentNetwork(symbols: 1000, random: random), Adam(weightDecay: 1e-4))
      let lengths = (0..<scale).flatMap { _ in Self.lengths }
      let x = Tokens(lengths.map { length in (0..<length).map { _ in 1 + random.integer(below: 999) } })
      let y = labels(x.count, classes: 2)
      return Workload(parameters: model.parameterCount) {
        let (_, gradient) = valueWithGradient(at: model) { $0(x).crossEntropy(labels: y) }
        optimizer.update(&model, along: gradient.clipped(norm: 1))
      }
    },
    Step(
      "gru", "character model, Adam, batch 32 × 64",
      [.dense(32 * 64, 64 + 128, 3 * 128), .dense(32 * 64, 128, 64)]
    ) { scale in
      let random = RandomSource(seed: 1)
      var model = CharacterModel<GatedRecurrentUnit>(symbols: 64, width: 64, hidden: 128, random: random)
      var optimizer = Adam()
      let pieces = (0..<32 * scale).map { _ in (0..<65).map { _ in random.integer(below: 64) } }
      return Workload(parameters: model.parameterCount) { descend(&model, &optimizer) { $0.loss(pieces) } }
    },
  ]

  /// The lengths of 64 texts, 5 to 49 words.
  private static let lengths = (0..<64).map { $0 == 0 ? 49 : 5 + $0 * 29 % 45 }
}
