import DataSets
import Figures
import Messages
import Running
import Tensors
import Training
import VAE

/// Table 9.1: thirteen variational autoencoders of digits, and what is provable about such a table.
public let ablation9_9 = Exercise(
  .ablation, "9.9", "Latent variables, β, and the network", seconds: 90, quick: 3, full: 900,
  needs: { _ in DataNeeds(size: .exactly(28)) }
) { run in
  let data = try run.digits(
    run.choose(quick: 128, standard: 2_400, full: 60_000), run.choose(quick: 50, standard: 1_000, full: 10_000))
  run.say(data.provenance)
  run.say(floorSentence(data.test.images) + "\n")
  let rows = compareAutoencoders(
    on: data, epochs: run.epochs(quick: 1, standard: 30, full: 30), seed: run.options.seed
  ) { run.progress($0) }
  run.show(ablationTable(rows), as: "terms")
  run.show(slopeTable(rows), as: "slopes")
  run.show(bestTable(rows, printed: true), as: "best-printed")
  run.show(bestTable(rows, printed: false), as: "best-here")
  run.show(ablationFigure(rows), as: "terms")
  run.show(divergenceFigure(rows), as: "units")

  run.parameters = rows[0].parameters
  run.card("data", data.provenance)
  run.card("entropy of the grey levels, nats an image", greyLevelEntropies(data.test.images).mean().item)
  run.card("base, test loss", rows[0].test.loss())
  run.card("d = 2, test loss", rows[1].test.loss())
  run.card("CNN, test loss", rows[12].test.loss())
  run.card(
    "active units of 20, 50 and 100", [0, 4, 5].map { "\(rows[$0].test.activeUnits.count)" }.joined(separator: ", "))
}

/// A row of Table 9.1.
public struct AutoencoderConfiguration: Sendable, Equatable {
  /// The network between the images and the latent variables.
  public enum Network: Sendable, Equatable {
    /// Hidden layers of these widths.
    case layers([Int])
    /// Convolutions with these numbers of maps.
    case maps([Int])
  }

  /// The name in the table.
  public let name: String
  /// The number of latent variables.
  public let latent: Int
  /// The weight of the KL.
  public let β: Double
  /// The network.
  public let network: Network
  /// The reconstruction loss and the KL that the table prints.
  public let printed: (reconstruction: Double, divergence: Double)

  /// The thirteen rows of the table; the base and MLP (512) are the same.
  public static let table: [AutoencoderConfiguration] = [
    .init("Base", 20, 1, (82.3, 24.3)), .init("d = 2", 2, 1, (112.5, 8.7)), .init("d = 5", 5, 1, (96.1, 14.2)),
    .init("d = 10", 10, 1, (87.4, 19.8)), .init("d = 50", 50, 1, (80.1, 25.8)), .init("d = 100", 100, 1, (79.5, 21.3)),
    .init("β = 0.5", 20, 0.5, (78.9, 31.2)), .init("β = 2", 20, 2, (89.4, 16.1)), .init("β = 4", 20, 4, (97.8, 9.3)),
    .init("β = 10", 20, 10, (115.2, 3.8)), .init("MLP (512)", 20, 1, (82.3, 24.3)),
    .init("MLP (256-256)", 20, 1, (84.1, 23.9), .layers([256, 256])),
    .init("Conv (CNN)", 20, 1, (73.5, 26.7), .maps([16, 32, 64])),
  ]

  /// The rows of the base and of the other β, in the order of β.
  public static let weights = [6, 0, 7, 8, 9]

  /// A configuration.
  public init(
    _ name: String, _ latent: Int, _ β: Double, _ printed: (Double, Double), _ network: Network = .layers([512])
  ) {
    (self.name, self.latent, self.β, self.network) = (name, latent, β, network)
    self.printed = (reconstruction: printed.0, divergence: printed.1)
  }

  /// Whether two rows ask for the same training.
  public static func == (a: AutoencoderConfiguration, b: AutoencoderConfiguration) -> Bool {
    (a.latent, a.β) == (b.latent, b.β) && a.network == b.network
  }
}

/// A row of the table, trained.
public struct AblatedAutoencoder: Sendable {
  /// The configuration.
  public let configuration: AutoencoderConfiguration
  /// Its parameters.
  public let parameters: Int
  /// Both terms on the test images.
  public let test: EvidenceMeasure
}

/// Trains configurations on the same images from the same seed. A configuration that appears twice is trained once.
public func compareAutoencoders(
  on data: ImageClassification, _ configurations: [AutoencoderConfiguration] = AutoencoderConfiguration.table,
  epochs: Int, seed: UInt64,
  progress: (_ label: String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }
) -> [AblatedAutoencoder] {
  var rows: [AblatedAutoencoder] = []
  for configuration in configurations {
    if let known = rows.first(where: { $0.configuration == configuration }) {
      rows.append(
        AblatedAutoencoder(configuration: configuration, parameters: known.parameters, test: known.test))
      continue
    }
    let (random, d) = (RandomSource(seed: seed), configuration.latent)
    var plan = TrainingPlan(epochs: epochs, batchSize: 128)
    plan.report = progress(configuration.name)
    let (parameters, measure): (Int, EvidenceMeasure)
    switch configuration.network {
    case .layers(let hidden):
      let model = VariationalAutoencoder(hidden: hidden, latent: d, random: random.split())
      let result = trainOnDigits(model, on: data, β: configuration.β, plan: plan, random: random.split())
      (parameters, measure) = (model.parameterCount, result.measure)
    case .maps(let maps):
      let model = ConvolutionalVAE(maps: maps, latent: d, random: random.split())
      let result = trainOnDigits(model, on: data, β: configuration.β, plan: plan, random: random.split()) { $0.images }
      (parameters, measure) = (model.parameterCount, result.measure)
    }
    rows.append(AblatedAutoencoder(configuration: configuration, parameters: parameters, test: measure))
  }
  return rows
}
