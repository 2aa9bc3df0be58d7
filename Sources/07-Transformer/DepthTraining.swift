// § 7.4.3  A task for deep stacks

import Attention
import Foundations
import Messages
import Tensors

/// Mirrored tagging: at every position of a random sequence, predict the token at the mirrored position. § 7.4.3
///
/// It requires attention to positions. Without attention the loss stays at ln V; attention without positions shows
/// which tokens occur, but not which one is at the mirrored position.
public enum MirroredTags {
  /// N random sequences of T of V tokens.
  public static func draw(_ N: Int, time T: Int = 16, symbols V: Int = 16, random: RandomSource) -> [[Int]] {
    (0..<N).map { _ in (0..<T).map { _ in random.integer(below: V) } }
  }

  /// The targets: each sequence reversed.
  public static func tags(_ sequences: [[Int]]) -> [Int] { sequences.flatMap { $0.reversed() } }
}

/// An encoder that predicts a class at every position: token embeddings and learned positions, blocks, a linear map.
/// § 7.4.1
public struct SequenceTagger: Model {
  /// The embedding vector of each token. [V×d]
  public var tokens: Embedding
  /// The embedding vector of each position.
  public var positions: LearnedPositions
  /// The blocks.
  public var encoder: TransformerEncoder
  /// To the logits of the classes.
  public var output: Linear

  /// A tagger for sequences of up to T tokens, of which V are different, with V classes.
  public init(
    symbols V: Int, longest T: Int, width d: Int, heads h: Int, hidden d_ff: Int, blocks L: Int,
    placement: NormPlacement, activation: Activation = .relu, random: RandomSource
  ) {
    tokens = Embedding(V, d, random: random)
    positions = LearnedPositions(T, d, standardDeviation: 1, random: random)
    encoder = TransformerEncoder(
      d, heads: h, hidden: d_ff, blocks: L, placement: placement, activation: activation, random: random)
    output = Linear(d, V, random: random)
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<SequenceTagger>] { [\.tokens, \.positions, \.encoder, \.output] }

  /// The vectors that enter the first block. [N×T×d]
  public func embedded(_ sequences: [[Int]]) -> Tensor {
    let T = sequences.first?.count ?? 0
    require(
      T >= 1 && sequences.allSatisfy { $0.count == T },
      "cannot tag sequences of lengths \(sequences.map(\.count).prefix(4)): all must have the same length, at least 1")
    return positions(tokens(sequences.flatMap { $0 }, shape: [sequences.count, T]))
  }

  /// The logits at every position of every sequence. [N T × V]
  public func callAsFunction(_ sequences: [[Int]]) -> Tensor {
    let logits = output(encoder(embedded(sequences)))
    return logits.reshaped([logits.shape[0] * logits.shape[1], logits.shape[2]])
  }

  /// The mean cross-entropy of tags. § 7.4.3
  public func loss(_ sequences: [[Int]], tags: [Int]) -> Tensor { self(sequences).crossEntropy(labels: tags) }
}

extension Parameterized {
  /// A copy with every matrix initialized by a rule; biases, factors and offsets are unchanged. § 7.4.3
  ///
  /// With `.xavier` this is the initialization of the original Transformer. Tables count as matrices, too.
  public func withMatrices(_ rule: Initialization, random: RandomSource) -> Self {
    mapParameters { tensor in
      tensor.rank != 2
        ? tensor
        : rule.weight(outputs: tensor.shape[0], inputs: tensor.shape[1], random: random)
          .converted(to: tensor.scalarType)
    }
  }
}
