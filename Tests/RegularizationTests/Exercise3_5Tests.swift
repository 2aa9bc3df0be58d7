import Checking
import DataSets
import Foundations
import Regularization
import Running
import Tensors
import Testing
import Training
import ch03

@Suite("Exercise 3.5 AdamW against Adam with L2")
struct Exercise3_5Tests {
  @Test(
    "Exercise 3.5.1: L2 is weight decay with λ_wd = ηλ, or λ in the form (1 − ηλ); with λ/η, as printed, it is neither")
  func descent() {
    let ends = compareDescents()
    func distance(_ i: Int) -> Double { zip(ends[i].path, ends[0].path).map { abs($0 - $1) }.max() ?? 0 }
    #expect(distance(1) < 1e-14 && distance(2) < 1e-14)
    #expect(distance(3) > 0.5 && distance(4) > 0.1)
    for (end, expected) in zip(ends, [1.814019, 1.814019, 1.814019, 0.028740, 1.169177]) {
      #expect(abs((end.path.last ?? 0) - expected) < 1e-6)
    }
    // The same with the optimizers of the chapter: a step along g + λθ, and a separate decay.
    var (a, b, optimizer) = (spread([5]), spread([5]), GradientDescent(learningRate: 0.1))
    for _ in 0..<50 {
      optimizer.update(&a, along: a.sin() + 0.01 * a)
      let g = b.sin()
      b = (1 - 0.1 * 0.01) * b
      optimizer.update(&b, along: g)
    }
    expectClose(a, b, tolerance: 1e-13)
  }

  @Test("Exercise 3.5.2: with Adam two weights decay by 1/√(G² + (λθ)²), a hundredfold apart; with AdamW equally")
  func twoParameters() {
    let rates = compareDecayRates(penalty: 0.01)
    #expect(abs(rates[0].large - 0.1) < 0.005, "found \(rates[0].large)")
    #expect(abs(rates[0].small - 10) < 0.5, "found \(rates[0].small)")
    #expect(abs(rates[1].large - 1) < 0.02 && abs(rates[1].small - 1) < 0.02)
    #expect(rates[0].small / rates[0].large > 90)
  }

  @Test("Exercise 3.5.2: the first step of Adam does not depend on λ, that of AdamW does")
  func firstSteps() {
    let steps = compareFirstSteps()
    for step in steps[0..<3] { expectClose(Tensor(step.weights), Tensor([0.9, 0.9]), tolerance: 1e-6) }
    expectClose(Tensor(steps[3].weights), Tensor([0.9, 0.9]), tolerance: 1e-6)
    expectClose(Tensor(steps[5].weights), Tensor([0.8, 0.8]), tolerance: 1e-6)
  }

  /// The network of the exercise.
  private func network(_ random: RandomSource) -> MLP { MLP([784, 128, 10], random: random) }

  @Test("Exercise 3.5.3: a network memorizes noisy labels; both rules prevent it, each with its own λ")
  func training() {
    let random = RandomSource(seed: 5)
    let data = ImageClassification(
      name: "drawn digits", classNames: (0..<10).map(String.init), train: .drawnDigits(count: 200, from: random),
      test: .drawnDigits(count: 100, from: random), origin: "", isReal: false)
    let results = compareDecays([0, 1], on: data, examples: 100, seeds: 1, firstSeed: 1, make: network) { _ in
      TrainingPlan(epochs: 12, batchSize: 25)
    }
    #expect(results.map(\.rule) == [.l2, .l2, .decoupled, .decoupled])
    #expect(results.map(\.coefficient) == [0, 1, 0, 1])
    // Without decay both are Adam.
    #expect(abs(results[0].last("test loss") - results[2].last("test loss")) < 1e-3)
    #expect(results[0].last("training loss") < 0.5)
    // A penalty of 1 in the gradient outweighs the loss; outside of it, it takes a twentieth of the weights in 48
    // steps.
    #expect(results[1].last("training loss") > 1)
    #expect(results[3].last("training loss") < 0.6)
  }

  @Test("Exercise 3.5.3: the best coefficient does not depend on the test images: wrong labels there do not change it")
  func choice() throws {
    let random = RandomSource(seed: 5)
    let (train, test) = (
      LabeledImages.drawnDigits(count: 200, from: random), LabeledImages.drawnDigits(count: 50, from: random)
    )
    let chosen = try [0, 1].map { shift in
      let data = ImageClassification(
        name: "drawn digits", classNames: (0..<10).map(String.init), train: train,
        test: LabeledImages(images: test.images, labels: test.labels.map { ($0 + shift) % 10 }), origin: "",
        isReal: false)
      let results = compareDecays([0, 0.1, 1], on: data, examples: 60, seeds: 1, firstSeed: 1, make: network) { _ in
        TrainingPlan(epochs: 6, batchSize: 20)
      }
      return try #require(bestByValidation(results.filter { $0.rule == .l2 }))
    }
    #expect(chosen[0].coefficient == chosen[1].coefficient && chosen[0].testAccuracy != chosen[1].testAccuracy)
    #expect(chosen[0].last("validation accuracy") == chosen[1].last("validation accuracy"))
  }
}

@Suite("§ 3.12 Smoothing, R-Drop and predictions")
struct ModernLossesProgramTests {
  @Test("(3.34) makes a network less sure; (3.35) brings two dropout passes closer")
  func predictions() {
    let random = RandomSource(seed: 5)
    let data = ImageClassification(
      name: "drawn digits", classNames: (0..<10).map(String.init), train: .drawnDigits(count: 300, from: random),
      test: .drawnDigits(count: 100, from: random), origin: "", isReal: false)
    let results = compareModernLosses(on: data, examples: 150, seed: 1) { _ in TrainingPlan(epochs: 12, batchSize: 50) }
    #expect(results[1].meanConfidence < results[0].meanConfidence)
    #expect(results[2].divergence < 0.9 * results[0].divergence)
    for result in results { #expect(result.accuracy > 0.5 && result.confidences.count == 100) }
  }
}

@Suite("§ 3.7 Few examples")
struct FewExamplesTests {
  @Test("§ 3.7: every kind of augmentation trains on every number of examples, and the networks read digits")
  func comparison() {
    let random = RandomSource(seed: 5)
    let data = ImageClassification(
      name: "drawn digits", classNames: (0..<10).map(String.init), train: .drawnDigits(count: 200, from: random),
      test: .drawnDigits(count: 100, from: random), origin: "", isReal: false)
    let results = compareAugmentations(on: data, sizes: [40], seeds: 1, firstSeed: 1) { _, size in
      TrainingPlan(steps: 30, examples: size, batchSize: 50)
    }
    #expect(results.map(\.kind) == FewExamples.Kind.allCases)
    for result in results { #expect(result.mean > 0.25, "\(result.kind): \(result.mean)") }
  }
}
