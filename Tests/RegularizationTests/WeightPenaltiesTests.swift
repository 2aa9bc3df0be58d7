import Checking
import Foundations
import Regularization
import Tensors
import Testing
import Training

@Suite("§ 3.2 L2 regularization")
struct WeightPenaltiesTests {
  private static let model = MLP([3, 4, 2], activation: .tanh, random: RandomSource(seed: 1)).converted(to: .double)
  private static let x = spread([5, 3])
  private static let y = spread([5, 2], offset: 40)

  @Test("(3.2): ‖θ‖² and Σᵢ θᵢ² are the same penalty, for a tensor and for a model, § 3.2.1")
  func penalty() {
    let θ = Self.model.flattened
    let sum = θ.scalars.map { $0 * $0 }.reduce(0, +)
    #expect(abs(l2Penalty(Self.model, strength: 0.3).item - 0.15 * sum) < 1e-14)
    #expect(abs(l2Penalty(θ, strength: 0.3).item - 0.15 * sum) < 1e-14)
    #expect(l2Penalty(θ, strength: 0).item == 0)
  }

  @Test("(3.3) is the recorded gradient of (3.2), and right by differences")
  func gradientOfPenalty() {
    let loss = { (model: MLP) in meanSquaredError(model(Self.x), Self.y) }
    let penalised = { (model: MLP) in loss(model) + l2Penalty(model, strength: 0.7) }
    let edited = l2Gradient(gradient(at: Self.model, of: loss), at: Self.model, strength: 0.7)
    expectClose(edited.flattened, gradient(at: Self.model, of: penalised).flattened, tolerance: 1e-13)
    expectGradient(at: Self.model, tolerance: 1e-6, of: penalised)
  }

  @Test(
    "Lehaut, § 2, prints λ‖θ‖ for a squared penalty: its gradient has the length λ also near 0, where (3.3) vanishes")
  func unsquared() {
    for size in [1, 1e-3, 1e-6] {
      let θ = size * Tensor([0.6, -0.8], scalarType: .double)
      #expect(abs(gradient(at: θ) { $0.squared().sum() }.norm().item / (2 * size) - 1) < 1e-12)
      #expect(abs(gradient(at: θ) { $0.norm() }.norm().item - 1) < 1e-12)
    }
  }

  @Test("(3.4): shrinking and descending is gradient descent on the penalised loss, step by step")
  func shrinking() {
    let loss = { (model: MLP) in meanSquaredError(model(Self.x), Self.y) }
    var (a, b) = (Self.model, Self.model)
    var shrinking = ShrinkingGradientDescent(learningRate: 0.1, strength: 0.05)
    var descent = GradientDescent(learningRate: 0.1)
    for _ in 0..<20 {
      shrinking.update(&a, along: gradient(at: a, of: loss))
      descent.update(&b, along: gradient(at: b) { loss($0) + l2Penalty($0, strength: 0.05) })
    }
    expectClose(a.flattened, b.flattened, tolerance: 1e-12)
  }

  @Test("§ 3.2.2: without a gradient the weights shrink by (1 − ηλ)ᵗ")
  func decay() {
    var (θ, optimizer) = (spread([6]), ShrinkingGradientDescent(learningRate: 0.5, strength: 0.1))
    let start = θ
    for _ in 0..<40 { optimizer.update(&θ, along: Tensor.zeros([6], scalarType: .double)) }
    let factor = (0..<40).reduce(1.0) { product, _ in product * 0.95 }
    expectClose(θ, factor * start, tolerance: 1e-14)
  }

  @Test("at the ridge solution (3.3) vanishes, and it is the limit of (3.4), § 3.2")
  func ridge() throws {
    let (X, y, λ) = (spread([9, 4]), spread([9], offset: 70), 0.2)
    let w = try ridgeRegression(X, y, penalty: λ)
    let loss = { (w: Tensor) in (matmul(X, w) - y).squared().mean() / 2 }
    #expect(l2Gradient(gradient(at: w, of: loss), at: w, strength: λ).norm().item < 1e-14)
    var (θ, optimizer) = (
      Tensor.zeros([4], scalarType: .double), ShrinkingGradientDescent(learningRate: 0.5, strength: λ)
    )
    for _ in 0..<500 { optimizer.update(&θ, along: gradient(at: θ, of: loss)) }
    expectClose(θ, w, tolerance: 1e-12, scale: 1)
  }

