import Checking
import DataSets
import Foundation
import Tensors
import Testing

@Suite("Data: mixtures of Gaussians as tensors")
struct DataMixtureTensorsTests {
  /// Two correlated components of weight 1/4 and 3/4.
  private let mixture = GaussianMixture([
    .init(weight: 1, mean: [-1, 0.5], factor: [[0.5, 0], [0.3, 0.4]]),
    .init(weight: 3, mean: [1, 0], factor: [[0.8, 0], [-0.2, 0.6]]),
  ])
  private let x = Tensor([[0.1, 0.3], [-1.4, 0.9], [2, -1], [30, -40]], scalarType: .double)

  @Test("density, posterior and score of many points are those of single points, in Double and in Float")
  func pointByPoint() {
    let points = (0..<4).map { x[$0].scalars }
    let (density, posterior, score) = (mixture.logDensity(of: x), mixture.posterior(of: x), mixture.score(of: x))
    #expect(density.shape == [4] && posterior.shape == [4, 2] && score.shape == [4, 2])
    expectClose(density, Tensor(points.map(mixture.logDensity), scalarType: .double), tolerance: 1e-13)
    expectClose(posterior, Tensor(points.map(mixture.posterior), scalarType: .double), tolerance: 1e-12, scale: 1e-3)
    expectClose(score, Tensor(points.map(mixture.score), scalarType: .double), tolerance: 1e-12, scale: 1e-3)
    expectClose(mixture.score(of: x.converted(to: .float)).converted(to: .double), score, tolerance: 1e-5, scale: 1e-2)
  }

  @Test("the score is the gradient of the log density, and both are right to second order")
  func derivatives() {
    let near = x.sliced(0..<3, axis: 0)
    expectClose(gradient(at: x) { mixture.logDensity(of: $0).sum() }, mixture.score(of: x), tolerance: 1e-12, scale: 1)
    expectGradient(at: near, order: 2) { mixture.logDensity(of: $0).sum() }
    expectGradient(at: near, order: 2) { mixture.score(of: $0).squared().sum() }
  }

  @Test("a mixture diffuses by its formula: the moments of √ᾱ x + √(1 − ᾱ) ε, and the two ends")
  func diffusion() {
    let (source, share) = (RandomSource(seed: 5), 0.3)
    let diffused = mixture.diffused(signalShare: share)
    let count = 40_000
    let clean = Tensor(mixture.sample(count: count, from: source).coordinates, shape: [count, 2], scalarType: .double)
    let noise = source.normal([count, 2]).converted(to: .double)
    let noisy = share.squareRoot() * clean + (1 - share).squareRoot() * noise
    let direct = Tensor(
      diffused.sample(count: count, from: source).coordinates, shape: [count, 2], scalarType: .double)
    for moment in [{ (t: Tensor) in t }, { $0.squared() }, { $0.sliced(0..<1, axis: 1) * $0.sliced(1..<2, axis: 1) }] {
      let (a, b) = (moment(noisy).mean(axes: [0]), moment(direct).mean(axes: [0]))
      expectClose(a, b, tolerance: 0.03, scale: 1)
    }
    expectClose(mixture.diffused(signalShare: 1).score(of: x), mixture.score(of: x), tolerance: 1e-12, scale: 1e-3)
    expectClose(mixture.diffused(signalShare: 0).score(of: x), -x, tolerance: 1e-12)
  }

  @Test("the density of noisy points solves the heat equation ∂p/∂v = ½ Δp in the variance v of the noise")
  func heat() {
    // √ᾱ x + √(1 − ᾱ) ε, divided by √ᾱ, is x plus noise of variance v = (1 − ᾱ) / ᾱ.
    func density(_ v: Double, _ point: [Double]) -> Double {
      let share = 1 / (1 + v)
      return exp(mixture.diffused(signalShare: share).logDensity(at: point.map { share.squareRoot() * $0 })) * share
    }
    let (v, h, point) = (0.4, 1e-3, [0.2, -0.3])
    let slope = (density(v + h, point) - density(v - h, point)) / (2 * h)
    let bend = (0..<2).reduce(0.0) { sum, axis in
      let sides = [-h, h].map { step in density(v, point.indices.map { point[$0] + ($0 == axis ? step : 0) }) }
      return sum + (sides[0] + sides[1] - 2 * density(v, point)) / (h * h)
    }
    #expect(abs(slope - bend / 2) < 1e-6 && abs(slope) > 1e-3)
  }

  @Test("a grid is square, centred and evenly spaced")
  func grid() {
    let grid = GaussianMixture.grid(of: 25)
    let places = grid.components.map(\.mean)
    #expect(places.count == 25 && Set(places).count == 25)
    #expect(Set(places.flatMap { $0 }) == [-4, -2, 0, 2, 4])
    #expect(grid.components.allSatisfy { $0.factor == [[0.05, 0], [0, 0.05]] && abs($0.weight - 0.04) < 1e-15 })
  }

  @Test("a conditional mixture keeps its components' proportions, and Bayes' rule recovers the whole")
  func conditional() {
    let (first, second) = (mixture.conditional(on: [0]), mixture.conditional(on: [1]))
    #expect(first.components.count == 1 && first.components[0].weight == 1)
    let x = x.sliced(0..<3, axis: 0)
    let whole = 0.25 * first.logDensity(of: x).exp() + 0.75 * second.logDensity(of: x).exp()
    expectClose(whole.log(), mixture.logDensity(of: x), tolerance: 1e-12)
    let ring = GaussianMixture.ring().conditional(on: [1, 4])
    #expect(ring.components.map(\.weight) == [0.5, 0.5])
    #expect(ring.components[1].mean == GaussianMixture.ring().components[4].mean)
  }

  @Test("points of other dimensions, shares out of range and missing components stop with a message")
  func mistakes() async {
    let placed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GaussianMixture.ring().score(of: Tensor.zeros([4, 3]))
    }
    expectMessage(placed, "cannot place points [4×3] in a mixture of 2 dimensions: shape [N×2] is needed")
    let share = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GaussianMixture.ring().diffused(signalShare: 1.5)
    }
    expectMessage(share, "cannot diffuse a mixture to a signal share of 1.5")
    let kept = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GaussianMixture.ring().conditional(on: [8])
    }
    expectMessage(kept, "cannot keep the components [8] of 8")
    let square = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GaussianMixture.grid(of: 24)
    }
    expectMessage(square, "cannot arrange 24 Gaussians as a square")
  }
}
