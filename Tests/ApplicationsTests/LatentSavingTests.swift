import Applications
import CNN
import Diffusion
import Tensors
import Testing
import VAE

@Suite("§ 12.1.3  Diffusion in a latent space")
struct LatentSavingTests {
  /// The multiplications of a convolution, counted one by one over outputs and kernel.
  private func counted(_ layer: Convolution, side: Int) -> Int {
    var count = 0
    for _ in 0..<side * side {
      for _ in 0..<layer.weight.shape[0] {
        count += layer.weight.shape[1] * layer.weight.shape[2] * layer.weight.shape[3]
      }
    }
    return count
  }

  @Test("§ 12.1.3: the decoder's multiplications are those of its layers, counted pixel by pixel")
  func decoder() {
    let decoder = MapDecoder(latent: 4, factor: 4, width: 5, random: RandomSource(seed: 1))
    // A transposed convolution of stride 2 with 2×2 kernels writes every output pixel once for each input channel.
    let widened = [16, 32].reduce(0) { $0 + 5 * 5 * $1 * $1 }
    let expected =
      counted(decoder.start, side: 8) + counted(decoder.convolutions[0], side: 16)
      + counted(decoder.convolutions[1], side: 32) + widened
    #expect(decoder.multiplications(side: 8) == expected)
    #expect(decoder(.zeros([2, 4, 8, 8])).shape == [2, 3, 32, 32])
  }

  @Test(
    "§ 12.1.3: an evaluation on maps f times smaller takes f² times fewer multiplications, but for channels and time")
  func perCall() {
    for (side, f) in [(64, 4), (256, 8), (512, 8)] {
      let saving = LatentSaving(side: side, factor: f)
      #expect(abs(saving.ratioPerCall / Double(f * f) - 1) < 0.02, "\(saving.ratioPerCall)")
      #expect(LatentSaving(side: side, factor: f, latent: 3).ratioPerCall <= Double(f * f))
    }
  }

  @Test(
    "§ 12.1.3: a channel more in the latent maps costs 3×3 weights where the U-Net begins and 1×1 weights where it ends"
  )
  func channels() {
    let costs = [3, 4, 5].map { LatentSaving(side: 64, factor: 4, latent: $0).latent.operationsPerCall }
    // Two operations for each multiplication; 32 channels inside.
    let extra = 2 * (9 + 1) * 32 * 16 * 16
    #expect(costs[1] - costs[0] == extra && costs[2] - costs[1] == extra)
    let same = LatentSaving(side: 64, factor: 4, latent: 3)
    #expect(LatentSaving(side: 256, factor: 16, latent: 3).latent.operationsPerCall == same.latent.operationsPerCall)
    #expect(LatentSaving(side: 16, factor: 4, latent: 3).pixels.operationsPerCall == same.latent.operationsPerCall)
  }

  @Test("§ 12.1.3: a sample is many times cheaper in a latent space, though the decoder costs more than a step there")
  func perSample() {
    let saving = LatentSaving(side: 512, factor: 8)
    #expect(saving.ratio > 25 && saving.ratio < saving.ratioPerCall)
    #expect(saving.latent.otherOperations > saving.latent.operationsPerCall)
    // The more steps, the less the decoder counts, which runs once.
    let ratios = [1, 10, 100, 1_000].map { LatentSaving(side: 512, factor: 8, steps: $0).ratio }
    #expect(ratios == ratios.sorted() && ratios[3] > 0.95 * saving.ratioPerCall)
  }

  @Test(
    "§ 12.1.3: the latent model of chapters 9 and 10 takes fewer multiplications a call than a U-Net on its 8×8 pixels")
  func chapters() {
    let random = RandomSource(seed: 2)
    let x = random.uniform([20, 64], in: 0..<1)
    let autoencoder = VariationalAutoencoder(inputs: 64, hidden: [256], latent: 12, random: random)
    let latent = LatentDiffusion(of: autoencoder, on: x, hidden: [256, 256, 256], schedule: .linear(), random: random)
    let network = UNet(random: random)
    #expect(network.multiplications(side: 8) > 20 * latent.predictor.multiplications)
    let pixels = SamplingCost(calls: 50, multiplications: network.multiplications(side: 8))
    #expect(pixels.operations > 20 * latent.cost(steps: 50).operations)
  }
}
