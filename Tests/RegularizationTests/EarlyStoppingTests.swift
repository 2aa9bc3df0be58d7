import Checking
import Foundations
import Regularization
import Tensors
import Testing
import Training

@Suite("§ 3.8 Early stopping")
struct EarlyStoppingTests {
  @Test("Definition 3.7: training stops when the loss has not fallen for `patience` epochs, and not before")
  func patience() {
    let losses = [1.0, 0.8, 0.9, 0.7, 0.75, 0.71, 0.72, 0.6]
    var rule = EarlyStopping(patience: 3, minimalImprovement: 0)
    let states = losses.map { loss in
      rule.observe(loss)
      return rule.shouldStop
    }
    #expect(states == [false, false, false, false, false, false, true, true])
    for epoch in losses.indices {
      let fresh = EarlyStopping(patience: 3, minimalImprovement: 0)
      #expect(fresh.shouldStop(after: Array(losses[...epoch])) == states[epoch])
      #expect(fresh.epochsWithoutImprovement == 0)
    }
  }

  @Test("Definition 3.7: an improvement that is too small does not count, and the lowest loss stays")
  func minimalImprovement() {
    var rule = EarlyStopping(patience: 2, minimalImprovement: 0.1)
    let first = [rule.observe(1), rule.observe(0.95)]
    #expect(first == [true, false])
    #expect(rule.bestLoss == 1)
    let third = rule.observe(0.89)
    #expect(third && rule.bestLoss == 0.89 && rule.epochsWithoutImprovement == 0)
    let last = [rule.observe(0.85), rule.observe(0.8)]
    #expect(last == [false, false] && rule.shouldStop)
  }

  @Test("Listing 3.10: patience 10 and 0.0001 by default; NaN is not an improvement")
  func defaults() {
    var rule = EarlyStopping()
    #expect(rule.patience == 10 && rule.minimalImprovement == 1e-4)
    let improvements = (0..<9).map { _ in rule.observe(.nan) }
    #expect(!improvements.contains(true) && !rule.shouldStop)
    rule.observe(.infinity)
    #expect(rule.shouldStop)
  }

  @Test("Definition 3.7: as part of a plan the rule ends training, and the best model is kept")
  func training() {
    // The examples pull θ to 1 and the validation wants 0.4: the validation loss falls, and then only rises.
    var line = Constant(θ: Tensor(0, scalarType: .double))
    var optimizer = GradientDescent(learningRate: 0.05)
    let (history, bestEpoch) = train(
      &line, with: &optimizer, examples: 1, plan: TrainingPlan(epochs: 100, batchSize: 1),
      stopping: EarlyStopping(patience: 4, minimalImprovement: 0), random: RandomSource(seed: 1)
    ) { model, _ in
      (model.θ - 1).squared()
    } validationLoss: { model in
      (model.θ - 0.4).squared().item
    }
    let losses = history["validation loss"]
    #expect(bestEpoch == 5)  // 1 − 0.9⁵ = 0.40951
    #expect(losses.count == 9)
    #expect(losses.min() == losses[4])
    #expect(abs(line.θ.item - 0.40951) < 1e-12)
  }

  @Test("Definition 3.7: the plan's own rule to stop still applies, and without an epoch the model stays")
  func plans() {
    var plan = TrainingPlan(epochs: 50, batchSize: 1)
    plan.shouldStop = { $0.epochs.count == 2 }
    var (line, optimizer) = (Constant(θ: Tensor(0)), GradientDescent(learningRate: 0.01))
    let run = { (line: inout Constant, plan: TrainingPlan) in
      train(
        &line, with: &optimizer, examples: 1, plan: plan, stopping: EarlyStopping(), random: RandomSource(seed: 1),
        loss: { model, _ in (model.θ - 1).squared() }, validationLoss: { ($0.θ - 1).squared().item })
    }
    #expect(run(&line, plan).history.epochs.count == 2)
    var untouched = Constant(θ: Tensor(3))
    #expect(run(&untouched, TrainingPlan(epochs: 0, batchSize: 1)).bestEpoch == 0)
    #expect(untouched.θ.item == 3)
  }

  @Test("a patience of 0 stops with a message")
  func mistake() async {
    await #expect(processExitsWith: .failure) { _ = EarlyStopping(patience: 0) }
  }
}

/// A model of one number.
private struct Constant: Module {
  var θ: Tensor
  static var parameters: [PartialKeyPath<Constant>] { [\.θ] }
  func callAsFunction(_ x: Tensor) -> Tensor { θ }
}
