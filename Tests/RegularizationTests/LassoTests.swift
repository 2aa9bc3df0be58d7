import Checking
import Foundations
import Regularization
import Running
import Tensors
import Testing

@Suite("§ 3.3 L1 regularization")
struct LassoTests {
  private static let X = RandomSource(seed: 6).normal([12, 5], scalarType: .double)
  private static let y = matmul(X, Tensor([1, -0.8, 0.6, 0.4, 0.3], scalarType: .double)) + 0.1 * spread([12])
  private static func slope(_ w: Tensor) -> Tensor { gradient(at: w) { (matmul(X, $0) - y).squared().mean() / 2 } }

  @Test("(3.5): ‖θ‖₁ and Σᵢ |θᵢ| are the same penalty, for a tensor and for a model")
  func penalty() {
    let model = MLP([2, 3, 1], random: RandomSource(seed: 1)).converted(to: .double)
    let sum = model.flattened.scalars.map(abs).reduce(0, +)
    #expect(abs(l1Penalty(model, strength: 0.3).item - 0.3 * sum) < 1e-14)
    #expect(abs(l1Penalty(model.flattened, strength: 0.3).item - 0.3 * sum) < 1e-14)
  }

  @Test("(3.6) is λ, −λ, and at 0 one of the slopes in between; it is the recorded gradient of (3.5)")
  func subgradient() {
    let θ = Tensor([2, -0.5, 0, 1e-9], scalarType: .double)
    let slope = l1Subgradient(θ, strength: 0.4)
    #expect(slope.scalars == [0.4, -0.4, 0, 0.4])
    expectClose(slope, gradient(at: θ) { l1Penalty($0, strength: 0.4) }, tolerance: 1e-15, scale: 1)
    for z in spread([30]).scalars {  // λ|z| ≥ λ|θ| + s (z − θ): s is a subgradient
      for (θ, s) in zip(θ.scalars, slope.scalars) { #expect(0.4 * abs(z) >= 0.4 * abs(θ) + s * (z - θ) - 1e-15) }
    }
  }

  @Test("the soft threshold minimises ½(θ − z)² + t|θ|, and gives exact zeros", arguments: [0, 0.3, 1])
  func threshold(t: Double) {
    let z = Tensor([-2, -0.3, -0.1, 0, 0.2, 0.31, 5], scalarType: .double)
    let best = softThreshold(z, t)
    let cost = { (θ: Tensor) in (θ - z).squared() / 2 + t * θ.abs() }
    for shift in [-1, -0.1, -1e-3, 1e-3, 0.1, 1] {
      #expect((cost(best + shift) .> cost(best)).min().item == 1)
    }
    #expect(zip(z.scalars, best.scalars).allSatisfy { abs($0) > t || $1 == 0 })
    #expect((l1OptimalityGap(best, gradient: best - z, strength: t)).max().item < 1e-15)
  }

  @Test("the lasso is where the subgradients (3.6) reach 0, and a fixed point of the proximal step, § 3.3")
  func solution() {
    for λ in [0.01, 0.05, 0.1] {
      let w = lassoRegression(Self.X, Self.y, penalty: λ)
      #expect(l1OptimalityGap(w, gradient: Self.slope(w), strength: λ).max().item < 1e-8)
      expectClose(
        lassoStep(w, gradient: Self.slope(w), strength: λ, stepSize: 0.5), w, tolerance: 1e-8, scale: 1)
    }
  }

  @Test("without a penalty the lasso is least squares; all weights are 0 from ‖Xᵀy‖∞ / N on, and not before")
  func limits() {
    expectClose(
      lassoRegression(Self.X, Self.y, penalty: 0), LinearAlgebra.leastSquares(Self.X, Self.y), tolerance: 1e-6, scale: 1
    )
    let limit = lassoLimit(Self.X, Self.y)
    #expect(lassoRegression(Self.X, Self.y, penalty: limit * 1.001).abs().max().item == 0)
    #expect(lassoRegression(Self.X, Self.y, penalty: limit * 0.99).abs().max().item > 0)
  }

  @Test("on orthonormal columns the lasso is the soft threshold of least squares")
  func orthonormal() {
    let Q = LinearAlgebra.qr(Self.X).q * Double(12).squareRoot()  // QᵀQ / N = I
    let c = matmul(Q.transposed, Self.y) / 12
    expectClose(lassoRegression(Q, Self.y, penalty: 0.1), softThreshold(c, 0.1), tolerance: 1e-8, scale: 1)
  }

  @Test("Remark 3.3: the lasso sets weights to exactly 0, one by one as λ grows, and the ridge none")
  func sparsity() throws {
    let limit = lassoLimit(Self.X, Self.y)
    var zeros: [Int] = []
    for share in [0.05, 0.3, 0.6, 0.9, 1.01] {
      let w = lassoRegression(Self.X, Self.y, penalty: share * limit)
      zeros.append(w.scalars.count { $0 == 0 })
      #expect(try ridgeRegression(Self.X, Self.y, penalty: share * limit).scalars.allSatisfy { $0 != 0 })
    }
    #expect(zeros == zeros.sorted() && zeros.first == 0 && zeros.last == 5 && Set(zeros).count > 2)
  }

  @Test("Remark 3.3: in the diamond the lowest point of a tilted quadratic is a vertex, in the ball it is not")
  func diamond() throws {
    let loss = PenaltyGeometryTests.loss
    let θ = ElasticNet(strength: 1.5, mix: 1).minimum(
      hessian: loss.hessian, linear: matmul(loss.hessian, loss.minimum))
    #expect(θ.scalars[1] == 0 && θ.scalars[0] > 0.5)
    let t = θ.abs().sum().item
    for k in 0..<400 {  // nowhere on the diamond's edge is the loss lower
      let s = Double(k) / 400 * 4
      let (a, b) = (abs(s - 2) - 1, s < 2 ? 1 - abs(s - 1) : abs(s - 3) - 1)
      #expect(loss(Tensor([t * a, t * b], scalarType: .double)).item >= loss(θ).item - 1e-9)
    }
    #expect(try loss.minimum(inBallOfRadius: t).θ.scalars[1] > 0.05)
  }
}

@Suite("§ 3.3 Elastic net")
struct ElasticNetTests {
  private static let net = ElasticNet(strength: 0.3, mix: 0.6)
  private static let X = RandomSource(seed: 6).normal([12, 5], scalarType: .double)
  private static let y = matmul(X, Tensor([1, -0.8, 0.6, 0.4, 0.3], scalarType: .double)) + 0.1 * spread([12])
  private static func slope(_ w: Tensor) -> Tensor { gradient(at: w) { (matmul(X, $0) - y).squared().mean() / 2 } }

