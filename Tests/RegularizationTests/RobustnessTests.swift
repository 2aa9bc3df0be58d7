import Checking
import Foundations
import Regularization
import Tensors
import Testing

@Suite("Related to § 3.12: stability")
struct RobustnessTests {
  private static let model = MLP([6, 10, 3], activation: .tanh, random: RandomSource(seed: 1)).converted(to: .double)
  private static let x = spread([8, 6])
  private static let labels = [0, 1, 2, 0, 1, 2, 0, 1]
  private static func loss(_ x: Tensor) -> Tensor { crossEntropy(logits: model(x), labels: labels) }

  @Test("the fast gradient sign moves every coordinate by ε, and a linear loss by ε ‖w‖₁, the maximum")
  func linear() {
    let (w, x) = (spread([5]) - 0.5, spread([5], offset: 20))
    let moved = fastGradientSign(x, radius: 0.1) { (w * $0).sum() }
    expectClose((moved - x).abs(), Tensor(repeating: 0.1, [5], scalarType: .double), tolerance: 1e-14)
    expectClose((w * (moved - x)).sum(), 0.1 * w.abs().sum(), tolerance: 1e-13)
  }

  @Test("projected gradient stays in the cube and hurts at least as much as one step; both hurt more than random signs")
  func attacks() {
    let ε = 0.5
    let fast = fastGradientSign(Self.x, radius: ε, loss: Self.loss)
    let projected = projectedGradientAttack(Self.x, radius: ε, stepSize: 0.1, steps: 20, loss: Self.loss)
    #expect((projected - Self.x).abs().max().item <= ε + 1e-12)
    let signs = 2 * RandomSource(seed: 3).bernoulli([8, 6], probability: 0.5, scalarType: .double) - 1
    let losses = [Self.x, Self.x + ε * signs, fast, projected].map { Self.loss($0).item }
    #expect(losses[0] < losses[2] && losses[1] < losses[2] && losses[2] <= losses[3] + 1e-9)
  }

  @Test("one projected step of size ε is the fast gradient sign; radius 0 changes nothing")
  func relations() {
    expectClose(
      projectedGradientAttack(Self.x, radius: 0.2, stepSize: 0.2, steps: 1, loss: Self.loss),
      fastGradientSign(Self.x, radius: 0.2, loss: Self.loss), tolerance: 1e-15)
    #expect(projectedGradientAttack(Self.x, radius: 0, stepSize: 0.1, steps: 3, loss: Self.loss) == Self.x)
  }

  @Test("power iteration finds the largest singular value", arguments: [1, 5, 12])
  func powerIteration(columns: Int) {
    let A = spread([7, columns]) - 0.5
    #expect(abs(largestSingularValue(A, iterations: 3_000) - LinearAlgebra.singularValues(A).max().item) < 1e-6)
    #expect(largestSingularValue(A, iterations: 3) <= LinearAlgebra.singularValues(A).max().item + 1e-12)
  }

  @Test("the product of spectral norms bounds the distance of outputs and the slope of the network")
  func lipschitz() {
    let K = Self.model.lipschitzBound
    #expect(Self.model.steepestSlope(at: Self.x) <= K + 1e-9)
    for (a, b) in zip(0..<7, 1..<8) {
      let (x, z) = (Self.x[a], Self.x[b])
      #expect((Self.model(x) - Self.model(z)).norm().item <= K * (x - z).norm().item)
    }
    let affine = MLP([4, 3], random: RandomSource(seed: 2)).converted(to: .double)
    #expect(abs(affine.lipschitzBound - affine.steepestSlope(at: spread([1, 4]))) < 1e-10)  // one matrix: exact
  }
}
