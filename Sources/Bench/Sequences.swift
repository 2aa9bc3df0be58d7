import Attention
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
        descend(&model, &optimizer, clip: 1) { $0(x).crossEntropy(labels: y) }
      }
    },
    Step(
      "gru", "character model, Adam, batch 32 × 64",
      [.dense(32 * 64, 64 + 128, 3 * 128), .dense(32 * 64, 128, 64)]
    ) { scale in
      let random = RandomSource(seed: 1)
      let model = CharacterModel<GatedRecurrentUnit>(symbols: 64, width: 64, hidden: 128, random: random)
      return characters(model, Adam(), symbols: 64, batch: 32 * scale, random: random)
    },
    Step(
      "lstm", "Exercise 5.1 at full size: 256 units, 65 characters, Adam, clipping, batch 32 × 64",
      [.dense(32 * 64, 64 + 256, 4 * 256), .dense(32 * 64, 256, 65)]
    ) { scale in
      let random = RandomSource(seed: 1)
      let model = CharacterModel<LongShortTermMemory>(symbols: 65, width: 64, hidden: 256, random: random)
      return characters(
        model, Adam(learningRate: 4e-3), clip: 1, symbols: 65, batch: 32 * scale, random: random)
    },
    Step("translator", "Exercise 6.1: number words to six digits, attention, Adam, clipping, batch 64", translation) {
      scale in
      let random = RandomSource(seed: 1)
      var model = Translator(sourceSymbols: 30, targetSymbols: 10, hasAttention: true, random: random)
      var optimizer = Adam(learningRate: 3e-3)
      func symbols(_ count: Int, below bound: Int) -> [Int] { (0..<count).map { _ in random.integer(below: bound) } }
      let lengths = (0..<scale).flatMap { _ in wordCounts }
      let (words, digits) = (lengths.map { symbols($0, below: 30) }, lengths.map { _ in symbols(6, below: 10) })
      let (source, target) = (Tokens(words), Tokens(digits))
      return Workload(parameters: model.parameterCount) {
        descend(&model, &optimizer, clip: 1) { $0.loss(source, target) }
      }
    },
  ]

  /// The lengths of 64 texts, 5 to 49 words.
  private static let lengths = (0..<64).map { $0 == 0 ? 49 : 5 + $0 * 29 % 45 }

  /// A character model learns from random pieces of 65 symbols.
  private static func characters<Layer: RecurrentLayer>(
    _ model: CharacterModel<Layer>, _ optimizer: Adam, clip: Double? = nil, symbols: Int, batch: Int,
    random: RandomSource
  ) -> Workload {
    var (model, optimizer) = (model, optimizer)
    let pieces = (0..<batch).map { _ in (0..<65).map { _ in random.integer(below: symbols) } }
    return Workload(parameters: model.parameterCount) { descend(&model, &optimizer, clip: clip) { $0.loss(pieces) } }
  }

  /// The numbers of words in 64 numbers below a million, 6 to 9.
  private static let wordCounts = (0..<64).map { 9 - $0 % 4 }

  /// Encoder, first state, U_a h, decoder, W_a s, scores, contexts and logits: 7 steps for six digits and the end.
  private static let translation: [Layer] = [
    .dense(wordCounts.reduce(0, +), 32 + 64, 2 * 4 * 64), .dense(64, 128, 2 * 64), .dense(64 * 9, 128, 64),
    .dense(64 * 7, 32 + 128 + 64, 4 * 64), .dense(64 * 7, 64, 64), .dense(64 * 7 * 9, 64, 1),
    .dense(64 * 7, 9, 128), .dense(64 * 7, 192, 11),
  ]
}
