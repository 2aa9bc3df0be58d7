import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// Table 8.1: ten DCGANs trained on the same images, each from several seeds.
public let ablation8_9 = Exercise(
  .ablation, "8.9", "Latent variables, learning rates and critic steps", seconds: 60, quick: 3, full: 130_000,
  needs: { DataNeeds(train: $0 == .quick ? 80 : 640, test: 100, size: .exactly(28)) }
) { run in
  let data = try run.data.fashionMNIST(
    drawn: run.choose(quick: 128, standard: 3_000, full: 60_000), run.choose(quick: 100, standard: 1_000, full: 10_000)
  ).limited(to: run.choose(quick: 128, standard: 3_000, full: .max))
  run.say(data.provenance)
  let plan = GANAblationPlan(
    epochs: run.epochs(quick: 1, standard: 3, full: 25), width: run.choose(quick: 4, standard: 8, full: 64),
    batch: run.choose(quick: 16, standard: 32, full: 128), seeds: run.choose(quick: 1, standard: 3, full: 3),
    judged: run.choose(quick: 100, standard: 500, full: 5_000), rateFactor: run.choose(quick: 5, standard: 5, full: 1)
  )
  let measure = run.measure(for: data, count: plan.judged)
  run.say(
    "Width \(plan.width), batches of \(plan.batch), \(plan.epochs) epochs, \(plan.seeds) seeds, rates × "
      + "\(decimals(plan.rateFactor, 0)); "
      + "\(grouped(plan.judged)) real images have a Fréchet distance of \(decimals(measure.real.frechetDistance, 1)).\n"
  )
  let rows = compareGANs(data.train.images, measure, plan, seed: run.options.seed) { run.progress($0) }
  run.show(ablationTable(rows, plan), as: "distance")
  run.show(ablationFigure(rows), as: "distance")
  run.show(remarkTable(rows), as: "remark")

  run.parameters = rows.first?.parameters
  run.card("data", data.provenance)
  run.card("images judged, of each kind", Double(plan.judged))
  run.card("Fréchet distance, real images", measure.real.frechetDistance)
  for row in rows { run.card("Fréchet distance, \(row.configuration.name)", row.mean) }
  run.card("largest spread over seeds", rows.map(\.spread).max() ?? .nan)
  if let base = rows.first?.qualities.first { run.card(base, beside: measure.real, of: "base, first seed") }
}

/// A configuration of Table 8.1.
public struct GANConfiguration: Sendable, Equatable {
  /// Its name in the table.
  public let name: String
  /// The number of latent variables, and the steps of the discriminator in a round.
  public let latent, discriminatorSteps: Int
  /// The learning rates of G and D.
  public let generatorRate, discriminatorRate: Double
  /// Whether it is a WGAN-GP.
  public let isWasserstein: Bool
  /// The Fréchet Inception Distance that the table prints.
  public let printed: Double

  /// The ten rows of the table.
  public static let table: [GANConfiguration] = [
    .init("base", 28.3), .init("z of 32", latent: 32, 35.1), .init("z of 64", latent: 64, 30.2),
    .init("z of 256", latent: 256, 27.8), .init("higher G rate", rates: (5e-4, 2e-4), 32.5),
    .init("higher D rate", rates: (2e-4, 5e-4), 41.7), .init("TTUR", rates: (1e-4, 4e-4), 25.9),
    .init("n_critic = 1", 28.3), .init("n_critic = 3", steps: 3, 26.7),
    .init("WGAN-GP, n_critic = 5", rates: (1e-4, 1e-4), steps: 5, isWasserstein: true, 23.4),
  ]

  /// A configuration.
  public init(
    _ name: String, latent: Int = 100, rates: (Double, Double) = (2e-4, 2e-4), steps: Int = 1,
    isWasserstein: Bool = false, _ printed: Double
  ) {
    (self.name, self.latent, (generatorRate, discriminatorRate)) = (name, latent, rates)
    (discriminatorSteps, self.isWasserstein, self.printed) = (steps, isWasserstein, printed)
  }

