import Checking
import Distributions
import Foundation
import GAN
import Tensors
import Testing

@Suite("§ 8.2.3  The Jensen–Shannon divergence and the generator's optimum")
struct JensenShannonTests {
  private let p = LineNormal(3, 1).logDensity
  private let q = LineNormal(0, 1).logDensity
  private let rule = Quadrature(over: -12...15, panels: 96)
  private func jsd(_ p: LogDensity, _ q: LogDensity) -> Double { jensenShannonDivergence(p, q, by: rule).item }

  @Test("N(3,1) and N(0,1): JSD = 0.5267773 (8.8), C(G) = −0.3327397 (8.7)")
  func values() {
    #expect(abs(jsd(p, q) - 0.5267773) < 5e-8)
    #expect(abs(optimalValue(real: p, fake: q, by: rule).item + 0.3327397) < 5e-8)
  }

  @Test(
    "Theorem 8.5: all forms of C(G) are equal to 1e-10 (8.9), (8.10), (8.11), (8.12), (8.1), (8.7)",
    arguments: [(3, 1), (0.5, 1), (-2, 0.5), (0, 2), (0, 1)] as [(Double, Double)])
  func forms(mean: Double, deviation: Double) {
    let p = LineNormal(mean, deviation).logDensity
    let wide = Quadrature(over: -30...30, panels: 160)
    let values = OptimalValueForm.allCases.map { optimalValue(real: p, fake: q, by: wide, as: $0).item }
    #expect(values.count == 5)
    for value in values { #expect(abs(value - values[0]) < 1e-10) }
  }

  @Test("with KL in the place of JSD the value would be 7.6137, which no value of the game can be (8.7)")
  func misprint() {
    let kl = kullbackLeiblerDivergence(from: p, to: q, by: rule).item
    #expect(abs(kl - 4.5) < 1e-12 && abs(-log(4) + 2 * kl - 7.6137) < 5e-5)
  }

  @Test("KL by quadrature is the closed form of normal variables (8.8)")
  func kl() {
    for (m, s) in [(3, 1), (-1, 0.5), (0.3, 2)] as [(Double, Double)] {
      let closed = Normal(mean: scalar(m), logVariance: scalar(2 * log(s)))
        .klDivergence(to: .standard([], scalarType: .double)).item
      let p = LineNormal(m, s).logDensity
      let wide = Quadrature(over: -30...30, panels: 128)
      #expect(abs(kullbackLeiblerDivergence(from: p, to: q, by: wide).item - closed) < 1e-11)
    }
  }

  @Test("JSD(p, p) = 0, JSD is symmetric, and it is at most log 2 (8.8)")
  func properties() {
    #expect(abs(jsd(p, p)) < 1e-14)
    #expect(abs(jsd(p, q) - jsd(q, p)) < 1e-14)
    let segments = (uniformLogDensity(on: 0...1), uniformLogDensity(on: 4...5))
    let exact = Quadrature(between: [0, 1, 4, 5], panels: 1)
    #expect(abs(jensenShannonDivergence(segments.0, segments.1, by: exact).item - log(2)) < 1e-15)
    for m in stride(from: 0.0, through: 10, by: 0.5) {
      let value = jsd(LineNormal(m, 1).logDensity, q)
      #expect(value >= -1e-15 && value <= log(2))
    }
  }

  @Test("of two vectors of probabilities: 0, log 2, and ¾ log 4/3 by hand (8.8)")
  func discrete() {
    func jsd(_ p: [Double], _ q: [Double]) -> Double {
      jensenShannonDivergence(Tensor(p, scalarType: .double), Tensor(q, scalarType: .double)).item
    }
    #expect(jsd([0.2, 0.8], [0.2, 0.8]) == 0 && abs(jsd([1, 0], [0, 1]) - log(2)) < 1e-15)
    // p = (1, 0), q = (½, ½): m = (¾, ¼); ½ log 4/3 + ½ (½ log 2/3 + ½ log 2) = ½ log 4/3 + ¼ log 4/3
    #expect(abs(jsd([1, 0], [0.5, 0.5]) - 0.75 * log(4 / 3.0)) < 1e-15)
  }

  @Test("Theorem 8.5: C(G) = −log 4 only for equal densities, along a path of means and one of variances")
  func minimum() {
    let wide = Quadrature(over: -40...40, panels: 160)
    func C(_ m: Double, _ s: Double) -> Double {
      optimalValue(real: q, fake: LineNormal(m, s).logDensity, by: wide).item
    }
    #expect(abs(C(0, 1) + log(4)) < 1e-13)
    let means = stride(from: 0.0, through: 6, by: 0.5).map { C($0, 1) }
    let narrow = stride(from: 1.0, through: 0.2, by: -0.1).map { C(0, $0) }
    let broad = stride(from: 1.0, through: 4, by: 0.25).map { C(0, $0) }
    for path in [means, narrow, broad] {
      #expect(zip(path, path.dropFirst()).allSatisfy { $0 < $1 } && path[1] > -log(4) + 1e-4)
    }
    #expect(means.allSatisfy { $0 < 0 })
  }

  @Test("C(G) is V at D*, and no other discriminator has a larger value: Theorem 8.5, (8.1)")
  func best() {
    let C = optimalValue(real: p, fake: q, by: rule).item
    for (a, b, c) in [(-4.4, 3, 0), (-4.5, 2.9, 0), (-4.5, 3, 0.02), (0, 0, 0), (4.5, -3, 0)]
      as [(Double, Double, Double)]
    {
      #expect(gameValue(of: { a + b * $0 + c * $0.squared() }, real: p, fake: q, by: rule).item < C)
    }
  }

  @Test("log 2 − JSD of N(m,1) and N(0,1) is 0.166, 3.85e-3, 9.35e-5, 3.0e-9 at m = 3, 6, 8, 12 (8.8)")
  func remaining() {
    let wide = Quadrature(over: -12...32, panels: 160)
    for (m, value, digits) in [(3.0, 0.1664, 5e-5), (6, 3.85e-3, 5e-6), (8, 9.35e-5, 5e-8), (12, 3.0e-9, 5e-11)] {
      #expect(abs(jensenShannonGap(LineNormal(m, 1).logDensity, q, by: wide).item - value) < digits)
      #expect(abs(log(2) - smoothedDivergence(scalar(m), deviation: 1).item - value) < digits)
    }
    for m in [12, 15, 20.0] {
      let slope = gradient(at: scalar(m)) { smoothedDivergence($0, deviation: 1) }.item
      #expect(abs(slope) < 1e-8)
      let exact = -DistanceComparison(shift: m).gapSlope
      #expect(exact > 0 && abs(slope - exact) < 1e-14, "positive, but far below the rounding of JSD")
    }
  }

  @Test("two disjoint segments have JSD = log 2 at every distance (8.8)")
  func segments() {
    for gap in [0, 0.5, 2, 7.0] {
      let rule = Quadrature(between: Array(Set([0, 1, 1 + gap, 2 + gap])).sorted(), panels: 1)
      let value = jensenShannonDivergence(
        uniformLogDensity(on: 0...1), uniformLogDensity(on: (1 + gap)...(2 + gap)), by: rule)
      #expect(abs(value.item - log(2)) < 1e-15)
    }
    let half = Quadrature(between: [0, 0.5, 1, 1.5], panels: 1)
    let overlapping = jensenShannonDivergence(
      uniformLogDensity(on: 0...1), uniformLogDensity(on: 0.5...1.5), by: half)
    #expect(abs(overlapping.item - log(2) / 2) < 1e-15, "half of each tells them apart")
  }
}

private func scalar(_ x: Double) -> Tensor { Tensor(x, scalarType: .double) }

/// The log density of the uniform distribution on an interval: −∞ outside.
private func uniformLogDensity(on range: ClosedRange<Double>) -> LogDensity {
  let height = -scalar(range.upperBound - range.lowerBound).log()
  return { x in select((x .>= range.lowerBound) * (x .<= range.upperBound), height, scalar(-.infinity)) }
}
