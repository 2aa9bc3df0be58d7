import CNN
import Checking
import Regularization
import Tensors
import Testing

/// What cnn_vision.py records.
struct VisionGolden: Decodable {
  struct Parametric: Decodable {
    let count: Int
    let logits, gradient, statistics, evaluated: [Double]
    let loss: Double
    let maps: [[Double]]
  }
  struct Color: Decodable {
    let count: Int
    let logits, map: [Double]
  }
  let counts: [Int]
  let parametric: Parametric
  let color: Color

  /// The small network of the script, and its images.
  static var network: ParametricNetwork {
    let network = ParametricNetwork(
      kernel: 3, filters: 2, blocks: 2, firstKernel: 5, classes: 3, random: RandomSource(seed: 1))
    let double = network.converted(to: .double)
    return double.withParameters(from: 0.5 * spread([double.parameterCount], offset: 10))
  }
  static let images = spread([4, 3, 8, 8], offset: 5_000)
  static let labels = [2, 0, 1, 1]
}

@Suite("§ 4.8 The network of the ablation")
struct ParametricNetworkTests {
  @Test("Listing 4.8: 94,986, 260,362, 374,282 and 390,666 parameters; all four counts of Output 4.8 are wrong")
  func counts() throws {
    let counts = AblatedNetwork.all.map { $0.network(random: RandomSource(seed: 1)).parameterCount }
    #expect(counts == [94_986, 260_362, 374_282, 390_666])
    #expect(counts == (try golden("cnn_vision", as: VisionGolden.self).counts))
    for (count, printed) in zip(counts, AblatedNetwork.all.map(\.printedCount)) {
      #expect(abs(Double(printed) / Double(count) - 0.555) < 0.005)
    }
  }

  @Test("Remark 4.9: a place of the last maps sees 18, 32, 18 and 78 pixels: kernels and depth widen the view")
  func views() {
    let views = AblatedNetwork.all.map { $0.network(random: RandomSource(seed: 1)).field(ofLayer: $0.blocks - 1).size }
    #expect(views == [18, 32, 18, 78])
  }

  @Test(
    "§ 4.8: neither without the biases of the convolutions nor without the normalizations the printed counts come out")
  func noOmission() {
    let network = AblatedNetwork.all[0].network(random: RandomSource(seed: 1))
    let biases = network.convolutions.compactMap { $0.bias?.count }.reduce(0, +)
    let norms = network.normalizations.map(\.parameterCount).reduce(0, +)
    #expect(network.parameterCount - biases == 94_762 && network.parameterCount - norms == 94_538)
    #expect(network.parameterCount - biases - norms > 52_778)
  }

  @Test("Listing 4.8: block i has f · 2^min(i, 2) filters, and halves height and width")
  func shapes() {
    let network = ParametricNetwork(kernel: 5, filters: 4, blocks: 5, classes: 7, random: RandomSource(seed: 1))
    let maps = network.maps(Tensor.zeros([2, 3, 32, 32]))
    #expect(maps.map(\.shape) == [[2, 4, 32, 32], [2, 8, 16, 16], [2, 16, 8, 8], [2, 16, 4, 4], [2, 16, 2, 2]])
    #expect(network(Tensor.zeros([2, 3, 32, 32])).shape == [2, 7])
    #expect(unlistedParameters(in: network) == [])
  }

  @Test("§ 4.8: logits, gradient, running statistics and evaluation are PyTorch's")
  func pyTorch() throws {
    let record = try golden("cnn_vision", as: VisionGolden.self).parametric
    var network = VisionGolden.network
    #expect(network.parameterCount == record.count)
    let (loss, g) = valueWithGradient(at: network) {
      $0(VisionGolden.images).crossEntropy(labels: VisionGolden.labels)
    }
    let list = { (numbers: [Double]) in Tensor(numbers, scalarType: .double) }
    expectClose(loss, Tensor(record.loss, scalarType: .double), tolerance: 1e-12)
    expectClose(g.flattened, list(record.gradient), tolerance: 1e-9, scale: 1e-3)
    let logits = Mode.training { network(VisionGolden.images) }
    expectClose(logits.flattened, list(record.logits), tolerance: 1e-12)
    network.adoptStatistics(of: g)
    // PyTorch lists means and variances layer by layer, as `statistics` does.
    expectClose(Tensor.concatenated(network.statistics, axis: 0), list(record.statistics), tolerance: 1e-12)
    expectClose(network(VisionGolden.images).flattened, list(record.evaluated), tolerance: 1e-12)
  }

  @Test("§ 4.8: the best test accuracy of all epochs is never below that of the epoch that validation chooses")
  func optimism() {
    let epochs = ChosenEpoch(validation: [0.5, 0.7, 0.7, 0.6], test: [0.5, 0.6, 0.8, 0.9])
    #expect(epochs.bestOnTest == 0.9 && epochs.chosenByValidation == 0.6)
    #expect(abs(epochs.optimism - 0.3) < 1e-15)
    #expect(ChosenEpoch(validation: [0.1, 0.2], test: [0.3, 0.4]).optimism == 0)
  }

  @Test("§ 4.8: among equally good epochs the best looks better by σ/√π if there are two, by 2.04 σ if there are 30")
  func luck() {
    let σ = (0.9 * 0.1 / 10_000).squareRoot()
    func luck(_ epochs: Int) -> Double {
      optimismByLuck(epochs: epochs, testImages: 10_000, accuracy: 0.9, random: RandomSource(seed: 3)) / σ
    }
    #expect(luck(1) == 0 && abs(luck(2) - 1 / Double.pi.squareRoot()) < 0.02)
    #expect(abs(luck(3) - 1.5 / Double.pi.squareRoot()) < 0.03 && abs(luck(30) - 2.0428) < 0.03)
    let draws = (0..<UInt64(400)).map { seed -> Double in
      let random = RandomSource(seed: seed)
      return (0..<5).map { _ in Double((0..<100).count { _ in random.bernoulli(0.8) }) / 100 }.max() ?? 0
    }
    let counted = draws.reduce(0, +) / 400 - 0.8
    #expect(
      abs(counted - optimismByLuck(epochs: 5, testImages: 100, accuracy: 0.8, random: RandomSource(seed: 1))) < 0.006)
  }

  @Test("impossible networks stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = ParametricNetwork(kernel: 3, filters: 0, blocks: 2, random: RandomSource(seed: 1))
    }
    await #expect(processExitsWith: .failure) { _ = ChosenEpoch(validation: [0.1], test: []) }
  }
}
