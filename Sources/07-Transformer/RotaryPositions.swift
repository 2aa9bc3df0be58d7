// § 7.10  Rotary positions

import Messages
import Tensors

/// Rotary positions: the components of a query or a key form pairs, and at position m pair i is rotated by the angle m
/// ωᵢ, with ωᵢ = base^(−2i/r). § 7.10
///
/// (x₁, x₂) ↦ (x₁ cos mωᵢ − x₂ sin mωᵢ, x₁ sin mωᵢ + x₂ cos mωᵢ). The dot product of a query rotated by m and a key
/// rotated by n is that of the original query and the key rotated by n − m: it depends only on the distance, and the
/// lengths do not change. The angles are those of (7.7) with the opposite sign; here queries and keys are rotated, and
/// nothing is added. Su et al. (2021).
public struct RotaryPositions: Sendable, Equatable {
  /// Which components form a pair. Weights that were trained with one pairing are wrong for the other; see
  /// `halved(_:heads:)`.
  public enum Pairing: Sendable, CaseIterable {
    /// (x₀, x₁), (x₂, x₃), …, as in the paper.
    case interleaved
    /// (x₀, x_{r/2}), (x₁, x_{1+r/2}), …, as in the published weights of many models.
    case halves
  }

  /// The number r of components, the first ones of a vector, that are rotated; the others do not change.
  public let turned: Int
  /// The pairing.
  public let pairing: Pairing
  /// The base of the frequencies.
  public let base: Double

  /// Rotations of the first r components of vectors; r must be even.
  public init(_ r: Int, pairing: Pairing = .halves, base: Double = 10_000) {
    require(
      r >= 2 && r.isMultiple(of: 2) && base > 0,
      "cannot rotate \(r) components in pairs with the base \(base): an even number and a positive base are needed")
    (turned, self.pairing, self.base) = (r, pairing, base)
  }

  /// Vectors rotated by their positions, which are counted from `start`: after a cache of `start` tokens the first new
  /// token has that position. [… n×d] → [… n×d]
  public func callAsFunction(_ x: Tensor, from start: Int = 0) -> Tensor {
    let (n, d, r) = (x.shape[-2], x.shape[-1], turned)
    require(r <= d, "cannot rotate the first \(r) components of vectors of dimension \(d)")
    let angles =
      Tensor.range(start..<start + n, scalarType: .double).expanded(axis: 1) * frequencies(r, base: base)  // [n×r/2]
    let (c, s) = (angles.cos().converted(to: x.scalarType), angles.sin().converted(to: x.scalarType))
    let (x1, x2) = pairs(r == d ? x : x.sliced(0..<r, axis: -1))
    let y = joined(x1 * c - x2 * s, x1 * s + x2 * c)
    return r == d ? y : Tensor.concatenated([y, x.sliced(r..<d, axis: -1)], axis: -1)
  }

  /// The first and the second components of all pairs. [… r] → [… r/2] each
  private func pairs(_ x: Tensor) -> (Tensor, Tensor) {
    let r = turned
    return switch pairing {
    case .interleaved: (x.sliced(0..<r, axis: -1, by: 2), x.sliced(1..<r, axis: -1, by: 2))
    case .halves: (x.sliced(0..<r / 2, axis: -1), x.sliced(r / 2..<r, axis: -1))
    }
  }

  private func joined(_ y1: Tensor, _ y2: Tensor) -> Tensor {
    switch pairing {
    case .interleaved: Tensor.stacked([y1, y2], axis: -1).flattened(from: y1.rank - 1)
    case .halves: Tensor.concatenated([y1, y2], axis: -1)
    }
  }

  /// The rows of a query's or key's weights reordered so that the pairing by halves computes the same as the
  /// interleaved pairing did with the original order. [h d_k × …] → [h d_k × …]
  ///
  /// Within every head the even rows come first and then the odd ones. If both projections are reordered, all scores
  /// stay the same.
  public static func halved(_ weight: Tensor, heads h: Int) -> Tensor {
    let d = weight.shape[0] / h
    require(weight.shape[0] == h * d && d.isMultiple(of: 2), "cannot halve the rows of \(h) heads in \(weight.shape)")
    let order = Array(stride(from: 0, to: d, by: 2)) + Array(stride(from: 1, to: d, by: 2))
    return weight.gathered((0..<h).flatMap { head in order.map { head * d + $0 } })
  }
}
