// Exercise 12.2  The floating-point operations and the energy of a Transformer's forward pass

import Attention
import Messages

/// The floating-point operations of one forward pass over n tokens, for L blocks of width d with networks of width
/// d_ff. A multiplication and an addition are two operations. Exercise 12.2
///
/// The exercise writes "FLOPS", which are operations per second; the numbers here are operations, FLOPs.
public struct TransformerOperations: Sendable, Equatable {
  /// The number n of tokens.
  public let length: Int
  /// The projections to Q, K, V and the output of all blocks: 8 n d² each.
  public let projections: Int
  /// Q Kᵀ and the product with V of all blocks: 4 n² d each. They do not depend on the number of heads.
  public let attention: Int
  /// The feed-forward networks of all blocks: 4 n d d_ff each.
  public let networks: Int
  /// The logits of V symbols: 2 n d V; 0 if the vocabulary is not counted.
  public let logits: Int

  /// The operations for the given sizes. d_ff is 4 d by default, so that a block has 24 n d² + 4 n² d. Exercise 12.2
  public init(
    blocks L: Int, width d: Int, heads h: Int, length n: Int, hidden: Int? = nil, symbols V: Int = 0
  ) {
    require(
      L >= 1 && d >= 1 && h >= 1 && d % h == 0 && n >= 1 && hidden ?? 1 >= 1 && V >= 0,
      "cannot count the operations of \(L) blocks of width \(d) with \(h) heads for \(n) tokens: each must be at "
        + "least 1, and the heads must divide the width")
    let one = AttentionCost(length: n, width: d, heads: h)
    length = n
    projections = 2 * L * (one.projections + one.output)
    attention = 2 * L * (one.scores + one.mixing)
    networks = 4 * L * n * d * (hidden ?? 4 * d)
    logits = 2 * n * d * V
  }

  /// The exercise's Transformer: L = 32, d = 4096, h = 32, n = 2048. Exercise 12.2
  public static let exercise = TransformerOperations(blocks: 32, width: 4096, heads: 32, length: 2048)

  /// All operations.
  public var total: Int { projections + attention + networks + logits }
  /// The share of Q Kᵀ and of the product with V: n / (6 d + n) if d_ff = 4 d and the logits are not counted.
  public var attentionShare: Double { Double(attention) / Double(total) }
}

/// A device that computes: its speed and its power. Exercise 12.2
public struct Accelerator: Sendable, Equatable {
  /// The name of the device.
  public let name: String
  /// The highest number of operations in a second.
  public let peak: Double
  /// The power that it draws, in watts.
  public let watts: Double

  /// A device with this speed and this power.
  public init(_ name: String, peak: Double, watts: Double) {
    require(
      peak > 0 && watts > 0, "cannot use \(name) with \(peak) operations per second and \(watts) W: both must be > 0")
    (self.name, self.peak, self.watts) = (name, peak, watts)
  }

  /// NVIDIA's A100 (SXM): 312 TFLOP/s in half precision with sums in Float, 400 W. Exercise 12.2
  public static let a100 = Accelerator("A100", peak: 312e12, watts: 400)

  /// The seconds for some operations at a fraction of the peak. Exercise 12.2
  public func seconds(_ operations: Double, utilization: Double = 1) -> Double {
    require(
      0 < utilization && utilization <= 1,
      "cannot compute at \(utilization) of the peak of \(name): a fraction above 0 and at most 1 is needed")
    return operations / (peak * utilization)
  }

  /// The energy for some operations at a fraction of the peak, in joules: seconds times watts. Exercise 12.2
  public func joules(_ operations: Double, utilization: Double = 1) -> Double {
    watts * seconds(operations, utilization: utilization)
  }
}

/// The operations that train N parameters on D tokens or examples: 6 N D. Fleuret 2.1; Kaplan et al. (2020)
///
/// In the forward pass each parameter takes part in one multiplication and one addition for each token, and the
/// backward pass costs twice as much: a product for the derivative with respect to the inputs and one with respect to
/// the weights. Frozen parameters need the first of the two only: 4 N_f D. The products between tokens, 4 n d a block
/// and token, are left out.
public func trainingOperations(parameters N: Double, frozen N_f: Double = 0, tokens D: Double) -> Double {
  require(
    N >= 0 && N_f >= 0 && D >= 0,
    "cannot train \(N) parameters beside \(N_f) frozen ones on \(D) tokens: no number may be negative")
  return (6 * N + 4 * N_f) * D
}

/// A text's size in books of 250 pages with 2,000 characters, one byte each: bytes / 500,000. Fleuret 3.6
public func books(bytes: Double) -> Double {
  require(bytes >= 0, "cannot count the books in \(bytes) bytes: the number must not be negative")
  return bytes / (250 * 2_000)
}
