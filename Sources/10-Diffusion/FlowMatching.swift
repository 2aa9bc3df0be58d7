// § 10.10  Flow matching: a velocity field that carries noise to data

import DataSets
import Messages
import Tensors

/// A velocity field v(x, t), whose ordinary differential equation dx/dt = v(x, t) carries noise at t = 0 to data at
/// t = 1. § 10.10; Lipman et al. (2023)
public protocol VelocityField: Sendable {
  /// The velocities at these points, all at the time t from 0 to 1. [N×…] → [N×…]
  func velocity(at x: Tensor, time t: Double) -> Tensor
}

/// x_t = (1 − t) x₀ + t x₁, the point at time t on the line from noise x₀ to data x₁. § 10.10
///
/// t is a time of each pair. x₀, x₁: [N×…]; t: N numbers from 0 to 1
public func straightPath(from x0: Tensor, to x1: Tensor, at t: [Double]) -> Tensor {
  require(
    x0.shape == x1.shape && x0.rank >= 1 && x0.shape[0] == t.count,
    "cannot go from \(x0.shape) to \(x1.shape) at \(t.count) times: two equal shapes and a time for each row are needed"
  )
  let ones = [Int](repeating: 1, count: x0.rank - 1)
  let t = Tensor(t, shape: Shape([t.count] + ones), scalarType: x0.scalarType)
  return (1 - t) * x0 + t * x1
}

/// The velocity E[x₁ − x₀ | x_t = x] for x₀ ∼ N(0, I) and x₁ from a mixture of Gaussians, drawn independently: the best
/// answer to flow matching in the mean square. § 10.10
///
/// x_t = c (√ᾱ x₁ + √(1 − ᾱ) x₀) with c² = (1 − t)² + t² and ᾱ = t²/c², so it is a scaled noisy example,
/// with E[x₀ | x_t] = −√(1 − ᾱ) ∇ log q(x/c). Then v = (x − E[x₀ | x_t])/t: the score determines the velocity.
public struct ExactVelocity: VelocityField {
  /// The distribution of x₁.
  public let data: GaussianMixture

  /// The field that carries N(0, I) to these data.
  public init(to data: GaussianMixture) { self.data = data }

  /// v(x, t). At t = 0, x₀ = x is known and independent of x₁, so v(x, 0) = E x₁ − x.
  public func velocity(at x: Tensor, time t: Double) -> Tensor {
    if t == 0 { return Tensor(data.mean, scalarType: x.scalarType) - x }
    let square = (1 - t) * (1 - t) + t * t
    let ᾱ = t * t / square
    let score = data.diffused(signalShare: ᾱ).score(of: x / square.squareRoot())
    return (x + (1 - ᾱ).squareRoot() * score) / t
  }
}

extension GaussianMixture {
  /// Σ π_k μ_k, the mean.
  var mean: [Double] {
    components.reduce(into: [Double](repeating: 0, count: dimension)) { sum, part in
      for axis in sum.indices { sum[axis] += part.weight * part.mean[axis] }
    }
  }
}

/// A method for dx/dt = v(x, t).
public enum FlowSolver: String, Sendable, CaseIterable {
  /// x + h v(x, t): order 1.
  case euler
  /// x + h v(x + h/2 v(x, t), t + h/2): order 2.
  case midpoint
  /// x + h/2 (v(x, t) + v(x + h v(x, t), t + h)): order 2.
  case heun

  /// The evaluations of v in a step.
  public var callsPerStep: Int { self == .euler ? 1 : 2 }

  /// x at t + h.
  public func step(_ v: some VelocityField, _ x: Tensor, time t: Double, _ h: Double) -> Tensor {
    let slope = v.velocity(at: x, time: t)
    switch self {
    case .euler: return x + h * slope
    case .midpoint: return x + h * v.velocity(at: x + h / 2 * slope, time: t + h / 2)
    case .heun: return x + h / 2 * (slope + v.velocity(at: x + h * slope, time: t + h))
    }
  }
}

extension VelocityField {
  /// x at t = 1 for x at t = 0, in equal steps. `look` gets the time and x after each of them; it stops by returning
  /// false. [N×…] → [N×…]
  public func flowed(
    _ x: Tensor, steps n: Int, by solver: FlowSolver = .euler,
    look: (_ t: Double, _ x: Tensor) -> Bool = { _, _ in true }
  ) -> Tensor {
    require(n >= 1, "cannot follow a flow in \(n) steps: at least one is needed")
    var x = x
    for step in 0..<n {
      x = solver.step(self, x, time: Double(step) / Double(n), 1 / Double(n))
      if !look(Double(step + 1) / Double(n), x) { break }
    }
    return x
  }
}
