import Checking
import Foundations
import Regularization
import Tensors
import Testing

@Suite("§ 3.1 Overfitting and underfitting")
struct BiasVarianceTests {
  @Test("(3.1) is exact for a finite collection of models and of noises, § 3.1.1")
  func exact() {
    let (f̂, f, σ) = (spread([7, 5]), spread([5], offset: 90), 0.3)
    let parts = BiasVariance(predictions: f̂, truth: f, noiseVariance: σ * σ)
    var direct = Tensor.zeros([5], scalarType: .double)
    for model in 0..<7 {
      for ε in [-σ, σ] { direct += (f + ε - f̂[model]).squared() / 14 }  // mean 0, variance σ²
    }
    expectClose(parts.expectedSquaredError, direct, tolerance: 1e-14)
  }

  @Test("(3.1) in a simulation: fresh noise and fresh data sets give the sum of the three terms")
  func simulation() throws {
    let (random, x) = (RandomSource(seed: 5), Tensor.linear(from: -1, to: 1, count: 12, scalarType: .double))
    let at = Tensor([-0.9, 0.1, 0.7], scalarType: .double)
    let f = { (x: Tensor) in (2 * x).cos() }
    let predictions = try (0..<3_000).map { _ in
      let y = f(x) + random.normal([12], standardDeviation: 0.4, scalarType: .double)
      return try PolynomialRegression(fitting: x, y, degree: 2)(at)
    }
    let f̂ = Tensor.stacked(predictions, axis: 0)
    let parts = BiasVariance(predictions: f̂, truth: f(at), noiseVariance: 0.16)
    let y = f(at) + random.normal([3_000, 3], standardDeviation: 0.4, scalarType: .double)
    let simulated = (y - f̂).squared().mean(axes: [0])
    #expect(((simulated - parts.expectedSquaredError).abs() / simulated).max().item < 0.1)  // 4 standard errors
    #expect((parts.variance .> 0.005).min().item == 1)
    #expect((parts.squaredBias .> 1e-5).min().item == 1)
  }

  @Test("(3.1): models that agree have no variance, models around the truth no bias")
  func extremes() {
    let f = spread([4])
    let constant = BiasVariance(
      predictions: Tensor.stacked([f + 0.5, f + 0.5], axis: 0), truth: f, noiseVariance: 0.25)
    #expect(constant.variance.max().item == 0)
    expectClose(constant.squaredBias, Tensor(repeating: 0.25, [4], scalarType: .double), tolerance: 1e-15)
    let around = BiasVariance(predictions: Tensor.stacked([f - 1, f + 1], axis: 0), truth: f, noiseVariance: 0.25)
    #expect(around.squaredBias.max().item < 1e-30)
    expectClose(around.expectedSquaredError, Tensor(repeating: 1.25, [4], scalarType: .double), tolerance: 1e-15)
  }

  @Test("Definition 3.1 and Definition 3.2 distinguish overfitting, underfitting and neither")
  func diagnoses() {
    #expect(FitDiagnosis(trainLoss: 0.001, testLoss: 0.5, lowestLoss: 0.09) == .overfitting)
    #expect(FitDiagnosis(trainLoss: 0, testLoss: 0.1, lowestLoss: 0.09) == .overfitting)
    #expect(FitDiagnosis(trainLoss: 0.45, testLoss: 0.5, lowestLoss: 0.09) == .underfitting)
    #expect(FitDiagnosis(trainLoss: 0.08, testLoss: 0.12, lowestLoss: 0.09) == .balanced)
  }

  @Test("Definition 3.1: degree 9 through 10 noisy points has no training error and a large test error")
  func overfitting() throws {
    let (x, y, at, truth) = Self.sine()
    let wiggle = try PolynomialRegression(fitting: x, y, degree: 9)
    let (train, test) = ((wiggle(x) - y).squared().mean().item, (wiggle(at) - truth).squared().mean().item + 0.09)
    #expect(train < 1e-20)
    #expect(FitDiagnosis(trainLoss: train, testLoss: test, lowestLoss: 0.09) == .overfitting)
  }

