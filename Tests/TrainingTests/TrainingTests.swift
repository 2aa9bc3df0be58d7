import Checking
import Figures
import Synchronization
import Tensors
import Testing
import Training

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

  @Test(
    "the reported loss is the mean over the examples of the epoch so far, with batches weighted by their sizes")
  func meanSoFar() {
    var (model, optimizer) = (Point(x: Tensor([1])), GradientDescent(learningRate: 0))
    let reports = Mutex([TrainingProgress]())
    var plan = TrainingPlan(epochs: 2, batchSize: 4)
    plan.report = { progress in reports.withLock { $0.append(progress) } }
    var step = 0
    // The batches of 4, 4 and 2 examples have the losses 1, 2 and 7, in the second epoch 8, 16 and 32.
    let losses = [1.0, 2, 7, 8, 16, 32]
    train(&model, with: &optimizer, examples: 10, plan: plan, random: RandomSource(seed: 1)) { model, _ in
      step += 1
      return model.x.squared().sum() * losses[step - 1]
    }
    #expect(reports.withLock { $0.map(\.loss) } == [1, 1.5, 26.0 / 10, 8, 12, 160.0 / 10])
    #expect(reports.withLock { $0.map(\.step) } == Array(1...6))
  }

  @Test("the order differs from epoch to epoch and follows the seed")
  func shuffling() {
    let seen = batches(examples: 20, epochs: 2, batchSize: 20)
    #expect(seen[0] != seen[1] && seen[0] != Array(0..<20))
    #expect(seen == batches(examples: 20, epochs: 2, batchSize: 20))
    #expect(seen != batches(examples: 20, epochs: 2, batchSize: 20, seed: 2))
  }

  @Test("a batch larger than the set is the set; zero epochs do not change the model")
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

  @Test("other measures are averaged like the losses, passed to the evaluation, and kept in the history")
  func metrics() {
    var (model, optimizer) = (Point(x: Tensor([0])), GradientDescent(learningRate: 0))
    var seen: [EpochSoFar] = []
    let history = train(
      &model, with: &optimizer, examples: 5, plan: TrainingPlan(epochs: 2, batchSize: 3), random: RandomSource(seed: 1)
    ) { model, batch in
      MeasuredLoss(
        model.x.sum() + Tensor(batch.map(Double.init)).mean(),
        metrics: ["number": Double(batch.reduce(0, +)) / Double(batch.count), "own": 7])
    } evaluate: { _, epoch in
      seen.append(epoch)
      return ["own": 8]
    }
    #expect(seen.map(\.number) == [1, 2])
    for (epoch, kept) in zip(seen, history.epochs) {
      #expect(abs(epoch.loss - 2) < 1e-6 && abs(epoch.metrics["number", default: 0] - 2) < 1e-12)
      #expect(kept.metrics["number"] == epoch.metrics["number"])
      #expect(kept.metrics["own"] == 8 && epoch.metrics["own"] == 7)
    }
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

  @Test("training draws only one permutation per epoch from its random source")
  func consumption() {
    let (used, expected) = (RandomSource(seed: 5), RandomSource(seed: 5))
    var (model, optimizer) = (Point(x: Tensor([1])), GradientDescent(learningRate: 0.1))
    var orders: [[Int]] = []
    train(&model, with: &optimizer, examples: 7, plan: TrainingPlan(epochs: 3, batchSize: 7), random: used) {
      model, batch in
      orders.append(batch)
      return model.x.sum()
    }
    #expect(orders == (0..<3).map { _ in expected.permutation(7) })
    #expect(used.uniform() == expected.uniform())
  }

  @Test("empty batches stop with a message")
  func emptyBatches() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var (model, optimizer) = (Point(x: Tensor([1])), GradientDescent(learningRate: 0.1))
      var plan = TrainingPlan(epochs: 1, batchSize: 1)
      plan.batchSize = 0
      train(&model, with: &optimizer, examples: 5, plan: plan, random: RandomSource(seed: 1)) { model, _ in
        model.x.sum()
      }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot train on 5 examples in batches of 0: at least 1 of each is needed"))
  }

  @Test("a plan with negative epochs stops with a message")
  func negativeEpochs() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = TrainingPlan(epochs: -1, batchSize: 4)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      message.contains(
        "cannot train for -1 epochs with batches of 4: epochs ≥ 0 and batches of at least 1 are needed"))
  }

  @Test("a loss that is NaN ends the training: the model stays finite, and report and history say so")
  func divergence() {
    var (model, optimizer) = (Point(x: Tensor([1])), GradientDescent(learningRate: 3))
    var plan = TrainingPlan(epochs: 1000, batchSize: 1)
    let reports = Mutex([Double]())
    let asked = Mutex(false)
    plan.report = { progress in reports.withLock { $0.append(progress.loss) } }
    plan.shouldStop = { history in
      if history.hasDiverged { asked.withLock { $0 = true } }
      return false
    }
    var points: [Double] = []
    let history = train(&model, with: &optimizer, examples: 3, plan: plan, random: RandomSource(seed: 1)) { model, _ in
      points.append(model.x.stopGradient.item)
      return model.x.squared().sum()
    } evaluate: {
      ["x": $0.x.item]
    }
    let losses = reports.withLock { $0 }
    #expect(history.hasDiverged && !history.losses.dropLast().contains { !$0.isFinite })
    #expect(history.epochs.count < 100 && losses.count < 300)
    #expect(losses.count { !$0.isFinite } == 1 && losses.last?.isFinite == false)
    #expect(model.x.item == points.last, "the step after that loss is not made")
    #expect(model.x.item.isFinite && history["x"].last?.isFinite == true)
    #expect(!asked.withLock { $0 }, "there is nothing to decide")
  }

  @Test("training with finite losses has not diverged, and neither has training without epochs")
  func noDivergence() {
    #expect(!History().hasDiverged)
    var (model, optimizer) = (Point(x: Tensor([1])), GradientDescent(learningRate: 0.1))
    let plan = TrainingPlan(epochs: 2, batchSize: 1)
    let history = train(&model, with: &optimizer, examples: 1, plan: plan, random: RandomSource(seed: 1)) { model, _ in
      model.x.sum()
    }
    #expect(!history.hasDiverged && history.epochs.count == 2)
  }
}