  @Test("Exercise 3.2: Ω is the L1 norm for α = 1, half the squared L2 norm for α = 0, and the mix in between")
  func penalty() {
    let θ = Tensor([1, -2, 0], scalarType: .double)
    #expect(ElasticNet(strength: 2, mix: 1)(θ).item == 6)
    #expect(ElasticNet(strength: 2, mix: 0)(θ).item == 5)
    #expect(abs(ElasticNet(strength: 2, mix: 0.4)(θ).item - (0.4 * 6 + 0.6 * 5)) < 1e-14)
  }

  @Test("Exercise 3.2.1: soft threshold, then shrink, minimises ½‖θ − z‖² + ηλΩ(θ)")
  func proximalMap() {
    let (z, η) = (Tensor([-2, -0.1, 0, 0.05, 0.2, 3], scalarType: .double), 0.7)
    let best = Self.net.proximalMap(z, stepSize: η)
    let cost = { (θ: Tensor) in ((θ - z).squared().sum() / 2 + η * Self.net(θ)).item }
    for shift in [-1, -0.01, 0.01, 1] {
      for place in 0..<6 {
        let moved = best + shift * Tensor.oneHot([place], classes: 6, scalarType: .double)[0]
        #expect(cost(moved) > cost(best))
      }
    }
    #expect(Self.net.optimalityGap(best, gradient: (best - z) / η) < 1e-14)
    let shrunkFirst = softThreshold(z / (1 + η * 0.3 * 0.4), η * 0.3 * 0.6)
    #expect((shrunkFirst - best).abs().max().item > 1e-3)  // the other order gives a different map
  }

