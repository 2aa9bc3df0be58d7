// § 5.10  Linear state-space models

import Messages
import Tensors

/// A linear system in continuous time, h′(t) = A h(t) + B x(t) (5.23), y(t) = C h(t) + D x(t) (5.24).
public struct StateSpaceModel: Sendable {
  /// A, how the state evolves without input. [n×n]
  public let A: Tensor
  /// B, the effect of the input on the state. [n×d]
  public let B: Tensor
  /// C, from the state to the output. [p×n]
  public let C: Tensor
  /// D, the direct effect of the input on the output. [p×d]
  public let D: Tensor

  /// The system with these matrices.
  public init(_ A: Tensor, _ B: Tensor, _ C: Tensor, _ D: Tensor) {
    let shapes = [A, B, C, D].map(\.shape)
    require(
      shapes.allSatisfy { $0.rank == 2 } && A.shape[1] == A.shape[0] && B.shape[0] == A.shape[0]
        && C.shape[1] == A.shape[0] && D.shape == [C.shape[0], B.shape[1]],
      "cannot make a state-space model of A \(A.shape), B \(B.shape), C \(C.shape), D \(D.shape): "
        + "[n×n], [n×d], [p×n] and [p×d] are needed")
    (self.A, self.B, self.C, self.D) = (A, B, C, D)
  }

  /// The system discretized in steps of length Δ, with the input held constant during a step (zero-order hold).
  ///
  /// Ā = e^(ΔA) and B̄ = ∫₀^Δ e^(sA) ds B = A⁻¹(Ā − I) B; both are blocks of e^(ΔM) = [[Ā, B̄], [0, I]] with
  /// M = [[A, B], [0, 0]], which needs no inverse of A. For piecewise constant inputs this is exact.
  public func discretized(step Δ: Double) -> DiscreteStateSpace {
    let (n, d) = (A.shape[0], B.shape[1])
    let M = Tensor.concatenated([A, B], axis: 1).padded(axis: 0, before: 0, after: d)
    let top = matrixExponential(Δ * M).sliced(0..<n, axis: 0)
    return DiscreteStateSpace(
      A: top.sliced(0..<n, axis: 1), B: top.sliced(n..<n + d, axis: 1), C: C, D: D)
  }

  /// The outputs for inputs x [T×d], each held for Δ, by `substeps` Euler steps h ← h + δ (A h + B x), δ = Δ/substeps:
  /// wrong by O(δ). [T×p]
  public func eulerOutputs(_ x: Tensor, step Δ: Double, substeps: Int) -> Tensor {
    let (δ, I) = (Δ / Double(substeps), Tensor.identity(A.shape[0], scalarType: A.scalarType))
    let euler = DiscreteStateSpace(A: I + δ * A, B: δ * B, C: C, D: D)
    var h = Tensor.zeros([A.shape[0], 1], scalarType: A.scalarType)
    return Tensor.stacked(
      (0..<x.shape[0]).map { t in
        let input = x[t].expanded(axis: 1)
        for _ in 0..<substeps { h = euler.next(h, input) }
        return euler.output(h, input).squeezed(axis: 1)
      }, axis: 0)
  }
}

/// A linear system in discrete time, hₜ = Ā hₜ₋₁ + B̄ xₜ from h₀ = 0, yₜ = C hₜ + D xₜ: (5.23) and (5.24) after
/// discretization.
public struct DiscreteStateSpace: Sendable {
  /// Ā. [n×n]
  public let A: Tensor
  /// B̄. [n×d]
  public let B: Tensor
  /// C. [p×n]
  public let C: Tensor
  /// D. [p×d]
  public let D: Tensor

  /// hₜ from hₜ₋₁ [n×1] and xₜ [d×1].
  func next(_ h: Tensor, _ x: Tensor) -> Tensor { matmul(A, h) + matmul(B, x) }

  /// yₜ from hₜ and xₜ. [p×1]
  func output(_ h: Tensor, _ x: Tensor) -> Tensor { matmul(C, h) + matmul(D, x) }

  /// The outputs for x [T×d] by the recurrence, one step after the other: O(T) operations. [T×p]
  public func recurrence(_ x: Tensor) -> Tensor {
    var h = Tensor.zeros([A.shape[0], 1], scalarType: A.scalarType)
    return Tensor.stacked(
      (0..<x.shape[0]).map { t in
        let input = x[t].expanded(axis: 1)
        h = next(h, input)
        return output(h, input).squeezed(axis: 1)
      }, axis: 0)
  }

  /// The impulse response K₀, …, K_{T−1}: Kₖ = C Āᵏ B̄, where D is added to K₀. [T×p×d]
  public func impulseResponse(_ T: Int) -> Tensor {
    var power = B  // Āᵏ B̄
    return Tensor.stacked(
      (0..<T).map { k in
        if k > 0 { power = matmul(A, power) }
        let response = matmul(C, power)
        return k == 0 ? response + D : response
      }, axis: 0)
  }

  /// The same outputs for x [T×d] by convolution with the impulse response, yₜ = Σₖ Kₖ xₜ₋ₖ: O(T log T) operations,
  /// which can run in parallel. [T×p]
  public func convolution(_ x: Tensor) -> Tensor {
    let kernel = impulseResponse(x.shape[0]).permuted([1, 2, 0])  // [p×d×T]
    return causalConvolution(x.transposed.expanded(axis: 0), kernel).sum(axes: [1]).transposed
  }
}

/// The number of multiplications, and of sequential rounds of parallel multiplications, for T steps of a diagonal
/// system with n states, one input and one output.
public enum StateSpaceCost {
  /// The recurrence: n for Ā h, n for B̄ x, n for C h and 1 for D x in each of T steps.
  public static func recurrence(_ T: Int, states n: Int) -> (multiplications: Int, rounds: Int) { (T * (3 * n + 1), T) }

  /// The convolution with a known impulse response as a direct sum: T (T + 1)/2.
  public static func sum(_ T: Int) -> (multiplications: Int, rounds: Int) { (T * (T + 1) / 2, 1) }

  /// The same by three transforms of length m ≥ 2T, m/2 · log₂ m complex products each, and m more between them; a
  /// complex product is four real ones.
  public static func transforms(_ T: Int) -> (multiplications: Int, rounds: Int) {
    let m = powerOfTwo(from: 2 * T)
    let rounds = m.trailingZeroBitCount
    return (4 * (3 * m / 2 * rounds + m), 2 * rounds + 1)
  }
}
