// § 7.6  BERT: the encoder

import Attention
import DataSets
import Foundations
import Messages
import Regularization
import Tensors

/// The encoder of BERT: every position sees the positions on both sides of it. § 7.6
///
/// x₀ = LN(E[symbols] + P[positions] + S[types]), then Post-Norm blocks (7.9) with GELU. If two sequences are read
/// together, their symbols have the types 0 and 1. All matrices are initialized from N(0, 0.02²), biases with 0. Devlin
/// et al. (2019).
public struct BERTEncoder: Model {
  /// The embedding vector of each symbol, E. [V×d]
  public var tokens: Embedding
  /// A learned vector for each position, P. [T×d]
  public var positions: Tensor
  /// The embedding vector of each type, S. [S×d]
  public var types: Embedding
  /// The normalization of the sum of the three.
  public var norm: LayerNormalization
  /// The dropout after it.
  public var dropout: Dropout
  /// The blocks.
  public var encoder: TransformerEncoder
  /// W and b of the pooler; nil if there is none.
  public var pooler: Linear?

  /// An encoder of these sizes.
  public init(_ sizes: BERTSizes, dropout p: Double = 0, hasPooler: Bool = false, random: RandomSource) {
    let d = sizes.width
    tokens = Embedding(table: .zeros([sizes.symbols, d]))
    positions = .zeros([sizes.positions, d])
    types = Embedding(table: .zeros([sizes.types, d]))
    norm = LayerNormalization(features: d, epsilon: sizes.epsilon)
    dropout = Dropout(probability: p, random: random)
    encoder = TransformerEncoder(
      d, heads: sizes.heads, hidden: sizes.hidden, blocks: sizes.blocks, placement: .postNorm,
      activation: sizes.activation, dropout: p, epsilon: sizes.epsilon, random: random)
    pooler = hasPooler ? Linear(d, d, random: random) : nil
    startAsBERT(random: random)
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<BERTEncoder>] {
    [\.tokens, \.positions, \.types, \.norm, \.dropout, \.encoder, \.pooler]
  }

  /// The number V of symbols.
  public var symbols: Int { tokens.table.shape[0] }
  /// The dimension d of the vectors.
  public var width: Int { positions.shape[1] }
  /// The largest length of a sequence.
  public var longest: Int { positions.shape[0] }

  /// The final states of sequences; those after the end of a sequence are meaningless. [N×T×d]
  ///
  /// `types` has the type of each symbol of each sequence; without it all have type 0.
  public func callAsFunction(_ sequences: Tokens, types kinds: [[Int]]? = nil) -> Tensor {
    let (N, T) = (sequences.count, sequences.time)
    require(
      N >= 1 && T >= 1 && T <= longest,
      "cannot read \(N) sequences of up to \(T) symbols: at least 1 of each is needed, and there are \(longest) "
        + "positions")
    require(
      kinds.map { $0.map(\.count) == sequences.lengths } ?? true,
      "cannot use the types for sequences of \(sequences.lengths) symbols: one type for each symbol is needed")
    let kinds = Tokens(kinds ?? sequences.lengths.map { [Int](repeating: 0, count: $0) })
    let x = tokens(sequences.numbers, shape: [N, T]) + positions[0..<T] + types(kinds.numbers, shape: [N, T])
    let isPadded = sequences.lengths.contains { $0 < T }
    return encoder(dropout(norm(x)), mask: isPadded ? .padding(sequences.lengths) : .everything)
  }

  /// tanh(W h + b) of the state h of the first symbol, [CLS]: the vector from which BERT classifies pairs of sentences.
  /// [N×T×d] → [N×d]
  ///
  /// Stops if the encoder has no pooler.
  public func pooled(_ states: Tensor) -> Tensor {
    guard let pooler else { fatalError("cannot pool the states of an encoder without a pooler: use hasPooler: true") }
    return pooler(states.sliced(0..<1, axis: 1).squeezed(axis: 1)).tanh()
  }

  /// A vector of length 1 for each sequence: the mean of its states, divided by its norm. [N×d]
  ///
  /// Padding is not part of the mean. The dot product of two vectors is their cosine similarity. Reimers and Gurevych
  /// (2019).
  public func embedded(_ sequences: Tokens, types kinds: [[Int]]? = nil) -> Tensor {
    let states = self(sequences, types: kinds)
    let isReal = sequences.isReal.map { $0 ? 1.0 : 0 }
    let real = Tensor(isReal, shape: [sequences.count, sequences.time, 1], scalarType: states.scalarType)
    let mean = (states * real).sum(axes: [1]) / real.sum(axes: [1])
    return mean / maximum(1e-12, mean.squared().sum(axes: [1], keepsAxes: true).squareRoot())
  }
}

extension Model {
  /// Initializes all tables and matrices from N(0, 0.02²) and all biases with 0, as in BERT.
  mutating func startAsBERT(random: RandomSource) {
    forEachNamedTensor { name, tensor in
      if name.hasSuffix("bias") {
        tensor = .zeros(tensor.shape)
      } else if tensor.rank == 2 {
        tensor = 0.02 * random.normal(tensor.shape)
      }
    }
  }
}
