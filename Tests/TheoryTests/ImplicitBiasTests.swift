import Backprop
import Checking
import Tensors
import Testing
import Theory
import ch11

@Suite("§ 11.4.2 The implicit bias of gradient descent")
struct ImplicitBiasTests {
  private let random: RandomSource
  private let world: BiasWorld
  private let L: OverparameterizedRegression
  private let zero = Tensor.zeros([60], scalarType: .double)

  init() {
    random = RandomSource(seed: 21)
    world = BiasWorld(examples: 20, weights: 60, random: random)
    L = world.regression
  }

  @Test("Theorem 11.10, (11.8): from 0 descent ends at X⁺y = Xᵀ(XXᵀ)⁻¹y, and no interpolator is shorter")
  func fromZero() throws {
    let w = L.descended(from: zero, learningRate: 1 / L.largestCurvature, steps: 1_500)
    expectClose(w, L.pseudoinverseSolution, tolerance: 1e-13, scale: 1)
    expectClose(w, try L.gramSolution(), tolerance: 1e-13, scale: 1)
    expectClose(w, minimumNormSolution(L.X, L.y), tolerance: 1e-13, scale: 1)
    #expect(L.loss(w) < 1e-26)
    for _ in 0..<200 {
      let other = w + L.nullPart(of: random.normal([60], scalarType: .double))
      #expect(L.loss(other) < 1e-24 && other.norm().item > w.norm().item)
    }
  }

  @Test("Theorem 11.10 needs w₀ = 0: from elsewhere descent ends at the null part of w₀ plus X⁺y")
  func fromElsewhere() {
    let w = L.descended(from: world.start, learningRate: 1 / L.largestCurvature, steps: 1_500)
    expectClose(w, L.limit(from: world.start), tolerance: 1e-12, scale: 1)
    #expect((w - L.pseudoinverseSolution).norm().item > 3 && L.loss(w) < 1e-24)
    expectClose(L.nullPart(of: w), L.nullPart(of: world.start), tolerance: 1e-12, scale: 1)
  }

  @Test("Theorem 11.10 needs η < 2/λ_max: descent converges at 1.95/λ_max, and diverges at 2.05/λ_max")
  func learningRate() {
    let β = L.largestCurvature
    let slow = L.descended(from: zero, learningRate: 1.95 / β, steps: 1_500)
    expectClose(slow, L.pseudoinverseSolution, tolerance: 1e-12, scale: 1)
    #expect(L.loss(L.descended(from: zero, learningRate: 2.05 / β, steps: 1_500)) > 1e20)
  }

  @Test("Theorem 11.10 needs independent rows: with an example twice, XXᵀ is singular, and (11.8) may have no solution")
  func dependentRows() {
    let twice = world.contradictory
    #expect(throws: LinearAlgebraError.self) { try twice.gramSolution() }
    let w = twice.descended(from: zero, learningRate: 1 / twice.largestCurvature, steps: 3_000)
    // Two targets at distance 1 for the same example: the best answer is between them.
    #expect(abs(twice.loss(w) - 0.25) < 1e-12 && abs(twice.smallestLoss - 0.25) < 1e-12)
    expectClose(w, twice.pseudoinverseSolution, tolerance: 1e-11, scale: 1)
  }

  @Test(
    "§ 11.4.2: ½ ‖∇L‖² ≥ μ (L − L*) with μ = σ²_min, an equality along the last singular vector, no strong convexity"
  )
  func lojasiewicz() {
    for regression in [L, world.contradictory] {
      for scale in [0.01, 1, 100] {
        for _ in 0..<50 {
          let w = random.normal([60], standardDeviation: scale, scalarType: .double)
          #expect(regression.lojasiewiczGap(at: w) > -1e-9 * scale * scale)
        }
      }
      let last = regression.rowBasis.transposed[regression.singularValues.count - 1]
      let w = regression.pseudoinverseSolution + 3 * last
      #expect(abs(regression.lojasiewiczGap(at: w)) < 1e-9 && regression.loss(w) > 1)
      // With a larger μ the inequality fails there.
      let half = 0.5 * regression.gradient(w).squared().sum().item
      #expect(half < 1.01 * regression.smallestCurvature * (regression.loss(w) - regression.smallestLoss))
    }
    let a = world.start
    #expect(abs(midpointGap({ Tensor(L.loss($0), scalarType: .double) }, a, a + L.nullPart(of: a))) < 1e-9)
  }

