import Checking
import Tensors
import Testing
import Training

/// A matrix, and a unit vector as power iteration keeps one.
private struct Direction: Model {
  var weight: Tensor
  var unit: Tensor
  static var parameters: [PartialKeyPath<Direction>] { [\.weight] }
  static var statistics: [PartialKeyPath<Direction>] { [\.unit] }
}

private struct AveragedTraining: TrainingState {
  var model = Point(x: Tensor([4.0], scalarType: .double))
  var average = ExponentialMovingAverage(of: Point(x: Tensor([4.0], scalarType: .double)), decay: 0.5)
  var optimizer = GradientDescent(learningRate: 0.25)
  static var kept: [PartialKeyPath<AveragedTraining>] { [\.model, \.average, \.optimizer] }
}

@Suite("Training: the moving average of a model")
struct ExponentialMovingAverageTests {
  @Test("the average is the weighted sum of all parameters so far, and n/(n + 9) is the decay until it reaches 0.9")
  func weights() {
    let values = (0...100).map { spread([5], offset: 7 * $0) }
    var average = ExponentialMovingAverage(of: Point(x: values[0]), decay: 0.9)
    for n in 1...100 { average.update(with: Point(x: values[n]), step: n) }
    // θ̄ = Σₙ (1 − dₙ) θₙ Π_{m > n} dₘ
    let d: [Double] = [0] + (1...100).map { n -> Double in min(0.9, Double(n) / Double(n + 9)) }
    #expect(d[1] == 0.1 && d[80] < 0.9 && d[81] == 0.9)
    #expect(Array(d[1...]) == (1...100).map(average.keptShare))
    let w = (0...100).map { n -> Double in (1 - d[n]) * d[(n + 1)...].reduce(1, *) }
    #expect(abs(w.reduce(0, +) - 1) < 1e-14)
    let expected = zip(values, w).map { $0 * $1 }.reduce(Tensor.zeros([5], scalarType: .double)) { $0 + $1 }
    expectClose(average.model.x, expected, tolerance: 1e-13, scale: 1)
    #expect(w[0] < 1e-9, "the untrained parameters are forgotten")
  }

  @Test("parameters that do not change are their own average, to the last bit")
  func fixed() {
    let model = Point(x: 3 * spread([64]).converted(to: .float))
    var average = ExponentialMovingAverage(of: model)
    for n in 1...50 { average.update(with: model, step: n) }
    #expect(average.model.x == model.x)
  }

  @Test("running statistics are taken over: the mean of two unit vectors would be no unit vector")
  func statistics() {
    let before = Direction(weight: Tensor([[1, 0]], scalarType: .double), unit: Tensor([1, 0], scalarType: .double))
    let after = Direction(weight: Tensor([[0, 1]], scalarType: .double), unit: Tensor([0, 1], scalarType: .double))
    var average = ExponentialMovingAverage(of: before, decay: 0.5)
    average.update(with: after, step: 100)
    #expect(average.model.weight == Tensor([[0.5, 0.5]], scalarType: .double))
    #expect(average.model.unit == after.unit && average.model.unit.norm().item == 1)
  }

  @Test("in a training, the average follows the model and leaves it alone; a checkpoint keeps both")
  func training() {
    var state = AveragedTraining()
    #expect(unlistedParts(in: state).isEmpty)
    train(&state, examples: 1, plan: TrainingPlan(steps: 3), random: RandomSource(seed: 1)) {
      state, step throws(Breakdown) in
      try step.descend(&state.model, with: &state.optimizer) { $0.x.squared().sum() }
      state.average.update(with: state.model, step: step.number)
    }
    // x halves in every step: 4, 2, 1, 1/2; d = 1/10, 2/11, 1/4.
    #expect(state.model.x.item == 0.5)
    let expected = 0.25 * (2.0 / 11 * (0.1 * 4 + 0.9 * 2) + 9.0 / 11) + 0.75 * 0.5
    #expect(abs(state.average.model.x.item - expected) < 1e-15)
  }

  @Test("a decay of 1, step 0 and other shapes stop with a message")
  func mistakes() async {
    let decay = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = ExponentialMovingAverage(of: Point(x: Tensor([1])), decay: 1)
    }
    expectMessage(decay, "cannot average parameters with a decay of 1.0: a number from 0 up to 1 is needed")
    let step = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var average = ExponentialMovingAverage(of: Point(x: Tensor([1])))
      average.update(with: Point(x: Tensor([1])), step: 0)
    }
    expectMessage(step, "behind step 0: the shapes must be the same, and steps are counted from 1")
  }
}
