// § 8.10  Generation in one step

import DataSets
import Messages
import Tensors

/// The probability-flow ODE dx/dt = −t ∇ log p_t(x), where p_t is the distribution of x₀ + t ε with ε ∼ N(0, I): it
/// turns noise at a large t into data at t ≈ 0 without further randomness. § 8.10; Karras et al. (2022)
public struct ProbabilityFlow: Sendable {
  /// The distribution of the data.
  public let data: GaussianMixture

  /// The flow to this distribution; the covariances of its Gaussians must be multiples of the identity.
  public init(to data: GaussianMixture) { self.data = data }

  /// p_t: a Gaussian with deviation s has the deviation √(s² + t²) at time t.
  public func noised(_ t: Double) -> GaussianMixture {
    GaussianMixture(
      data.components.map { c in
        let s = c.deviation
        return .init(weight: c.weight, mean: c.mean, deviation: (s * s + t * t).squareRoot())
      })
  }

  /// dx/dt at time t. x: [N×D]
  public func slope(_ x: Tensor, _ t: Double) -> Tensor { -t * noised(t).score(of: x) }

  /// The points from t to `end`, both included, in `steps` steps of Heun's method at times that decrease by equal
  /// factors. x: [N×D]
  public func trajectory(_ x: Tensor, from t: Double, to end: Double, steps: Int) -> [(t: Double, x: Tensor)] {
    require(
      0 < end && end < t && steps >= 1,
      "cannot follow the flow from \(t) to \(end) in \(steps) steps: 0 < end < start and at least one step are needed")
    let ratio = (Tensor(end / t, scalarType: .double).log() / Double(steps)).exp().item
    return (0..<steps).reduce(into: [(t: t, x: x)]) { path, step in
      let (t, x) = path[step]
      let next = step == steps - 1 ? end : t * ratio
      let d = slope(x, t)
      let predicted = x + (next - t) * d
      path.append((next, x + (next - t) / 2 * (d + slope(predicted, next))))
    }
  }
}

/// A consistency function f(x_t, t) = x_ε: it maps every point of a trajectory of the flow to the end of that
/// trajectory, so that one evaluation at a large t generates. § 8.10; Song et al. (2023)
public enum Consistency {
  /// The smallest time ε at which the flow ends.
  public static let end = 0.002

  /// f for data from N(μ, s² I), in closed form: f(x, t) = μ + (x − μ) √((s² + ε²)/(s² + t²)). § 8.10
  public static func gaussian(mean μ: Tensor, deviation s: Double) -> (_ x: Tensor, _ t: Double) -> Tensor {
    { x, t in μ + ((s * s + end * end) / (s * s + t * t)).squareRoot() * (x - μ) }
  }

  /// c_skip(t) x + c_out(t) F(x, t) for any network F: the form that has f(x, ε) = x whatever F is, for data of
  /// deviation s. § 8.10
  ///
  /// c_skip = s²/((t − ε)² + s²) and c_out = s (t − ε)/√(s² + t²).
  public static func parameterized(
    deviation s: Double, _ F: @escaping (_ x: Tensor, _ t: Double) -> Tensor
  ) -> (_ x: Tensor, _ t: Double) -> Tensor {
    { x, t in
      let τ = t - end
      return s * s / (τ * τ + s * s) * x + s * τ / (s * s + t * t).squareRoot() * F(x, t)
    }
  }
}
