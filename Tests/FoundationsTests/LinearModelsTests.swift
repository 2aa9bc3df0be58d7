import Checking
import Foundations
import Tensors
import Testing

@Suite("Before the neuron: least squares")
struct LeastSquaresTests {
  @Test("noise-free data y = a x give a exactly", arguments: [-3.0, 0, 0.5, 7])
  func exact(a: Double) {
    let x = Tensor([-2, 1, 3, 5, 8], scalarType: .double)
    #expect(slopeThroughOrigin(x, a * x) == a)
  }

  @Test("Σxy / Σx² is where the derivative of the risk is 0, and the limit of gradient descent")
  func minimum() {
    let (x, y) = (spread([9]), spread([9], offset: 30))
    let risk = { (θ: Tensor) in (y - θ * x).squared().sum() }
    let best = Tensor(slopeThroughOrigin(x, y), scalarType: .double)
    #expect(abs(gradient(at: best, of: risk).item) < 1e-13)
    var θ = Tensor(5, scalarType: .double)
    for _ in 0..<200 { θ -= 0.05 * gradient(at: θ, of: risk) }
    expectClose(θ, best, tolerance: 1e-12)
  }

  @Test("without the square the risk Σ(y − θx) is a straight line in θ, without a minimum (erratum)")
  func unsquared() {
    let (x, y) = (Tensor([1, 2, 4], scalarType: .double), Tensor([3, 1, 5], scalarType: .double))
    let risk = { (θ: Double) in (y - θ * x).sum().item }
    for θ in [-1e6, -10, 0, 10, 1e6] { #expect(risk(θ) == 9 - 7 * θ) }
    #expect(risk(1e12) < -1e12)
  }

  @Test("the best line is useless for data that are not linear: on y = x² it explains nothing")
  func misfit() {
    let x = Tensor.linear(from: -1, to: 1, count: 41, scalarType: .double)
    let y = x.squared()
    let residual = y - slopeThroughOrigin(x, y) * x
    expectClose(residual.variance(), y.variance(), tolerance: 1e-14)
    #expect(residual.variance().item > 0.09)  // 4/45 + …: the variance of x² itself
  }
}

@Suite("Before the neuron: Gaussian bumps")
struct GaussianBasisTests {
  private static let x = Tensor.linear(from: 0, to: 4, count: 30, scalarType: .double)
  private static let y = (1.5 * x).sin() + 0.3 * x
  private static let centers = Tensor.linear(from: 0, to: 4, count: 5, scalarType: .double)

  @Test("a feature is exp(−(x − c)² / 2s²): 1 at its centre, e^(−1/2) one width away")
  func features() {
    let φ = GaussianBasisRegression.features(Self.x, centers: Self.x, width: 0.5)
    #expect((0..<30).allSatisfy { φ[$0, $0].item == 1 })
    let near = GaussianBasisRegression.features(
      Tensor([1.5, 3], scalarType: .double), centers: Tensor([2], scalarType: .double), width: 0.5)
    expectClose(near.reshaped([2]), Tensor([-0.5, -2], scalarType: .double).exp(), tolerance: 1e-15)
  }

  @Test(
    "the normal equations hold: the gradient of the risk at the solution is 0, with and without a penalty",
    arguments: [0.0, 0.1])
  func normalEquations(penalty λ: Double) throws {
    let model = try GaussianBasisRegression(fitting: Self.x, Self.y, centers: Self.centers, width: 0.6, penalty: λ)
    let φ = GaussianBasisRegression.features(Self.x, centers: Self.centers, width: 0.6)
    let slope = gradient(at: model.weights) { w in
      (Self.y - matmul(φ, w)).squared().sum() + λ * w.squared().sum()
    }
    #expect(slope.abs().max().item < 1e-10)
    expectClose(model(Self.x), matmul(φ, model.weights), tolerance: 1e-15)
  }

  @Test("the linear system and a long gradient descent agree")
  func descent() throws {
    let model = try GaussianBasisRegression(fitting: Self.x, Self.y, centers: Self.centers, width: 0.5)
    let φ = GaussianBasisRegression.features(Self.x, centers: Self.centers, width: 0.5)
    var w = Tensor.zeros([5], scalarType: .double)
    for _ in 0..<400 {
      w -= 1.5 * gradient(at: w) { meanSquaredError(matmul(φ, $0), Self.y) }
    }
    expectClose(w, model.weights, tolerance: 1e-6)
  }

  @Test(
    "two bumps under-fit noisy data, twenty-four over-fit: training error falls, test error is smallest in between"
  )
  func capacity() throws {
    let random = RandomSource(seed: 12)
    let noisy = Self.y + random.normal([30], standardDeviation: 0.25, scalarType: .double)
    let between = Self.x[0..<29] + 4.0 / 58
    let truth = (1.5 * between).sin() + 0.3 * between
    let errors = try [2, 6, 24].map { count in
      let centers = Tensor.linear(from: 0, to: 4, count: count, scalarType: .double)
      let model = try GaussianBasisRegression(
        fitting: Self.x, noisy, centers: centers, width: 4 / Double(count))
      return (training: meanSquaredError(model(Self.x), noisy).item, test: meanSquaredError(model(between), truth).item)
    }
    #expect(errors[0].training > errors[1].training && errors[1].training > 2 * errors[2].training, "\(errors)")
    #expect(errors[1].test < errors[0].test && errors[1].test < errors[2].test, "\(errors)")
  }

  @Test("a penalty shrinks the weights")
  func penalty() throws {
    let norms = try [0.0, 0.01, 1, 100].map {
      try GaussianBasisRegression(fitting: Self.x, Self.y, centers: Self.centers, width: 0.6, penalty: $0).weights
        .norm().item
    }
    #expect(norms == norms.sorted(by: >) && norms[3] < 0.2 * norms[0])
  }
}
