// § 5.10  Linear recurrences in parallel: the scan of Mamba

import Messages
import Tensors

/// Maps h ↦ a ⊙ h + b, for any number of states at once. Their composition is associative.
public struct AffineMaps: Sendable {
  /// The factors a.
  public let factor: Tensor
  /// The shifts b.
  public let shift: Tensor

  /// The maps h ↦ a ⊙ h + b.
  public init(_ a: Tensor, _ b: Tensor) { (factor, shift) = (a, b) }

  /// These maps, and then `next`: h ↦ a₂ a₁ h + (a₂ b₁ + b₂).
  public func then(_ next: AffineMaps) -> AffineMaps {
    AffineMaps(next.factor * factor, next.factor * shift + next.shift)
  }

  /// The maps of every second step along an axis, from `start` on.
  func everySecond(from start: Int, axis: Int, count: Int) -> AffineMaps {
    let range = start..<start + 2 * count - (count > 0 ? 1 : 0)
    return AffineMaps(factor.sliced(range, axis: axis, by: 2), shift.sliced(range, axis: axis, by: 2))
  }
}

/// The states hₜ = aₜ ⊙ hₜ₋₁ + bₜ, h₀ = 0, along an axis, in about 2 log₂ T rounds of whole-tensor operations and O(T)
/// multiplications.
///
/// Pairs of neighbouring maps are composed, which halves their number. The recursive scan of these gives the states
/// after every second step, and one more round gives the others. Blelloch (1990); Gu and Dao (2023) use such a scan for
/// Mamba. `b.cumulativeSum(axis:factors: a)` computes the same with a loop in one kernel.
public func associativeScan(_ a: Tensor, _ b: Tensor, axis: Int) -> Tensor {
  require(
    a.shape == b.shape, "cannot scan factors of shape \(a.shape) with shifts of shape \(b.shape): they must agree")
  return scanned(AffineMaps(a, b), axis: axis)
}

/// The states after every step along an axis.
private func scanned(_ steps: AffineMaps, axis: Int) -> Tensor {
  let T = steps.shift.shape[axis]
  if T <= 1 { return steps.shift }
  let pairs = T / 2
  let (first, second) = (
    steps.everySecond(from: 0, axis: axis, count: pairs), steps.everySecond(from: 1, axis: axis, count: pairs)
  )
  let after = scanned(first.then(second), axis: axis)  // the states after steps 1, 3, 5, … counted from 0
  let start = steps.shift.sliced(0..<1, axis: axis)
  let rest = (T - 1) / 2  // of steps 2, 4, 6, …
  let others = steps.everySecond(from: 2, axis: axis, count: rest)
  let between = others.factor * after.sliced(0..<rest, axis: axis) + others.shift
  return interleaved(Tensor.concatenated([start, between], axis: axis), after, axis: axis)
}

/// x[0], y[0], x[1], y[1], …, where x has as many entries as y along the axis, or one more.
private func interleaved(_ x: Tensor, _ y: Tensor, axis: Int) -> Tensor {
  let (n, count) = (x.shape[axis], x.shape[axis] + y.shape[axis])
  return Tensor.concatenated([x, y], axis: axis)
    .gathered((0..<count).map { $0.isMultiple(of: 2) ? $0 / 2 : n + $0 / 2 }, axis: axis)
}
