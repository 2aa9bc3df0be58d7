import Foundations
import Regularization
import Tensors
import Training

// Steps of fully connected networks.

extension Step {
  static let perceptrons = [
    Step(
      "mlp", "784-256-128-10, Adam, batch 128",
      [.dense(128, 784, 256).passes(2), .dense(128, 256, 128), .dense(128, 128, 10)]
    ) { scale in
      let random = RandomSource(seed: 1)
      var (model, optimizer) = (MLP([784, 256, 128, 10], random: random), Adam())
      let (x, y) = (random.normal([128 * scale, 784]), labels(128 * scale, classes: 10))
      return Workload(parameters: model.parameterCount) {
        descend(&model, &optimizer) { $0(x).crossEntropy(labels: y) }
      }
    },
    Step(
      "regularized", "batch norm, dropout, label smoothing, clipping, AdamW, batch 128",
      [.dense(128, 784, 256).passes(2), .dense(128, 256, 256), .dense(128, 256, 10)]
    ) { scale in
      let random = RandomSource(seed: 1)
      var (model, optimizer) = (RegularizedNetwork(dropout: 0.3, random: random), Adam(weightDecay: 1e-4))
      let (x, y) = (random.normal([128 * scale, 784]), labels(128 * scale, classes: 10))
      return Workload(parameters: model.parameterCount) {
        descend(&model, &optimizer, clip: 1) { $0(x).crossEntropy(labels: y, smoothing: 0.1) }
      }
    },
    Step(
      "wgan_gp", "a critic's step with gradient penalty, 784-512-256-1, batch 128",
      [.dense(128, 784, 512).passes(9), .dense(128, 512, 256).passes(11), .dense(128, 256, 1).passes(11)]
    ) { scale in
      let random = RandomSource(seed: 1)
      var critic = MLP([784, 512, 256, 1], activation: .leakyReLU(slope: 0.2), random: random)
      var optimizer = Adam(learningRate: 1e-4, beta1: 0)
      let (real, fake) = (random.normal([128 * scale, 784]), random.normal([128 * scale, 784]))
      return Workload(parameters: critic.parameterCount) {
        let ε = random.uniform([128 * scale, 1])
        let between = ε * real + (1 - ε) * fake
        return descend(&critic, &optimizer) { critic in
          let slope = gradient(at: between) { critic($0).sum() }
          let penalty = (slope.norm(axes: [1]) - 1).squared().mean()
          return critic(fake).mean() - critic(real).mean() + 10 * penalty
        }
      }
    },
    Step(
      "vae", "784-512-20-512-784, Adam, batch 128",
      [
        .dense(128, 784, 512).passes(2), .dense(128, 512, 20), .dense(128, 512, 20), .dense(128, 20, 512),
        .dense(128, 512, 784),
      ]
    ) { scale in
      let random = RandomSource(seed: 1)
      var (model, optimizer) = (VariationalAutoencoder(random: random), Adam())
      let x = random.uniform([128 * scale, 784])
      return Workload(parameters: model.parameterCount) { descend(&model, &optimizer) { $0.loss(x, random) } }
    },
  ]
}

/// The variational autoencoder of listing 9.8.
struct VariationalAutoencoder: Model {
  var encoder, mean, logVariance, decoder, output: Linear

  init(random: RandomSource) {
    encoder = Linear(784, 512, random: random)
    mean = Linear(512, 20, random: random)
    logVariance = Linear(512, 20, random: random)
    decoder = Linear(20, 512, random: random)
    output = Linear(512, 784, random: random)
  }

  static var parameters: [PartialKeyPath<VariationalAutoencoder>] {
    [\.encoder, \.mean, \.logVariance, \.decoder, \.output]
  }

  /// The reconstruction error and the divergence from the prior, summed over the batch.
  func loss(_ x: Tensor, _ random: RandomSource) -> Tensor {
    let h = relu(encoder(x))
    let (μ, logσ²) = (mean(h), logVariance(h))
    let z = μ + (0.5 * logσ²).exp() * random.normal(μ.shape)
    let logits = output(relu(decoder(z)))
    let reconstruction = (logits.softplus() - x * logits).sum()
    return reconstruction - 0.5 * (1 + logσ² - μ.squared() - logσ².exp()).sum()
  }
}
