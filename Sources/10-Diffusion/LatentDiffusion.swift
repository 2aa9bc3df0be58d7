// § 10.10  Latent diffusion

import Messages
import Tensors
import Training
import VAE

/// A diffusion model of the codes of a variational autoencoder. § 10.10; Rombach et al. (2022)
///
/// The autoencoder is trained first. The codes are the means of q(z | x), shifted and scaled to mean 0 and variance 1
/// on the training images, because a noise schedule is made for data of variance 1. The sampler makes a code, which is
/// then decoded.
public struct LatentDiffusion: Model {
  /// The autoencoder.
  public var autoencoder: VariationalAutoencoder
  /// The predictor of the noise in codes.
  public var predictor: TimedNetwork
  /// The noise schedule.
  public let schedule: NoiseSchedule
  /// The mean and the deviation of the codes of the training images. [d]
  public let mean, deviation: Tensor

  /// An untrained diffusion model of the codes that a trained autoencoder gives these images. x: [N×…]
  public init(
    of autoencoder: VariationalAutoencoder, on x: Tensor, hidden: [Int], schedule: NoiseSchedule, random: RandomSource
  ) {
    let codes = autoencoder.encoded(x).mean
    (self.autoencoder, self.schedule) = (autoencoder, schedule)
    (mean, deviation) = (codes.mean(axes: [0]), codes.variance(axes: [0]).squareRoot())
    predictor = TimedNetwork(autoencoder.latentCount, hidden: hidden, time: 32, random: random)
  }

  /// Both networks.
  public static var parameters: [PartialKeyPath<LatentDiffusion>] { [\.autoencoder, \.predictor] }

  /// The standardized codes of images. [N×…] → [N×d]
  public func codes(of x: Tensor) -> Tensor { (autoencoder.encoded(x).mean - mean) / deviation }

  /// The images of standardized codes, as rows. [N×d] → [N×inputs]
  public func images(of z: Tensor) -> Tensor { autoencoder.decoded(z * deviation + mean) }

  /// Trains the predictor on the codes of images, and adopts its moving average; the autoencoder stays as it is.
  @discardableResult
  public mutating func train(
    on x: Tensor, learningRate: Double = 2e-3, plan: TrainingPlan, random: RandomSource
  ) -> History {
    var training = DenoiserTraining(predictor, learningRate: learningRate)
    let history = training.train(on: codes(of: x), schedule: schedule, plan: plan, random: random)
    predictor = training.average.model
    return history
  }

  /// Images from N(0, I) by a sampler in the space of codes, as rows.
  public func sample(_ count: Int, by sampler: Sampler, random: RandomSource) -> Tensor {
    images(
      of: sampler.sample(predictor, from: random.normal([count, autoencoder.latentCount]), random: random))
  }

  /// The cost of a sample in this number of steps: the predictor's calls, and the decoder once.
  public func cost(steps: Int) -> SamplingCost {
    SamplingCost(
      calls: steps, multiplications: predictor.multiplications,
      others: autoencoder.decoder.map(\.weight.count).reduce(0, +))
  }
}
