import Backprop
import Checking
import Foundations
import Tensors
import Testing
import Training

@Suite("§ 2.1.1 Gradient descent")
struct GradientDescentTests {
  /// A bowl with curvatures 0.5, 2 and 4 along turned axes.
  private static let bowl: QuadraticBowl = {
    let Q = LinearAlgebra.qr(RandomSource(seed: 1).normal([3, 3], scalarType: .double)).q
    let H = matmul(Q * vector([0.5, 2, 4]), Q.transposed)
    return QuadraticBowl(hessian: H, minimizer: vector([1, -2, 3]))
  }()

  @Test("§ 2.1.1: one step is θ − η ∇L(θ), for a tensor and for a model, as in the optimizer")
  func step() {
    expectClose(
      descentStep(from: vector([3, -1]), learningRate: 0.1) { $0.squared().sum() }, vector([2.4, -0.8]),
      tolerance: 1e-15)
    let (x, labels) = (RandomSource(seed: 2).normal([5, 3]), [0, 1, 1, 0, 1])
    let network = MLP([3, 4, 2], random: RandomSource(seed: 3))
    let loss = { (network: MLP) in crossEntropy(logits: network(x), labels: labels) }
    var (other, optimizer) = (network, GradientDescent(learningRate: 0.3))
    optimizer.update(&other, along: gradient(at: network, of: loss))
    expectClose(
      descentStep(from: network, learningRate: 0.3, of: loss).flattened, other.flattened, tolerance: 1e-6, scale: 1e-3)
  }

  @Test("§ 2.1.1: descent arrives at the closed-form minimiser of least squares, where the gradient is 0")
  func minimiser() {
    let random = RandomSource(seed: 4)
    let (X, y) = (random.normal([30, 3], scalarType: .double), random.normal([30], scalarType: .double))
    let loss = { (θ: Tensor) in (matmul(X, θ) - y).squared().sum() / 60 }
    let bowl = QuadraticBowl(leastSquares: X, y)
    let path = descentPath(
      from: Tensor.zeros([3], scalarType: .double), learningRate: bowl.bestLearningRate, steps: 200, of: loss)
    expectClose(path[200], LinearAlgebra.leastSquares(X, y), tolerance: 1e-10)
    #expect(gradient(at: bowl.minimizer, of: loss).norm().item < 1e-14)
    expectClose(bowl(path[3]), loss(path[3]) - loss(bowl.minimizer), tolerance: 1e-10)
    #expect(bowl(bowl.minimizer).item == 0)
  }

  @Test(
    "§ 2.1.1: on a bowl each step multiplies the distance along an eigenvector by 1 − ηλ", arguments: [0.1, 0.4, 0.6])
  func contraction(η: Double) {
    let bowl = Self.bowl
    #expect(zip(bowl.curvatures, [0.5, 2, 4]).allSatisfy { abs($0 - $1) < 1e-12 })
    let path = descentPath(from: vector([0, 0, 0]), learningRate: η, steps: 4, of: { bowl($0) })
    let distances = path.map { matmul(bowl.directions.transposed, $0 - bowl.minimizer) }
    for t in 0..<4 {
      expectClose((distances[t + 1] / distances[t]).abs(), vector(bowl.contractions(learningRate: η)), tolerance: 1e-9)
    }
  }

  @Test("§ 2.1.1: descent converges for every η below 2/λ_max and diverges beyond")
  func divergence() {
    let bowl = Self.bowl
    #expect(abs(bowl.largestLearningRate - 0.5) < 1e-12)
    let loss = { (factor: Double) in
      let η = factor * bowl.largestLearningRate
      return bowl(descentPath(from: vector([0, 0, 0]), learningRate: η, steps: 200, of: { bowl($0) })[200]).item
    }
    #expect(loss(0.95) < 1e-6 && loss(0.5) < 1e-9)
    #expect(loss(1.05) > 1e10)
  }

  @Test("§ 2.1.1: below 2/β the loss falls in every step")
  func monotone() {
    let bowl = Self.bowl
    let losses = descentPath(from: vector([5, 5, 5]), learningRate: 0.49, steps: 50, of: { bowl($0) }).map {
      bowl($0).item
    }
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test("§ 2.1.1: η = 2/(λ_min + λ_max) has the smallest worst contraction, (κ − 1)/(κ + 1)")
  func best() {
    let bowl = Self.bowl
    let worst = { (η: Double) in bowl.contractions(learningRate: η).max() ?? 0 }
    #expect(abs(bowl.conditionNumber - 8) < 1e-10 && abs(worst(bowl.bestLearningRate) - 7.0 / 9) < 1e-12)
    #expect(worst(bowl.bestLearningRate * 1.01) > 7.0 / 9 && worst(bowl.bestLearningRate * 0.99) > 7.0 / 9)
  }

  @Test("§ 2.1.1: a Hessian that is not square, or curves downwards, stops with a message that says so")
  func mistakes() async {
    let shape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = QuadraticBowl(hessian: Tensor.zeros([2, 3]), minimizer: Tensor.zeros([2]))
    }
    expectStopped(shape, "cannot make a bowl of a Hessian [2×3] and a minimum [2]")
    let saddle = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = QuadraticBowl(hessian: -Tensor.identity(2), minimizer: Tensor.zeros([2]))
    }
    expectStopped(saddle, "the smallest curvature is -1.0, not positive")
  }
}

private func vector(_ scalars: [Double]) -> Tensor { Tensor(scalars, scalarType: .double) }
