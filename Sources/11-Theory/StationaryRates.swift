// § 11.1.1  How many steps descent needs for a small gradient

import Backprop
import Messages
import Tensors

/// L(θ) = (1 + θ²)^(−p/2)/p on the line: a slope that flattens so slowly that descent needs nearly ε⁻² steps.
///
/// Its gradient is about θ^(−1−p) and 1-Lipschitz, and descent moves like θ ≈ ((2 + p) t)^(1/(2+p)). So ‖∇L‖ ≤ ε takes
/// about ε^(−(2+p)/(1+p)) steps: for small p nearly the ε⁻² that is always enough. Groudiev, *Deep Learning*, class
/// notes, 3.4.
public struct FlatteningSlope: Sendable {
  /// p > 0.
  public let p: Double

  /// The loss with this exponent.
  public init(p: Double) {
    require(p > 0, "cannot make a slope with p = \(p): a positive number is needed")
    self.p = p
  }

  /// L′(θ) = −θ (1 + θ²)^(−1−p/2), for many θ at once.
  public func gradient(_ θ: Tensor) -> Tensor { -θ * (1 + θ.squared()).power(-1 - p / 2) }

  /// L(θ), whose infimum is 0.
  public func value(_ θ: Tensor) -> Tensor { (1 + θ.squared()).power(-p / 2) / p }

  /// The first steps at which descent with η = 1/β = 1 from θ = 1 has a gradient of at most each ε, in falling order.
  public func steps(until ε: [Double]) -> [Int] {
    var (θ, t, found) = (Tensor([1], scalarType: .double), 0, [Int]())
    while found.count < ε.count {
      let g = gradient(θ)
      let size = g.abs().item
      while found.count < ε.count, size <= ε[found.count] { found.append(t) }
      θ -= g
      t += 1
    }
    return found
  }

  /// (2 + p)/(1 + p): the power of 1/ε in the number of steps.
  public var exponent: Double { (2 + p) / (1 + p) }
}

/// The gradient along T steps of noisy descent in a well, √(E mean ‖∇L‖²), with the learning rate that
/// `StationaryPointGuarantee` has for T: about T^(−1/4), so that reaching ε takes about ε⁻⁴ steps.
///
/// L(θ) = Σ θᵢ²/(1 + θᵢ²) for d numbers, β = 2, from θᵢ = 0.3, with noise of variance σ² = 1 shared by all components.
/// The guarantee is proved for this mean; the smallest gradient is at most as large.
public struct NoisyWell: Sendable {
  /// d.
  public let dimensions: Int

  /// The well of d numbers.
  public init(dimensions d: Int = 50) { dimensions = d }

  /// β = 2, Δ = L(θ₀), σ² = 1.
  public var guarantee: StationaryPointGuarantee {
    StationaryPointGuarantee(smoothness: 2, gap: Double(dimensions) * 0.09 / 1.09, noise: 1)
  }

  /// √(mean over runs and steps of ‖∇L(θₜ)‖²), for T steps. All runs advance together.
  public func meanGradient(steps T: Int, runs: Int, random: RandomSource) -> Double {
    let η = guarantee.learningRate(steps: T)
    let scale = (1 / Double(dimensions)).squareRoot()
    var θ = Tensor(repeating: 0.3, [runs, dimensions], scalarType: .double)
    var total = 0.0
    for _ in 0..<T {
      let g = 2 * θ / (1 + θ.squared()).squared()
      total += g.squared().sum().item
      θ -= η * (g + random.normal(g.shape, standardDeviation: scale, scalarType: .double))
    }
    return (total / Double(runs * T)).squareRoot()
  }
}
