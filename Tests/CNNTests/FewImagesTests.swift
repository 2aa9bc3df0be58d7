import CNN
import DataSets
import Foundations
import Tensors
import Testing
import Training
import ch04

@Suite("§ 4.5 Few images of a new task")
struct FewImagesTests {
  /// The two tasks in a few drawn shapes, and a narrow network that knows the first.
  private static let (task, pretrained) = {
    let random = RandomSource(seed: 4)
    let task = TransferTask(
      ImageClassification(
        name: "shapes", classNames: LabeledImages.shapeNames, train: .drawnShapes(count: 1_200, from: random),
        test: .drawnShapes(count: 300, from: random), origin: "drawn", isReal: false))
    let plan = TrainingPlan(epochs: 6, batchSize: 25)
    return (task, Pretrained(on: task, width: 8, learningRate: 3e-3, plan: plan, random: random))
  }()

  @Test(
    "Definition 4.8: first task and new task share no class and no image, and the first one's colours standardize both")
  func tasks() {
    let task = Self.task
    #expect(task.source.classNames == ["disc", "square", "triangle", "cross", "stripes"])
    #expect(task.target.classNames == ["ring", "frame", "plus", "star", "crescent"])
    #expect(task.source.train.count == 600 && task.target.train.count == 600 && task.target.test.count == 150)
    #expect(Set(task.target.train.labels) == Set(0..<5))
    let colours = task.source.train.images.mean(axes: [0, 2, 3])
    #expect(colours.abs().max().item < 1e-4)
    #expect(abs(task.source.train.images.variance().item - 1) < 0.01)
  }

  @Test("§ 4.5: a draw has the same number of images of each class, and no image twice")
  func draws() {
    let images = Self.task.target.train
    let few = images.few(perClass: 7, random: RandomSource(seed: 1))
    for label in 0..<5 { #expect(few.labels.count { $0 == label } == 7) }
    let sums = few.images.sum(axes: [1, 2, 3]).scalars
    #expect(Set(sums).count == 35)
    #expect(images.few(perClass: 7, random: RandomSource(seed: 2)).images != few.images)
  }

  @Test("Definition 4.8, § 4.5: with ten images a class, learned features are worth more than random ones")
  func transfers() {
    #expect(Self.pretrained.accuracy > 0.7, "the first task was learned: \(Self.pretrained.accuracy)")
    let results = compareTransfers(
      Self.task, from: Self.pretrained.network, learningRate: 3e-3, images: 10, draws: 2,
      plan: TrainingPlan(epochs: 20, batchSize: 25), random: RandomSource(seed: 3))
    let mean = Dictionary(uniqueKeysWithValues: results.map { ($0.way, $0.mean) })
    #expect(results.count == 6 && results.allSatisfy { $0.accuracies.count == 2 && $0.images == 10 })
    let best = max(mean[.featureExtractor] ?? 0, mean[.partial] ?? 0, mean[.grouped] ?? 0)
    #expect(best > (mean[.randomFeatures] ?? 1) + 0.05, "\(mean)")
    #expect(best > (mean[.scratch] ?? 1) + 0.05, "\(mean)")
  }

  @Test(
    "§ 4.5: frozen stages in evaluation mode forget nothing; in training mode their statistics follow the new images")
  func frozenModes() {
    let results = compareFrozenModes(
      Self.task, from: Self.pretrained.network, images: 10, plan: TrainingPlan(epochs: 12, batchSize: 25),
      random: RandomSource(seed: 3))
    #expect(results.map(\.mode) == [.evaluation, .training, .evaluation, .training])
    #expect(results.map(\.isDimmed) == [false, false, true, true])
    for still in [results[0], results[2]] {
      #expect(still.shift == 0 && still.oldAccuracy == Self.pretrained.accuracy)
    }
    #expect(results[1].shift > 0 && results[3].shift > 5 * results[1].shift)
    #expect(results[3].oldAccuracy < Self.pretrained.accuracy)
  }

  @Test(
    "Listing 4.7: the first phase trains the head, the second layer3 and layer4 with it, and the rest does not change")
  func phases() {
    let (task, old) = (Self.task, Self.pretrained.network)
    let plan = TrainingPlan(epochs: 3, batchSize: 25)
    let start = FineTuningTask(
      network: old, origin: "here", train: task.target.train.few(perClass: 20, random: RandomSource(seed: 6)),
      test: task.target.test, data: "drawn", classes: 5)
    let run = fineTuneInTwoPhases(start, plans: (plan, plan), random: RandomSource(seed: 7))
    let new = run.model.network.resNet
    #expect(run.trained == [64 * 5 + 5, new.layer3.parameterCount + new.layer4.parameterCount + 325])
    #expect(new.stem.convolution.weight == old.stem.convolution.weight)
    #expect(new.layer2.statistics == old.layer2.statistics && new.layer2.parameters == old.layer2.parameters)
    #expect(new.layer3[0].convolution1.weight != old.layer3[0].convolution1.weight)
    #expect(run.phases.map(\.epochs.count) == [3, 3])
    #expect((run.phases[1].losses.last ?? 9) < run.phases[0].losses[0])
  }
}
