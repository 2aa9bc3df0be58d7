// § 12.7.1  Differential privacy: the definition, and three mechanisms that satisfy it

import Messages
import Tensors

/// The least δ with P(M(D) ∈ S) ≤ e^ε P(M(D′) ∈ S) + δ for every set S of outcomes. Definition 12.4
///
/// The set for which the two sides differ most is the one of all outcomes with p > e^ε p′, so
/// δ(ε) = Σ max(0, p − e^ε p′). The definition must hold with D and D′ exchanged as well: take the larger of both.
/// `p` and `p′` are the probabilities of the same outcomes.
public func leastDelta(_ p: [Double], against other: [Double], epsilon ε: Double) -> Double {
  require(
    p.count == other.count,
    "cannot compare the probabilities of \(p.count) outcomes with those of \(other.count): the same outcomes are needed"
  )
  let factor = exponential(ε)
  return zip(p, other).reduce(0) { $0 + max(0, $1.0 - factor * $1.1) }
}

/// Randomised response: a respondent gives the true answer, yes or no, with probability e^ε/(1 + e^ε), and otherwise
/// the other one. Definition 12.4 with δ = 0
///
/// Warner (1965). Nobody can be sure of any single answer; the share of the true yeses can still be estimated.
public struct RandomizedResponse: Sendable {
  /// The privacy ε of an answer.
  public let epsilon: Double

  /// Answers with privacy ε ≥ 0; at ε = 0 they are tosses of a coin.
  public init(epsilon: Double) {
    require(epsilon >= 0, "cannot randomise answers with ε = \(epsilon): ε ≥ 0 is needed")
    self.epsilon = epsilon
  }

  /// The probability e^ε/(1 + e^ε) that an answer is true.
  public var truthProbability: Double { 1 / (1 + exponential(-epsilon)) }

  /// The probabilities of the answers no and yes, in this order.
  public func probabilities(of truth: Bool) -> [Double] {
    let p = truthProbability
    return truth ? [1 - p, p] : [p, 1 - p]
  }

  /// One answer.
  public func answer(_ truth: Bool, random: RandomSource) -> Bool {
    random.bernoulli(truthProbability) ? truth : !truth
  }

  /// The unbiased estimate of the share of true yeses: (share of yeses − (1 − p))/(2p − 1).
  public func estimatedShare(yeses: Double) -> Double {
    let p = truthProbability
    return (yeses - (1 - p)) / (2 * p - 1)
  }

  /// The variance of that estimate from n respondents, of whom the share s would truly say yes.
  public func varianceOfEstimate(share s: Double, respondents n: Int) -> Double {
    let p = truthProbability
    let yes = s * p + (1 - s) * (1 - p)
    return yes * (1 - yes) / (Double(n) * (2 * p - 1) * (2 * p - 1))
  }
}

/// The Laplace mechanism: a number plus noise of density ε/(2Δ) e^(−ε|x|/Δ). Definition 12.4 with δ = 0
///
/// Dwork et al. (2006). The sensitivity Δ is the largest change of the number between adjacent data sets.
public struct LaplaceMechanism: Sendable {
  /// The sensitivity Δ and the privacy ε.
  public let sensitivity, epsilon: Double

  /// Noise for a number of this sensitivity.
  public init(sensitivity: Double, epsilon: Double) {
    require(
      sensitivity > 0 && epsilon > 0,
      "cannot add Laplace noise for the sensitivity \(sensitivity) and ε = \(epsilon): both must be above 0")
    (self.sensitivity, self.epsilon) = (sensitivity, epsilon)
  }

  /// The scale Δ/ε of the noise: its mean absolute value. Its variance is 2 (Δ/ε)².
  public var scale: Double { sensitivity / epsilon }

  /// The density of an outcome x if the true number is `value`.
  public func density(at x: Double, value: Double) -> Double { exponential(-abs(x - value) / scale) / (2 * scale) }

  /// The probability of an outcome up to x if the true number is `value`.
  public func probability(upTo x: Double, value: Double) -> Double {
    let tail = exponential(-abs(x - value) / scale) / 2
    return x < value ? tail : 1 - tail
  }

  /// A noisy number: the inverse of the distribution function at a uniform number.
  public func release(_ value: Double, random: RandomSource) -> Double {
    let u = random.uniform() - 0.5
    let size = -scale * logarithm(max(1 - 2 * abs(u), 0x1p-53))
    return value + (u < 0 ? -size : size)
  }
}

/// The Gaussian mechanism: a vector plus noise of N(0, s²) in every component. Definition 12.4 with δ > 0
///
/// The sensitivity Δ is the largest change ‖f(D) − f(D′)‖ between adjacent data sets. Only its ratio to s matters.
public struct GaussianMechanism: Sendable {
  /// The sensitivity Δ and the standard deviation s of the noise.
  public let sensitivity, deviation: Double

  /// Noise with this standard deviation for a vector of this sensitivity.
  public init(sensitivity: Double, deviation: Double) {
    require(
      sensitivity > 0 && deviation > 0,
      "cannot add Gaussian noise of deviation \(deviation) for the sensitivity \(sensitivity): both must be above 0")
    (self.sensitivity, self.deviation) = (sensitivity, deviation)
  }

  /// The least δ for ε: δ(ε) = Φ(Δ/2s − εs/Δ) − e^ε Φ(−Δ/2s − εs/Δ). Definition 12.4
  ///
  /// Balle and Wang (2018), Theorem 8. Exact: the densities along the line from f(D) to f(D′) are those of N(0, s²) and
  /// N(Δ, s²), whose ratio exceeds e^ε on a half-line.
  public func delta(epsilon ε: Double) -> Double {
    let (half, shift) = (sensitivity / (2 * deviation), ε * deviation / sensitivity)
    return normalProbability(half - shift) - exponential(ε) * normalProbability(-half - shift)
  }

  /// The mechanism with the least noise for (ε, δ), found by bisection of δ(ε), which falls with s.
  public static func calibrated(sensitivity Δ: Double, epsilon ε: Double, delta δ: Double) -> GaussianMechanism {
    require(ε > 0 && 0 < δ && δ < 1, "cannot choose noise for (ε, δ) = (\(ε), \(δ)): ε > 0 and 0 < δ < 1 are needed")
    var (low, high) = (Δ * 1e-3, Δ)
    while GaussianMechanism(sensitivity: Δ, deviation: high).delta(epsilon: ε) > δ { high *= 2 }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if GaussianMechanism(sensitivity: Δ, deviation: middle).delta(epsilon: ε) > δ {
        low = middle
      } else {
        high = middle
      }
    }
    return GaussianMechanism(sensitivity: Δ, deviation: high)
  }

  /// The deviation √(2 ln(1.25/δ)) Δ/ε of textbooks, which suffices for ε < 1 but is larger than
  /// necessary.
  ///
  /// Dwork and Roth (2014), Theorem A.1.
  public static func classicalDeviation(sensitivity Δ: Double, epsilon ε: Double, delta δ: Double) -> Double {
    (2 * logarithm(1.25 / δ)).squareRoot() * Δ / ε
  }
}

// MARK: - Numbers

private func exponential(_ x: Double) -> Double { Tensor(x, scalarType: .double).exp().item }
private func logarithm(_ x: Double) -> Double { Tensor(x, scalarType: .double).log().item }

/// Φ(x), the probability that a standard normal variable is at most x.
private func normalProbability(_ x: Double) -> Double {
  (1 + (Tensor(x, scalarType: .double) * 0.5.squareRoot()).erf().item) / 2
}
