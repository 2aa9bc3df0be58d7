// Exercise 7.3  How many parameters a Transformer has

/// The numbers of parameters of an encoder and a decoder with biases, by formula. Exercise 7.3
///
/// All are independent of the number of heads: with d_k = d/h all heads together have d × d matrices.
public enum ParameterCount {
  /// Multi-head attention: four d×d matrices and four biases, 4 d² + 4 d. (7.2), (7.3)
  public static func attention(_ d: Int) -> Int { 4 * d * d + 4 * d }

  /// The network (7.8): 2 d d_ff + d_ff + d.
  public static func network(_ d: Int, hidden d_ff: Int) -> Int { 2 * d * d_ff + d_ff + d }

  /// A normalization: γ and β, 2 d.
  public static func norm(_ d: Int) -> Int { 2 * d }

  /// An encoder's block: 4 d² + 9 d + 2 d d_ff + d_ff. § 7.4.1
  public static func encoderBlock(_ d: Int, hidden d_ff: Int) -> Int {
    attention(d) + network(d, hidden: d_ff) + 2 * norm(d)
  }

  /// A decoder's block, with a second attention and a third normalization: 8 d² + 15 d + 2 d d_ff + d_ff. § 7.4.2
  public static func decoderBlock(_ d: Int, hidden d_ff: Int) -> Int {
    2 * attention(d) + network(d, hidden: d_ff) + 3 * norm(d)
  }

  /// L blocks of an encoder, without the last normalization: L (4 d² + 9 d + 2 d d_ff + d_ff).
  public static func encoder(blocks L: Int, _ d: Int, hidden d_ff: Int) -> Int { L * encoderBlock(d, hidden: d_ff) }

  /// What the exercise's hint gives for a block, 4 d² + 2 d d_ff + 4 d: it leaves out all biases, 5 d + d_ff.
  public static func hinted(_ d: Int, hidden d_ff: Int) -> Int { 4 * d * d + 2 * d * d_ff + 4 * d }
}
