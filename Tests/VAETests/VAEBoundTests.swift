import Checking
import DataSets
import GAN
import Tensors
import Testing
import Training
import VAE
import ch09

@Suite("§ 9.1  What a variational autoencoder says about log p(x)")
struct VAEBoundTests {
  @Test("Remark 9.1: ELBO ≤ IWAE(10) ≤ IWAE(100) ≤ log p(x) for a trained two-dimensional VAE, whose log p is a grid's")
  func order() throws {
    let all = try LabeledImages.opticalDigits().images.flattened(from: 1)
    let x = all .> 0.5
    var model = VariationalAutoencoder(inputs: 64, hidden: [48], latent: 2, random: RandomSource(seed: 1))
    trainByEvidence(
      &model, on: x[0..<1_437], learningRate: 3e-3, plan: TrainingPlan(epochs: 12, batchSize: 64),
      random: RandomSource(seed: 2))
    let held = x[1_437..<1_497]
    let logs = model.logMarginal(of: held, on: LatentGrid(dimensions: 2, radius: 8, panels: 12))
    let finer = model.logMarginal(of: held[0..<4], on: LatentGrid(dimensions: 2, radius: 8, panels: 16))
    #expect((logs[0..<4] - finer).abs().max().item < 2e-3, "ReLU has kinks, so the rule is not exact")

    // The same weights in columns of 1, 10 and 100.
    let weights = model.logWeights(of: held, noise: RandomSource(seed: 3).normal([2_000, 60, 2]))
    var below = -Double.infinity
    for K in [1, 10, 100] {
      let columns = logMeanExp(weights.reshaped([2_000 / K, K, 60]), axis: 1).converted(to: .double)
      let bound = columns.mean().item
      let error = (columns.variance(axes: [0]).mean().item / Double(columns.count)).squareRoot()
      #expect(bound > below)
      #expect(bound < logs.mean().item + (K < 100 ? -3 : 3) * error, "K = \(K): \(bound), log p \(logs.mean())")
      below = bound
    }
    let many = logMeanExp(weights, axis: 0).converted(to: .double)
    #expect((many - logs).mean().abs().item < 0.05)
  }

  @Test("(9.29): K = 1 and the closed divergence give the same bound on average, (9.8)")
  func one() {
    let model = VariationalAutoencoder(inputs: 6, hidden: [5], latent: 2, random: RandomSource(seed: 1))
      .converted(to: .double)
    let x = (spread([3, 6]) .> 0)
    let ε = RandomSource(seed: 2).normal([4_000, 3, 2], scalarType: .double)
    let sampled = model.logWeights(of: x, noise: ε)
    let evidence = (0..<4_000).map { model.evidence(of: x, noise: ε[$0]).objective() }
    let closed = Tensor.stacked(evidence, axis: 0)
    let error = ((sampled - closed).variance(axes: [0]) / 4_000).squareRoot()
    #expect(((sampled - closed).mean(axes: [0]).abs() / error).max().item < 3)
  }

  @Test("Remark 9.1: a number of draws that is no multiple of 100 stops with a message")
  func draws() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let model = VariationalAutoencoder(inputs: 6, hidden: [5], latent: 2, random: RandomSource(seed: 1))
        _ = LikelihoodBounds(of: model, on: Tensor.zeros([2, 6]), draws: 150, random: RandomSource(seed: 2))
      }, "cannot take importance weights from 150 draws for each example: a positive multiple of 100 is needed")
  }
}
