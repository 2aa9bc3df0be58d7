// § 5.10  A small attention encoder to compare recurrent layers with: Exercise 5.5

import DataSets
import Foundations
import Messages
import Regularization
import Tensors

/// A Pre-Norm block of a Transformer's encoder: h = x + Attention(N₁(x)), y = h + F(N₂(h)). § 5.10
///
/// Attention looks at all positions of a sequence at once; F is a network of one hidden layer with ReLU, the same for
/// every position. Chapters 6 and 7 explain its parts; here it is only compared with recurrent networks.
public struct SmallEncoderBlock: Model {
  /// N₁ and N₂.
  public var norm1, norm2: LayerNormalization
  /// From d numbers to queries, keys and values, side by side.
  public var projection: Linear
  /// From the concatenated heads back to d numbers.
  public var output: Linear
  /// The two layers of F.
  public var hidden, back: Linear
  /// The number of heads, which share the d numbers.
  public let heads: Int

  /// A block for vectors of dimension d.
  public init(_ d: Int, heads: Int, hidden size: Int, random: RandomSource) {
    require(
      d.isMultiple(of: heads), "cannot split \(d) numbers into \(heads) heads: the number of heads must divide \(d)")
    (norm1, norm2) = (LayerNormalization(features: d), LayerNormalization(features: d))
    (projection, output) = (Linear(d, 3 * d, random: random), Linear(d, d, random: random))
    (hidden, back) = (Linear(d, size, random: random), Linear(size, d, random: random))
    self.heads = heads
  }

  /// Attention, then F, each after its normalization.
  public static var parameters: [PartialKeyPath<SmallEncoderBlock>] {
    [\.norm1, \.projection, \.output, \.norm2, \.hidden, \.back]
  }

  /// The block's vectors, for x [N×T×d] and a mask [N×1×1×T] that is −∞ for hidden positions.
  public func callAsFunction(_ x: Tensor, mask: Tensor) -> Tensor {
    let (N, T, d) = (x.shape[0], x.shape[1], x.shape[2])
    let parts = projection(norm1(x)).reshaped([N, T, 3, heads, d / heads]).permuted([2, 0, 3, 1, 4])  // [3×N×h×T×d/h]
    let seen = scaledDotProductAttention(parts[0], parts[1], parts[2], mask: mask)  // [N×h×T×d/h]
    let h = x + output(seen.permuted([0, 2, 1, 3]).reshaped([N, T, d]))
    return h + back(relu(hidden(norm2(h))))
  }
}

/// A text classifier with attention: embeddings with positions, blocks, the mean over a text without its padding, and a
/// linear layer. § 5.10
public struct SmallEncoder: Module {
  /// The embedding vector of each symbol.
  public var embedding: Embedding
  /// The blocks.
  public var blocks: [SmallEncoderBlock]
  /// The last normalization.
  public var norm: LayerNormalization
  /// From the mean to logits.
  public var classifier: Linear

  /// An encoder of V symbols with vectors of dimension d.
  public init(
    symbols V: Int, width d: Int = 32, heads: Int = 2, blocks count: Int = 2, classes: Int = 2, random: RandomSource
  ) {
    embedding = Embedding(V, d, random: random)
    blocks = (0..<count).map { _ in SmallEncoderBlock(d, heads: heads, hidden: 2 * d, random: random) }
    norm = LayerNormalization(features: d)
    classifier = Linear(d, classes, random: random)
  }

  /// Embedding, blocks, normalization and classifier.
  public static var parameters: [PartialKeyPath<SmallEncoder>] { [\.embedding, \.blocks, \.norm, \.classifier] }

  /// The logits of each sequence. [N×T] → [N×classes]
  public func callAsFunction(_ tokens: Tokens) -> Tensor {
    let (N, T, type) = (tokens.count, tokens.time, embedding.table.scalarType)
    let isReal = tokens.isReal
    let mask = Tensor(isReal.map { $0 ? 0 : -.infinity }, shape: [N, 1, 1, T], scalarType: type)
    var x = embedding(tokens.numbers, shape: tokens.shape) + Self.positions(T, embedding.table.shape[1], type)
    for block in blocks { x = block(x, mask: mask) }
    let shares = tokens.lengths.flatMap { length in (0..<T).map { $0 < length ? 1 / Double(length) : 0 } }
    let weights = Tensor(shares, shape: [N, T, 1], scalarType: type)
    return classifier((norm(x) * weights).sum(axes: [1]))
  }

  /// Sinusoidal positional encodings: sines and cosines with wavelengths from 2π to 20,000π. [T×d]
  ///
  /// p₂ᵢ(t) = sin(t/10000^(2i/d)), p₂ᵢ₊₁(t) = cos(t/10000^(2i/d)), Vaswani et al. (2017)
  static func positions(_ T: Int, _ d: Int, _ type: ScalarType) -> Tensor {
    let exponents = (0..<d).map { Double($0 / 2 * 2) / Double(d) }
    let wavelengths = Tensor(10_000, scalarType: .double).power(Tensor(exponents, shape: [d], scalarType: .double))
    let angles = Tensor.range(0..<T, scalarType: .double).expanded(axis: 1) / wavelengths  // [T×d]
    let isEven = Tensor((0..<d).map { $0.isMultiple(of: 2) ? 1 : 0 }, shape: [d], scalarType: .double)
    return select(isEven, angles.sin(), angles.cos()).converted(to: type)
  }
}