  @Test(
    "ridge without a penalty is least squares, with a huge one 0; on orthonormal columns the factor is 1 / (1 + λN)"
  )
  func limits() throws {
    let (X, y) = (spread([9, 4]), spread([9], offset: 70))
    expectClose(try ridgeRegression(X, y, penalty: 0), LinearAlgebra.leastSquares(X, y), tolerance: 1e-10, scale: 1)
    #expect(try ridgeRegression(X, y, penalty: 1e9).norm().item < 1e-8)
    let Q = LinearAlgebra.qr(X).q
    expectClose(
      try ridgeRegression(Q, y, penalty: 0.5), matmul(Q.transposed, y) / (1 + 0.5 * 9), tolerance: 1e-13, scale: 1)
  }

  @Test("the ridge solution is the mode of the posterior under a Gaussian prior, and its mean")
  func posterior() throws {
    let (X, y, N, σ2, τ2) = (spread([8, 3]), spread([8], offset: 70), 8.0, 0.4, 0.7)
    let w = try ridgeRegression(X, y, penalty: σ2 / (N * τ2))
    let slope = gradient(at: w) { negativeLogPosterior($0, X, y, noiseVariance: σ2, priorVariance: τ2) }
    #expect(slope.norm().item < 1e-13)
    let precision = matmul(X.transposed, X) / σ2 + Tensor.identity(3, scalarType: .double) / τ2
    expectClose(try LinearAlgebra.solve(precision, matmul(X.transposed, y) / σ2), w, tolerance: 1e-12)
    let curvature = hessian(at: w) { negativeLogPosterior($0, X, y, noiseVariance: σ2, priorVariance: τ2) }
    expectClose(curvature, precision, tolerance: 1e-12)
  }

  @Test("an extra target stops with a message")
  func mistake() async {
    await #expect(processExitsWith: .failure) {
      _ = try ridgeRegression(Tensor.zeros([3, 2]), Tensor.zeros([4]), penalty: 1)
    }
  }
}

@Suite("§ 3.2.3 The geometry of penalties")
struct PenaltyGeometryTests {
  static let loss = QuadraticLoss(
    hessian: Tensor([[2, 0.9], [0.9, 1]], scalarType: .double), minimum: Tensor([2, 1], scalarType: .double))

  @Test(
    "§ 3.2.3: the minimum in a ball lies on the sphere, with the gradient parallel to it: ∇L = −λ θ",
    arguments: [0.2, 1, 2])
  func ball(r: Double) throws {
    let (θ, λ) = try Self.loss.minimum(inBallOfRadius: r)
    #expect(abs(θ.norm().item - r) < 1e-12)
    expectClose(Self.loss.gradient(at: θ), -λ * θ, tolerance: 1e-10, scale: 1)
    for k in 0..<360 {  // nowhere on the sphere is the loss lower
      let t = Tensor(Double(k) * .pi / 180, scalarType: .double)
      #expect(Self.loss(Tensor.stacked([r * t.cos(), r * t.sin()], axis: 0)).item >= Self.loss(θ).item - 1e-12)
    }
  }

  @Test("§ 3.2.3: a ball that contains the minimum changes nothing")
  func large() throws {
    let (θ, λ) = try Self.loss.minimum(inBallOfRadius: 3)
    #expect(θ == Self.loss.minimum && λ == 0)
  }

  @Test("§ 3.2.3: a level curve has one level, and touches the sphere at the solution")
  func levels() throws {
    let curve = Self.loss.levelCurve(0.7, count: 60)
    for k in 0..<60 { #expect(abs(Self.loss(curve[k]).item - 0.7) < 1e-12) }
    let (θ, _) = try Self.loss.minimum(inBallOfRadius: 1)
    let touching = Self.loss.levelCurve(Self.loss(θ).item, count: 2_000)
    #expect(abs(touching.norm(axes: [1]).min().item - 1) < 1e-4)
  }

  @Test("the gradient of the quadratic is the recorded one")
  func slope() {
    let θ = Tensor([0.3, -1], scalarType: .double)
    expectClose(Self.loss.gradient(at: θ), gradient(at: θ) { Self.loss($0) }, tolerance: 1e-14)
  }

  @Test("a ball of radius 0 and a Hessian of the wrong size stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = try PenaltyGeometryTests.loss.minimum(inBallOfRadius: 0) }
    await #expect(processExitsWith: .failure) {
      _ = QuadraticLoss(hessian: Tensor.identity(3), minimum: Tensor([1, 2]))
    }
  }
}
