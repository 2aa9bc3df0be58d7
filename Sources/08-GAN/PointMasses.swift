// Exercise 8.2  Two point masses, and the same with noise

import Messages
import Tensors

/// JSD(δ₀ ‖ δ_θ) = log 2 for θ ≠ 0, and 0 for θ = 0: the probabilities of the points 0 and θ are (1, 0) and (0, 1); for
/// θ = 0 both points are the same. (8.8), Exercise 8.2.1
public func jensenShannonOfPointMasses(_ θ: Double) -> Double {
  let places: [[Double]] = θ == 0 ? [[1], [1]] : [[1, 0], [0, 1]]
  return jensenShannonDivergence(
    Tensor(places[0], scalarType: .double), Tensor(places[1], scalarType: .double)
  ).item
}

/// JSD(N(0, s²) ‖ N(θ, s²)): two point masses with added noise of deviation s. It depends on θ / s, and its derivative
/// is not 0. Exercise 8.2.3, (8.8)
public func smoothedDivergence(_ θ: Tensor, deviation s: Double) -> Tensor {
  require(s > 0, "cannot smooth point masses with a deviation of \(s): it must be positive")
  let (standard, t) = (LineNormal(0, 1), θ.converted(to: .double) / s)
  require(t.item.isFinite, "cannot take the divergence of point masses at a distance of \(θ.item): it must be finite")
  let rule = Quadrature.aroundNormals(at: 0, t.item)
  return jensenShannonDivergence({ standard.logDensity($0) }, { standard.logDensity($0 - t) }, by: rule)
}

extension Quadrature {
  /// A rule for functions that are negligible at a distance of more than 12 from both points.
  static func aroundNormals(at a: Double, _ b: Double) -> Quadrature {
    let (low, high) = (min(a, b), max(a, b))
    return high - low <= 24
      ? Quadrature(over: low - 12...high + 12, panels: 96)
      : Quadrature(between: [low - 12, low + 12, high - 12, high + 12])
  }
}
