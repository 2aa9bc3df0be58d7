import DataSets
import GAN
import Tensors
import Testing
import VAE
import ch09

@Suite("§ 9.2  Samples of an autoencoder and of a VAE")
struct Section9_2bTests {
  @Test("§ 9.2, the warning: images decoded from N(0, I) by a VAE are nearer to real ones and cover more of them")
  func samples() {
    let data = ImageClassification(
      name: "drawn digits", classNames: (0..<10).map(String.init),
      train: .drawnDigits(count: 1_000, from: RandomSource(seed: 1)),
      test: .drawnDigits(count: 300, from: RandomSource(seed: 2)), origin: "drawn digits", isReal: false)
    let measure = QualityMeasure(for: data, count: 300, steps: 100)
    let models = SampledDecoders(on: data.train.flattened, hidden: 128, epochs: 15, random: RandomSource(seed: 3))
    let sets = models.samples(300, like: data.test.images, random: RandomSource(seed: 4))
    let quality = sets.map { measure($0.images) }
    #expect(
      sets.map(\.name).prefix(3) == [
        "autoencoder, z from N(0, I)", "autoencoder, z from a fitted Gaussian", "VAE, z from N(0, I)",
      ])
    #expect(quality[2].frechetDistance < 0.7 * quality[0].frechetDistance)
    #expect(quality[2].coverage > quality[0].coverage && quality[2].density > quality[0].density)
    // What the autoencoder lacks is the distribution of its codes.
    #expect(quality[1].frechetDistance < 0.5 * quality[0].frechetDistance)
  }
}
