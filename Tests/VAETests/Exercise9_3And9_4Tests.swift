import CNN
import DataSets
import Tensors
import Testing
import Training
import VAE
import ch09

@Suite("Exercises 9.3 and 9.4")
struct ConvolutionalVAETests {
  @Test("Exercise 9.3.1, Exercise 9.3.2: 28 → 14 → 7 → 4 and back; mirrored without output padding 25 or 24 pixels")
  func sizes() {
    #expect(mapSides(kernel: 3, outputPaddings: [0, 1, 1]) == [28, 14, 7, 4, 7, 14, 28])
    #expect(mapSides(kernel: 3, outputPaddings: [0, 0, 0]) == [28, 14, 7, 4, 7, 13, 25])
    #expect(mapSides(kernel: 4, outputPaddings: [0, 0, 0]) == [28, 14, 7, 3, 6, 12, 24])
    let model = ConvolutionalVAE(maps: [3, 4, 5], latent: 6, random: RandomSource(seed: 1))
    let x = RandomSource(seed: 2).uniform([2, 1, 28, 28])
    let maps = model.convolutions.reduce(into: [x]) { maps, layer in maps.append(layer(maps[maps.count - 1])) }
    #expect(maps.map { $0.shape[2] } == [28, 14, 7, 4])
    #expect(model.encoded(x).mean.shape == [2, 6] && model.reconstructed(x).shape == [2, 1, 28, 28])
    #expect(model.expansions.map(\.outputPadding) == [0, 1, 1])
  }

  @Test(
    "Exercise 9.3, § 4.2.2: the network has three convolutions with normalizations on each side, without idle biases")
  func parts() {
    let model = ConvolutionalVAE(random: RandomSource(seed: 1))
    #expect(model.convolutions.count == 3 && model.expansions.count == 3)
    #expect(model.encoderNorms.count == 3 && model.decoderNorms.count == 3)
    #expect(
      model.convolutions.allSatisfy { $0.bias == nil }
        && model.expansions.map { $0.bias != nil } == [false, false, true])
    // 3 convolutions and their normalizations, the heads, the first layer, and the way back.
    let sides = 9 * (32 + 32 * 64 + 64 * 128)
    let heads = 2 * (2_048 * 20 + 20) + 20 * 2_048
    let norms = 2 * (32 + 64 + 128)
    #expect(model.parameterCount == 2 * sides + heads + 2 * norms + 1)
  }

  @Test("Exercise 9.3, Exercise 9.3.3: it learns, and is judged with the running statistics of its normalizations")
  func training() {
    let source = RandomSource(seed: 1)
    let data = ImageClassification(
      name: "digits", classNames: (0..<10).map(String.init), train: .drawnDigits(count: 320, from: source),
      test: .drawnDigits(count: 50, from: source), origin: "drawn", isReal: false)
    var plan = TrainingPlan(epochs: 8, batchSize: 32)
    plan.learningRate = { _ in 5e-3 }
    let start = ConvolutionalVAE(maps: [4, 8, 16], random: RandomSource(seed: 2))
    let found = trainOnDigits(start, on: data, plan: plan, random: RandomSource(seed: 3)) { $0.images }
    let untrained = EvidenceMeasure(of: start, on: data.test.images, random: RandomSource(seed: 9))
    #expect(found.measure.loss() < 0.6 * untrained.loss(), "\(found.measure.loss()), \(untrained.loss())")
    let (one, all) = (data.test.images[0..<1], data.test.images)
    let gap = found.model.reconstructed(all)[0..<1] - found.model.reconstructed(one)
    #expect(gap.abs().max().item < 1e-5)  // the other images of a batch have no part in it
    #expect(found.model.encoderNorms[0].runningMean.abs().max().item > 0)
  }

  @Test("Exercise 9.4: the five weights share images, order and starting point")
  func sweep() {
    let source = RandomSource(seed: 1)
    let data = ImageClassification(
      name: "digits", classNames: (0..<10).map(String.init), train: .drawnDigits(count: 40, from: source),
      test: .drawnDigits(count: 20, from: source), origin: "drawn", isReal: false)
    let sweep = sweepWeights(on: data, [1, 1, 10], hidden: [8], latent: 3, epochs: 1, seed: 1)
    #expect(sweep[0].result.measure.reconstruction == sweep[1].result.measure.reconstruction)
    #expect(sweep[2].result.measure.reconstruction != sweep[1].result.measure.reconstruction)
    #expect(sweep[0].units.sorted() == [0, 1, 2] && sweep[0].changes(on: data.test).count == 3)
  }
}
