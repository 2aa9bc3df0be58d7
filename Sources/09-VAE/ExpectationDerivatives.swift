// § 9.4  Derivatives of an expectation with respect to the parameters of the distribution

import Distributions
import Messages
import Tensors

/// ∂/∂φ E[f(z)] for z ∼ N(μ, σ²), an estimate from each single draw, by one of two estimators. (9.13)
///
/// The result has the derivatives with respect to μ and to log σ² in the place of these parameters.
public enum DerivativeEstimator: String, CaseIterable, Sendable {
  /// f(z) ∂ log q(z)/∂φ at a fixed z: valid for any f, even one with jumps.
  case scoreFunction
  /// ∂ f(μ + σ ε)/∂φ at a fixed ε, (9.17): f must be continuous.
  case pathwise

  /// A derivative for each of N draws. q: [N] with the same parameters N times; ε: [N] from N(0, 1)
  public func derivatives(of f: (_ z: Tensor) -> Tensor, at q: Normal, noise ε: Tensor) -> Normal {
    gradient(at: q) { q in
      let z = reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε)
      switch self {
      case .scoreFunction: return (f(z.stopGradient).stopGradient * q.logDensity(at: z.stopGradient)).sum()
      case .pathwise: return f(z).sum()
      }
    }
  }
}

/// A function f with E[f(z)] in closed form for z ∼ N(μ, σ²). § 9.4.1
public enum KnownExpectation: String, CaseIterable, Sendable {
  /// f(z) = z²: E = μ² + σ².
  case square = "z²"
  /// f(z) = sin z: E = sin(μ) e^(−σ²/2).
  case sine = "sin z"
  /// f(z) = 1 for z > 0, otherwise 0: E = Φ(μ/σ). It has a jump.
  case step = "step"

  /// f(z), elementwise.
  public func callAsFunction(_ z: Tensor) -> Tensor {
    switch self {
    case .square: z.squared()
    case .sine: z.sin()
    case .step: (z .> 0) + 0 * z
    }
  }

  /// E[f(z)] with derivatives, elementwise.
  public func expectation(under q: Normal) -> Tensor {
    switch self {
    case .square: q.mean.squared() + q.logVariance.exp()
    case .sine: q.mean.sin() * (-0.5 * q.logVariance.exp()).exp()
    case .step: 0.5 + 0.5 * (q.mean / (2.0.squareRoot() * q.standardDeviation)).erf()
    }
  }

  /// The exact derivatives with respect to μ and to log σ², in the place of these parameters.
  public func derivatives(under q: Normal) -> Normal { gradient(at: q) { expectation(under: $0).sum() } }
}
