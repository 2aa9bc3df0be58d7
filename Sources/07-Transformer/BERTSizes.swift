// § 7.6  The sizes of a BERT

import Messages
import Tensors

/// The sizes of a BERT, and the number of its parameters. § 7.6
public struct BERTSizes: Sendable, Equatable {
  /// The number V of symbols, the width d, the heads h and the blocks L.
  public var symbols, width, heads, blocks: Int
  /// The width d_ff of the networks.
  public var hidden: Int
  /// The largest length T of a sequence, and the number S of token types.
  public var positions, types: Int
  /// The ε of every normalization.
  public var epsilon = 1e-12
  /// The activation of the networks.
  public var activation = Activation.gelu

  /// These sizes; d_ff is 4 d if it is not given.
  public init(
    symbols V: Int, width d: Int, heads h: Int, blocks L: Int, hidden d_ff: Int? = nil, positions T: Int = 512,
    types S: Int = 2
  ) {
    require(
      V >= 1 && d >= 1 && h >= 1 && d % h == 0 && L >= 1 && T >= 1 && S >= 1,
      "cannot make a BERT of \(V) symbols, width \(d), \(h) heads, \(L) blocks, \(T) positions and \(S) types: each "
        + "must be at least 1, and the heads must divide the width")
    (symbols, width, heads, blocks, hidden) = (V, d, h, L, d_ff ?? 4 * d)
    (positions, types) = (T, S)
  }

  /// BERT-base: 12 blocks of width 768 with 12 heads, and 30,522 word pieces.
  public static let base = BERTSizes(symbols: 30_522, width: 768, heads: 12, blocks: 12)
  /// BERT-large: 24 blocks of width 1,024 with 16 heads.
  public static let large = BERTSizes(symbols: 30_522, width: 1024, heads: 16, blocks: 24)

  /// The parameters of an encoder, computed from the sizes: (V + T + S) d + 2 d for the embeddings and their
  /// normalization, L (4 d² + 9 d + 2 d d_ff + d_ff) for the blocks, as in Exercise 7.3, and d² + d for the pooler.
  public func parameterCount(hasPooler: Bool = true) -> Int {
    let d = width
    return (symbols + positions + types) * d + ParameterCount.norm(d)
      + ParameterCount.encoder(blocks: blocks, d, hidden: hidden) + (hasPooler ? d * d + d : 0)
  }
}
