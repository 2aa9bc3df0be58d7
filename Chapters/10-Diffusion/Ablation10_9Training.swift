import Backprop
import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Tensors
import Training

/// The networks that Table 10.1 compares. The notes give 32 and 256 for the small and the large one, and no number for
/// the base.
public enum ComparedNetworks: Sendable {
  /// Three hidden layers of 32, 128 or 256, on rows of pixels: a table in a minute.
  case layers
  /// U-Nets of width 8, 16 or 32.
  case convolutions

  var description: String {
    self == .layers
      ? "Networks of three hidden layers of 32, 128 or 256; --full trains U-Nets of width 8, 16 or 32."
      : "U-Nets of width 8, 16 or 32."
  }
}

/// Adds a seed to each row: trains what the rows need, a training that several rows share once, and measures samples.
///
/// `shortened` replaces T steps of sampling by fewer, for a quick look.
public func compareDiffusions(
  _ rows: inout [AblatedDiffusion], _ networks: ComparedNetworks, on data: ImageClassification,
  _ measure: QualityMeasure, count: Int, plan: (String) -> TrainingPlan, shortened: Int? = nil, seed: UInt64
) {
  let (x, test) = (centred(data.train.images), centred(data.test.images))
  let shape = x.shape.lengths.dropFirst().map { $0 }
  var trained: [(configuration: DiffusionConfiguration, images: (Sampler) -> Tensor, loss: Double)] = []
  for place in rows.indices {
    let row = rows[place].configuration
    if !trained.contains(where: { $0.configuration.sharesTraining(with: row) }) {
      let random = RandomSource(seed: seed)
      switch networks {
      case .layers:
        let width = row.size == .small ? 32 : row.size == .base ? 128 : 256
        let pixels = shape.reduce(1, *)
        let network = TimedNetwork(pixels, hidden: [width, width, width], time: 32, random: random.split())
        trained.append(
          denoised(
            row, network, on: x.flattened(from: 1), test: test.flattened(from: 1), [count, pixels], plan, random))
      case .convolutions:
        var sizes = UNetSizes()
        (sizes.width, sizes.time) = (row.size == .small ? 8 : row.size == .base ? 16 : 32, 64)
        trained.append(
          denoised(
            row, UNet(sizes, random: random.split()), on: x, test: test, Shape([count] + shape), plan, random))
      }
    }
    guard let found = trained.first(where: { $0.configuration.sharesTraining(with: row) }) else { continue }
    let sampler = shortened.map { Sampler.ddim(row.schedule, steps: $0, η: row.implicitSteps == nil ? 1 : 0) }
    let images = found.images(sampler ?? row.sampler).reshaped(Shape([count] + shape))
    let quality = measure(shown(images))
    rows[place].distances.append(quality.frechetDistance)
    rows[place].losses.append(found.loss)
    rows[place].quality = quality
  }
}

/// Trains a network alone or as one that predicts v; returns how its average samples, and its loss.
private func denoised<M: Model & NoisePredictor>(
  _ row: DiffusionConfiguration, _ network: M, on x: Tensor, test: Tensor, _ shape: Shape,
  _ plan: (String) -> TrainingPlan, _ random: RandomSource
) -> (configuration: DiffusionConfiguration, images: (Sampler) -> Tensor, loss: Double) {
  func trained<P: Model & NoisePredictor>(
    _ model: P
  ) -> (
    configuration: DiffusionConfiguration, images: (Sampler) -> Tensor, loss: Double
  ) {
    var training = DenoiserTraining(model, averaging: 0.995, learningRate: 1e-3)
    let plan = plan(row.name).annealed(from: x.rank == 2 ? 4e-3 : 1e-3, examples: x.shape[0])
    training.train(on: x, schedule: row.schedule, plan: plan, random: random.split())
    let (model, noise) = (training.average.model, random.normal(shape))
    let loss = model.simpleLoss(on: test, schedule: row.schedule, times: 4, random: RandomSource(seed: 9))
    return (row, { $0.sample(model, from: noise, random: RandomSource(seed: 10)) }, loss)
  }
  return row.isDirect ? trained(network) : trained(TargetPredictor(network, target: .velocity, schedule: row.schedule))
}

// MARK: - Tables and figures

/// Where sampling starts, beside what x_T of the data is.
func startTable() -> Table {
  let rows = DiffusionConfiguration.table.filter {
    ["baseline", "T = 200, the same β", "T = 200, β·5", "cosine"].contains($0.name)
  }
  return Table(
    "The start of sampling is N(0, I); x_T has the mean √ᾱ_T x₀", columns: ["configuration", "√ᾱ_T", "ᾱ_T"],
    rows: rows.map { row in
      let ᾱ = row.schedule.ᾱ[row.schedule.steps]
      return [.text(row.name), .number(ᾱ.squareRoot(), decimals: 5), .scientific(ᾱ)]
    })
}

func ablationTable(_ rows: [AblatedDiffusion], real: Double) -> Table {
  Table(
    "Table 10.1: Fréchet distances by the judge of § 8.8; real images have \(decimals(real, 1))",
    columns: [
      "configuration", "T", "schedule", "network", "sampler", "distance", "lowest", "highest", "test loss",
      "notes, FID",
    ],
    rows: rows.map { row in
      let c = row.configuration
      let (low, high) = (row.distances.min() ?? .nan, row.distances.max() ?? .nan)
      return [
        .text(c.name), .integer(c.schedule.steps), .text(c.scheduleName), .text(c.size.rawValue),
        .text(c.implicitSteps.map { "DDIM, \($0)" } ?? "DDPM"), .number(row.mean, decimals: 1),
        .number(low, decimals: 1), .number(high, decimals: 1),
        .number(row.losses.reduce(0, +) / Double(row.losses.count), decimals: 4),
        c.printed.map { .number($0, decimals: 1) } ?? "",
      ]
    })
}

func ablationFigure(_ rows: [AblatedDiffusion]) -> BarChart {
  BarChart(
    "Table 10.1 on small digits: mean of the seeds, lowest to highest",
    categories: rows.map(\.configuration.name), y: Axis("Fréchet distance"),
    series: [
      Series(
        "", rows.map(\.mean),
        band: (low: rows.map { $0.distances.min() ?? .nan }, high: rows.map { $0.distances.max() ?? .nan }))
    ])
}
