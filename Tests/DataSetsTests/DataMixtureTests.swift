import DataSets
import Foundation
import Tensors
import Testing

@Suite("Data: mixtures of Gaussians in closed form")
struct DataMixtureTests {
  /// Two correlated components of weight 1/4 and 3/4.
  private let mixture = GaussianMixture([
    .init(weight: 1, mean: [-1, 0.5], factor: [[0.5, 0], [0.3, 0.4]]),
    .init(weight: 3, mean: [1, 0], factor: [[0.8, 0], [-0.2, 0.6]]),
  ])

  @Test("the density of one standard Gaussian is (2π)^(−D/2) exp(−½‖x‖²)", arguments: [1, 2, 5])
  func standard(dimension: Int) {
    let normal = GaussianMixture([.init(weight: 2, mean: [Double](repeating: 0, count: dimension), deviation: 1)])
    let x = (0..<dimension).map { 0.3 * Double($0) - 0.5 }
    let expected = -Double(dimension) / 2 * log(2 * Double.pi) - x.reduce(0) { $0 + $1 * $1 } / 2
    #expect(abs(normal.logDensity(at: x) - expected) < 1e-12)
    #expect(normal.score(at: x) == x.map { -$0 })
  }

  @Test("the density integrates to 1, and its mean is Σ πₖ μₖ")
  func integral() {
    let step = 0.1
    var (mass, meanX, meanY) = (0.0, 0.0, 0.0)
    for row in -45...45 {
      for column in -55...55 {
        let (x, y) = (step * Double(column), step * Double(row))
        let share = exp(mixture.logDensity(at: [x, y])) * step * step
        (mass, meanX, meanY) = (mass + share, meanX + share * x, meanY + share * y)
      }
    }
    #expect(abs(mass - 1) < 1e-6 && abs(meanX - 0.5) < 1e-5 && abs(meanY - 0.125) < 1e-5)
  }

  @Test("the posterior sums to 1, follows Bayes' rule, and stays finite far away")
  func posterior() {
    let single = mixture.components.map { GaussianMixture([$0]) }
    for x in [[0, 0.2], [-1, 0.5], [3, -4]] {
      let posterior = mixture.posterior(at: x)
      #expect(abs(posterior.reduce(0, +) - 1) < 1e-12)
      let odds = log(0.25 / 0.75) + single[0].logDensity(at: x) - single[1].logDensity(at: x)
      #expect(abs(log(posterior[0] / posterior[1]) - odds) < 1e-9)
    }
    #expect(mixture.posterior(at: [1e3, -1e3]).reduce(0, +) == 1 && mixture.logDensity(at: [1e3, -1e3]).isFinite)
  }

  @Test("the score is the gradient of the log-density", arguments: [[0.1, 0.3], [-1.4, 0.9], [2, -1]])
  func score(x: [Double]) {
    let score = mixture.score(at: x)
    for axis in 0..<2 {
      var (above, below) = (x, x)
      above[axis] += 1e-5
      below[axis] -= 1e-5
      let slope = (mixture.logDensity(at: above) - mixture.logDensity(at: below)) / 2e-5
      #expect(abs(score[axis] - slope) < 1e-8)
    }
  }

  @Test("samples have the components' weights, means and covariances")
  func samples() {
    let count = 4000
    let points = mixture.sample(count: count, from: RandomSource(seed: 9))
    let first = (0..<count).filter { points.labels[$0] == 0 }.map { Array(points[$0]) }
    #expect(abs(Double(first.count) / Double(count) - 0.25) < 0.028)  // four deviations
    func mean(_ f: ([Double]) -> Double) -> Double { first.reduce(0) { $0 + f($1) } / Double(first.count) }
    #expect(abs(mean { $0[0] } + 1) < 0.065 && abs(mean { $0[1] } - 0.5) < 0.065)
    let covariance = mean { ($0[0] + 1) * ($0[1] - 0.5) }  // L Lᵀ has 0.5 · 0.3 there
    #expect(abs(covariance - 0.15) < 0.04)
  }

  @Test("the samples' mean log-density is minus the entropy: for one Gaussian −D/2 (1 + log 2π) − Σ log Lᵢᵢ")
  func entropy() {
    let one = GaussianMixture([mixture.components[0]])
    let points = one.sample(count: 3000, from: RandomSource(seed: 10))
    let mean = (0..<3000).reduce(0) { $0 + one.logDensity(at: Array(points[$1])) } / 3000
    #expect(abs(mean + 1 + log(2 * Double.pi) + log(0.5) + log(0.4)) < 0.075)  // four deviations
  }

  @Test("a ring of Gaussians looks the same from each of them")
  func ring() {
    let ring = GaussianMixture.ring(of: 8, radius: 2, deviation: 0.2)
    let densities = ring.components.map { ring.logDensity(at: $0.mean) }
    #expect(densities.allSatisfy { abs($0 - densities[0]) < 1e-9 })
    #expect(ring.posterior(at: [0, 0]).allSatisfy { abs($0 - 0.125) < 1e-12 })
  }

  @Test("a factor that is not a triangle of the mean's size stops with a message")
  func badFactor() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GaussianMixture.Component(weight: 1, mean: [0, 0], factor: [[1, 0], [0, 0]])
    }
    #expect(
      message(result).contains("cannot make a Gaussian with mean [0.0, 0.0] of the factor [[1.0, 0.0], [0.0, 0.0]]"))
  }

  @Test("weights that cannot be scaled to 1 stop with a message")
  func badWeights() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GaussianMixture([.init(weight: -1, mean: [0], deviation: 1), .init(weight: 2, mean: [0], deviation: 1)])
    }
    #expect(message(result).contains("cannot mix Gaussians with weights [-1.0, 2.0]"))
  }

  @Test("components of different dimensions, and points of another, stop with a message")
  func badDimensions() async {
    let mixed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GaussianMixture([.init(weight: 1, mean: [0], deviation: 1), .init(weight: 2, mean: [0, 0], deviation: 1)])
    }
    #expect(message(mixed).contains("cannot mix Gaussians of [1, 2] dimensions"))
    let placed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GaussianMixture.ring().logDensity(at: [1])
    }
    #expect(message(placed).contains("cannot place [1.0] in a mixture of 2 dimensions"))
  }
}
