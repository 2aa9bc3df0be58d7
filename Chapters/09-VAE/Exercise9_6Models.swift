import DataSets
import Foundations
import GAN
import Messages
import Tensors
import Training
import VAE

/// A trained decoder or generator, as a map from latent vectors to images, with what was seen during its training.
public struct ImageMaker: Sendable {
  /// "VAE" or "DCGAN".
  public let name: String
  /// The number of latent variables, with z ∼ N(0, I).
  public let latent: Int
  /// The images of latent vectors. [N×latent] → [N×1×H×W] in [0, 1]
  public let images: @Sendable (Tensor) -> Tensor
  /// The losses of the training, and the Fréchet distance of the same 500 samples at each look.
  public let history: History

  /// A decoder with its looks.
  public init(
    name: String, latent: Int, history: History, images: @escaping @Sendable (Tensor) -> Tensor
  ) {
    (self.name, self.latent, self.history, self.images) = (name, latent, history, images)
  }

  /// The Fréchet distance at each look.
  public var distances: [Double] { history["Fréchet distance"].filter(\.isFinite) }
  /// The seconds that the training took, with its looks.
  public var seconds: Double { history.epochs.map(\.seconds).reduce(0, +) }

  /// Exercise 9.6.2: the largest factor by which the distance rose from one look to the next; 1 if it never rose.
  public var largestRise: Double { largestFactor(distances) }
}

/// The largest factor between a number and the next, at least 1.
public func largestFactor(_ values: [Double]) -> Double {
  zip(values, values.dropFirst()).reduce(1) { max($0, $1.1 / $1.0) }
}

/// The sizes of a VAE and of a DCGAN whose generator has as many parameters, within 2 %. Exercise 9.6.1
public struct EqualSizes: Sendable {
  /// The hidden units and the latent variables of the VAE.
  public let hidden: Int, latent: Int
  /// The sizes of the DCGAN.
  public let convolutional: ConvolutionalSizes

  /// The networks as printed in Listings 8.7 and 9.8: 835,384 and 837,504 parameters.
  public static let printed = EqualSizes(hidden: 512, latent: 20, convolutional: ConvolutionalSizes())
  /// A DCGAN of a quarter of the width, and a VAE of its size: 131,224 and 129,504 parameters.
  public static let quarter = EqualSizes(hidden: 80, latent: 20, convolutional: .quarter)

  /// A VAE without training.
  public func vae(random: RandomSource) -> VariationalAutoencoder {
    VariationalAutoencoder(hidden: [hidden], latent: latent, random: random)
  }

  /// The parameters of the VAE, of the generator and of the discriminator.
  public var parameters: (vae: Int, generator: Int, discriminator: Int) {
    let random = RandomSource(seed: 1)
    return (
      vae(random: random).parameterCount, Generator(convolutional, random: random).parameterCount,
      Discriminator(convolutional, random: random).parameterCount
    )
  }
}

/// Trains a VAE by Listing 9.8 with batches of 128, and looks at its samples every `epochs`/`looks` epochs.
/// Exercise 9.6.1
public func trainedVAE(
  _ sizes: EqualSizes, on images: Tensor, _ measure: QualityMeasure, looks: Int, epochs: Int, random: RandomSource,
  report: (@Sendable (TrainingProgress) -> Void)? = nil
) -> ImageMaker {
  var model = sizes.vae(random: random)
  let z = random.normal([500, sizes.latent])
  var plan = TrainingPlan(epochs: looks * epochs, batchSize: 128)
  plan.report = report
  let history = trainByEvidence(&model, on: images, plan: plan, random: random, β: { _ in 1 }) { model, epoch in
    epoch.number % epochs == 0 ? ["Fréchet distance": measure.distance(of: decodedImages(model, z))] : [:]
  }
  return ImageMaker(name: "VAE", latent: sizes.latent, history: history) { [model] in decodedImages(model, $0) }
}

/// Trains a DCGAN by Listing 8.7 with batches of 32, and looks at its samples after every epoch. Exercise 9.6.1
public func trainedDCGAN(
  _ sizes: EqualSizes, on images: Tensor, _ measure: QualityMeasure, looks: Int, random: RandomSource,
  report: (@Sendable (TrainingProgress) -> Void)? = nil
) -> ImageMaker {
  let latent = sizes.convolutional.latent
  let z = random.normal([500, latent])
  var plan = TrainingPlan(epochs: looks, batchSize: 32)
  plan.report = report
  let (players, history) = ImageGame(sizes.convolutional).trained(on: images, plan: plan, random: random) {
    players, _ in
    ["Fréchet distance": measure.distance(of: players.generator.images(z))]
  }
  let generator = players.generator
  return ImageMaker(name: "DCGAN", latent: latent, history: history) { generator.images($0) }
}

/// The means of p(x | z) as images. [N×d] → [N×1×28×28]
func decodedImages(_ model: VariationalAutoencoder, _ z: Tensor) -> Tensor {
  inBatches(z) { model.decoded($0) }.reshaped([z.shape[0], 1, 28, 28])
}
