import Backprop
import Foundations
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
      var (model, optimizer) = (SentimentNetwork(random: random), Adam(weightDecay: 1e-4))
      let lengths = (0..<scale).flatMap { _ in Self.lengths }
      let numbers = lengths.flatMap { length in (0..<49).map { $0 < length ? 1 + random.integer(below: 999) : 0 } }
      let (x, y) = (Words(numbers: numbers, shape: [lengths.count, 49]), labels(lengths.count, classes: 2))
      return Workload(parameters: model.parameterCount) {
        let (_, gradient) = valueWithGradient(at: model) {
          $0(x, lengths: lengths, random).crossEntropy(labels: y)
        }
        optimizer.update(&model, along: gradient.clipped(norm: 1))
      }
    },
    Step(
      "gru", "character model, Adam, batch 32 × 64",
      [.dense(32 * 64, 64 + 128, 3 * 128), .dense(32 * 64, 128, 64)]
    ) { scale in
      let random = RandomSource(seed: 1)
      var (model, optimizer) = (CharacterModel(random: random), Adam())
      let text = (0..<32 * scale).map { _ in (0..<65).map { _ in random.integer(below: 64) } }
      let x = Words(numbers: text.flatMap { $0.dropLast() }, shape: [32 * scale, 64])
      let y = text.flatMap { $0.dropFirst() }
      return Workload(parameters: model.parameterCount) {
        descend(&model, &optimizer) { $0(x).reshaped([y.count, 64]).crossEntropy(labels: y) }
      }
    },
  ]

  /// The lengths of 64 texts, 5 to 49 words.
  private static let lengths = (0..<64).map { $0 == 0 ? 49 : 5 + $0 * 29 % 45 }
}

/// The weights of one direction of a recurrent layer with the given number of gates.
struct RecurrentWeights: Model {
  var inputWeight, recurrentWeight, inputBias, recurrentBias: Tensor

  init(_ inputs: Int, _ hidden: Int, gates: Int, random: RandomSource) {
    let bound = 1 / Double(hidden).squareRoot()
    func uniform(_ shape: Shape) -> Tensor { random.uniform(shape, in: -bound..<bound) }
    (inputWeight, inputBias) = (uniform([gates * hidden, inputs]), uniform([gates * hidden]))
    (recurrentWeight, recurrentBias) = (uniform([gates * hidden, hidden]), uniform([gates * hidden]))
  }

  static var parameters: [PartialKeyPath<RecurrentWeights>] {
    [\.inputWeight, \.inputBias, \.recurrentWeight, \.recurrentBias]
  }

  func lstm(_ x: Tensor, lengths: [Int]?, reversed: Bool) -> (states: Tensor, final: Tensor) {
    let result = Tensors.lstm(
      x, inputWeight: inputWeight, recurrentWeight: recurrentWeight, inputBias: inputBias,
      recurrentBias: recurrentBias, lengths: lengths, reversed: reversed)
    return (result.states, result.final.hidden)
  }

  func gru(_ x: Tensor) -> Tensor {
    Tensors.gru(
      x, inputWeight: inputWeight, recurrentWeight: recurrentWeight, inputBias: inputBias,
      recurrentBias: recurrentBias
    ).states
  }
}

/// The sentiment classifier of listing 5.8.
struct SentimentNetwork: Model {
  var embedding: Embedding
  var forward, backward: [RecurrentWeights]
  var hidden, output: Linear

  init(random: RandomSource) {
    embedding = Embedding(1000, 128, random: random)
    forward = [128, 512].map { RecurrentWeights($0, 256, gates: 4, random: random) }
    backward = [128, 512].map { RecurrentWeights($0, 256, gates: 4, random: random) }
    (hidden, output) = (Linear(512, 128, random: random), Linear(128, 2, random: random))
  }

  static var parameters: [PartialKeyPath<SentimentNetwork>] {
    [\.embedding, \.forward, \.backward, \.hidden, \.output]
  }

  func callAsFunction(_ x: Words, lengths: [Int], _ random: RandomSource) -> Tensor {
    var (h, final) = (embedding(x.numbers, shape: x.shape), Tensor(0))
    for layer in forward.indices {
      if layer > 0 { h = dropout(h, probability: 0.3, using: random) }
      let (there, last) = forward[layer].lstm(h, lengths: lengths, reversed: false)
      let (back, first) = backward[layer].lstm(h, lengths: lengths, reversed: true)
      h = Tensor.concatenated([there, back], axis: -1)
      final = Tensor.concatenated([last, first], axis: -1)
    }
    let z = relu(hidden(dropout(final, probability: 0.3, using: random)))
    return output(dropout(z, probability: 0.3, using: random))
  }
}

/// A language model of characters.
struct CharacterModel: Module {
  var embedding: Embedding
  var recurrent: RecurrentWeights
  var output: Linear

  init(random: RandomSource) {
    embedding = Embedding(64, 64, random: random)
    recurrent = RecurrentWeights(64, 128, gates: 3, random: random)
    output = Linear(128, 64, random: random)
  }

  static var parameters: [PartialKeyPath<CharacterModel>] { [\.embedding, \.recurrent, \.output] }

  func callAsFunction(_ x: Words) -> Tensor { output(recurrent.gru(embedding(x.numbers, shape: x.shape))) }
}
