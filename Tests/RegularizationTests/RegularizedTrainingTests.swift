import Backprop
import Checking
import DataSets
import Regularization
import Tensors
import Testing
import Training
import ch03

/// A few drawn digits, padded like MNIST's.
private func fewDigits(train: Int = 300, test: Int = 100) -> ImageClassification {
  let random = RandomSource(seed: 5)
  return ImageClassification(
    name: "drawn digits", classNames: (0..<10).map(String.init),
    train: .drawnDigits(count: train, from: random), test: .drawnDigits(count: test, from: random),
    origin: "drawn digits", isReal: false)
}

@Suite("§ 3.10 The regularized training loop")
struct RegularizedTrainingTests {
  @Test("Listing 3.10: 784-256-256-10 has 270,346 parameters and 1,024 running statistics: 1,026 less two counts")
  func counts() {
    let network = RegularizedNetwork(dropout: 0.3, random: RandomSource(seed: 1))
    #expect(network.parameterCount == 270_346)
    #expect(network.runningFigures == 1_024)
    #expect(unlistedParameters(in: network) == [])
  }

  @Test("Listing 3.10: in evaluation the network is a fixed function of each image; in training, of batch and masks")
  func modes() {
    let network = RegularizedNetwork(inputs: 6, hidden: 5, classes: 3, random: RandomSource(seed: 1))
    let x = Tensor(spread([4, 1, 2, 3]).scalars, shape: [4, 1, 2, 3])
    #expect(network(x).shape == [4, 3])
    expectClose(network(x)[0], network(x[0..<1])[0], tolerance: 1e-6, scale: 1)
    let losses = [0, 1].map { _ in gradient(at: network) { $0(x).squared().sum() }.layers[0].weight }
    #expect(losses[0] == losses[1], "the same model has the same masks")
    var moved = network
    moved.adoptStatistics(of: gradient(at: network) { $0(x).squared().sum() })
    #expect(gradient(at: moved) { $0(x).squared().sum() }.layers[0].weight != losses[0], "the next step has others")
  }

  @Test("Listing 3.10: the loop lowers the training loss along the cosine, and the network reads unseen digits")
  func learns() {
    let data = fewDigits()
    let split = ImageSplit(data, validation: 50, random: RandomSource(seed: 2))
    #expect(split.train.count == 250 && split.validation.count == 50 && split.test.count == 100)
    let run = trainRegularized(
      on: split, hidden: 48, plan: TrainingPlan(epochs: 12, batchSize: 25), random: RandomSource(seed: 1))
    #expect(run.history.losses.count == 12 && !run.stoppedEarly)
    #expect(run.history.losses[11] < 0.75 * run.history.losses[0])
    #expect(run.testAccuracy > 0.5, "chance is 0.1, and was \(run.testAccuracy)")
    #expect(run.history["validation loss"][11] < run.history["validation loss"][0])
    #expect(run.history.losses[11] > 0.5, "smoothed labels keep the loss above the entropy 0.5003")
  }

  @Test("Listing 3.10: the patience ends the training when the validation loss has stopped falling")
  func stopsEarly() {
    var recipe = Recipe()
    (recipe.learningRate, recipe.patience) = (0, 2)  // nothing is learned, only statistics settle
    let split = ImageSplit(fewDigits(train: 60, test: 10), validation: 20, random: RandomSource(seed: 2))
    let run = trainRegularized(
      recipe, on: split, hidden: 8, plan: TrainingPlan(epochs: 300, batchSize: 40), random: RandomSource(seed: 1))
    #expect(run.stoppedEarly)
    #expect(run.history.epochs.count < 300)
  }

  @Test("§ 3.10: the same seed gives the same run, bit for bit")
  func reproducible() {
    let split = ImageSplit(fewDigits(train: 60, test: 10), validation: 20, random: RandomSource(seed: 2))
    let losses = [1, 1, 2].map { seed in
      trainRegularized(
        on: split, hidden: 8, plan: TrainingPlan(epochs: 2, batchSize: 20), random: RandomSource(seed: seed)
      ).history.losses
    }
    #expect(losses[0] == losses[1] && losses[0] != losses[2])
  }

  @Test(
    "Listing 3.10: the validation loss is the mean over images; over batches each of the last 16 would count 16 times"
  )
  func unevenBatches() throws {
    // 272 images in batches of 256 represent 10,000 in 40 such batches: the last has 16.
    let split = ImageSplit(fewDigits(train: 300, test: 10), validation: 272, random: RandomSource(seed: 2))
    let run = trainRegularized(
      on: split, hidden: 8, plan: TrainingPlan(epochs: 1, batchSize: 14), random: RandomSource(seed: 1))
    let told = try #require(run.history["validation loss"].last)
    let (logits, labels) = (run.model(split.standardized(split.validation.images)), split.validation.labels)
    func loss(_ images: Range<Int>) -> Double {
      logits[images].crossEntropy(labels: Array(labels[images]), smoothing: 0.1).item
    }
    let single = (0..<272).map { loss($0..<$0 + 1) }
    #expect(abs(told - single.reduce(0, +) / 272) < 1e-5)
    let byBatches = (loss(0..<256) + loss(256..<272)) / 2
    let (full, last) = (single[..<256].reduce(0, +), single[256...].reduce(0, +))
    let weighted: Double = (full + 16 * last) / 512
    #expect(abs(byBatches - weighted) < 1e-5 && abs(byBatches - told) > 1e-3)
  }