  @Test("§ 11.4.2: at η = 1/β the loss stays below (1 − μ/β)ᵗ L₀")
  func rate() {
    for regression in [L, world.contradictory] {
      var t = 0
      _ = regression.descended(from: world.start, learningRate: 1 / regression.largestCurvature, steps: 300) { w in
        #expect(regression.loss(w) <= regression.guarantee(after: t, from: world.start) + 1e-12)
        t += 1
      }
      #expect(t == 301)
    }
  }
}

@Suite("Exercise 11.5 Which interpolator")
struct InterpolatorTests {
  private let world = ChosenInterpolators(random: RandomSource(seed: 5))

  @Test("Exercise 11.5.1: from 0, descent with all examples or with one stays in the row space at every step")
  func rowSpace() {
    let paths = world.paths(steps: 3_000, random: RandomSource(seed: 6))
    #expect(paths.count == 2 && paths.allSatisfy { $0.largestNullPart < 1e-14 })
    // Each step moves, and moves towards the solution.
    for path in paths {
      let left = (path.end - world.regression.pseudoinverseSolution).norm().item
      #expect(left < 0.01 * world.regression.pseudoinverseSolution.norm().item, "\(path.name): \(left)")
    }
  }

  @Test("Exercise 11.5.1: from another start the part off the row space never changes, with one example at a time too")
  func otherStart() {
    let L = world.regression
    let start = RandomSource(seed: 7).normal([60], scalarType: .double)
    let longest = L.X.squared().sum(axes: [1]).max().item
    let w = L.stochasticallyDescended(
      from: start, learningRate: 1 / longest, steps: 40_000, random: RandomSource(seed: 8))
    expectClose(L.nullPart(of: w), L.nullPart(of: start), tolerance: 1e-11, scale: 1)
    expectClose(w, L.limit(from: start), tolerance: 1e-6, scale: 1)
  }

  @Test("Exercise 11.5.2: X is one-to-one on the row space, so X⁺y is the only interpolator there")
  func uniqueness() throws {
    let L = world.regression
    // Xᵀa is mapped to XXᵀa, which is invertible.
    #expect(LinearAlgebra.symmetricEigen(matmul(L.X, L.X.transposed)).values.min().item > 0.1)
    let other = L.rowPart(of: world.interpolator(nullPart: 5))
    expectClose(other, L.pseudoinverseSolution, tolerance: 1e-12, scale: 1)
    expectClose(try L.gramSolution(), L.pseudoinverseSolution, tolerance: 1e-12, scale: 1)
  }

  @Test("Exercise 11.5.3: all interpolators fit the examples; their risk grows with the square of their null part")
  func risks() {
    let lengths = [0.0, 1, 3, 10, 30]
    let fits = lengths.map(world.interpolator(nullPart:))
    #expect(fits.allSatisfy { world.regression.loss($0) < 1e-20 })
    let risks = fits.map(world.risk(of:))
    #expect(risks == risks.sorted() && risks[0] < 0.2 && risks[3] > 2, "\(risks)")
    #expect(abs(risks[4] / risks[3] - 9) < 1)
    // The risk of a fit, by new examples.
    let x = world.variances.squareRoot() * RandomSource(seed: 9).normal([20_000, 60], scalarType: .double)
    let errors = matmul(x, fits[2] - world.truth).squared()
    let deviation = (errors.variance() / 20_000).squareRoot().item
    #expect(abs(errors.mean().item - risks[2]) < 4 * deviation)
  }
}