  @Test("Definition 3.2: a straight line misses the sine on the examples too")
  func underfitting() throws {
    let (_, _, at, truth) = Self.sine()
    let line = try PolynomialRegression(fitting: at, truth, degree: 1)
    let loss = (line(at) - truth).squared().mean().item
    #expect(abs(loss - (0.5 - 3 / (.pi * .pi))) < 0.01)  // the exact residual of sin πx on [−1, 1]
    #expect(FitDiagnosis(trainLoss: loss + 0.09, testLoss: loss + 0.09, lowestLoss: 0.09) == .underfitting)
  }

  @Test("a polynomial of degree d is fitted exactly; with too few points the coefficients are the shortest")
  func polynomials() throws {
    let x = Tensor.linear(from: -1, to: 1, count: 6, scalarType: .double)
    let cubic = 1 - 2 * x + 0.5 * x * x * x
    let fit = try PolynomialRegression(fitting: x, cubic, degree: 3)
    expectClose(fit.coefficients, Tensor([1, -2, 0, 0.5], scalarType: .double), tolerance: 1e-13, scale: 1)
    let long = try PolynomialRegression(fitting: x, cubic, degree: 11)
    let Φ = PolynomialRegression.features(x, degree: 11)
    expectClose(long(x), cubic, tolerance: 1e-11, scale: 1)
    #expect(long.coefficients.norm().item <= fit.coefficients.norm().item)
    let projection = matmul(LinearAlgebra.pseudoinverse(Φ), matmul(Φ, long.coefficients))
    expectClose(projection, long.coefficients, tolerance: 1e-9, scale: 1)  // no part outside the row space
  }

  @Test("vectors of two lengths stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = try PolynomialRegression(fitting: Tensor([1, 2]), Tensor([1, 2, 3]), degree: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = BiasVariance(predictions: Tensor.zeros([3, 4]), truth: Tensor.zeros([3]), noiseVariance: 0)
    }
  }

  private static func sine() -> (x: Tensor, y: Tensor, at: Tensor, truth: Tensor) {
    let x = Tensor.linear(from: -1, to: 1, count: 10, scalarType: .double)
    let at = Tensor.linear(from: -1, to: 1, count: 201, scalarType: .double)
    let noise = RandomSource(seed: 2).normal([10], standardDeviation: 0.3, scalarType: .double)
    return (x, (.pi * x).sin() + noise, at, (.pi * at).sin())
  }
}

@Suite("§ 3.1 Training, validation and test set")
struct ValidationTests {
  @Test("§ 3.1: a split contains every example once")
  func split() {
    let split = DataSplit(count: 50, validation: 10, test: 15, random: RandomSource(seed: 3))
    #expect([split.train.count, split.validation.count, split.test.count] == [25, 10, 15])
    #expect((split.train + split.validation + split.test).sorted() == Array(0..<50))
    #expect(split.train != Array(0..<25))
  }

  @Test("the best of K guessers on n labels is optimistic by the maximum of K binomials, and fresh data shows it")
  func optimism() {
    let random = RandomSource(seed: 4)
    let (guessers, labels, trials) = (50, 100, 200)
    func error() -> Double { Double((0..<labels).count { _ in random.bernoulli(0.5) }) / Double(labels) }
    let selections = (0..<trials).map { _ in
      Selection(losses: (0..<guessers).map { _ in error() }, freshLosses: (0..<guessers).map { _ in error() })
    }
    let seen = selections.map(\.lossWhereChosen).reduce(0, +) / Double(trials)
    let fresh = selections.map(\.freshLoss).reduce(0, +) / Double(trials)
    #expect(abs(fresh - 0.5) < 0.015)
    #expect(abs(seen - 0.3875) < 0.015)  // 50 guessers: 2.25 deviations of 0.05 below 0.5
    #expect(abs(selections.map(\.optimism).reduce(0, +) / Double(trials) - (fresh - seen)) < 1e-12)
  }

  @Test("a single candidate is not chosen, so its loss is fair; ties go to the first")
  func single() {
    #expect(Selection(losses: [0.3], freshLosses: [0.3]).optimism == 0)
    let tie = Selection(losses: [0.5, 0.2, 0.2], freshLosses: [0.1, 0.4, 0.6])
    #expect(tie.chosen == 1 && tie.freshLoss == 0.4 && abs(tie.optimism - 0.2) < 1e-15)
  }

  @Test("a split that leaves nothing to train on stops with a message")
  func mistake() async {
    await #expect(processExitsWith: .failure) {
      _ = DataSplit(count: 10, validation: 5, test: 5, random: RandomSource(seed: 1))
    }
  }
}
