// § 6.6  Other forms of the layer, from Groudiev, *Deep Learning*

import Messages
import Tensors

/// The attention layer: given queries attend to inputs X through K = X W_K and V = X W_V. Groudiev, § 6.4.4
///
/// One query is the case N_Q = 1. With W_K = W_V = I the inputs are used as keys and as values.
public struct AttentionLayer: Model {
  /// W_K. [D_X×D_Q]
  public var keyWeight: Tensor
  /// W_V. [D_X×D_V]
  public var valueWeight: Tensor

  /// A layer with these matrices.
  public init(keyWeight: Tensor, valueWeight: Tensor) {
    (self.keyWeight, self.valueWeight) = (keyWeight, valueWeight)
  }

  /// The two matrices.
  public static var parameters: [PartialKeyPath<AttentionLayer>] { [\.keyWeight, \.valueWeight] }

  /// The outputs Y = A V and the weights A, whose rows sum to 1. [… N_Q×D_Q], [… N_X×D_X] → [… N_Q×D_V], [… N_Q×N_X]
  public func callAsFunction(_ Q: Tensor, over X: Tensor) -> (output: Tensor, weights: Tensor) {
    attention(Q, matmul(X, keyWeight), matmul(X, valueWeight))
  }
}

/// Heads on chunks: each input vector is cut into H chunks, and each head sees only one chunk. Groudiev, § 6.5.4
///
/// (6.13) differs: there every head projects the whole vector. Here no information passes from one chunk to another.
public struct ChunkedSelfAttention: Module {
  /// The layer of each chunk.
  public var heads: [SelfAttention]

  /// H heads for vectors of dimension D.
  public init(_ D: Int, heads H: Int, random: RandomSource) {
    require(
      H >= 1 && D % H == 0, "cannot cut \(D) numbers into \(H) chunks: the number of chunks must divide \(D)")
    heads = (0..<H).map { _ in SelfAttention(D / H, depth: D / H, random: random) }
  }

  /// The layers of all chunks.
  public static var parameters: [PartialKeyPath<ChunkedSelfAttention>] { [\.heads] }

  /// The outputs of all chunks side by side. [… n×D] → [… n×D]
  public func callAsFunction(_ X: Tensor) -> Tensor {
    let chunks = X.split(heads.map { $0.queryWeight.shape[0] }, axis: -1)
    return Tensor.concatenated(zip(heads, chunks).map { $0($1) }, axis: -1)
  }
}

/// A learned vector for each position, appended to the vector at that position. Groudiev, § 6.5.2
///
/// Without positions self-attention treats the sequence as a set.
public struct AppendedPositions: Module {
  /// The vector of each position. [T×p]
  public var table: Tensor

  /// Vectors of dimension p for up to T positions, from N(0, 1).
  public init(places T: Int, numbers p: Int, random: RandomSource) { table = random.normal([T, p]) }

  /// The table.
  public static var parameters: [PartialKeyPath<AppendedPositions>] { [\.table] }

  /// [xᵢ; P(i)] for every position i. [… n×d] → [… n×(d+p)]
  public func callAsFunction(_ X: Tensor) -> Tensor {
    let (n, p) = (X.shape[-2], table.shape[1])
    require(n <= table.shape[0], "cannot append positions to \(n) vectors: the table has \(table.shape[0]) positions")
    let places = table[0..<n].broadcast(to: Shape(X.shape.lengths.dropLast() + [p]))
    return Tensor.concatenated([X, places], axis: -1)
  }
}

/// Self-attention over the pixels of feature maps, with a residual connection: in one layer every pixel sees every
/// other. Groudiev, § 6.5.5
public struct SpatialSelfAttention: Module {
  /// The attention between pixels, which are vectors of dimension C.
  public var attention: SelfAttention

  /// Attention over feature maps of C channels.
  public init(channels C: Int, depth d_k: Int, random: RandomSource) {
    attention = SelfAttention(C, depth: d_k, values: C, random: random)
  }

  /// The attention.
  public static var parameters: [PartialKeyPath<SpatialSelfAttention>] { [\.attention] }

  /// x + attention(x). [N×C×H×W] → [N×C×H×W]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let pixels = x.flattened(from: 2).transposed  // [N×HW×C]
    return x + attention(pixels).transposed.reshaped(x.shape)
  }
}
