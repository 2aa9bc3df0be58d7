import CNN
import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Training
import Transformer
import ch07

@Suite("§ 7.5  Vision Transformer")
struct VisionTransformerTests {
  private static let sizes = VisionSizes(width: 16, heads: 2, blocks: 2, classes: 5)
  private static let network = VisionTransformer(sizes, random: RandomSource(seed: 1)).converted(to: .double)
  private static let batch = RandomSource(seed: 2).uniform([3, 3, 32, 32], in: 0..<1, scalarType: .double)

  @Test("Definition 7.8: images cut into patches and put together again are the same", arguments: [1, 2, 4, 8])
  func identity(side: Int) {
    let x = RandomSource(seed: 3).normal([2, 3, 16, 8])
    let cut = patches(x, size: side)
    #expect(cut.shape == [2, 128 / (side * side), 3 * side * side])
    #expect(images(fromPatches: cut, side: side, height: 16, width: 8).scalars == x.scalars)
  }

  @Test("Definition 7.8: a patch is a square of the image, channel by channel, row by row")
  func order() {
    let x = Tensor.range(0..<96).reshaped([1, 2, 6, 8])
    // The patch in row 1, column 2, of pixels 2×2.
    #expect(patches(x, size: 2)[0, 6].scalars == [20, 21, 28, 29, 68, 69, 76, 77])
  }

  @Test("Definition 7.8: projected patches are the convolution (4.3) with stride P", arguments: [4, 8])
  func convolution(side: Int) {
    let embedding = PatchEmbedding(side: side, width: 7, random: RandomSource(seed: 4)).converted(to: .double)
    var layer = Convolution(3, 7, kernel: side, stride: side, random: RandomSource(seed: 5)).converted(to: .double)
    layer.weight = embedding.projection.weight.reshaped([7, 3, side, side])
    layer.bias = embedding.projection.bias
    let maps = layer(Self.batch).flattened(from: 2).transposed
    #expect((embedding(Self.batch) - maps).abs().max().item < 1e-13)
    #expect((embedding.convolved(Self.batch) - maps).abs().max().item < 1e-13)
  }

  @Test("(7.12), Exercise 7.4.1 and 7.4.2: 16 patches of 192 numbers become 17 rows, of which the first is [CLS]")
  func rows() {
    let z = Self.network.embedded(Self.batch)
    #expect(patches(Self.batch, size: 8).shape == [3, 16, 192] && z.shape == [3, 17, 16])
    let first = Self.network.classToken + Self.network.positions[0]
    #expect((0..<3).allSatisfy { (z[$0, 0] - first).abs().max().item == 0 })
    let fifth = Self.network.embedding(Self.batch)[1, 4] + Self.network.positions[5]
    #expect((z[1, 5] - fifth).abs().max().item == 0)
  }

  @Test("Remark 7.9: only the row of [CLS] reaches the logits, and their gradients reach all patches")
  func reaches() {
    let found = reach(Self.network, Self.batch)
    #expect(found.rows == 1 && found.patches == 16)
  }

  @Test("Fleuret, § 5.3: the row of [CLS] can be read by a network with two hidden layers; gradients reach every patch")
  func readout() {
    let readout = MLP([16, 12, 8, 5], activation: .gelu, random: RandomSource(seed: 8)).converted(to: .double)
    let state = Self.network.classState(Self.batch)
    #expect(state.shape == [3, 16] && readout(state).shape == [3, 5])
    #expect(Self.network(Self.batch) == Self.network.head(state))
    expectGradient(at: readout, tolerance: 1e-6) { $0(state).crossEntropy(labels: [0, 4, 2]) }
    let slope = gradient(at: Self.network) { readout($0.classState(Self.batch)).crossEntropy(labels: [0, 4, 2]) }
    #expect(slope.positions.abs().max(axes: [1]).min().item > 0)
  }

  @Test("(7.12): with equal positions the order of the patches is lost, with learned ones it counts")
  func positions() {
    let cut = patches(Self.batch, size: 8).gathered(Array((0..<16).reversed()), axis: 1)
    let reversed = images(fromPatches: cut, side: 8, height: 32, width: 32)
    var flat = Self.network
    flat.positions = Tensor.zeros([17, 16], scalarType: .double)
    #expect((flat(reversed) - flat(Self.batch)).abs().max().item < 1e-12)
    #expect((Self.network(reversed) - Self.network(Self.batch)).abs().max().item > 1e-5)
  }

  @Test("Remark 7.9: the weights of [CLS] on the patches and on itself add up to 1")
  func weights() {
    let α = Self.network.classAttention(Self.batch)
    #expect(α.count == 2 && α[0].shape == [3, 2, 16])
    let all = Self.network.encoder.weights(Self.network.embedded(Self.batch))
    for (part, whole) in zip(α, all) {
      let own = whole[0..<1, axis: 2][0..<1, axis: 3].reshaped([3, 2])
      #expect((part.sum(axes: [2]) + own - 1).abs().max().item < 1e-12)
    }
  }

  @Test("Definition 7.8: the counted parameters are those of the network, and 86,567,656 for ViT-B/16")
  func parameters() {
    for patch in [4, 8] {
      for (width, blocks) in [(8, 1), (12, 3)] {
        let sizes = VisionSizes(patch: patch, width: width, heads: 2, blocks: blocks, classes: 7)
        #expect(VisionTransformer(sizes, random: RandomSource(seed: 1)).parameterCount == sizes.parameterCount)
      }
    }
    #expect(VisionSizes.base16.parameterCount == 86_567_656 && VisionSizes.base16.patches == 196)
  }

  @Test("Exercise 7.4, Exercise 7.4.3: a small network learns drawn shapes well above chance")
  func training() {
    let source = RandomSource(seed: 6)
    let data = ImageClassification(
      name: "shapes", classNames: LabeledImages.shapeNames, train: .drawnShapes(count: 1000, from: source),
      test: .drawnShapes(count: 200, from: source), origin: "drawn", isReal: false)
    let sizes = VisionSizes(width: 32, heads: 4, blocks: 2)
    let result = trainVisionTransformer(
      sizes, on: data, learningRate: 2e-3, plan: TrainingPlan(epochs: 5, batchSize: 32), random: RandomSource(seed: 7)
    ) { _ in }
    #expect(result.history.losses.last ?? 9 < result.history.losses.first ?? 0)
    #expect(result.predictions.accuracy > 0.2, "\(result.predictions.accuracy)")
  }
}