  /// The game with networks of this width, and with both rates multiplied by a factor.
  public func game(width: Int, rateFactor: Double = 1) -> ImageGame {
    var sizes = ConvolutionalSizes()
    (sizes.latent, sizes.generator, sizes.discriminator) = (latent, width, width)
    var game = isWasserstein ? ImageGame.wassersteinWithPenalty(sizes) : ImageGame(sizes)
    (game.recipe.generatorRate, game.recipe.discriminatorRate) = (
      rateFactor * generatorRate, rateFactor * discriminatorRate
    )
    game.recipe.discriminatorSteps = discriminatorSteps
    return game
  }

  /// Whether both are the same but for their names: the first and the eighth row are.
  func equals(_ other: GANConfiguration) -> Bool {
    (latent, discriminatorSteps, isWasserstein) == (other.latent, other.discriminatorSteps, other.isWasserstein)
      && (generatorRate, discriminatorRate) == (other.generatorRate, other.discriminatorRate)
  }
}

/// How the configurations are trained and judged.
public struct GANAblationPlan: Sendable {
  /// The epochs of each training, the width of the networks, and the size of a batch.
  public let epochs, width, batch: Int
  /// The trainings of each configuration, from different seeds, and the generated images that are judged.
  public let seeds, judged: Int
  /// The factor of all learning rates: a short training needs larger ones than the table's.
  public let rateFactor: Double

  /// A plan.
  public init(epochs: Int, width: Int, batch: Int, seeds: Int, judged: Int, rateFactor: Double = 1) {
    (self.epochs, self.width, self.batch, self.seeds, self.judged) = (epochs, width, batch, seeds, judged)
    self.rateFactor = rateFactor
  }
}

/// A configuration and what was measured of it, for each seed.
public struct AblatedGAN: Sendable {
  /// The configuration.
  public let configuration: GANConfiguration
  /// The parameters of both networks, and the steps of G in a training.
  public let parameters, generatorSteps: Int
  /// The measures after the last epoch, by seed.
  public let qualities: [SampleQuality]
  /// The Fréchet distances, by seed.
  public var distances: [Double] { qualities.map(\.frechetDistance) }
  /// The mean of the distances.
  public var mean: Double { distances.reduce(0, +) / Double(distances.count) }
  /// The largest distance minus the smallest.
  public var spread: Double { (distances.max() ?? .nan) - (distances.min() ?? .nan) }
}

/// Trains configurations on the same images; one that appears twice is trained once.
public func compareGANs(
  _ images: Tensor, _ measure: QualityMeasure, _ plan: GANAblationPlan,
  _ configurations: [GANConfiguration] = GANConfiguration.table, seed: UInt64,
  progress: (_ label: String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }
) -> [AblatedGAN] {
  configurations.reduce(into: []) { rows, configuration in
    if let twin = rows.first(where: { $0.configuration.equals(configuration) }) {
      return rows.append(
        AblatedGAN(
          configuration: configuration, parameters: twin.parameters, generatorSteps: twin.generatorSteps,
          qualities: twin.qualities))
    }
    let game = configuration.game(width: plan.width, rateFactor: plan.rateFactor)
    var (count, qualities) = (0, [SampleQuality]())
    for trial in 0..<plan.seeds {
      let random = RandomSource(seed: seed &+ UInt64(trial))
      let noise = random.split().normal([plan.judged, configuration.latent])
      var training = TrainingPlan(epochs: plan.epochs, batchSize: plan.batch)
      training.report = progress("\(configuration.name), run \(trial + 1)")
      let players = game.trained(on: images, plan: training, random: random.split()).players
      count = players.generator.parameterCount + players.discriminator.parameterCount
      qualities.append(measure(players.generator.images(noise)))
    }
    let steps = plan.epochs * (images.shape[0] / (plan.batch * configuration.discriminatorSteps))
    rows.append(
      AblatedGAN(configuration: configuration, parameters: count, generatorSteps: steps, qualities: qualities))
  }
}
