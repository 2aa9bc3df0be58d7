// § 10.1.2, § 10.2.1  Noising in one step, its inverses, and the posterior

import Messages
import Tensors

extension NoiseSchedule {
  /// x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε for all examples at the same t, from 0 to T. (10.8)
  public func noised(_ x0: Tensor, at t: Int, noise ε: Tensor) -> Tensor {
    ᾱ[t].squareRoot() * x0 + (1 - ᾱ[t]).squareRoot() * ε
  }

  /// x_t for a t of each example. (10.8) x₀ and ε: [N×…]; t: N numbers from 0 to T
  public func noised(_ x0: Tensor, at t: [Int], noise ε: Tensor) -> Tensor {
    let ᾱ = signalShares(at: t, like: x0)
    return ᾱ.squareRoot() * x0 + (1 - ᾱ).squareRoot() * ε
  }

  /// ᾱ_t for a t of each example, in a shape that broadcasts over the examples. [N×1×…]
  public func signalShares(at t: [Int], like x: Tensor) -> Tensor {
    require(
      x.shape[0] == t.count && t.allSatisfy(ᾱ.indices.contains),
      "cannot noise examples \(x.shape) at \(t.count) steps: one step from 0 to \(steps) for each example is needed")
    let ones = [Int](repeating: 1, count: x.rank - 1)
    return Tensor(t.map { ᾱ[$0] }, shape: Shape([t.count] + ones), scalarType: x.scalarType)
  }

  /// x₀ = (x_t − √(1 − ᾱ_t) ε) / √ᾱ_t, the data that the noise ε would have turned into x_t: (10.8) solved for x₀.
  public func data(from x: Tensor, noise ε: Tensor, at t: Int) -> Tensor {
    (x - (1 - ᾱ[t]).squareRoot() * ε) / ᾱ[t].squareRoot()
  }

  /// ε = (x_t − √ᾱ_t x₀) / √(1 − ᾱ_t): (10.8) solved for ε.
  public func noise(from x: Tensor, data x0: Tensor, at t: Int) -> Tensor {
    (x - ᾱ[t].squareRoot() * x0) / (1 - ᾱ[t]).squareRoot()
  }

  /// The posterior variance β̃_t = (1 − ᾱ_{t−1})/(1 − ᾱ_t) β_t; 0 at t = 1. (10.12)
  public func posteriorVariance(at t: Int) -> Double { (1 - ᾱ[t - 1]) / (1 - ᾱ[t]) * β[t] }

  /// The mean of q(x_{t−1} | x_t, x₀) (10.10): μ̃_t = √ᾱ_{t−1} β_t/(1 − ᾱ_t) x₀ + √α_t (1 − ᾱ_{t−1})/(1 − ᾱ_t) x_t.
  /// (10.11)
  public func posteriorMean(of x: Tensor, data x0: Tensor, at t: Int) -> Tensor {
    ᾱ[t - 1].squareRoot() * β[t] / (1 - ᾱ[t]) * x0 + α[t].squareRoot() * (1 - ᾱ[t - 1]) / (1 - ᾱ[t]) * x
  }

  /// The posterior by completing the square: −½ (A x_{t−1}² − 2 B x_{t−1} + C) belongs to a Gaussian with mean B/A and
  /// variance 1/A, where A = α_t/β_t + 1/(1 − ᾱ_{t−1}) and B = √α_t x_t/β_t + √ᾱ_{t−1} x₀/(1 − ᾱ_{t−1}).
  /// (10.13), (10.14)
  ///
  /// t must be at least 2: at t = 1 the second term is infinite, because x₀ is known.
  public func completedSquare(of x: Tensor, data x0: Tensor, at t: Int) -> (mean: Tensor, variance: Double) {
    require(
      2...max(2, steps) ~= t, "cannot complete the square at t = \(t): a step from 2 to \(steps) is needed")
    let A = α[t] / β[t] + 1 / (1 - ᾱ[t - 1])
    let B = α[t].squareRoot() / β[t] * x + ᾱ[t - 1].squareRoot() / (1 - ᾱ[t - 1]) * x0
    return (B / A, 1 / A)
  }
}