  @Test("§ 3.10: the three sets are disjoint, and mean and deviation are those of the training images alone")
  func split() {
    let data = fewDigits(train: 120, test: 30)
    let split = ImageSplit(data, validation: 40, random: RandomSource(seed: 2))
    let parts = [split.train, split.validation].map { set in Set((0..<set.count).map { set.images[$0].scalars }) }
    #expect(parts[0].isDisjoint(with: parts[1]) && parts[0].count + parts[1].count == 120)
    #expect(split.test.images == data.test.images)
    let x = split.standardized(data.train.images)
    #expect(abs(x.mean().item) < 1e-5 && abs(x.variance().item - 1) < 1e-4)
  }

  @Test("§ 3.10: clipping comes before the step: a long gradient moves plain descent by η c, a short one by η ‖g‖")
  func clipping() {
    var (θ, optimizer) = (Tensor([0, 0]), Clipped(GradientDescent(learningRate: 0.5), norm: 1))
    optimizer.update(&θ, along: Tensor([3, 4]))
    expectClose(θ, Tensor([-0.3, -0.4]), tolerance: 1e-6)
    optimizer.learningRate = 1
    #expect(optimizer.base.learningRate == 1)
    optimizer.update(&θ, along: Tensor([0.3, 0.4]))
    expectClose(θ, Tensor([-0.6, -0.8]), tolerance: 1e-6)
  }
}

@Suite("§ 3.11 Dropout rate and weight decay")
struct DropoutAndDecayTests {
  @Test("Listing 3.11, Output 3.11: five rates and five decays, a row for each rate")
  func grid() {
    #expect(dropoutAndDecayGrid.dropout == [0, 0.1, 0.3, 0.5, 0.7])
    #expect(dropoutAndDecayGrid.weightDecay == [0, 1e-5, 1e-4, 1e-3, 1e-2])
    let split = ImageSplit(fewDigits(train: 60, test: 20), validation: 20, random: RandomSource(seed: 2))
    let result = compareDropoutAndDecay([0, 0.5], [0, 0.1, 10], on: split, seeds: [1, 2]) { _ in
      TrainingPlan(epochs: 1, batchSize: 20)
    }
    #expect(result.cells.map { $0.map(\.dropout) } == [[0, 0, 0], [0.5, 0.5, 0.5]])
    #expect(result.cells.map { $0.map(\.weightDecay) } == [[0, 0.1, 10], [0, 0.1, 10]])
    #expect(result.steps == 2)
    #expect(result.best.validation == result.cells.joined().map(\.validation).max())
    #expect(result.cells[0][0].tests.count == 2 && result.deviation >= 0)
  }

  @Test("Remark 3.9: in the notes' 9,380 steps a decay of 1e−2 leaves 0.910 of a weight, one of 1e−5 leaves 0.99991")
  func shrink() {
    #expect(abs(totalShrink(learningRate: 1e-3, weightDecay: 1e-2, steps: 9_380) - 0.910) < 5e-4)
    #expect(abs(totalShrink(learningRate: 1e-3, weightDecay: 1e-5, steps: 9_380) - 0.99991) < 5e-6)
    // This is what AdamW does to a weight without a gradient.
    var (θ, optimizer) = (Tensor([1], scalarType: .double), Adam(learningRate: 1e-3, weightDecay: 1e-2))
    for _ in 0..<100 { optimizer.update(&θ, along: Tensor([0], scalarType: .double)) }
    #expect(abs(θ[0].item - totalShrink(learningRate: 1e-3, weightDecay: 1e-2, steps: 100)) < 1e-12)
  }

  @Test("Listing 3.11 trains without schedule, clipping and early stopping, and otherwise as Listing 3.10")
  func recipe() {
    let recipe = Recipe.ablation(dropout: 0.7, weightDecay: 1e-2)
    #expect(recipe.dropout == 0.7 && recipe.weightDecay == 1e-2 && recipe.smoothing == 0.1)
    #expect(!recipe.anneals && recipe.patience == nil && recipe.clipping == .infinity)
    #expect(Recipe().dropout == 0.3 && Recipe().patience == 10 && Recipe().clipping == 1)
  }
}
