import Checking
import DataSets
import Foundations
import Regularization
import Running
import Tensors
import Testing
import Training
import ch03

@Suite("Exercise 3.3 Dropout as an ensemble")
struct Exercise3_3Tests {
  @Test(
    "Exercise 3.3.1: n units have 2ⁿ masks, and as many sub-networks with different outputs", arguments: 1...8)
  func count(n: Int) {
    let subNetworks = SubNetworks(units: n, probability: 0.3)
    #expect(subNetworks.count == 1 << n)
    #expect(Set((0..<subNetworks.count).map { subNetworks.masks[$0].scalars }).count == 1 << n)
    let outputs = matmul(subNetworks.masks, RandomSource(seed: 1).normal([n], scalarType: .double))
    #expect(Set(outputs.scalars).count == 1 << n)
  }

  @Test("Exercise 3.3.1: a mask of k kept units has probability (1 − p)ᵏ pⁿ⁻ᵏ, and the probabilities sum to 1")
  func probabilities() {
    let subNetworks = SubNetworks(units: 3, probability: 0.2)
    expectClose(
      subNetworks.probabilities,
      Tensor([0.008, 0.032, 0.032, 0.128, 0.032, 0.128, 0.128, 0.512], scalarType: .double), tolerance: 1e-12)
  }

  @Test(
    "Exercise 3.3.2: weights times 1 − p give exactly the weighted geometric mean of a softmax layer's sub-networks"
  )
  func geometricMean() {
    for p in [0.1, 0.3, 0.5, 0.8] {
      let gaps = geometricMeanGaps(units: 8, classes: 4, probability: p, random: RandomSource(seed: 1))
      #expect(gaps.weighted < 1e-14 && gaps.arithmetic > 1e-3)
    }
  }

  @Test("Exercise 3.3.2: the mean with equal weights for all masks has weights times 1/2, whatever p is")
  func uniform() {
    let random = RandomSource(seed: 2)
    let (h, W, b) = (spread([6]), random.normal([3, 6], scalarType: .double), spread([3], offset: 5))
    let mean = SubNetworks(units: 6, probability: 0.5).geometricMean {
      maskedSoftmaxLayer(h, weight: W, bias: b, mask: $0)
    }
    expectClose(mean, scaledSoftmaxLayer(h, weight: W, bias: b, probability: 0.5), tolerance: 1e-13)
    let gaps = geometricMeanGaps(units: 8, classes: 4, probability: 0.3, random: RandomSource(seed: 1))
    #expect(gaps.uniform > 0.05)
    #expect(geometricMeanGaps(units: 8, classes: 4, probability: 0.5, random: RandomSource(seed: 1)).uniform < 1e-14)
  }

  @Test("Exercise 3.3.2: with dropout in two layers the scaled weights are an approximation only")
  func twoLayers() {
    let gaps = geometricMeanGaps(units: 8, classes: 4, probability: 0.3, random: RandomSource(seed: 1))
    #expect(gaps.twoLayers > 1e-3 && gaps.twoLayers < 0.1)
  }

  @Test("Exercise 3.3.3: the passes of Monte Carlo dropout spread more where there are no examples")
  func uncertainty() {
    let random = RandomSource(seed: 1)
    let problem = UncertaintyProblem(random: random)
    let study = studyUncertainty(
      problem, passes: 60, plan: TrainingPlan(epochs: 400, batchSize: 80), random: random)
    #expect(study.error(of: study.prediction, .data) < 0.2)
    #expect(study.deviation(.outside) > 1.5 * study.deviation(.data))
    #expect(study.deviation(.gap) > study.deviation(.data))
    let close = zip(study.mean, study.prediction).map { abs($0 - $1) }.max() ?? 1
    #expect(close < 0.5)
  }
}

@Suite("Exercise 3.4 Batch normalization from scratch")
struct Exercise3_4Tests {
  private func shapes(_ train: Int) throws -> ImageClassification {
    try DataLibrary(directory: nil, environment: [:]).cifar10(drawn: train, 100)
  }

