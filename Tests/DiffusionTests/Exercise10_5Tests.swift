import Checking
import DataSets
import Diffusion
import Foundations
import GAN
import Tensors
import Testing
import Training
import ch10

@Suite("Exercise 10.5  Guidance without a classifier")
struct Exercise10_5Tests {
  @Test("Exercise 10.5.2: classes are dropped one by one: a tenth of them, with the variance of independent draws")
  func dropping() {
    let random = RandomSource(seed: 1)
    let counts = (0..<500).map { _ in
      droppedClasses([Int](repeating: 3, count: 64), probability: 0.1, using: random).count { $0 == nil }
    }
    let mean = Double(counts.reduce(0, +)) / 500
    let variance = counts.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 500
    #expect(abs(mean - 6.4) < 0.35, "\(mean)")
    // 5.76 for independent draws; 369 if a whole batch were dropped at once.
    #expect(abs(variance - 5.76) < 1.2, "\(variance)")
    #expect(droppedClasses([1, 2], probability: 0, using: random) == [1, 2])
  }

  @Test("Exercise 10.5.2, § 10.7: the class is added to the embedding of time; ∅ has a vector of its own")
  func conditioning() {
    var sizes = UNetSizes()
    (sizes.width, sizes.time) = (8, 16)
    let model = ConditionalUNet(sizes, classes: 3, random: RandomSource(seed: 2))
    let x = spread([2, 1, 8, 8]).converted(to: .float)
    let none = model.noise(in: x, at: [5, 9])
    let other = model.noise(in: x, at: [5, 9], classes: [0, nil])
    #expect((other[1] - none[1]).abs().max().item == 0 && (other[0] - none[0]).abs().max().item > 1e-4)
    let embedded = timeEmbedding([4, 8], dimension: 16) + model.classes.table.gathered([0, 3])
    #expect((model.network(x, time: embedded) - other).abs().max().item == 0)
    #expect(model.parameterCount == UNet(sizes, random: RandomSource(seed: 2)).parameterCount + 4 * 16)
    // Only the vectors of the classes in a batch, and of ∅ where a class was dropped, get a gradient.
    let slopes = gradient(at: model) { $0.noise(in: x, at: [5, 9], classes: [1, nil]).squared().sum() }
    let norms = slopes.classes.table.norm(axes: [1]).scalars
    #expect(norms[1] > 0 && norms[3] > 0 && norms[0] == 0 && norms[2] == 0)
  }

  @Test("Exercise 10.5.2: a class that does not exist stops with a message")
  func wrongClass() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        var sizes = UNetSizes()
        (sizes.width, sizes.time) = (8, 16)
        let model = ConditionalUNet(sizes, classes: 3, random: RandomSource(seed: 2))
        _ = model.noise(in: .zeros([1, 1, 8, 8]), at: [5], classes: [3])
      },
      #"cannot predict the noise in 1 images of the classes ["3"]: a class from 0 to 2, or none, is needed for each"#)
  }

  /// A small model of 8×8 digits, with samples for four scales.
  private static let trained: (TrainedConditional, GuidanceStudy)? = {
    guard
      let parts = try? LabeledImages.opticalDigits().stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
    else { return nil }
    let data = ImageClassification(
      name: "digits", classNames: (0..<10).map(String.init), train: parts.first, test: parts.rest, origin: "digits",
      isReal: true)
    var sizes = UNetSizes()
    (sizes.width, sizes.time) = (8, 32)
    let schedule = NoiseSchedule.linear()
    let model = trainedConditional(
      sizes, on: data, schedule: schedule, learningRate: 3e-3, plan: TrainingPlan(epochs: 10, batchSize: 64),
      random: RandomSource(seed: 4))
    let measure = QualityMeasure(for: data, count: 100, steps: 300)
    return (
      model,
      GuidanceStudy(
        model.model, schedule: schedule, side: 8, steps: 12, perClass: 12, scales: [0, 1, 3, 7], measure,
        random: RandomSource(seed: 5))
    )
  }()

  @Test("Exercise 10.5.2, (10.16): both branches learn: the right class helps, a wrong one is worse than none")
  func branches() throws {
    let (model, _) = try #require(Self.trained)
    #expect(model.losses.conditional < model.losses.unconditional, "\(model.losses)")
    #expect(model.losses.unconditional < model.wrongClass, "\(model.losses), \(model.wrongClass)")
    #expect(model.losses.unconditional < 0.2)
  }

  @Test(
    "Exercise 10.5.3: with w = 0, 1, 3, 7 the asked class is seen more often, at least 0.9 at 3, and diversity falls")
  func guidance() throws {
    let (_, study) = try #require(Self.trained)
    let (accuracy, spread) = (study.rows.map(\.accuracy), study.rows.map(\.spread))
    let told = "\(accuracy), \(spread), \(study.rows.map(\.quality.coverage))"
    #expect(accuracy[0] < accuracy[1] && accuracy[1] <= accuracy[2] && accuracy[2] >= 0.9, "\(told)")
    #expect(zip(spread, spread.dropFirst()).allSatisfy { $0 > $1 }, "\(told)")
    #expect(study.rows[3].quality.coverage < study.rows[0].quality.coverage, "\(told)")
  }

  @Test("Exercise 10.5.1, (10.22), (10.24): w = 0 is the conditional model, w = −1 the unconditional one")
  func identity() {
    let data = GaussianMixture([
      .init(weight: 1, mean: [-1], deviation: 0.5), .init(weight: 1, mean: [1], deviation: 0.5),
    ])
    let model = ExactPredictor(data: data, schedule: .linear(50))
    let x = 2 * spread([7, 1])
    let (t, c) = ([Int](repeating: 20, count: 7), [Int](repeating: 1, count: 7))
    func guided(_ w: Double) -> Tensor { GuidedPredictor(model, classes: c, scale: w).noise(in: x, at: t) }
    expectClose(guided(0), model.noise(in: x, at: t, classes: c), tolerance: 1e-14, scale: 1)
    expectClose(guided(-1), model.noise(in: x, at: t), tolerance: 1e-13, scale: 1)
    // ε̂ = ε(∅) − (1 + w) √(1 − ᾱ) ∇ log p(c | x), the gradient of the classifier by differences.
    let ᾱ = model.schedule.ᾱ[20]
    let q = data.diffused(signalShare: ᾱ)
    func logPosterior(_ x: Tensor) -> Tensor { q.posterior(of: x).sliced(1..<2, axis: 1).log() }
    let slope = (logPosterior(x + 1e-5) - logPosterior(x - 1e-5)) / 2e-5
    expectClose(
      guided(3), model.noise(in: x, at: t) - 4 * (1 - ᾱ).squareRoot() * slope, tolerance: 1e-8, scale: 1)
  }

  @Test("Exercise 10.5.3: the spread of a class is the mean distance of its images")
  func distances() {
    let x = Tensor([0, 3, 0, 0, 1, 1], shape: [6, 1])
    #expect(meanDistanceWithin(x, groupsOf: 2) == 1)
    #expect(abs(meanDistanceWithin(x, groupsOf: 3) - (2 + 2.0 / 3) / 2) < 1e-6)
  }
}
