import Checking
import Regularization
import Tensors
import Testing
import Training

@Suite("§ 3.8 Early stopping as L2 regularization")
struct SpectralFiltersTests {
  private static let loss: QuadraticLoss = {
    let A = spread([4, 4])
    return QuadraticLoss(hessian: matmul(A, A.transposed) / 2, minimum: spread([4], offset: 50))
  }()

  @Test("(3.27) is the result of T steps of gradient descent from 0", arguments: [0, 1, 2, 7, 100])
  func closedForm(T: Int) {
    var (θ, descent) = (Tensor.zeros([4], scalarType: .double), GradientDescent(learningRate: 0.3))
    for _ in 0..<T { descent.update(&θ, along: Self.loss.gradient(at: θ)) }
    expectClose(Self.loss.descended(steps: T, learningRate: 0.3), θ, tolerance: 1e-13, scale: 1)
  }

  @Test("Theorem 3.8, its proof: both solutions are filters on the spectrum of H, § 3.8")
  func filters() throws {
    expectClose(
      Self.loss.filtered { earlyStoppingFilter(curvature: $0, learningRate: 0.3, steps: 25) },
      Self.loss.descended(steps: 25, learningRate: 0.3), tolerance: 1e-12, scale: 1)
    expectClose(
      Self.loss.filtered { ridgeFilter(curvature: $0, strength: 0.4) }, try Self.loss.ridgeMinimum(strength: 0.4),
      tolerance: 1e-12, scale: 1)
  }

  @Test("Theorem 3.8: the filters agree to first order where ηλᵢT is small, and both are 1 where it is large")
  func ends() {
    for (λᵢ, tolerance) in [(1e-4, 1e-6), (1e-3, 1e-4), (1e5, 1e-3)] {
      let stopped = earlyStoppingFilter(curvature: λᵢ, learningRate: 1e-6, steps: 100_000)
      let ridge = ridgeFilter(curvature: λᵢ, strength: equivalentStrength(learningRate: 1e-6, steps: 100_000))
      #expect(abs(stopped - ridge) < tolerance, "λᵢ = \(λᵢ)")
      #expect(stopped >= ridge - 1e-15)  // early stopping always learns more of a direction
    }
  }

  @Test("Theorem 3.8 (erratum): the filters differ by up to 0.2036, at ηλᵢT = 2.51")
  func gap() {
    let (η, T) = (1e-5, 100_000)
    let λ = equivalentStrength(learningRate: η, steps: T)
    let gaps = (1...1_000).map { k -> (u: Double, gap: Double) in
      let u = 0.01 * Double(k)  // = ηλᵢT, as ηT = 1
      return (u, earlyStoppingFilter(curvature: u, learningRate: η, steps: T) - ridgeFilter(curvature: u, strength: λ))
    }
    let worst = gaps.max { $0.gap < $1.gap } ?? (0, 0)
    #expect(abs(worst.gap - 0.2036) < 1e-4)
    #expect(abs(worst.u - 2.51) < 0.02)
  }

  @Test("Theorem 3.8 (erratum): λ = 1/ηT is not the closest penalty, which is weaker")
  func best() throws {
    let stopped = Self.loss.descended(steps: 10, learningRate: 0.3)
    func distance(_ λ: Double) throws -> Double { (try Self.loss.ridgeMinimum(strength: λ) - stopped).norm().item }
    let λ = equivalentStrength(learningRate: 0.3, steps: 10)
    let best = try (1...200).map { Double($0) * λ / 100 }.min { try distance($0) < distance($1) } ?? λ
    #expect(best < 0.9 * λ)
    #expect(try distance(best) < distance(λ))
  }

  @Test("with ηλᵢ > 2 gradient descent diverges, and no penalty resembles that")
  func divergence() {
    #expect(abs(earlyStoppingFilter(curvature: 3, learningRate: 1, steps: 20)) > 1e5)
    #expect(earlyStoppingFilter(curvature: 1, learningRate: 1, steps: 1) == 1)
    #expect(ridgeFilter(curvature: 0, strength: 0) == 0)
  }
}
