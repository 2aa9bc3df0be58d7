import DataSets
import Foundations
import Running
import Tensors
import Testing
import Training
import ch01

@Suite("Exercise 1.5 MLP-Mixer against MLP and CNN")
struct Exercise1_5Tests {
  /// Discs, stripes and crosses: few enough images for a debug build.
  private static func shapes(train: Int, test: Int) -> ImageClassification {
    let source = RandomSource(seed: 5)
    return ImageClassification(
      name: "shapes", classNames: LabeledImages.shapeNames, train: .drawnShapes(count: train, from: source),
      test: .drawnShapes(count: test, from: source), origin: "drawn", isReal: false
    ).standardized(byPlane: true)
  }

  @Test("Exercise 1.5: an image of 32×32 has (32 / P)² patches", arguments: [(2, 256), (4, 64), (8, 16), (16, 4)])
  func tokens(patch: Int, count: Int) {
    var configuration = comparedMixer
    configuration.patchSize = patch
    #expect(configuration.tokens == count)
    #expect(patches(Tensor.zeros([1, 3, 32, 32]), size: patch).shape == [1, count, 3 * patch * patch])
  }

  @Test("Exercise 1.5: the Mixer, the CNN and the small MLP have budgets within a tenth of each other, in closed form")
  func budgets() {
    let results = compareVisionNetworks(on: Self.shapes(train: 10, test: 10), seed: 1) { _ in
      TrainingPlan(epochs: 0, batchSize: 10)
    }
    #expect(results.map(\.parameters) == [comparedMixer.parameterCount, 25_578, 24_674, 394_634])
    #expect(comparedMixer.parameterCount == 27_498)
    let budgets = results.prefix(3).map { Double($0.parameters) }
    #expect((budgets.max() ?? 0) / (budgets.min() ?? 1) < 1.12)
  }

  @Test("Exercise 1.5: on new images the Mixer and the CNN recognize shapes far better than chance, one in ten")
  func beatChance() {
    let data = Self.shapes(train: 400, test: 100)
    let plan = TrainingPlan(epochs: 8, batchSize: 20)
    var sizes = MixerConfiguration()
    (sizes.patchSize, sizes.hidden, sizes.channelWidth, sizes.depth) = (16, 32, 32, 1)
    let mixer = trainOnImages(
      MLPMixer(sizes, random: RandomSource(seed: 1)), name: "Mixer", on: data, plan: plan, random: RandomSource(seed: 1)
    )
    let cnn = trainOnImages(
      SmallConvolutionalNetwork(
        imageSize: 32, colors: 3, channels: [4, 8], classes: 10, random: RandomSource(seed: 1)),
      name: "CNN", on: data, plan: plan, random: RandomSource(seed: 1))
    #expect(mixer.testAccuracy > 0.3)
    #expect(cnn.testAccuracy > 0.3)
  }

  @Test("Exercise 1.5: the grid has a network of the right size in every place")
  func grid() {
    let grid = ablatePatchesAndHidden(
      on: Self.shapes(train: 10, test: 10), patches: [8, 16], hidden: [8, 16, 24], seed: 1
    ) { _ in TrainingPlan(epochs: 1, batchSize: 10) }
    #expect(grid.cells.map(\.configuration.patchSize) == [8, 8, 8, 16, 16, 16])
    #expect(grid.cells.map(\.configuration.hidden) == [8, 16, 24, 8, 16, 24])
    #expect(grid.cells.allSatisfy { $0.result.parameters == $0.configuration.parameterCount })
  }

  @Test("Exercise 1.5: standardizing gives each colour of the training set mean 0 and deviation 1")
  func standardized() {
    let images = Self.shapes(train: 20, test: 10).train.images
    #expect(images.mean(axes: [0, 2, 3]).abs().max().item < 1e-5)
    #expect((images.variance(axes: [0, 2, 3]) - 1).abs().max().item < 1e-4)
  }

  @Test("Exercise 1.5: a neighbourhood is the input of a 3×3 convolution, with zeros beyond the border")
  func convolution() {
    let x = Tensor.linear(from: 1, to: 9, count: 9).reshaped([1, 3, 3, 1])
    let seen = neighbourhoods(x)
    #expect(seen.shape == [1, 3, 3, 9])
    #expect(seen[0, 1, 1].scalars == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(seen[0, 0, 0].scalars == [0, 0, 0, 0, 1, 2, 0, 4, 5])
  }

  @Test("Exercise 1.5: pooling keeps the largest of every 2×2 block")
  func pooling() {
    let x = Tensor.range(0..<16).reshaped([1, 4, 4, 1])
    #expect(pooled(x).scalars == [5, 7, 13, 15])
  }
}
