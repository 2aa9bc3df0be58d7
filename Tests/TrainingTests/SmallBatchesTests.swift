import Synchronization
import Tensors
import Testing
import Training

/// A layer that cannot be trained on one example.
private struct Spread: Model, NeedsSeveralExamples {
  var x = Tensor([1])
  static var parameters: [PartialKeyPath<Spread>] { [\.x] }
}

/// A network that may contain such layers.
private struct Nest: Model {
  var layers: [Spread] = [], last: Spread?
  var plain = Point(x: Tensor([1]))
  static var parameters: [PartialKeyPath<Nest>] { [\.layers, \.last, \.plain] }
}

@Suite("Training: the rest of an epoch")
struct SmallBatchesTests {
  private func sizes<M: Model>(_ model: M, examples: Int, plan: TrainingPlan) -> [Int] {
    var (model, optimizer, sizes) = (model, GradientDescent(learningRate: 0), [Int]())
    train(&model, with: &optimizer, examples: examples, plan: plan, random: RandomSource(seed: 1)) { model, batch in
      sizes.append(batch.count)
      return model.flattened.sum()
    }
    return sizes
  }

  @Test("a last batch of one example is dropped only if an inner layer needs two")
  func one() {
    let plan = TrainingPlan(epochs: 2, batchSize: 4)
    for model in [Nest(layers: [Spread()]), Nest(last: Spread())] {
      #expect(sizes(model, examples: 9, plan: plan) == [4, 4, 4, 4])
      #expect(sizes(model, examples: 10, plan: plan) == [4, 4, 2, 4, 4, 2])
      #expect(plan.stepsPerEpoch(of: 9, training: model) == 2 && plan.stepsPerEpoch(of: 9) == 3)
    }
    #expect(sizes(Nest(), examples: 9, plan: plan) == [4, 4, 1, 4, 4, 1])
    #expect(sizes(Spread(), examples: 1, plan: plan) == [1, 1], "one example is all there is")
  }

  @Test("a plan may drop every last batch that is not full: other examples in every epoch, and no full batch")
  func dropped() {
    var plan = TrainingPlan(epochs: 3, batchSize: 4)
    plan.dropsRest = true
    #expect(sizes(Nest(), examples: 11, plan: plan) == [4, 4, 4, 4, 4, 4])
    #expect(sizes(Nest(), examples: 8, plan: plan) == [4, 4, 4, 4, 4, 4])
    #expect(plan.stepsPerEpoch(of: 11) == 2 && plan.stepsPerEpoch(of: 8) == 2)
    let losses = Mutex([Double]())
    plan.report = { progress in
      #expect(progress.steps == 6)
      losses.withLock { $0.append(progress.loss) }
    }
    var (model, optimizer) = (Point(x: Tensor([0])), GradientDescent(learningRate: 0))
    var left = Set<[Int]>()
    var seen: [Int] = []
    let history = train(&model, with: &optimizer, examples: 11, plan: plan, random: RandomSource(seed: 1)) {
      model, batch in
      seen += batch
      if seen.count.isMultiple(of: 8) { left.insert(Set(0..<11).subtracting(seen.suffix(8)).sorted()) }
      return model.x.sum() + Double(batch.reduce(0, +)) / 4
    }
    #expect(left.count == 3)
    for epoch in 0..<3 {
      let mean = Double(seen[8 * epoch..<8 * epoch + 8].reduce(0, +)) / 8
      #expect(abs(history.losses[epoch] - mean) < 1e-6, "the mean is over the examples that were seen")
      let first = Double(seen[8 * epoch..<8 * epoch + 4].reduce(0, +)) / 4
      #expect(abs(losses.withLock { $0[2 * epoch] } - first) < 1e-6, "and so is that of the progress line")
    }
  }

  @Test("dropping the last batch stops with a message if no batch would be left")
  func nothing() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var plan = TrainingPlan(epochs: 1, batchSize: 4)
      plan.dropsRest = true
      var (model, optimizer) = (Point(x: Tensor([1])), GradientDescent(learningRate: 0.1))
      train(&model, with: &optimizer, examples: 3, plan: plan, random: RandomSource(seed: 1)) { model, _ in
        model.x.sum()
      }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot drop the rest of 3 examples in batches of 4: no batch would be left"))
  }
}
