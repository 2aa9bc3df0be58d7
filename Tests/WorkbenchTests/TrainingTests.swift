import Checking
import Synchronization
import Tensors
import Testing
import Workbench

/// A model with one vector of parameters.
private struct Point: Module {
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

  @Test("Adam makes the steps of its formula, in both scalar types", arguments: [ScalarType.float, .double])
  func adam(type: ScalarType) {
    let start = RandomSource(seed: 1).normal([37], scalarType: type)
    var model = Point(x: start)
    var optimizer = Adam(learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-3)
    var (θ, m, v) = (
      start.converted(to: .double), Tensor.zeros([37], scalarType: .double), Tensor.zeros([37], scalarType: .double)
    )
    for t in 1...6 {
      optimizer.update(&model, along: gradient(at: model) { ($0.x.squared() * $0.x).sum() })
      let g = 3 * θ.squared()
      m = 0.8 * m + 0.2 * g
      v = 0.95 * v + 0.05 * g * g
      let power = { (β: Double) in (0..<t).reduce(1.0) { y, _ in y * β } }
      θ = θ - 0.1 * (m / (1 - power(0.8))) / ((v / (1 - power(0.95))).squareRoot() + 1e-3)
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
}

@Suite("Training: the loop")
struct TrainingLoopTests {
  /// Trains a mean towards 0 and returns the batches it saw.
  private func batches(examples: Int, epochs: Int, batchSize: Int, seed: UInt64 = 1) -> [[Int]] {
    var (model, optimizer, seen) = (Point(x: Tensor([1])), GradientDescent(learningRate: 0.1), [[Int]]())
    train(
      &model, with: &optimizer, examples: examples, plan: TrainingPlan(epochs: epochs, batchSize: batchSize),
      random: RandomSource(seed: seed)
    ) { model, batch in
      seen.append(batch)
      return model.x.squared().sum()
    }
    return seen
  }

  @Test("every epoch sees every example once; the last batch is smaller")
  func epochs() {
    let seen = batches(examples: 10, epochs: 3, batchSize: 4)
    #expect(seen.map(\.count) == [4, 4, 2, 4, 4, 2, 4, 4, 2])
    for epoch in 0..<3 { #expect(seen[3 * epoch..<3 * epoch + 3].flatMap { $0 }.sorted() == Array(0..<10)) }
  }

  @Test("the order differs from epoch to epoch and follows the seed")
  func shuffling() {
    let seen = batches(examples: 20, epochs: 2, batchSize: 20)
    #expect(seen[0] != seen[1] && seen[0] != Array(0..<20))
    #expect(seen == batches(examples: 20, epochs: 2, batchSize: 20))
    #expect(seen != batches(examples: 20, epochs: 2, batchSize: 20, seed: 2))
  }

  @Test("a batch larger than the set is the set; no epochs leave the model alone")
  func extremes() {
    #expect(batches(examples: 3, epochs: 1, batchSize: 100).map(\.count) == [3])
    #expect(batches(examples: 3, epochs: 0, batchSize: 2).isEmpty)
  }

  @Test("the loss of an epoch is the mean over its examples, whatever the batches")
  func weightedLoss() {
    var (model, optimizer) = (Point(x: Tensor([0])), GradientDescent(learningRate: 0))
    let history = train(
      &model, with: &optimizer, examples: 5, plan: TrainingPlan(epochs: 1, batchSize: 3), random: RandomSource(seed: 1)
    ) { model, batch in
      model.x.sum() + Tensor(batch.map(Double.init)).mean()
    } evaluate: { _ in
      ["answer": 42]
    }
    #expect(abs(history.losses[0] - 2) < 1e-6)
    #expect(history["answer"] == [42])
    #expect(history["question"][0].isNaN)
    #expect(history.epochs[0].number == 1)
  }

  @Test("a schedule sets the rate of every step, counted over all epochs")
  func schedule() {
    var (model, optimizer) = (Point(x: Tensor([0], scalarType: .double)), GradientDescent(learningRate: 99))
    var plan = TrainingPlan(epochs: 2, batchSize: 2)
    plan.learningRate = { step in Double(step + 1) }
    train(&model, with: &optimizer, examples: 4, plan: plan, random: RandomSource(seed: 1)) { model, _ in -model.x.sum()
    }
    #expect(model.x.item == 1 + 2 + 3 + 4)
  }

  @Test("the stopping hook sees the history and ends the training")
  func stopping() {
    var (model, optimizer) = (Point(x: Tensor([1])), GradientDescent(learningRate: 0.1))
    var plan = TrainingPlan(epochs: 50, batchSize: 1)
    plan.shouldStop = { $0.losses.count == 3 }
    let history = train(&model, with: &optimizer, examples: 1, plan: plan, random: RandomSource(seed: 1)) { model, _ in
      model.x.squared().sum()
    }
    #expect(history.epochs.count == 3)
    #expect(history.losses[0] > history.losses[2])
  }

  @Test("progress counts steps over all epochs and ends at the last")
  func progress() {
    let steps = Mutex([Int]())
    var (model, optimizer) = (Point(x: Tensor([1])), GradientDescent(learningRate: 0.1))
    var plan = TrainingPlan(epochs: 2, batchSize: 2)
    plan.report = { progress in
      #expect(progress.steps == 6)
      steps.withLock { $0.append(progress.step) }
    }
    train(&model, with: &optimizer, examples: 5, plan: plan, random: RandomSource(seed: 1)) { model, _ in model.x.sum()
    }
    #expect(steps.withLock { $0 } == [1, 2, 3, 4, 5, 6])
  }
}
