import Checking
import Figures
import Tensors
import Testing
import Training

/// A model with one vector of parameters.
struct Point: Module {
  var x: Tensor
  static var parameters: [PartialKeyPath<Point>] { [\.x] }
  func callAsFunction(_ input: Tensor) -> Tensor { input * x }
}

@Suite("Training: optimizers")
struct OptimizerTests {
  @Test("gradient descent on λ/2 x² multiplies x by 1 − ηλ in every step", arguments: [0.5, 1.5, 2.5])
  func contraction(λ: Double) {
    var model = Point(x: Tensor([1, -2], scalarType: .double))
    var optimizer = GradientDescent(learningRate: 0.8)
    for _ in 0..<5 {
      optimizer.update(&model, along: gradient(at: model) { λ / 2 * $0.x.squared().sum() })
    }
    let factor = (0..<5).reduce(1.0) { y, _ in y * (1 - 0.8 * λ) }
    expectClose(model.x, Tensor([factor, -2 * factor], scalarType: .double), tolerance: 1e-12)
  }

  @Test(
    "Adam follows its formula, in both scalar types, without and with weight decay",
    arguments: [ScalarType.float, .double], [0, 0.5])
  func adam(type: ScalarType, decay λ: Double) {
    let start = RandomSource(seed: 1).normal([37], scalarType: type)
    var model = Point(x: start)
    var optimizer = Adam(learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: λ)
    var (θ, m, v) = (
      start.converted(to: .double), Tensor.zeros([37], scalarType: .double), Tensor.zeros([37], scalarType: .double)
    )
    for t in 1...6 {
      optimizer.update(&model, along: gradient(at: model) { ($0.x.squared() * $0.x).sum() })
      let g = 3 * θ.squared()
      m = 0.8 * m + 0.2 * g
      v = 0.95 * v + 0.05 * g * g
      let power = { (β: Double) in (0..<t).reduce(1.0) { y, _ in y * β } }
      θ = (1 - 0.1 * λ) * θ - 0.1 * (m / (1 - power(0.8))) / ((v / (1 - power(0.95))).squareRoot() + 1e-3)
    }
    expectClose(model.x.converted(to: .double), θ, tolerance: type == .float ? 1e-5 : 1e-12)
  }

  @Test("Adam refuses a model with other parameters than before")
  func otherParameters() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var optimizer = Adam()
      for n in [2, 3] {
        var model = [Tensor.ones([n])]
        optimizer.update(&model, along: [Tensor.ones([n])])
      }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot continue Adam on parameters [[3]]: its moments belong to [[2]]"))
  }

  @Test("Adam refuses a gradient with fewer parameters than the model, and more than its moments")
  func fewerGradients() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var (optimizer, model) = (Adam(), [Tensor.ones([2]), Tensor.ones([3])])
      optimizer.update(&model, along: [Tensor.ones([2])])
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot update parameters [[2], [3]] along a gradient [[2]]"))
  }

  @Test("Adam refuses invalid constants")
  func constants() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Adam(beta1: 1)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      message.contains(
        "cannot run Adam with β₁ = 1.0, β₂ = 0.999, ε = 1e-08, λ = 0.0: 0 ≤ β < 1, ε ≥ 0 and λ ≥ 0 are needed"))
  }

  @Test("Adam's first step is η in every coordinate, against the sign of the gradient, for all sizes")
  func firstStep() {
    var model = Point(x: Tensor([0, 0, 0], scalarType: .double))
    var optimizer = Adam(learningRate: 0.25)
    optimizer.update(&model, along: Point(x: Tensor([1e-3, -5, 1e6], scalarType: .double)))
    expectClose(model.x, Tensor([-0.25, 0.25, -0.25], scalarType: .double), tolerance: 1e-5)
  }

  @Test("a copy of an optimizer has its own moments")
  func value() {
    var model = Point(x: Tensor([1], scalarType: .double))
    var optimizer = Adam(learningRate: 0.1)
    optimizer.update(&model, along: model)
    var (copy, twin, other) = (optimizer, model, model)
    copy.update(&twin, along: Point(x: Tensor([-100], scalarType: .double)))
    optimizer.update(&model, along: other)
    var fresh = Adam(learningRate: 0.1)
    var start = Point(x: Tensor([1], scalarType: .double))
    fresh.update(&start, along: start)
    fresh.update(&start, along: start)
    other = start
    #expect(model.x.item == other.x.item)
    #expect(model.x.item != twin.x.item)
  }
}

/// A model that counts its passes.
private struct Counting: Module {
  var x = Tensor([1])
  var passes = Tensor(0)
  static var parameters: [PartialKeyPath<Counting>] { [\.x] }
  static var statistics: [PartialKeyPath<Counting>] { [\.passes] }
  func callAsFunction(_ input: Tensor) -> Tensor {
    passes.observe { $0 + 1 }
    return input * x
  }
}

@Suite("Training: running statistics")
struct TrainingStatisticsTests {
  @Test("every optimizer adopts the statistics of the gradient, in update")
  func adoption() {
    func passes<O: Optimizer>(_ optimizer: O) -> Double {
      var (model, optimizer) = (Counting(), optimizer)
      let copy = model
      for _ in 0..<3 { optimizer.update(&model, along: gradient(at: model) { $0(Tensor([2])).sum() }) }
      #expect(copy.passes.item == 0 && model.x.item < copy.x.item)
      return model.passes.item
    }
    #expect(passes(GradientDescent(learningRate: 0.1)) == 3)
    #expect(passes(Adam(learningRate: 0.1)) == 3)
  }

  @Test("train passes the statistics from batch to batch, and evaluation does not change them")
  func training() {
    var (model, optimizer) = (Counting(), Adam(learningRate: 0.1))
    train(
      &model, with: &optimizer, examples: 10, plan: TrainingPlan(epochs: 2, batchSize: 4),
      random: RandomSource(seed: 1),
      loss: { model, _ in model(Tensor([2])).sum() }, evaluate: { ["output": $0(Tensor([1])).item] })
    #expect(model.passes.item == 6)
  }
}
