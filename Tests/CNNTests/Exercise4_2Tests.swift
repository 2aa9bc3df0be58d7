import CNN
import DataSets
import Running
import Tensors
import Testing
import Training
import ch04

@Suite("Exercise 4.2 Mini-ResNets with and without shortcuts")
struct Exercise4_2Tests {
  @Test("Exercise 4.2.1: shapes change as asked, and with F = 0 the block is its shortcut, exactly")
  func blocks() {
    let checks = checkBlocks(random: RandomSource(seed: 1))
    #expect(checks.map(\.output) == [[4, 16, 32, 32], [4, 32, 32, 32], [4, 32, 16, 16]])
    #expect(checks.map(\.parameters) == [4_672, 14_528, 14_528])
    #expect(checks.allSatisfy { $0.gap == 0 })
  }

  @Test("Exercise 4.2.2: a mini-ResNet of 8 layers learns to tell two shapes apart")
  func trains() {
    let random = RandomSource(seed: 2)
    var net = MiniResNet(layers: 8, classes: 2, width: 8, random: random)
    let run = trainMiniResNet(
      &net, on: discsAndStripes(), plan: TrainingPlan(epochs: 10, batchSize: 12), random: random)
    #expect(run.history["test accuracy"].last ?? 0 >= 0.9)
    #expect(run.history.losses[9] < 0.5 * run.history.losses[0])
    #expect(run.norms.count == 10 * 8 && run.norms.allSatisfy { $0.count == 7 })
  }

  @Test(
    "Exercise 4.2.3 and 4.2.4: 32 plain layers learn more slowly, and their first gradients are larger, not smaller"
  )
  func shortcuts() {
    let results = compareShortcuts(
      layers: [32], seeds: 1, width: 4, on: discsAndStripes(), random: RandomSource(seed: 3)
    ) { _ in TrainingPlan(epochs: 3, batchSize: 16) }
    #expect(results.map(\.isResidual) == [true, false])
    #expect(results.map(\.layers) == [32, 32])
    let losses = results.map { $0.losses.last?.mean ?? .nan }
    #expect(losses[0] < losses[1])
    let norms = results.map { $0.norms(of: 0, window: 6)[0] }
    #expect(norms[1] > 1.5 * norms[0])
    #expect(results[0].norms(of: 0, window: 6).count == 3)
  }

  /// 96 discs and stripes of 8×8 pixels, and as many to test on.
  private func discsAndStripes() -> ImageClassification {
    let all = LabeledImages.drawnShapes(count: 960, from: RandomSource(seed: 4))
    let two = all.labels.indices.filter { [0, 8].contains(all.labels[$0]) }
    let images = all.images.gathered(two).averagePooled2D(window: 4)
    let chosen = LabeledImages(images: 4 * (images - images.mean()), labels: two.map { all.labels[$0] == 0 ? 0 : 1 })
    return ImageClassification(
      name: "two shapes", classNames: ["disc", "stripes"], train: chosen.prefix(96),
      test: chosen.subset(Array(96..<192)), origin: "drawn", isReal: false)
  }
}
