import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// Table 10.1, Remark 10.9: the six rows of the notes, five more that change one thing at a time, and three seeds of
/// each.
public let ablation10_9 = Exercise(
  .ablation, "10.9", "Steps, schedules, networks and samplers", seconds: 60, quick: 3, full: 7_200,
  needs: { _ in DataNeeds(train: 64, test: 40, testClasses: 2, size: .exactly(28)) }
) { run in
  let data = try run.comparedDigits()
  run.show(startTable(), as: "starts")
  let count = run.choose(quick: 16, standard: 200, full: 1_000)
  let measure = run.measure(for: data, count: count)
  let sizes = run.choose(quick: ComparedNetworks.layers, standard: .layers, full: .convolutions)
  run.say(sizes.description + "\n")
  let table = DiffusionConfiguration.table
  var rows = table.map { AblatedDiffusion($0) }
  let seeds = run.choose(quick: 1, standard: 3, full: 3)
  for seed in 1...seeds {
    compareDiffusions(
      &rows, sizes, on: data, measure, count: count,
      plan: { run.plan(quick: 1, standard: 40, full: 100, batchSize: 64, label: "\($0), seed \(seed)") },
      shortened: run.options.budget == .quick ? 20 : nil, seed: run.options.seed + UInt64(seed) - 1)
    let line = rows.map { "\($0.configuration.name) \(decimals($0.distances.last ?? .nan, 0))" }
    run.say("seed \(run.options.seed + UInt64(seed) - 1): " + line.joined(separator: ", "))
  }
  run.show(ablationTable(rows, real: measure.real.frechetDistance), as: "distances")
  run.show(ablationFigure(rows), as: "distances")
  run.card("data", data.provenance)
  run.card("accuracy of the judge", measure.accuracy)
  for row in rows { run.card("Fréchet distance, \(row.configuration.name)", row.mean) }
  if let quality = rows[0].quality { run.card(quality, beside: measure.real, of: "baseline, last seed") }
}

/// A row of Table 10.1.
public struct DiffusionConfiguration: Sendable, Equatable {
  /// The size of the network.
  public enum Size: String, Sendable, CaseIterable { case small, base, large }
  /// The name in the table.
  public let name: String
  /// The schedule.
  public let schedule: NoiseSchedule
  /// Its name.
  public let scheduleName: String
  /// The network.
  public let size: Size
  /// The steps of DDIM; nil for DDPM.
  public let implicitSteps: Int?
  /// Whether the network predicts ε itself, instead of v.
  public let isDirect: Bool
  /// The printed FID; nil for rows that the notes do not have.
  public let printed: Double?

  /// A row.
  public init(
    _ name: String, _ schedule: NoiseSchedule, _ scheduleName: String, _ size: Size = .base, ddim S: Int? = nil,
    isDirect: Bool = false, printed: Double? = nil
  ) {
    (self.name, self.schedule, self.scheduleName, self.size) = (name, schedule, scheduleName, size)
    (implicitSteps, self.isDirect, self.printed) = (S, isDirect, printed)
  }

  /// The rows of the notes, and five more: T = 200 with β scaled by 1000/T; the large network with the linear schedule,
  /// and DDIM with it, which change one thing only; and two networks that predict ε itself.
  public static let table: [DiffusionConfiguration] = [
    .init("baseline", .linear(), "linear", printed: 12.4),
    .init("T = 200, the same β", .linear(200), "linear", printed: 28.7),
    .init("T = 200, β·5", .linear(200, from: 5e-4, to: 0.1), "linear"),
    .init("cosine", .cosine(), "cosine", printed: 10.1),
    .init("small network", .linear(), "linear", .small, printed: 18.9),
    .init("large network, cosine", .cosine(), "cosine", .large, printed: 7.8),
    .init("large network", .linear(), "linear", .large),
    .init("DDIM 50, cosine", .cosine(), "cosine", ddim: 50, printed: 11.3),
    .init("DDIM 50", .linear(), "linear", ddim: 50),
    .init("baseline, ε itself", .linear(), "linear", isDirect: true),
    .init("cosine, ε itself", .cosine(), "cosine", isDirect: true),
  ]

  /// Whether two rows need the same training.
  func sharesTraining(with other: DiffusionConfiguration) -> Bool {
    schedule == other.schedule && size == other.size && isDirect == other.isDirect
  }

  var sampler: Sampler { implicitSteps.map { .ddim(schedule, steps: $0) } ?? .ddpm(schedule) }
}

/// A row with the Fréchet distances of its seeds.
public struct AblatedDiffusion {
  /// The configuration.
  public let configuration: DiffusionConfiguration
  /// The distances, one for each seed.
  public var distances: [Double] = []
  /// The measures of the last seed.
  public var quality: SampleQuality?
  /// The simple loss on the test images, one for each seed.
  public var losses: [Double] = []

  /// A row without seeds.
  public init(_ configuration: DiffusionConfiguration) { self.configuration = configuration }

  /// The mean distance.
  public var mean: Double { distances.reduce(0, +) / Double(distances.count) }
}
