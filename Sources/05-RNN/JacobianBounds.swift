// § 5.4.1  Vanishing and exploding gradients

import Backprop
import Messages
import Tensors

/// How ‖∂s_T/∂sₖ‖ depends on the lag T − k. Theorem 5.4, Exercise 5.2
public struct LagNorms: Sendable {
  /// The lags, 1 first.
  public let lags: [Int]
  /// The spectral norm of the Jacobian for every lag. (5.7) does not hold for Frobenius norms: that of the identity is
  /// √d_h.
  public let norms: [Double]

  /// The norms of the products J_T ⋯ Jₖ₊₁ of the last steps, for the lags 1, `every`, 2 `every`, …; with `part`, the
  /// norms of this part of each product.
  public init(_ jacobians: [Tensor], every: Int = 1, part: (Tensor) -> Tensor = { $0 }) {
    var (product, found): (Tensor?, [(Int, Double)]) = (nil, [])
    for (place, J) in jacobians.reversed().enumerated() {
      product = product.map { matmul($0, J) } ?? J
      let lag = place + 1
      if lag == 1 || lag % every == 0, let product { found.append((lag, spectralNorm(part(product)))) }
    }
    (lags, norms) = (found.map(\.0), found.map(\.1))
  }
}

/// The norms of the Jacobians along one trajectory of a simple layer, and their bound (σ_max γ)^(T−k). (5.7)
public struct JacobianBound: Sendable {
  /// ‖∂h_T/∂hₖ‖ for every lag.
  public let norms: LagNorms
  /// σ_max, the spectral norm of W_hh.
  public let largestSingularValue: Double
  /// γ = max tanh′(zⱼ) over units and steps, at most 1. Theorem 5.4
  public let largestSlope: Double

  /// Measures the layer along the sequence x [T×d].
  public init(_ layer: VanillaRNN, along x: Tensor, every: Int = 1) {
    let (states, jacobians) = layer.stepJacobians(x)
    norms = LagNorms(jacobians, every: every)
    largestSingularValue = spectralNorm(layer.weights.recurrent)
    largestSlope = states.map { (1 - $0.hidden.squared()).max().item }.max() ?? 1
  }

  /// (σ_max γ)^(T−k) for every lag, with the measured γ, or with γ = 1. (5.7)
  public func bounds(slope: Double? = nil) -> [Double] {
    let factor = largestSingularValue * (slope ?? largestSlope)
    return norms.lags.map { lag in (0..<lag).reduce(1) { bound, _ in bound * factor } }
  }

  /// The largest norm over its bound: at most 1. (5.7)
  public var largestRatio: Double { zip(norms.norms, bounds()).map { $0 / $1 }.max() ?? 0 }
}

/// The spectral radius ρ(A) = max |λ|, by Gelfand's formula ‖Aᵏ‖^(1/k) with k = 2³⁰.
///
/// Lehaut, *How Does It Work?*, section 3.1. Powers Aᵏ of a fixed matrix vanish if ρ < 1, although they may grow at
/// first. A product of Jacobians is not such a power: the factors tanh′ change from step to step, so ρ alone does not
/// decide.
public func spectralRadius(_ A: Tensor) -> Double {
  require(A.rank == 2 && A.shape[0] == A.shape[1], "cannot take the spectral radius of \(A.shape): a square is needed")
  // Aᵏ = e^s B with the largest entry of B equal to 1: k doubles, and so does s.
  var (B, s) = (A.converted(to: .double), 0.0)
  func rescale() -> Bool {
    let largest = B.abs().max().item
    if largest == 0 { return false }
    B = B / largest
    s += logarithm(largest)
    return true
  }
  guard rescale() else { return 0 }
  for _ in 0..<30 {
    B = matmul(B, B)
    s *= 2
    guard rescale() else { return 0 }
  }
  return Tensor(s / 1_073_741_824, scalarType: .double).exp().item
}

private func logarithm(_ x: Double) -> Double { Tensor(x, scalarType: .double).log().item }
