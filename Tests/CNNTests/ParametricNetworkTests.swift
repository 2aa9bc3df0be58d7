import CNN
import Checking
import Regularization
import Tensors
import Testing

@Suite("§ 4.8 The network of the ablation")
struct ParametricNetworkTests {
  @Test("Listing 4.8: 94,986, 260,362, 374,282 and 390,666 parameters; all four counts of Output 4.8 are wrong")
  func counts() throws {
    let counts = AblatedNetwork.all.map { $0.network(random: RandomSource(seed: 1)).parameterCount }
    #expect(counts == [94_986, 260_362, 374_282, 390_666])
    #expect(counts == (try golden("cnn", as: RecordedCounts.self).counts.ablation))
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
    "§ 4.8: the printed counts do not result without the biases of the convolutions or without the normalizations")
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

  @Test("§ 4.8: the best test accuracy of all epochs is never below that of the epoch that validation chooses")
  func optimism() {
    let epochs = ChosenEpoch(validation: [0.5, 0.7, 0.7, 0.6], test: [0.5, 0.6, 0.8, 0.9])
    #expect(epochs.bestOnTest == 0.9 && epochs.chosenByValidation == 0.6)
    #expect(abs(epochs.optimism - 0.3) < 1e-15)
    #expect(ChosenEpoch(validation: [0.1, 0.2], test: [0.3, 0.4]).optimism == 0)
  }

  @Test("§ 4.8: the best of two equally good epochs looks σ/√π too good, the best of 30 looks 2.04 σ too good")
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

  @Test(
    "§ 4.8: if the hits of epochs correlate by ρ, as within one training run, √(1 − ρ) of the optimism by luck is left",
    arguments: [0.25, 0.75])
  func sharedLuck(ρ: Double) {
    // With probability √ρ an epoch has the hit that all epochs share on this image, and its own hit otherwise.
    let (epochs, images, p, trials) = (6, 100, 0.8, 400)
    let draws = (0..<trials).map { trial -> Double in
      let random = RandomSource(seed: UInt64(trial))
      let shared = (0..<images).map { _ in random.bernoulli(p) }
      return (0..<epochs).map { _ in
        Double(shared.count { random.bernoulli(ρ.squareRoot()) ? $0 : random.bernoulli(p) }) / Double(images)
      }.max() ?? 0
    }
    let counted = draws.reduce(0, +) / Double(trials) - p
    let expected = optimismByLuck(
      epochs: epochs, testImages: images, accuracy: p, correlation: ρ, random: RandomSource(seed: 1))
    #expect(abs(counted - expected) < 0.007)
    let independent = optimismByLuck(
      epochs: epochs, testImages: images, accuracy: p, random: RandomSource(seed: 1))
    #expect(abs(expected - (1 - ρ).squareRoot() * independent) < 1e-12)
  }

  @Test("impossible networks stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      _ = ParametricNetwork(kernel: 3, filters: 0, blocks: 2, random: RandomSource(seed: 1))
    }
    await #expect(processExitsWith: .failure) { _ = ChosenEpoch(validation: [0.1], test: []) }
  }
}
