// § 7.10  Positions that turn queries and keys

import Messages
import Tensors

/// Rotary positions: the numbers of a query or a key form pairs, and at position m pair i is turned by the angle m ωᵢ,
/// with ωᵢ = base^(−2i/r). § 7.10
///
/// (x₁, x₂) ↦ (x₁ cos mωᵢ − x₂ sin mωᵢ, x₁ sin mωᵢ + x₂ cos mωᵢ). Turned by m and by n, a query and a key have the dot
/// product of the unturned query and a key turned by n − m: it depends on the distance alone, and the lengths do not
/// change. The angles are those of (7.7), in the opposite sense; here contents are turned, and nothing is added. Su et
/// al. (2021).
public struct RotaryPositions: Sendable, Equatable {
  /// Which numbers form a pair. Weights that were trained with one pairing are wrong for the other; see
  /// `halved(_:heads:)`.
  public enum Pairing: Sendable, CaseIterable {
    /// (x₀, x₁), (x₂, x₃), …, as in the paper.
    case interleaved
    /// (x₀, x_{r/2}), (x₁, x_{1+r/2}), …, as in the published weights of many models.
    case halves
  }

  /// The first r numbers of a vector are turned, the others stay.
  public let turned: Int
  /// The pairing.
  public let pairing: Pairing
  /// The base of the frequencies.
  public let base: Double

  /// Rotations of the first r numbers of vectors; r must be even.
  public init(_ r: Int, pairing: Pairing = .halves, base: Double = 10_000) {
    require(
      r >= 2 && r.isMultiple(of: 2) && base > 0,
      "cannot turn \(r) numbers in pairs with the base \(base): an even number and a positive base are needed")
    (turned, self.pairing, self.base) = (r, pairing, base)
  }

  /// Vectors turned by their positions, which are counted from `start`: behind a cache of `start` tokens the first new
  /// token has that position. [… n×d] → [… n×d]
  public func callAsFunction(_ x: Tensor, from start: Int = 0) -> Tensor {
    let (n, d, r) = (x.shape[-2], x.shape[-1], turned)
    require(r <= d, "cannot turn the first \(r) numbers of vectors of \(d)")
    let angles =
      Tensor.range(start..<start + n, scalarType: .double).expanded(axis: 1) * frequencies(r, base: base)  // [n×r/2]
    let (c, s) = (angles.cos().converted(to: x.scalarType), angles.sin().converted(to: x.scalarType))
    let (x1, x2) = pairs(r == d ? x : x.sliced(0..<r, axis: -1))
    let y = joined(x1 * c - x2 * s, x1 * s + x2 * c)
    return r == d ? y : Tensor.concatenated([y, x.sliced(r..<d, axis: -1)], axis: -1)
  }

  /// The first and the second numbers of all pairs. [… r] → [… r/2] each
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

  /// The rows of a query's or key's weights in the order in which the pairing by halves computes what the interleaved
  /// one has computed. [h d_k × …] → [h d_k × …]
  ///
  /// Within every head the even rows come first and then the odd ones. With both projections reordered all scores stay
  /// the same.
  public static func halved(_ weight: Tensor, heads h: Int) -> Tensor {
    let d = weight.shape[0] / h
    require(weight.shape[0] == h * d && d.isMultiple(of: 2), "cannot halve the rows of \(h) heads in \(weight.shape)")
    let order = Array(stride(from: 0, to: d, by: 2)) + Array(stride(from: 1, to: d, by: 2))
    return weight.gathered((0..<h).flatMap { head in order.map { head * d + $0 } })
  }
}
