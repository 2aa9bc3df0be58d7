import Backprop
import Checking
import Regularization
import Running
import Tensors
import Testing
import Training

@Suite("Chapter 3, a gallery of mistakes: their results, where they hide, and the properties that catch them")
struct RegularizationMistakesTests {
  @Test("§ 3.1: on labels that are coin tosses nothing beats chance, unless held-out labels chose the features")
  func featuresChosenOnAll() {
    let random = RandomSource(seed: 11)
    var (wrong, right, same) = (0.0, 0.0, true)
    for _ in 0..<20 {
      let x = random.normal([40, 200], scalarType: .double)
      let y = 2 * random.bernoulli([40], probability: 0.5, scalarType: .double) - 1
      wrong += Mistake.accuracyChosenOnAll(x, labels: y, fit: 20, features: 10) / 20
      right += accuracyChosenOnFit(x, labels: y, fit: 20, features: 10) / 20
      same =
        same
        && Mistake.accuracyChosenOnAll(x, labels: y, fit: 20, features: 200)
          == accuracyChosenOnFit(x, labels: y, fit: 20, features: 200)
    }
    let deviation = 0.5 / (20.0 * 20).squareRoot()  // of a mean of 400 coin tosses
    #expect(abs(right - 0.5) < 4 * deviation)
    #expect(wrong - 0.5 > 6 * deviation)
    #expect(same)
  }

  @Test("§ 3.1: the strongest features are those that determine the labels, and they predict unseen labels")
  func strongestFeatures() {
    let x = RandomSource(seed: 12).normal([200, 6], scalarType: .double)
    let y = 2 * (x.gathered([4], axis: 1).reshaped([200]) .> 0) - 1
    #expect(Regularization.strongestFeatures(x, labels: y, count: 1) == [4])
    #expect(heldOutAccuracy(x, labels: y, fit: 100, features: [4]) == 1)
    #expect(heldOutAccuracy(x, labels: -y, fit: 100, features: [4]) == 1)
    #expect(abs(heldOutAccuracy(x, labels: y, fit: 100, features: [0]) - 0.5) < 0.2)
    #expect(accuracyChosenOnFit(x, labels: y, fit: 100, features: 1) == 1)
  }

  @Test("§ 3.1: a choice without features, labels or test examples stops with a message")
  func stops() async {
    await #expect(processExitsWith: .failure) {
      _ = Regularization.strongestFeatures(Tensor.ones([4, 3]), labels: Tensor.ones([4]), count: 4)
    }
    await #expect(processExitsWith: .failure) {
      _ = heldOutAccuracy(Tensor.ones([4, 3]), labels: Tensor.ones([4]), fit: 4, features: [0])
    }
    await #expect(processExitsWith: .failure) {
      _ = heldOutAccuracy(Tensor.ones([4, 3]), labels: Tensor.ones([3]), fit: 2, features: [0])
    }
  }

  @Test(
    "Theorem 3.4: the mean over all masks of (3.10) is h, and 1 − p of it without the division; the largest is the same"
  )
  func notRescaled() {
    let h = spread([4])
    let masks = SubNetworks(units: 4, probability: 0.3)
    let wrong = masks.expectation { Mistake.dropoutNotRescaled(h, by: $0) }
    expectClose(wrong, 0.7 * h, tolerance: 1e-14)
    expectClose(masks.expectation { invertedDropout(h, by: $0, probability: 0.3) }, h, tolerance: 1e-14)
    #expect(wrong.argmax() == h.argmax())
  }

  @Test("§ 3.4.2: two calls on one input give one answer, unless dropout is left on; the mean of many hides it")
  func leftOn() {
    let (x, random) = (spread([50]), RandomSource(seed: 1))
    let layer = Dropout(probability: 0.5, random: random)
    #expect(layer(x) == layer(x) && layer(x) == x)
    let answers = (0..<400).map { _ in Mistake.dropoutLeftOn(x, probability: 0.5, using: random) }
    #expect(answers[0] != answers[1])
    let size = x.squared().sum().squareRoot().item  // the standard deviation of one answer's sum, p / (1 − p) = 1
    let mean = answers.map { $0.sum().item }.reduce(0, +) / 400
    #expect(abs(mean - x.sum().item) < 4 * size / 20)
  }

  @Test("§ 3.5: the output for an example does not depend on the rest of its batch, unless batch statistics are used")
  func batchStatistics() {
    let x = 3 + 2 * spread([8, 3])
    var layer = BatchNormalization(features: 3).converted(to: .double)
    (layer.runningMean, layer.runningVariance) = (x.mean(axes: [0]), x.variance(axes: [0]))
    let part = x.sliced(0..<3, axis: 0)
    expectClose(layer(x).sliced(0..<3, axis: 0), layer(part), tolerance: 1e-13)
    let wrong = Mistake.batchStatisticsAtEvaluation(layer, x)
    #expect(relativeDistance(wrong.sliced(0..<3, axis: 0), Mistake.batchStatisticsAtEvaluation(layer, part)) > 0.1)
    expectClose(wrong, layer(x), tolerance: 1e-12, scale: 1)
  }

  @Test("§ 3.7.1: the result for a test example does not depend on the other test examples, unless their mean is used")
  func normalizedByItself() {
    let x = spread([9, 2])
    let wrong = Mistake.normalizedByItself(x)
    #expect(relativeDistance(wrong.sliced(0..<4, axis: 0), Mistake.normalizedByItself(x.sliced(0..<4, axis: 0))) > 0.1)
    expectClose(Mistake.normalizedByItself(x + 7), wrong, tolerance: 1e-12, scale: 1)  // the difference is gone
    expectClose(wrong.mean(axes: [0]), Tensor.zeros([2], scalarType: .double), tolerance: 1e-14, scale: 1)
    expectClose(wrong.variance(axes: [0]), Tensor.ones([2], scalarType: .double), tolerance: 1e-13)
  }

  @Test(
    "§ 3.9: without a gradient a decayed weight shrinks by 1 − ηλ under any rule, unless the decay goes through Adam")
  func decayInside() {
    let (θ, none) = (Tensor([2, -0.5], scalarType: .double), Tensor.zeros([2], scalarType: .double))
    let shrunk = (1 - 0.1 * 0.3) * θ
    var adam = AdamW(learningRate: 0.1, weightDecay: 0.3)
    var decayed = θ
    adam.move(&decayed, along: none)
    expectClose(decayed, shrunk, tolerance: 1e-14)
    let descent = GradientDescent(learningRate: 0.1)
    expectClose(Mistake.stepWithDecayInside(descent, from: θ, along: none, decay: 0.3), shrunk, tolerance: 1e-14)
    let wrong = Mistake.stepWithDecayInside(AdamW(learningRate: 0.1), from: θ, along: none, decay: 0.3)
    expectClose(wrong, Tensor([1.9, -0.4], scalarType: .double), tolerance: 1e-6)  // η, for any λ and θ
  }
}
