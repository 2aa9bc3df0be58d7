import Checking
import DataSets
import Foundation
import Foundations
import GAN
import Tensors
import Testing

/// Two classes with the same covariance and the weights 0.8 and 0.2.
private let world = GaussianMixture([
  .init(weight: 0.8, mean: [0, 0], factor: [[1, 0], [0.8, 0.6]]),
  .init(weight: 0.2, mean: [2, 0], factor: [[1, 0], [0.8, 0.6]]),
])

@Suite("§ 8.1  Generative and discriminative models")
struct GenerativeModelsTests {
  private let points: LabeledPoints
  private let x: Tensor
  private let fitted: GaussianMixture

  init() throws {
    points = world.sample(count: 20_000, from: RandomSource(seed: 1))
    x = points.points(.double)
    fitted = try GaussianMixture(
      fitting: x, memberships: .oneHot(points.labels, classes: 2), sharesCovariance: true)
  }

  @Test("Definitions 8.1 and 8.2: logistic regression and Gaussian classes both find the exact linear boundary to 0.02")
  func boundaries() throws {
    let exact = try LinearBoundary(between: world)
    // w = Σ⁻¹ (μ₁ − μ₀) = (50/9, −40/9), b = log ¼ − 50/9
    let length = (Double(50 * 50 + 40 * 40) / 81).squareRoot()
    let expected = [50 / 9 / length, -40 / 9 / length, (log(0.25) - 50 / 9.0) / length]
    #expect(zip(exact.normal + [exact.offset], expected).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(try LinearBoundary(between: fitted).gap(to: exact) < 0.02)
    let labels = Tensor(points.labels.map(Double.init), scalarType: .double)
    let regression = try LogisticRegression(fitting: x, labels, penalty: 0)
    #expect(LinearBoundary(weights: regression.weights, bias: regression.bias.item).gap(to: exact) < 0.02)
  }

  @Test("the logit of the boundary is that of the posterior at every point (§ 8.1)")
  func posterior() throws {
    let p = world.posterior(of: x[0..<50])
    let boundary = try LinearBoundary(between: world)
    let distance = matmul(x[0..<50], Tensor(boundary.normal, scalarType: .double)) + boundary.offset
    let ratio = (p[0..<50].sliced(1..<2, axis: 1) / p.sliced(0..<1, axis: 1)).squeezed(axis: 1).log() / distance
    #expect((ratio.max() - ratio.min()).item < 1e-9 * ratio.max().item, "proportional to the signed distance")
  }

  @Test("Definition 8.2: the generative classifier gives log p(x) to 0.02 nats, and samples like the data")
  func density() throws {
    let gap = (fitted.logDensity(of: x) - world.logDensity(of: x)).abs().mean().item
    #expect(gap < 0.02)
    let drawn = fitted.sample(count: 20_000, from: RandomSource(seed: 2)).points(.double)
    let (mean, covariance) = world.moments
    #expect((drawn.mean(axes: [0]) - mean).abs().max().item < 0.04, "four standard errors")
    let centered = drawn - drawn.mean(axes: [0])
    expectClose(matmul(centered.transposed, centered) / 20_000, covariance, tolerance: 0.05, scale: 1)
    // μ = (0.4, 0), Σ + 0.8 · 0.2 · (2, 0)(2, 0)ᵀ
    expectClose(mean, Tensor([0.4, 0], scalarType: .double), tolerance: 1e-14)
    expectClose(covariance, Tensor([[1.64, 0.8], [0.8, 1]], scalarType: .double), tolerance: 1e-14)
  }

  @Test("Definition 8.2: a class without points stops with a message")
  func emptyClass() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = Tensor([[0, 0], [2, 1], [1, 5]], scalarType: .double)
      _ = try GaussianMixture(fitting: x, memberships: .oneHot([0, 0, 2], classes: 3))
    }
    expectMessage(result, "cannot fit Gaussian 1 of 3: its memberships add up to 0.0")
  }

  @Test("one-hot memberships give shares, means and covariances of the classes (§ 8.1)")
  func fit() throws {
    let few = Tensor([[0, 0], [2, 1], [1, 5], [4, 4], [6, 4], [5, 6]], scalarType: .double)
    let mixture = try GaussianMixture(fitting: few, memberships: .oneHot([0, 0, 0, 1, 1, 1], classes: 2))
    #expect(mixture.components.map(\.weight) == [0.5, 0.5])
    let mean = Tensor(mixture.components[1].mean, scalarType: .double)
    expectClose(mean, Tensor([5, 14 / 3.0], scalarType: .double), tolerance: 1e-15)
    // deviations (−1, −2/3), (1, −2/3), (0, 4/3)
    expectClose(
      mixture.components[1].covariance, Tensor([[2 / 3.0, 0], [0, 8 / 9.0]], scalarType: .double), tolerance: 1e-12,
      scale: 1)
  }
}