  @Test("Exercise 3.4.1: the formulas, with running statistics by hand, are the layer's over three batches")
  func fromScratch() {
    let gaps = checkFromScratch(random: RandomSource(seed: 1)).gaps
    #expect(gaps.count == 6)
    for gap in gaps { #expect(gap.gap < 1e-13, "\(gap.name)") }
  }

  @Test("Exercise 3.4.2: the gradients of x, γ and β agree with central differences, and with five-point differences")
  func gradcheck() {
    let checks = checkGradients(random: RandomSource(seed: 1))
    #expect(checks.map(\.count) == [24, 4, 4])
    for check in checks { #expect(check.gap < 1e-8, "\(check.name)") }
    let δ = spread([6, 4], offset: 50)
    expectGradient(at: [3 * spread([6, 4]), 1 + 0.5 * spread([4]), spread([4], offset: 9)], order: 2) {
      (BatchNormalizationForward($0[0], scale: $0[1], shift: $0[2]).y * δ).sum()
    }
  }

  @Test("Exercise 3.4.3: with batch normalization the same steps of gradient descent get further")
  func convergence() throws {
    let results = compareConvergence(on: try shapes(384), learningRates: [0.05], random: RandomSource(seed: 1)) { _ in
      TrainingPlan(epochs: 3, batchSize: 32)
    }
    let losses = results.map { $0.run.history.losses[2] }
    #expect(results.map(\.normalization) == [.none, .batch])
    #expect(losses[1] < 0.8 * losses[0])
    #expect(results[1].run.epochs(toLoss: losses[0]).map { $0 < 3 } == true)
  }

  @Test(
    "Exercise 3.4.4: the mean of a batch of m spreads by 1/√m, its deviation by about 1/√2m",
    arguments: [4, 16, 64, 256])
  func spreads(m: Int) {
    let s = batchStatisticSpread(size: m, batches: 2_000, random: RandomSource(seed: 1))
    #expect(abs(s.mean * Double(m).squareRoot() - 1) < 0.08)
    if m >= 16 { #expect(abs(s.deviation * Double(2 * m).squareRoot() - 1) < 0.12) }
  }

  @Test("Exercise 3.4.4: networks are trained with and without normalization for every batch size")
  func sizes() throws {
    let results = compareBatchSizes([4, 64], on: try shapes(128), random: RandomSource(seed: 1)) { _, size in
      TrainingPlan(epochs: 1, batchSize: size)
    }
    #expect(results.map(\.size) == [4, 64] && results.allSatisfy { $0.losses.count == 1 && (0...1 ~= $0.accuracy) })
  }
}

@Suite("The demonstrations of §§ 3.4, 3.5, 3.6 and 3.12")
struct NormalizationSectionsTests {
  private func digits(_ count: Int) throws -> ImageClassification {
    let all = try DataLibrary(directory: nil, environment: [:]).mnist()
    return ImageClassification(
      name: all.name, classNames: all.classNames, train: all.train.prefix(count), test: all.test.prefix(100),
      origin: "digits", isReal: true)
  }

  @Test("§ 3.4: the measured values are those of (3.9), (3.10) and (1 − p)ᵏ")
  func dropout() {
    let random = RandomSource(seed: 1)
    let s = measureDropout(0.4, samples: 20_000, random: random)
    #expect(abs(s.expectation - 0.6) < 1e-15 && abs(s.mean - 0.6) < 0.015)
    #expect(abs(s.invertedMean - 1) < 0.025 && abs(s.variance - 0.4 / 0.6) < 0.02)
    let groups = measureGroups(probability: 0.3, samples: 20_000, random: random)
    for (i, share) in groups.survival.enumerated() {
      #expect(abs(share - groupSurvival(i + 1, probability: 0.3)) < 0.015)
    }
  }

  @Test("§ 3.4: neighbours reveal single dropped pixels, but not dropped channels")
  func neighbours() {
    let both = measureNeighbours(probability: 0.5, images: 10, random: RandomSource(seed: 1))
    #expect(both[0].betrayed > 0.85 && both[1].betrayed == 0)
  }

  @Test("§ 3.5.1: without normalization the inputs of layers drift, with it their mean and deviation stay")
  func drift() throws {
    let data = try digits(512)
    let studies = [NormalizedNetwork.Normalization.none, .batch].map {
      studyDrift($0, on: data, plan: TrainingPlan(steps: 60), every: 5, random: RandomSource(seed: 1))
    }
    for layer in 0..<4 {
      #expect(studies[0].meanShift(layer: layer) > 0.05)
      #expect(studies[1].meanShift(layer: layer) < 0.02)
    }
    #expect(studies[1].runningLoss[0] > studies[1].batchLoss[0])
    #expect((studies[1].batchLoss.last ?? 9) < 0.5)
    let (x, network) = (data.test.flattened, studies[1].network)
    let gap = (network.folded(x) - network(x)).abs().max() / network(x).abs().max()
    #expect(gap.item < 5e-6)
  }

  @Test("§ 3.5: averages of small batches' deviations are too small, unbiased variances are not")
  func averages() {
    let s = averagedSpreads(size: 4, batches: 200, random: RandomSource(seed: 1))
    #expect(s.deviation < s.variance && s.variance < s.unbiased)
    #expect(abs(s.variance - 0.75.squareRoot()) < 0.03 && abs(s.unbiased - 1) < 0.03)
  }

  @Test("Remark 3.6: in other batches an example's output changes with batch normalization only")
  func companions() {
    let companions = studyCompanions(batches: 10, random: RandomSource(seed: 1))
    #expect(companions.batchSpread > 0.1 && companions.layerSpread < 1e-14)
  }

  @Test("§ 3.6: with batches of two, layer normalization learns and batch normalization hardly does")
  func smallBatches() throws {
    let results = compareNormalizations(on: try digits(512), sizes: [2], random: RandomSource(seed: 1)) { _, size in
      TrainingPlan(epochs: 2, batchSize: size)
    }
    let of = Dictionary(uniqueKeysWithValues: results.map { ($0.normalization, $0.accuracies[0]) })
    #expect((of[.layer] ?? 0) > 0.7 && (of[.batch] ?? 1) < 0.6)
  }

  @Test(
    "§ 3.12: a residual network learns with stochastic depth, and the scaled network agrees with the mean of its passes"
  )
  func depth() throws {
    let studies = studyDepth([0.5], blocks: 6, on: try digits(512), random: RandomSource(seed: 1)) { _ in
      TrainingPlan(epochs: 6, batchSize: 64)
    }
    let accuracy = studies[0].history["test accuracy"].last ?? 0
    #expect(accuracy > 0.7)
    #expect(abs(accuracy - studies[0].ensembleAccuracy) < 0.05)
  }
}
