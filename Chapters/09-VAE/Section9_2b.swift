import Backprop
import DataSets
import Figures
import Foundations
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.2, the warning: images decoded from N(0, I) by an autoencoder and by a VAE of the same size.
public let section9_2b = Exercise(
  .section, "9.2b", "Samples of an autoencoder and of a VAE", seconds: 25, quick: 2, full: 120,
  needs: { _ in DataNeeds(train: 128, test: 40, testClasses: 2, size: .exactly(28)) }
) { run in
  let data = try run.digits(
    run.choose(quick: 128, standard: 6_000, full: 60_000), run.choose(quick: 64, standard: 1_000, full: 10_000))
  run.say(data.provenance)
  let count = run.choose(quick: 64, standard: 1_000, full: 5_000)
  let measure = run.measure(for: data, count: count)
  let epochs = run.epochs(quick: 1, standard: 30, full: 30)
  let models = SampledDecoders(
    on: data.train.flattened, hidden: 512, epochs: epochs, random: run.random, report: run.progress)
  let sets = models.samples(count, like: data.test.images, random: run.random.split())
  let judged = sets.map { (name: $0.name, quality: measure($0.images)) }
  run.show(qualityTable("Judged by a network", [("real images", measure.real)] + judged), as: "quality")
  let rows = [("real images", data.test.images)] + sets.map { ($0.name, $0.images) }
  run.show(
    sheet(
      ImageGrid(
        "Decoded from samples of z", rows: rows.map { pictures($0.1[0..<10]) }, rowTitles: rows.map(\.0))),
    as: "samples")

  run.card("data", data.provenance)
  run.card(
    "parameters of the autoencoder and of the VAE",
    "\(grouped(models.autoencoder.parameterCount)) and \(grouped(models.vae.parameterCount))")
  let variances = LinearAlgebra.symmetricEigen(models.codeCovariance).values.scalars
  run.card(
    "variances of the autoencoder's codes along their axes",
    "\(decimals(variances[0], 1)) to \(decimals(variances[variances.count - 1], 1))")
  run.card(judged[0].quality, beside: measure.real, of: "autoencoder")
  run.card(judged[2].quality, of: "VAE")
}

/// An autoencoder and a VAE of the same size, trained on the same images. § 9.2
public struct SampledDecoders {
  /// The autoencoder, with a sigmoid behind its decoder.
  public let autoencoder: Autoencoder
  /// The VAE of Listing 9.8.
  public let vae: VariationalAutoencoder
  /// The mean of the autoencoder's codes of the training images. [20]
  let codeMean: Tensor
  /// Their covariance. [20×20]
  let codeCovariance: Tensor

  /// Trains both with Adam, η = 10⁻³, batches of 128. x: [N×784] in [0, 1]
  public init(
    on x: Tensor, hidden: Int, epochs: Int, random: RandomSource,
    report: (String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }
  ) {
    var plan = TrainingPlan(epochs: epochs, batchSize: 128)
    plan.report = report("autoencoder")
    var autoencoder = Autoencoder(hidden: [hidden], outputActivation: .sigmoid, random: random.split())
    var adam = Adam(learningRate: 1e-3)
    train(&autoencoder, with: &adam, examples: x.shape[0], plan: plan, random: random.split()) { model, batch in
      model.reconstructionError(x.gathered(batch))
    }
    plan.report = report("VAE")
    var vae = VariationalAutoencoder(hidden: [hidden], random: random.split())
    trainByEvidence(&vae, on: x, plan: plan, random: random.split())
    (self.autoencoder, self.vae) = (autoencoder, vae)
    let codes = FeatureStatistics(of: inBatches(x) { autoencoder.encoder($0) })
    (codeMean, codeCovariance) = (codes.mean.converted(to: .float), codes.covariance.converted(to: .float))
  }

  /// Images of both decoders for z ∼ N(0, I), and of the autoencoder for z from a Gaussian fitted to its codes; then
  /// the reconstructions of real images by both. [N×1×28×28] each
  public func samples(_ count: Int, like real: Tensor, random: RandomSource) -> [(name: String, images: Tensor)] {
    let z = random.normal([count, vae.latentCount])
    let (values, V) = LinearAlgebra.symmetricEigen(codeCovariance)
    let fitted = codeMean + matmul(z * maximum(0, values).squareRoot(), V.transposed)
    func images(_ rows: Tensor) -> Tensor { rows.reshaped([rows.shape[0], 1, 28, 28]) }
    return [
      ("autoencoder, z from N(0, I)", images(autoencoder.decoder(z))),
      ("autoencoder, z from a fitted Gaussian", images(autoencoder.decoder(fitted))),
      ("VAE, z from N(0, I)", images(vae.decoded(z))),
      ("autoencoder, reconstructions", images(autoencoder(real))),
      ("VAE, reconstructions", images(vae.reconstructed(real))),
    ]
  }
}
