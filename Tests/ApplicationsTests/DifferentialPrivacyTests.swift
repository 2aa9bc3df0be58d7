import Applications
import Checking
import Running
import Tensors
import Testing

@Suite("§ 12.7.1  Differential privacy")
struct DifferentialPrivacyTests {
  private let random = RandomSource(seed: 127)

  private func exp(_ x: Double) -> Double { Tensor(x, scalarType: .double).exp().item }

  @Test("Definition 12.4: for randomised response the ratio of the answers' probabilities is e^ε, so δ(ε) = 0")
  func response() {
    for ε in [0.0, 0.1, 1, 3] {
      let mechanism = RandomizedResponse(epsilon: ε)
      let (no, yes) = (mechanism.probabilities(of: false), mechanism.probabilities(of: true))
      #expect(abs(yes[1] / no[1] - exp(ε)) < 1e-12 * exp(ε) && abs(no[0] / yes[0] - exp(ε)) < 1e-12 * exp(ε))
      #expect(leastDelta(yes, against: no, epsilon: ε) < 1e-14 && leastDelta(no, against: yes, epsilon: ε) < 1e-14)
      // A smaller ε needs δ > 0.
      if ε > 0 { #expect(leastDelta(yes, against: no, epsilon: 0.9 * ε) > 1e-3) }
    }
  }

  @Test("Definition 12.4: measured shares of answers keep the ratio, and the estimate of the yeses is unbiased")
  func answers() {
    let (mechanism, n) = (RandomizedResponse(epsilon: 1), 40_000)
    let yeses = [true, false].map { truth in
      Double((0..<n).count { _ in mechanism.answer(truth, random: random) }) / Double(n)
    }
    #expect(abs(yeses[0] / yeses[1] - exp(1)) < 0.08)
    let mixed = Double((0..<n).count { mechanism.answer($0 < n / 5, random: random) }) / Double(n)
    let error = mechanism.varianceOfEstimate(share: 0.2, respondents: n).squareRoot()
    #expect(abs(mechanism.estimatedShare(yeses: mixed) - 0.2) < 4 * error)
  }

  @Test("Definition 12.4: the ratio of two Laplace densities is at most e^ε, and the samples have this distribution")
  func laplace() {
    for (Δ, ε) in [(1.0, 0.5), (3, 2)] {
      let mechanism = LaplaceMechanism(sensitivity: Δ, epsilon: ε)
      for step in -40...40 {
        let x = Double(step) / 4
        let ratio = mechanism.density(at: x, value: 0) / mechanism.density(at: x, value: Δ)
        #expect(ratio <= exp(ε) * (1 + 1e-12) && ratio >= exp(-ε) * (1 - 1e-12))
      }
      let samples = (0..<20_000).map { _ in mechanism.release(7, random: random) }
      for x in [6.0, 7, 9] {
        let share = Double(samples.count { $0 <= x }) / 20_000
        #expect(abs(share - mechanism.probability(upTo: x, value: 7)) < 0.015)
      }
    }
    // The scale upside down breaks the bound.
    let wrong = Mistake.laplaceScale(sensitivity: 1, epsilon: 0.1)
    #expect(exp(1 / wrong) > 1_000 * exp(0.1))
  }

  @Test("Definition 12.4: a Gaussian mechanism has δ(1) = 0.1269 for σ = 1 and 0.0068 for σ = 2")
  func gaussian() {
    #expect(abs(GaussianMechanism(sensitivity: 1, deviation: 1).delta(epsilon: 1) - 0.1269367375) < 1e-9)
    #expect(abs(GaussianMechanism(sensitivity: 1, deviation: 2).delta(epsilon: 1) - 0.0068295950) < 1e-9)
  }

  @Test("Definition 12.4: if a single example is replaced, the clipped sum moves by 2C: δ(1) = 0.5099 for σ = 1")
  func replacement() {
    #expect(abs(GaussianMechanism(sensitivity: 2, deviation: 1).delta(epsilon: 1) - 0.5098616601) < 1e-9)
    // Only the ratio matters.
    let (one, two) = (GaussianMechanism(sensitivity: 1, deviation: 1), GaussianMechanism(sensitivity: 2, deviation: 2))
    #expect(one.delta(epsilon: 1) == two.delta(epsilon: 1))
  }

  @Test("Definition 12.4: the exact δ(ε) of Gaussian noise is the least one of its histogram with 20,000 cells")
  func histogram() {
    for (σ, ε) in [(1.0, 0.0), (1, 1), (2, 0.3), (0.7, 2)] {
      let x = Tensor.linear(from: -12, to: 13, count: 20_001, scalarType: .double)
      func masses(_ mean: Double) -> [Double] {
        let p = (-(x - mean).squared() / (2 * σ * σ)).exp()
        return (p / p.sum().item).scalars
      }
      let exact = GaussianMechanism(sensitivity: 1, deviation: σ).delta(epsilon: ε)
      #expect(abs(leastDelta(masses(1), against: masses(0), epsilon: ε) - exact) < 1e-6)
    }
  }

  @Test("§ 12.7.1: noise calibrated by δ(ε) reaches δ exactly, with less than the textbook's deviation")
  func calibration() {
    for (ε, δ) in [(0.1, 1e-5), (0.5, 1e-5), (1, 1e-6)] {
      let mechanism = GaussianMechanism.calibrated(sensitivity: 1, epsilon: ε, delta: δ)
      #expect(abs(mechanism.delta(epsilon: ε) / δ - 1) < 1e-6)
      let classical = GaussianMechanism.classicalDeviation(sensitivity: 1, epsilon: ε, delta: δ)
      #expect(mechanism.deviation < classical && mechanism.deviation > 0.5 * classical)
    }
  }
}
