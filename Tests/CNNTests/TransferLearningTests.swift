import CNN
import Checking
import DataSets
import Foundations
import Regularization
import Tensors
import Testing
import Training

/// Three stages: convolution with normalization and dropout, convolution with normalization, classifier.
struct Tower: StagedNetwork {
  var first, second: NormalizedConvolution
  var dropout: Dropout
  var classifier: Linear

  init(random: RandomSource) {
    first = NormalizedConvolution(1, 4, kernel: 3, random: random)
    second = NormalizedConvolution(4, 4, kernel: 3, stride: 2, random: random)
    dropout = Dropout(probability: 0.5, random: random)
    classifier = Linear(4, 3, random: random)
  }

  static var parameters: [PartialKeyPath<Tower>] { [\.first, \.second, \.dropout, \.classifier] }
  static var stageParts: [[PartialKeyPath<Tower>]] { [[\.first, \.dropout], [\.second], [\.classifier]] }

  func stage(_ number: Int, _ x: Tensor) -> Tensor {
    switch number {
    case 0: dropout(first(x, then: .relu))
    case 1: second(x, then: .relu)
    default: classifier(x.globalAveragePooled2D())
    }
  }

  func callAsFunction(_ x: Tensor) -> Tensor { self(x, stages: 0..<3) }

  /// What each stage consists of: its parameters, and its statistics.
  var byStage: [[[Double]]] {
    [
      (first.parameters + first.statistics + dropout.statistics).map(\.scalars),
      (second.parameters + second.statistics).map(\.scalars), classifier.parameters.map(\.scalars),
    ]
  }
}

@Suite("§ 4.5 Transfer learning")
struct TransferLearningTests {
  private let images = LabeledImages(
    images: Tensor(spread([12, 1, 6, 6]).scalars, shape: [12, 1, 6, 6]), labels: (0..<12).map { $0 % 3 })

  /// A tower whose statistics are no longer those of a new network.
  private var pretrained: Tower {
    var tower = Tower(random: RandomSource(seed: 3))
    for _ in 0..<20 { tower.observing { _ = $0(2 * images.images + 1) } }
    return tower
  }