  @Test("Exercise 3.2.1: both proximal steps rest at the minimum, where the Karush–Kuhn–Tucker conditions hold")
  func fixedPoint() {
    let w = Self.net.regression(Self.X, Self.y)
    #expect(Self.net.optimalityGap(w, gradient: Self.slope(w)) < 1e-8)
    expectClose(Self.net.step(w, gradient: Self.slope(w), stepSize: 0.5), w, tolerance: 1e-8, scale: 1)
    expectClose(Self.net.splitStep(w, gradient: Self.slope(w), stepSize: 0.5), w, tolerance: 1e-8, scale: 1)
    var (a, b) = (Tensor.zeros([5], scalarType: .double), Tensor.zeros([5], scalarType: .double))
    for _ in 0..<400 {
      a = Self.net.step(a, gradient: Self.slope(a), stepSize: 0.5)
      b = Self.net.splitStep(b, gradient: Self.slope(b), stepSize: 0.5)
    }
    expectClose(a, w, tolerance: 1e-8, scale: 1)
    expectClose(b, w, tolerance: 1e-8, scale: 1)
  }

  @Test("Exercise 3.2.1: a proximal step with η ≤ 1/λ_max never raises the penalised loss")
  func descent() {
    let loss = { (w: Tensor) in ((matmul(Self.X, w) - Self.y).squared().mean() / 2 + Self.net(w)).item }
    let η = 1 / largestSingularValue(matmul(Self.X.transposed, Self.X) / 12)
    var w = 5 * spread([5])
    for _ in 0..<50 {
      let next = Self.net.step(w, gradient: Self.slope(w), stepSize: η)
      #expect(loss(next) <= loss(w) + 1e-12)
      w = next
    }
  }

  @Test("the elastic net with α = 0 is ridge regression, with α = 1 the lasso")
  func ends() throws {
    expectClose(
      ElasticNet(strength: 0.2, mix: 0).regression(Self.X, Self.y), try ridgeRegression(Self.X, Self.y, penalty: 0.2),
      tolerance: 1e-7, scale: 1)
    #expect(
      ElasticNet(strength: 0.05, mix: 1).regression(Self.X, Self.y) == lassoRegression(Self.X, Self.y, penalty: 0.05))
  }

  @Test("two equal columns share their weight in the elastic net")
  func grouping() {
    let X = Tensor.concatenated([Self.X, Self.X.sliced(0..<1, axis: 1)], axis: 1)
    let w = ElasticNet(strength: 0.05, mix: 0.5).regression(X, Self.y).scalars
    #expect(abs(w[0] - w[5]) < 1e-7 && w[0] != 0)
  }

  @Test("Exercise 3.2.2: the edited gradient is the recorded gradient of L + λΩ")
  func editedGradient() {
    let model = MLP([5, 3, 1], activation: .tanh, random: RandomSource(seed: 2)).converted(to: .double)
    let loss = { (model: MLP) in meanSquaredError(model(Self.X), Self.y.expanded(axis: 1)) }
    let edited = Self.net.editedGradient(gradient(at: model, of: loss), at: model)
    let recorded = gradient(at: model) { loss($0) + Self.net($0.flattened) }
    expectClose(edited.flattened, recorded.flattened, tolerance: 1e-13, scale: 1)
  }

  @Test("a mix above 1 stops with a message")
  func mistake() async {
    await #expect(processExitsWith: .failure) { _ = ElasticNet(strength: 1, mix: 1.5) }
  }
}
