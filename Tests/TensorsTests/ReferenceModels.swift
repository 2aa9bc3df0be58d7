import Checking
import Tensors
import Testing
import Training

@Suite("The tensor library compared with PyTorch")
struct TensorsReferenceTests {
  @Test("operations have the outputs, gradients and statistics of PyTorch", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("ground", operationCases + sequenceCases, type) }

  @Test(
    "after ten steps models made of operations have PyTorch's losses and parameters",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("ground", trainingCases, type) }
}

private let trainingCases: [TrainingCase] = [
  TrainingCase(
    "lstm, Adam", { SequenceClassifier(random: $0) }, Adam(learningRate: 1e-3),
    logits: { model, _, integers in model(integers[1], lengths: integers[2]) }),
  TrainingCase(
    "scaledDotProductAttention, Adam", { AttentionClassifier(random: $0) }, Adam(learningRate: 1e-3),
    logits: { model, inputs, _ in model(inputs[0]) }),
]

/// An embedding, an LSTM over sequences of several lengths, and a linear map of the last state.
private struct SequenceClassifier: Model {
  var table, inputWeight, recurrentWeight, inputBias, recurrentBias: Tensor
  var head: LinearMap

  init(words: Int = 7, width: Int = 5, hidden: Int = 6, classes: Int = 3, random: RandomSource) {
    table = random.normal([words, width])
    inputWeight = random.normal([4 * hidden, width])
    recurrentWeight = random.normal([4 * hidden, hidden])
    (inputBias, recurrentBias) = (Tensor.zeros([4 * hidden]), Tensor.zeros([4 * hidden]))
    head = LinearMap(hidden, classes, random: random)
  }

  static var parameters: [PartialKeyPath<SequenceClassifier>] {
    [\.table, \.inputWeight, \.recurrentWeight, \.inputBias, \.recurrentBias, \.head]
  }

  /// The logits of sequences of words, padded to one length.
  func callAsFunction(_ tokens: [Int], lengths: [Int]) -> Tensor {
    let words = embedding(table, tokens, shape: [lengths.count, tokens.count / lengths.count])  // [N×T×width]
    let (_, final) = lstm(
      words, inputWeight: inputWeight, recurrentWeight: recurrentWeight, inputBias: inputBias,
      recurrentBias: recurrentBias, lengths: lengths)
    return head(final.hidden)
  }
}

/// A pre-norm transformer block with causal attention, then the mean over all places, and a linear map.
private struct AttentionClassifier: Model {
  var norm1: Normalization
  var query, key, value, output: Tensor
  var norm2: Normalization
  var widening, narrowing, head: LinearMap
  let heads: Int

  init(width: Int = 8, heads: Int = 2, classes: Int = 3, random: RandomSource) {
    (norm1, norm2) = (Normalization(width), Normalization(width))
    let matrices = (0..<4).map { _ in random.normal([width, width]) }
    (query, key, value, output) = (matrices[0], matrices[1], matrices[2], matrices[3])
    widening = LinearMap(width, 2 * width, random: random)
    narrowing = LinearMap(2 * width, width, random: random)
    head = LinearMap(width, classes, random: random)
    self.heads = heads
  }

  static var parameters: [PartialKeyPath<AttentionClassifier>] {
    [\.norm1, \.query, \.key, \.value, \.output, \.norm2, \.widening, \.narrowing, \.head]
  }

  /// The logits. [N×T×width] → [N×classes]
  func callAsFunction(_ x: Tensor) -> Tensor {
    let h = norm1(x)
    let (N, T, D) = (x.shape[0], x.shape[1], x.shape[2])
    func split(_ weight: Tensor) -> Tensor {  // [N×heads×T×D/heads]
      matmul(h, weight.transposed).reshaped([N, T, heads, D / heads]).permuted([0, 2, 1, 3])
    }
    let attended = scaledDotProductAttention(split(query), split(key), split(value), isCausal: true)
    let joined = attended.permuted([0, 2, 1, 3]).reshaped([N, T, D])
    let y = x + matmul(joined, output.transposed)
    return head((y + narrowing(widening(norm2(y)).activated(by: .gelu))).mean(axes: [1]))
  }
}

/// x Wᵀ + b.
private struct LinearMap: Model {
  var weight, bias: Tensor

  init(_ inputs: Int, _ outputs: Int, random: RandomSource) {
    (weight, bias) = (random.normal([outputs, inputs]), .zeros([outputs]))
  }

  static var parameters: [PartialKeyPath<LinearMap>] { [\.weight, \.bias] }

  func callAsFunction(_ x: Tensor) -> Tensor { matmul(x, weight.transposed) + bias }
}

/// Layer normalization with its factors and offsets.
private struct Normalization: Model {
  var scale, shift: Tensor

  init(_ features: Int) { (scale, shift) = (.ones([features]), .zeros([features])) }

  static var parameters: [PartialKeyPath<Normalization>] { [\.scale, \.shift] }

  func callAsFunction(_ x: Tensor) -> Tensor { layerNormalized(x, scale: scale, shift: shift) }
}