  @Test(
    "Definition 4.8, § 4.5: each strategy moves the stages that it trains and keeps the frozen ones bit for bit",
    arguments: [(TransferStrategy.featureExtractor, 2), (.partial(stages: 1), 1), (.full, 0)])
  func strategies(strategy: TransferStrategy, frozen: Int) {
    let before = pretrained
    var model = PartlyFrozen(before, strategy)
    #expect(model.frozenStages == frozen)
    var optimizer = Adam(learningRate: 1e-2, weightDecay: 0.1)
    for _ in 0..<3 {
      let g = gradient(at: model) { $0(images.images).crossEntropy(labels: images.labels) }
      optimizer.update(&model, along: g)
    }
    for (number, (old, new)) in zip(before.byStage, model.network.byStage).enumerated() {
      if number < frozen { #expect(old == new) } else { #expect(zip(old, new).allSatisfy { $0 != $1 }) }
    }
    #expect(unlistedParameters(in: before) == [])
  }

  @Test(
    "§ 4.5: the gradient of a partly frozen network is that part of the whole network's gradient", arguments: [0, 1, 2])
  func partOfTheGradient(frozen: Int) {
    let tower = pretrained.converted(to: .double)
    let x = spread([4, 1, 6, 6])
    let whole = gradient(at: tower, mode: .evaluation) { $0(x).squared().sum() }
    let strategy = [TransferStrategy.full, .partial(stages: 1), .featureExtractor][frozen]
    let part = gradient(at: PartlyFrozen(tower, strategy), mode: .evaluation) { $0(x).squared().sum() }
    let expected = Array(whole.parameters.dropFirst([0, 3, 6][frozen]))
    #expect(part.parameters.count == expected.count && part.parameterCount == [211, 167, 15][frozen])
    for (a, b) in zip(part.parameters, expected) { expectClose(a, b, tolerance: 1e-13, scale: 1) }
  }

  @Test(
    "§ 4.5: frozen stages have no noise and no batch statistics in training; in PyTorch's training mode they have both")
  func trainingMode() {
    let (tower, x) = (pretrained, images.images)
    let still = PartlyFrozen(tower, .featureExtractor)
    #expect(Mode.training { still.features(x) } == tower(x, stages: 0..<2))
    let alone = Mode.training { still.features(x[0..<1]) }
    expectClose(alone, still.features(x)[0..<1], tolerance: 1e-6, scale: 1)
    let moving = PartlyFrozen(tower, .featureExtractor, frozenMode: .training)
    #expect(Mode.training { moving.features(x) } != tower(x, stages: 0..<2))
    #expect(moving.features(x) == tower(x, stages: 0..<2), "in evaluation nothing differs")
  }

  @Test("§ 4.5: with frozen stages in training mode their parameters stay, and their running statistics move")
  func trap() {
    let before = pretrained
    var model = PartlyFrozen(before, .featureExtractor, frozenMode: .training)
    var optimizer = Adam(learningRate: 1e-2)
    let g = gradient(at: model) { $0(images.images).crossEntropy(labels: images.labels) }
    optimizer.update(&model, along: g)
    #expect(model.network.first.parameters == before.first.parameters)
    #expect(model.network.first.normalization.runningMean != before.first.normalization.runningMean)
    #expect(model.network.second.normalization.runningVariance != before.second.normalization.runningVariance)
  }

  @Test(
    "§ 4.5: a gradient of zero is not freezing: AdamW still shrinks the weights, and Adam still follows its moments")
  func zeroGradients() {
    let weights = [spread([5]), spread([5], offset: 9)]
    let nothing = weights.map { 0 * $0 }
    var shrunk = weights
    var decaying = Adam(learningRate: 1e-2, weightDecay: 0.1)
    decaying.update(&shrunk, along: nothing)
    expectClose(shrunk[0], (1 - 1e-3) * weights[0], tolerance: 1e-13)
    var drifted = weights
    var adam = Adam(learningRate: 1e-2)
    adam.update(&drifted, along: weights)
    let after = drifted
    adam.update(&drifted, along: nothing)
    #expect((drifted[0] - after[0]).abs().min().item > 1e-3)
  }

  @Test("§ 4.5: features computed once train the same classifier as features computed in every epoch")
  func featuresOnce() {
    let model = PartlyFrozen(pretrained, .featureExtractor)
    let plan = TrainingPlan(epochs: 3, batchSize: 5)
    var (once, again) = (model, model)
    var optimizers = [Adam(learningRate: 1e-2), Adam(learningRate: 1e-2)]
    let history = fineTune(&once, with: &optimizers[0], on: images, plan: plan, random: RandomSource(seed: 8))
    train(&again, with: &optimizers[1], examples: 12, plan: plan, random: RandomSource(seed: 8)) { model, batch in
      model(images.images.gathered(batch)).crossEntropy(labels: batch.map { images.labels[$0] })
    }
    #expect(history.losses.count == 3 && history.losses[2] < history.losses[0])
    expectClose(once.network.classifier.weight, again.network.classifier.weight, tolerance: 1e-5, scale: 1)
  }

  @Test("§ 4.5: fine-tuning is 10 to 100 times slower than the first training, and Listing 4.7's convolutions are")
  func rates() {
    let range = fineTuningRates(initial: 1e-3)
    #expect(abs(range.lowerBound - 1e-5) < 1e-18 && abs(range.upperBound - 1e-4) < 1e-18)
    let network = TransferNetwork(
      ResNet18(width: 2, random: RandomSource(seed: 1)), classes: 3, random: RandomSource(seed: 1))
    let rates = PartlyFrozen(network, .partial(stages: 2)).groupedOptimizer().rates
    #expect(rates == [1e-5, 1e-4, 1e-3])
  }

  @Test("strategies that do not fit the network stop with a message")
  func mistakes() async {
    let tooMany = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = PartlyFrozen(Tower(random: RandomSource(seed: 1)), .partial(stages: 3))
    }
    #expect(errorText(tooMany).contains("cannot train partial(stages: 3) of a network of 3 stages"))
    let moving = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var model = PartlyFrozen(Tower(random: RandomSource(seed: 1)), .full, frozenMode: .training)
      var optimizer = Adam()
      let images = LabeledImages(images: Tensor.ones([2, 1, 6, 6]), labels: [0, 1])
      fineTune(
        &model, with: &optimizer, on: images, plan: TrainingPlan(epochs: 1, batchSize: 2), random: RandomSource(seed: 1)
      )
    }
    #expect(errorText(moving).contains("cannot compute frozen features once for all epochs in training mode"))
  }
}

private func errorText(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
