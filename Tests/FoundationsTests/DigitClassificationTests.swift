import DataSets
import Foundations
import Tensors
import Testing
import Training
import ch01

/// A few drawn digits: enough to learn from, small enough for a test.
func fewDigits(train: Int = 400, test: Int = 200) -> ImageClassification {
  let random = RandomSource(seed: 5)
  return ImageClassification(
    name: "drawn digits", classNames: (0..<10).map(String.init),
    train: .drawnDigits(count: train, from: random), test: .drawnDigits(count: test, from: random),
    origin: "drawn digits", isReal: false)
}

@Suite("§ 1.6 A network that reads handwritten digits")
struct DigitClassificationTests {
  @Test("Listing 1.6 and Output 1.6: the network has 235,146 parameters")
  func parameterCount() {
    let model = MLP([784, 256, 128, 10], random: RandomSource(seed: 1))
    #expect(model.parameterCount == 235_146)
    #expect(model.widths == [784, 256, 128, 10])
  }

  @Test("Output 1.6: the loss falls from epoch to epoch, and the network reads digits it has not seen")
  func learns() {
    let plan = TrainingPlan(epochs: 6, batchSize: 64)
    let run = trainClassifier(hidden: [64, 32], on: fewDigits(), plan: plan, random: RandomSource(seed: 1))
    #expect(run.history.losses.count == 6)
    #expect(run.history.losses[5] < 0.5 * run.history.losses[0])
    #expect(run.history.losses[0] < 2.6, "an untrained network guesses: ln 10 = 2.30")
    #expect(run.testAccuracy > 0.6, "chance is 0.1, and was \(run.testAccuracy)")
  }

  @Test("Listing 1.6 reads the embedded real digits: over 0.9 after three epochs")
  func embeddedDigits() throws {
    let data = try ImageClassification.opticalDigits()
    let run = trainClassifier(
      on: data, plan: TrainingPlan(epochs: 3, batchSize: 64), random: RandomSource(seed: 1))
    #expect(run.testAccuracy > 0.9)
  }

  @Test("Listing 1.6 cannot read digits whose labels were drawn at random: the accuracy is earned")
  func randomLabels() {
    let (data, random) = (fewDigits(), RandomSource(seed: 3))
    let shuffled = LabeledImages(images: data.train.images, labels: random.shuffled(data.train.labels))
    let lied = ImageClassification(
      name: data.name, classNames: data.classNames, train: shuffled, test: data.test, origin: "", isReal: false)
    let run = trainClassifier(
      hidden: [64, 32], on: lied, plan: TrainingPlan(epochs: 4, batchSize: 64), random: RandomSource(seed: 1))
    #expect(run.testAccuracy < 0.35)
  }

  @Test("Listing 1.6 gives the same numbers to the last bit for the same seed, and others for another seed")
  func reproducible() {
    let losses = [1, 1, 2].map { seed in
      trainClassifier(
        hidden: [16], on: fewDigits(train: 100, test: 10), plan: TrainingPlan(epochs: 2, batchSize: 32),
        random: RandomSource(seed: seed)
      ).history.losses
    }
    #expect(losses[0] == losses[1])
    #expect(losses[0] != losses[2])
  }
}

@Suite("§ 1.7 Width and depth")
struct WidthAndDepthTests {
  @Test(
    "Listing 1.7, Output 1.7: the networks have 814,090, 235,146, 242,762 and 63,370 parameters, three not as printed"
  )
  func parameterCounts() {
    let counts = widthAndDepthAblation.map { MLP.parameterCount(widths: [784] + $0.hidden + [10]) }
    #expect(counts == [814_090, 235_146, 242_762, 63_370])
    let printed = [812_042, 235_146, 243_338, 63_434]
    #expect(zip(counts, printed).map { $0 == $1 } == [false, true, false, false])
  }

  @Test(
    "Remark 1.4: the wide network uses 3.46 times the parameters of two layers and 3.35 times those of three, not 3")
  func ratios() {
    let counts = widthAndDepthAblation.map { Double(MLP.parameterCount(widths: [784] + $0.hidden + [10])) }
    #expect(abs(counts[0] / counts[1] - 3.46) < 0.005)
    #expect(abs(counts[0] / counts[2] - 3.35) < 0.005)
  }

  @Test("Listing 1.7 trains each network from the same seed on the same data")
  func ablation() {
    let results = compareWidthAndDepth(on: fewDigits(train: 128, test: 50), seed: 1) { _ in
      TrainingPlan(epochs: 2, batchSize: 64)
    }
    #expect(results.map(\.name) == ["Shallow-wide", "2-layers", "3-layers", "Deep-narrow"])
    for result in results {
      #expect(result.run.model.widths == [784] + result.hidden + [10])
      #expect(result.run.history.losses[1] < result.run.history.losses[0])
    }
  }
}
