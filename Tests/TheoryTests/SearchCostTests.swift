import Checking
import Tensors
import Testing
import Theory
import ch11

@Suite("§ 11.1.1  A search for the global minimum")
struct GridSearchTests {
  @Test("§ 11.1.1: for ½‖x − c‖² the largest error is (d/8) t^(−2/d) exactly: slopes −2, −1 and −2/3, not −1/d")
  func rate() {
    for (d, sizes) in [(1, [2, 4, 8, 16]), (2, [2, 4, 8]), (3, [2, 4])] {
      let searches = sizes.map { GridSearch(dimensions: d, perAxis: $0) }
      let errors = searches.map { $0.worstQuadraticError() }
      for (search, error) in zip(searches, errors) { #expect(abs(error - search.errorBound()) < 1e-15) }
      let logs = zip(searches, errors).map { search, error in
        Tensor([Double(search.evaluations), error], scalarType: .double).log().scalars
      }
      let slope = (logs[logs.count - 1][1] - logs[0][1]) / (logs[logs.count - 1][0] - logs[0][0])
      #expect(abs(slope + 2 / Double(d)) < 1e-12)
    }
  }

  @Test("§ 11.1.1: the bound βd/8k² holds for a smooth loss with many minima, cosines of period ⅓, wherever they are")
  func cosines() {
    let β = 36 * Double.pi * Double.pi
    let random = RandomSource(seed: 1)
    for k in [4, 8, 16] {
      let search = GridSearch(dimensions: 2, perAxis: k)
      let errors = (0..<50).map { _ in
        let c = random.uniform([1, 2], scalarType: .double)
        return search.minimum { (1 - (6 * Double.pi * ($0 - c)).cos()).sum(axes: [1]) }
      }
      #expect(errors.allSatisfy { $0 >= 0 && $0 <= search.errorBound(smoothness: β) })
    }
  }

  @Test("a search without points stops with a message")
  func empty() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = GridSearch(dimensions: 2, perAxis: 0)
      }, "cannot search a cube of dimension 2 with 0 points per axis")
  }
}

@Suite("§ 11.1.1  Steps until the gradient is small")
struct StationaryRatesTests {
  @Test(
    "§ 11.1.1: without noise a slope of p = 0.1 takes ε^(−(2 + p)/(1 + p)) steps, a power of 2 ± 0.3"
  )
  func quiet() {
    let slope = FlatteningSlope(p: 0.1)
    let targets = [0.1, 0.05, 0.02, 0.01]
    let steps = slope.steps(until: targets)
    let power = -logSlope(targets, steps.map(Double.init))
    #expect(abs(power - slope.exponent) < 0.1 && abs(power - 2) < 0.3)
    let Δ = slope.value(Tensor([1], scalarType: .double)).item
    for (ε, t) in zip(targets, steps) { #expect(Double(t) <= 2 * Δ / (ε * ε) + 1, "2βΔ/ε² steps are always enough") }
    #expect(logSlope(targets, FlatteningSlope(p: 1).steps(until: targets).map(Double.init)) > -1.6)
  }

  @Test("§ 11.1.1: the slope's gradient is that of its values, and changes by at most 1 per unit: β = 1")
  func smooth() {
    let slope = FlatteningSlope(p: 0.1)
    let θ = Tensor.linear(from: -6, to: 6, count: 2_001, scalarType: .double)
    let automatic = gradient(at: θ) { slope.value($0).sum() }
    expectClose(slope.gradient(θ), automatic, tolerance: 1e-12)
    let g = slope.gradient(θ)
    #expect((g[1..<2_001] - g[0..<2_000]).abs().max().item <= 12.0 / 2_000)
  }

  @Test("§ 11.1.1: with noise the mean gradient of T steps falls like T^(−1/4): a power of 4 ± 0.3, within the bound")
  func noisy() {
    let well = NoisyWell()
    let counts = [400, 1_600, 6_400]
    let sizes = counts.map { well.meanGradient(steps: $0, runs: 8, random: RandomSource(seed: 1)) }
    #expect(abs(-logSlope(sizes, counts.map(Double.init)) - 4) < 0.3)
    for (T, size) in zip(counts, sizes) {
      let η = well.guarantee.learningRate(steps: T)
      #expect(size * size <= well.guarantee.bound(steps: T, learningRate: η))
    }
  }
}
