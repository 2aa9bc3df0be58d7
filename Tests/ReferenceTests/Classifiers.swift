import Foundations
import Regularization
import Tensors

// Two small classifiers for what no written chapter has a network of yet.

/// Embedding, an LSTM over sequences of several lengths, and a linear layer on the last state.
struct SequenceClassifier: Module {
  var table, inputWeight, recurrentWeight, inputBias, recurrentBias: Tensor
  var head: Linear

  init(words: Int = 7, width: Int = 5, hidden: Int = 6, classes: Int = 3, random: RandomSource) {
    table = random.normal([words, width])
    inputWeight = random.normal([4 * hidden, width])
    recurrentWeight = random.normal([4 * hidden, hidden])
    (inputBias, recurrentBias) = (Tensor.zeros([4 * hidden]), Tensor.zeros([4 * hidden]))
    head = Linear(hidden, classes, random: random)
  }

  static var parameters: [PartialKeyPath<SequenceClassifier>] {
    [\.table, \.inputWeight, \.recurrentWeight, \.inputBias, \.recurrentBias, \.head]
  }

  /// The logits of sequences of words, which are filled up to one length.
  func callAsFunction(_ input: (tokens: [Int], lengths: [Int])) -> Tensor {
    let count = input.lengths.count
    let words = embedding(table, input.tokens, shape: [count, input.tokens.count / count])  // [N×T×width]
    let (_, final) = lstm(
      words, inputWeight: inputWeight, recurrentWeight: recurrentWeight, inputBias: inputBias,
      recurrentBias: recurrentBias, lengths: input.lengths)
    return head(final.hidden)
  }
}

/// A block of a transformer, normalized first, with causal attention; then the mean over all places, and a linear layer.
struct AttentionClassifier: Module {
  var norm1: LayerNormalization
  var query, key, value, output: Tensor
  var norm2: LayerNormalization
  var widening, narrowing, head: Linear
  let heads: Int

  init(width: Int = 8, heads: Int = 2, classes: Int = 3, random: RandomSource) {
    (norm1, norm2) = (LayerNormalization(features: width), LayerNormalization(features: width))
    let matrices = (0..<4).map { _ in random.normal([width, width]) }
    (query, key, value, output) = (matrices[0], matrices[1], matrices[2], matrices[3])
    widening = Linear(width, 2 * width, random: random)
    narrowing = Linear(2 * width, width, random: random)
    head = Linear(width, classes, random: random)
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
