import Distributions
import Figures
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.6: whether larger β separates factors that are known: place, size and turn of drawn ellipses.
public let section9_6b = Exercise(
  .section, "9.6b", "Disentanglement where the factors are known", seconds: 45, quick: 2, full: 300
) { run in
  let (train, test) = (
    DrawnEllipses(count: run.choose(quick: 256, standard: 4_096, full: 16_384), random: RandomSource(seed: 96)),
    DrawnEllipses(count: run.choose(quick: 256, standard: 2_000, full: 4_000), random: RandomSource(seed: 97))
  )
  run.say(floorSentence(test.images) + "\n")
  run.show(sheet(ImageGrid("Ellipses", images: pictures(test.images[0..<16]), columns: 8)), as: "ellipses")
  let weights = run.choose(quick: [1.0, 8], standard: [1.0, 2, 4, 8], full: [0.5, 1, 2, 4, 8, 16])
  let seeds = run.choose(quick: 1, standard: 3, full: 3)
  let epochs = run.epochs(quick: 1, standard: 25, full: 40)
  let runs = weights.map { β in
    (0..<seeds).map { seed in
      FactorRun(
        β: β, train: train, test: test, epochs: epochs, seed: run.options.seed + UInt64(seed),
        report: run.progress("β = \(decimals(β, 1)), run \(seed + 1)"))
    }
  }
  run.show(factorTable(runs), as: "factors")
  run.show(informationFigure([runs[0][0], runs[runs.count - 1][0]], seed: run.options.seed), as: "information")

  run.parameters = runs[0][0].parameters
  run.card("data", "drawn ellipses, 16×16, \(grouped(train.count)) + \(grouped(test.count))")
  for group in runs {
    run.card("mean gap, β = \(decimals(group[0].β, 1))", group.map(\.factors.gap).reduce(0, +) / Double(seeds))
  }
  run.card("mutual information by counting, independent numbers", mutualInformationOfNoise(test.count))
}

/// A network that was trained on ellipses, and what its latent variables tell about the factors.
public struct FactorRun: Sendable {
  /// The weight of the KL.
  public let β: Double
  /// The network's parameters.
  public let parameters: Int
  /// Both terms on the test images.
  public let measure: EvidenceMeasure
  /// The mutual information of samples z_j ∼ q(z_j | x) of the test images with their factors.
  public let factors: Disentanglement

  /// Trains a network with six latent variables.
  public init(
    β: Double, train: DrawnEllipses, test: DrawnEllipses, epochs: Int, seed: UInt64,
    report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) {
    let random = RandomSource(seed: seed)
    var model = VariationalAutoencoder(
      inputs: train.side * train.side, hidden: [256], latent: 6, random: random.split())
    var plan = TrainingPlan(epochs: epochs, batchSize: 64)
    plan.report = report
    trainByEvidence(&model, on: train.images, learningRate: 2e-3, plan: plan, random: random.split(), β: { _ in β })
    (self.β, parameters) = (β, model.parameterCount)
    measure = EvidenceMeasure(of: model, on: test.images, random: RandomSource(seed: 9))
    // Samples of q(z | x), because the means of an unused latent variable still tell something, but only they do.
    let q = model.encoded(test.images)
    factors = Disentanglement(codes: q.sample(using: RandomSource(seed: 10)), factors: test.factors)
  }
}

/// What counting finds for independent numbers: its bias.
private func mutualInformationOfNoise(_ count: Int) -> Double {
  let random = RandomSource(seed: 98)
  return mutualInformation((0..<count).map { _ in random.uniform() }, (0..<count).map { _ in random.uniform() })
}

private func factorTable(_ runs: [[FactorRun]]) -> Table {
  func told(_ values: [Double], _ count: Int) -> [Table.Cell] {
    let mean = values.reduce(0, +) / Double(values.count)
    return [
      .number(mean, decimals: count), .number((values.max() ?? .nan) - (values.min() ?? .nan), decimals: count),
    ]
  }
  return Table(
    "Means over \(runs[0].count) \(runs[0].count == 1 ? "run" : "runs"), with the spread: largest minus smallest",
    columns: ["β", "reconstruction", "spread", "KL", "spread", "active units", "gap", "spread"],
    rows: runs.map { group in
      [.number(group[0].β, decimals: 1)] + told(group.map(\.measure.reconstruction), 2)
        + told(group.map(\.measure.divergence), 2)
        + [.text(group.map { "\($0.measure.activeUnits.count)" }.joined(separator: ", "))]
        + told(group.map(\.factors.gap), 3)
    })
}

/// The mutual information of latent variables and factors for two weights.
private func informationFigure(_ runs: [FactorRun], seed: UInt64) -> Panels {
  Panels(
    "Mutual information in nats, seed \(seed)",
    runs.map { run in
      HeatMap(
        "β = \(decimals(run.β, 1))", rows: run.factors.information.indices.map { "z\($0 + 1)" },
        columns: DrawnEllipses.factorNames, rowTitle: "latent variable", columnTitle: "factor",
        values: run.factors.information, format: "%.2f", range: 0...2.31)
    })
}
