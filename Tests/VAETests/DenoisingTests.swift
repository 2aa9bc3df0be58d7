import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Training
import VAE

@Suite("§ 9.10 A denoising autoencoder, and Tweedie's formula")
struct DenoisingTests {
  @Test(
    "§ 9.10: on the signal ±1 a denoiser is tanh(x̃/σ²) to 0.03, and by Tweedie's formula the score to 0.05",
    arguments: [1, 0.8])
  func twoPoints(σ: Double) {
    let random = RandomSource(seed: 11)
    let signal = TwoPointSignal(σ: σ)
    let x = Tensor((0..<4_000).map { $0.isMultiple(of: 2) ? -1 : 1 }, shape: [4_000, 1])
    var network = MLP([1, 16, 1], activation: .tanh, random: random)
    var plan = TrainingPlan(epochs: 150, batchSize: 400)
    plan.learningRate = { 0.02 / (1 + Double($0) / 100) }
    trainDenoiser(&network, on: x, .noise(σ: σ), plan: plan, random: random)
    let x̃ = Tensor.linear(from: -2.5, to: 2.5, count: 101).expanded(axis: 1)
    let mean = network(x̃)
    #expect((mean - signal.mean(given: x̃)).abs().max().item < 0.03)
    let score = tweedieScore(mean: mean, at: x̃, σ: σ)
    #expect((score - signal.score(at: x̃)).abs().max().item < 0.05)
  }

  @Test("§ 9.10: Tweedie's formula is exact: with E[X | X̃] = tanh(x̃/σ²) it is the score of the mixture")
  func tweedie() {
    let x = Tensor.linear(from: -4, to: 4, count: 81, scalarType: .double)
    for σ in [0.5, 1, 2] {
      let signal = TwoPointSignal(σ: σ)
      expectClose(
        tweedieScore(mean: signal.mean(given: x), at: x, σ: σ), signal.score(at: x), tolerance: 1e-12, scale: 1)
      let mixture = GaussianMixture(
        [-1.0, 1].map { GaussianMixture.Component(weight: 1, mean: [$0], deviation: σ) })
      expectClose(
        signal.score(at: x), mixture.score(of: x.expanded(axis: 1)).reshaped([81]), tolerance: 1e-12, scale: 1)
    }
  }

  @Test("§ 9.10: noise has its deviation, downscaling keeps the means, quantization rounds to the nearest level")
  func degradations() {
    let random = RandomSource(seed: 12)
    let x = random.uniform([2, 1, 4, 8], in: 0..<1, scalarType: .double)
    let low = Degradation.downscaled(by: 2)(x, using: random)
    #expect(low.shape == x.shape && abs(low.mean().item - x.mean().item) < 1e-14)
    #expect(low[1, 0, 2, 5] == low[1, 0, 3, 4])
    #expect(abs(low[0, 0, 0, 0].item - x[0, 0][0..<2].sliced(0..<2, axis: 1).mean().item) < 1e-14)
    let four = Degradation.quantized(levels: 4)(x, using: random)
    #expect(zip(four.scalars, x.scalars).allSatisfy { abs($0 - ($1 * 3).rounded() / 3) < 1e-14 })
    let noisy = Degradation.noise(σ: 0.3)(Tensor.zeros([20_000], scalarType: .double), using: random)
    #expect(abs(noisy.variance().item - 0.09) < 0.003)
  }

  @Test("§ 9.10: a denoiser of digits halves the error of noise, and repairs the other degradations too")
  func digits() throws {
    let digits = try LabeledImages.opticalDigits().images
    let (clean, held) = (digits[0..<800], digits[1_500..<1_700])
    for degradation in [Degradation.noise(σ: 0.3), .downscaled(by: 2), .quantized(levels: 2)] {
      let random = RandomSource(seed: 13)
      var network = MLP([64, 96, 64], random: random)
      trainDenoiser(
        &network, on: clean, degradation, learningRate: 3e-3, plan: TrainingPlan(epochs: 15, batchSize: 50),
        random: random)
      let degraded = degradation(held, using: random)
      let restored = network(degraded.flattened(from: 1)).reshaped(held.shape)
      func error(_ y: Tensor) -> Double { (y - held).squared().mean().item }
      let share = error(restored) / error(degraded)
      #expect(share < (degradation == .noise(σ: 0.3) ? 0.5 : 0.9), "\(degradation): \(share)")
    }
  }
}
