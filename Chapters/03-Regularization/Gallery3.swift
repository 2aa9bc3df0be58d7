import Backprop
import Figures
import Regularization
import Running
import Tensors
import Training

/// The mistakes of chapter 3, each on an input where it shows and on one where it does not.
public let gallery3 = Exercise(.gallery, "3", "Mistakes that everybody makes once", seconds: 1) { run in
  run.show(exhibits3)
  run.show(choiceFigure(), as: "choice")
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits3: [Exhibit] {
  [choiceExhibit, scaleExhibit, noiseExhibit, batchExhibit, leakExhibit, decayExhibit]
}

// MARK: - Training and evaluation

private var scaleExhibit: Exhibit {
  let masks = SubNetworks(units: 3, probability: 0.5)
  let h = Tensor([1, -2, 3], scalarType: .double)
  let mean = masks.expectation { Mistake.dropoutNotRescaled(h, by: $0) }
  let scores = { (h: Tensor) in Tensor(Double(h.argmax()[0]), scalarType: .double) }
  return Exhibit(
    "dropout without 1 / (1 − p)", wrong: "m * h", right: "m / (1 - p) * h",
    shows: .init(
      "mean of (1, −2, 3) over all masks, p = 0.5", wrong: mean,
      right: masks.expectation { invertedDropout(h, by: $0, probability: 0.5) }),
    hides: .init("the class with the largest output", wrong: scores(mean), right: scores(h)),
    caughtBy: "Theorem 3.4: the mean over all masks")
}

private var noiseExhibit: Exhibit {
  let (x, random) = (Tensor.ones([4], scalarType: .double), RandomSource(seed: 1))
  let answers = (0..<2).map { _ in Mistake.dropoutLeftOn(x, probability: 0.5, using: random) }
  let layer = Dropout(probability: 0.5, random: random)
  let w = Tensor([3, -1, 2, 1], scalarType: .double)
  let masks = SubNetworks(units: 4, probability: 0.5)
  return Exhibit(
    "dropout left on in evaluation", wrong: "dropout(h, probability: p, using: random)",
    right: "if Mode.current == .evaluation { return h }",
    shows: .init(
      "the difference of two calls on one input", wrong: answers[1] - answers[0], right: layer(x) - layer(x)),
    hides: .init(
      "a linear layer, mean of all answers",
      wrong: masks.expectation { (invertedDropout(x, by: $0, probability: 0.5) * w).sum() }, right: (layer(x) * w).sum()
    ),
    caughtBy: "§ 3.4.2: two calls on one input give one answer")
}

private var batchExhibit: Exhibit {
  let x = RandomSource(seed: 3).normal([64, 1], mean: 5, standardDeviation: 2)
  var layer = BatchNormalization(features: 1)
  (layer.runningMean, layer.runningVariance) = (x.mean(axes: [0]), x.variance(axes: [0]))
  let pair = Tensor([[9], [11]])
  return Exhibit(
    "batch statistics in evaluation",
    wrong: "batchNormalized(x, scale: layer.scale, shift: layer.shift, epsilon: layer.epsilon).value",
    right: "if Mode.current == .evaluation {",
    shows: .init(
      "9 and 11, after training on 5 ± 2", wrong: Mistake.batchStatisticsAtEvaluation(layer, pair), right: layer(pair)),
    hides: .init(
      "the batch that it was trained on", wrong: Mistake.batchStatisticsAtEvaluation(layer, x), right: layer(x)),
    caughtBy: "§ 3.5: the output for an example does not depend on the rest of its batch")
}

// MARK: - Decay

private var decayExhibit: Exhibit {
  let (θ, g) = (Tensor([1, 1], scalarType: .double), Tensor([10, 0.1], scalarType: .double))
  var adam = AdamW(learningRate: 0.1, weightDecay: 1)
  var decayed = θ
  adam.move(&decayed, along: g)
  let descent = GradientDescent(learningRate: 0.1)
  return Exhibit(
    "weight decay inside Adam", wrong: "optimizer.move(&θ, along: g + λ * θ)",
    right: "θ = (1 - η * λ) * θ - η * moments.direction(g, c, t: t)",
    shows: .init(
      "(1, 1) after a step, η = 0.1, λ = 1",
      wrong: Mistake.stepWithDecayInside(AdamW(learningRate: 0.1), from: θ, along: g, decay: 1), right: decayed),
    hides: .init(
      "plain gradient descent", wrong: Mistake.stepWithDecayInside(descent, from: θ, along: g, decay: 1),
      right: (1 - 0.1) * θ - 0.1 * g),
    caughtBy: "§ 3.9: without a gradient a decayed weight shrinks")
}

// MARK: - Leaks from the test data

private var leakExhibit: Exhibit {
  let train = RandomSource(seed: 4).normal([200, 1], mean: 5, standardDeviation: 2, scalarType: .double)
  let right = { (test: Tensor) in (test - train.mean(axes: [0])) / train.variance(axes: [0]).squareRoot() }
  let drifted = train + 4
  return Exhibit(
    "test data normalized by their own mean",
    wrong: "(test - test.mean(axes: [0])) / test.variance(axes: [0]).squareRoot()",
    right: "(test - train.mean(axes: [0])) / train.variance(axes: [0]).squareRoot()",
    shows: .init(
      "an instrument that reads 4 too high, first number", wrong: Mistake.normalizedByItself(drifted)[0],
      right: right(drifted)[0]),
    hides: .init("test data like the training data", wrong: Mistake.normalizedByItself(train), right: right(train)),
    caughtBy: "§ 3.7.1: the result for a test example does not depend on the other test examples")
}

private var choiceExhibit: Exhibit {
  let trials = coinTosses()
  let (some, all) = (accuracies(trials, features: 10), accuracies(trials, features: 500))
  return Exhibit(
    "features chosen before the split", wrong: "features: strongestFeatures(x, labels: y, count: k))",
    right: "strongestFeatures(x.sliced(0..<n, axis: 0), labels: y.sliced(0..<n, axis: 0), count: k)",
    shows: .init("accuracy on coin tosses, 10 of 500 features", wrong: some.wrong, right: some.right),
    hides: .init("all features kept", wrong: all.wrong, right: all.right),
    caughtBy: "§ 3.1: on labels that are coin tosses")
}

/// Thirty sets of 40 examples with 500 features and a label each, all random.
private func coinTosses() -> [(x: Tensor, y: Tensor)] {
  let random = RandomSource(seed: 5)
  return (0..<30).map { _ in
    (
      random.normal([40, 500], scalarType: .double),
      2 * random.bernoulli([40], probability: 0.5, scalarType: .double) - 1
    )
  }
}

/// The mean accuracy on one half of the examples, with k features chosen on all examples and on the other half.
private func accuracies(_ trials: [(x: Tensor, y: Tensor)], features k: Int) -> (wrong: Tensor, right: Tensor) {
  let pairs = trials.map { x, y in
    [
      Mistake.accuracyChosenOnAll(x, labels: y, fit: 20, features: k),
      accuracyChosenOnFit(x, labels: y, fit: 20, features: k),
    ]
  }
  let mean = Tensor(pairs, scalarType: .double).mean(axes: [0])
  return (mean[0], mean[1])
}

private func choiceFigure() -> LineChart {
  let (trials, counts) = (coinTosses(), [1, 2, 5, 10, 20, 50, 100, 200, 500])
  let results = counts.map { accuracies(trials, features: $0) }
  let x = counts.map(Double.init)
  return LineChart(
    "Accuracy on labels that are coin tosses", x: Axis("features kept of 500", .logarithmic), y: Axis("accuracy"),
    series: [
      Series("chosen on all examples", x: x, results.map(\.wrong.item), style: .both),
      Series("chosen on those to fit on", x: x, results.map(\.right.item), style: .both),
    ])
}
