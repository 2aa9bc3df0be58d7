import Backprop
import Figures
import RNN
import Running
import Tensors
import Training

/// A way to use a recurrent network, and how well it learned a tiny task.
public struct ModeResult: Sendable {
  /// The mode, and the task.
  public let mode, task: String
  /// The parameters of the model.
  public let parameters: Int
  /// The share of new examples whose whole output is right.
  public let exact: Double
}

/// Trains a model of each mode, with units of a GRU: many-to-one, one-to-many, many-to-many. § 5.2
public func trainModes(steps: Int, random: RandomSource, plan: (String) -> TrainingPlan) -> [ModeResult] {
  [
    trainManyToOne(plan("many-to-one"), random), trainOneToMany(plan("one-to-many"), random),
    trainManyToMany(plan("many-to-many"), random),
  ]
}

/// Trains a model by Adam on a fresh batch in every step.
private func fit<M: Model>(
  _ model: inout M, _ plan: TrainingPlan, _ random: RandomSource, _ loss: (M) -> Tensor
) {
  var optimizer = Adam(learningRate: 5e-3)
  train(&model, with: &optimizer, examples: 1, plan: plan, random: random) { model, _ in loss(model) }
}

/// Is the number of ones among 1 to 8 bits odd?
private func trainManyToOne(_ plan: TrainingPlan, _ random: RandomSource) -> ModeResult {
  var model = SequenceNetwork(GatedRecurrentUnit(1, 24, random: random), outputs: 2, random: random)
  func batch(_ N: Int) -> (x: PaddedSequences, labels: [Int]) {
    let bits = (0..<N).map { _ in (0..<1 + random.integer(below: 8)).map { _ in random.integer(below: 2) } }
    let x = PaddedSequences(padding: bits.map { Tensor($0.map { 2 * Double($0) - 1 }, shape: [$0.count, 1]) })
    return (x, bits.map { $0.reduce(0, +) % 2 })
  }
  fit(&model, plan, random) { model in
    let (x, labels) = batch(32)
    return model.summary(x.values, lengths: x.lengths).crossEntropy(labels: labels)
  }
  let (x, labels) = batch(500)
  let guesses = model.summary(x.values, lengths: x.lengths).argmax()
  return ModeResult(
    mode: "many-to-one", task: "parity of 1 to 8 bits", parameters: model.parameterCount,
    exact: share(zip(guesses, labels).map { $0 == $1 }))
}

/// Counts down from a digit to 0, then ends.
private func trainOneToMany(_ plan: TrainingPlan, _ random: RandomSource) -> ModeResult {
  var model = VectorDecoder<GatedRecurrentUnit>(inputs: 10, symbols: 10, width: 8, hidden: 24, random: random)
  let targets = (0..<10).map { n in Array((0...n).reversed()) }
  let digits = Tensor.identity(10)
  fit(&model, plan, random) { $0.loss(digits, targets: targets) }
  return ModeResult(
    mode: "one-to-many", task: "count down from a digit", parameters: model.parameterCount,
    exact: share(zip(model.decode(digits, longest: 12), targets).map { $0 == $1 }))
}

/// Reverses 1 to 5 of 6 letters.
private func trainManyToMany(_ plan: TrainingPlan, _ random: RandomSource) -> ModeResult {
  var model = EncoderDecoder<GatedRecurrentUnit>(reading: 6, writing: 6, width: 12, hidden: 64, random: random)
  func batch(_ N: Int) -> [[Int]] {
    (0..<N).map { _ in (0..<1 + random.integer(below: 5)).map { _ in random.integer(below: 6) } }
  }
  fit(&model, plan, random) { model in
    let words = batch(64)
    return model.loss(words, targets: words.map { $0.reversed() })
  }
  let words = batch(500)
  let guesses = model.translate(words, longest: 8)
  return ModeResult(
    mode: "many-to-many", task: "reverse 1 to 5 letters", parameters: model.parameterCount,
    exact: share(zip(guesses, words).map { $0 == $1.reversed() }))
}

private func share(_ isRight: [Bool]) -> Double { Double(isRight.count { $0 }) / Double(isRight.count) }