@Suite("Remark 8.3  Anomalies and completion")
struct CompletionTests {
  @Test("Remark 8.3: at least 95% of 200 outliers in the hole of a ring lie in the lowest 2% of density")
  func anomalies() throws {
    let random = RandomSource(seed: 1)
    let drawn = GaussianMixture.ring().sample(count: 20_000, from: random)
    let x = drawn.points(.double)
    let planted = random.uniform([200, 2], in: -1..<1, scalarType: .double)
    let ring = try GaussianMixture(fitting: x, memberships: .oneHot(drawn.labels, classes: 8))
    #expect(detectedShare(of: planted, among: x, lowest: 0.02) { ring.logDensity(of: $0) } >= 0.95)
    let one = try GaussianMixture(fitting: x, memberships: .ones([x.shape[0], 1]))
    #expect(detectedShare(of: planted, among: x, lowest: 0.02) { one.logDensity(of: $0) } == 0)
  }

  @Test("Remark 8.3: the conditional mixture is p(x, y) / p(y), by quadrature of the joint density")
  func conditional() throws {
    let mixture = GaussianMixture([
      .init(weight: 0.8, mean: [0, 0], factor: [[1, 0], [0.8, 0.6]]),
      .init(weight: 0.2, mean: [2, 1], factor: [[0.7, 0], [-0.3, 0.5]]),
    ])
    for (place, y) in [(0, -0.5), (1, -0.4)] {
      let given = try mixture.conditional(given: place == 0 ? [y, nil] : [nil, y])
      func joint(_ x: Tensor) -> Tensor {
        let known = Tensor(repeating: y, x.shape, scalarType: .double)
        return mixture.logDensity(of: .stacked(place == 0 ? [known, x] : [x, known], axis: 1)).exp()
      }
      let rule = Quadrature(over: -14...14)
      let mass = rule.integral(of: joint)
      let mean = rule.integral { $0 * joint($0) / mass }
      let variance = rule.integral { ($0 - mean).squared() * joint($0) / mass }
      #expect(abs(given.moments.mean[0].item - mean.item) < 1e-10)
      #expect(abs(given.moments.covariance[0, 0].item - variance.item) < 1e-10)
      expectClose(
        given.logDensity(of: rule.nodes.expanded(axis: 1)).exp(), joint(rule.nodes) / mass, tolerance: 1e-10, scale: 1)

      let drawn = given.sample(count: 20_000, from: RandomSource(seed: 3)).points(.double)
      let fourth = rule.integral { ($0 - mean).power(4) * joint($0) / mass }
      let error = ((fourth - variance.squared()) / 20_000).squareRoot().item
      #expect(abs(drawn.mean().item - mean.item) < 1e-2)
      #expect(abs(drawn.variance().item - variance.item) < 3 * error && error < 2e-2)
    }
  }

  @Test("Remark 8.3: with nothing known the conditional is the mixture, with two of three known it has one dimension")
  func corners() throws {
    let ring = GaussianMixture.ring(of: 3)
    let same = try ring.conditional(given: [nil, nil])
    expectClose(same.moments.mean, ring.moments.mean, tolerance: 1e-14, scale: 1)
    expectClose(same.moments.covariance, ring.moments.covariance, tolerance: 1e-12)
    let three = GaussianMixture([
      .init(weight: 1, mean: [1, 2, 3], factor: [[1, 0, 0], [0.5, 1, 0], [0.2, 0.4, 1]])
    ])
    let last = try three.conditional(given: [1.5, 2.5, nil])
    // z = (0.5, 0.25), 3 + 0.2 · 0.5 + 0.4 · 0.25
    #expect(abs(last.components[0].mean[0] - 3.2) < 1e-14 && abs(last.components[0].factor[0][0] - 1) < 1e-14)
  }

  @Test("Remark 8.3: a point without missing coordinates stops with a message")
  func refusal() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try GaussianMixture.ring().conditional(given: [1, 2])
    }
    expectMessage(result, "cannot complete a point of 2 coordinates, 2 of them known")
  }
}
