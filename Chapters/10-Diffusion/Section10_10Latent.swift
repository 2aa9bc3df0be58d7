import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// § 10.10: latent diffusion of 8×8 digits, and what a sample costs with and without it.
public let section10_10d = Exercise(
  .section, "10.10d", "Latent diffusion", seconds: 40, quick: 3, full: 300,
  needs: { _ in DataNeeds(size: .exactly(28)) }
) { run in
  let data = try run.comparedDigits()
  let count = run.choose(quick: 40, standard: 360, full: 1_000)
  let S = run.choose(quick: 5, standard: 50, full: 50)
  let measure = run.measure(for: data, count: count)
  let sampler = Sampler.ddim(.linear(), steps: S)
  let study = LatentStudy(run, data, sampler: sampler, count: count)
  let judged = study.rows.map { (name: $0.name, quality: measure($0.images)) }
  run.show(qualityTable("Images", [("training images", measure.real)] + judged), as: "quality")
  run.show(costTable(study.rows.map { ($0.name, $0.cost, $0.seconds, $0.training) }), as: "cost")
  run.show(
    sheet(
      ImageGrid(
        "Samples", rows: [pictures(data.test.images[0..<10])] + study.rows.map { pictures($0.images[0..<10]) },
        rowTitles: ["test images"] + study.rows.map(\.name))), as: "samples")
  run.parameters = study.latent.parameterCount
  run.card("data", data.provenance)
  for row in study.rows.suffix(3) {
    run.card("\(row.name): network calls a sample", Double(row.cost.calls))
    run.card("\(row.name): MFLOP a call", Double(row.cost.operationsPerCall) / 1e6)
    run.card("\(row.name): MFLOP a sample", Double(row.cost.operations) / 1e6)
    run.card("\(row.name): seconds for \(count) samples", measured: row.seconds)
  }
  run.card(judged[judged.count - 2].quality, beside: measure.real, of: "latent diffusion")
  run.card(judged[judged.count - 1].quality, of: "U-Net on pixels")
}

/// The models of § 10.10d, with their samples.
struct LatentStudy {
  /// Images of one way to make them.
  struct Row {
    let name: String
    let images: Tensor
    let cost: SamplingCost
    let seconds: Double
    let training: Double
  }

  let latent: LatentDiffusion
  let rows: [Row]

  init(_ run: Run, _ data: ImageClassification, sampler: Sampler, count: Int) {
    let (x, random) = (data.train.flattened, run.random.split())
    let (schedule, S, side) = (sampler.schedule, sampler.times.count, data.train.width)
    let latentCount = side == 8 ? 12 : 24
    var autoencoder = VariationalAutoencoder(
      inputs: x.shape[1], hidden: [256], latent: latentCount, random: random.split())
    let first = trainByEvidence(
      &autoencoder, on: x, plan: run.plan(quick: 2, standard: 100, full: 300, batchSize: 64, label: "autoencoder"),
      random: random.split(), β: { _ in 0.2 })
    var latent = LatentDiffusion(
      of: autoencoder, on: x, hidden: [256, 256, 256], schedule: schedule, random: random.split())
    let second = latent.train(
      on: x, learningRate: 1e-3,
      plan: run.plan(quick: 2, standard: 150, full: 600, batchSize: 128, label: "diffusion of codes"),
      random: random.split())
    let pixels = SmallDenoiser(run, on: data, schedule: schedule)
    let network = pixels.model
    func seconds(_ histories: History...) -> Double {
      histories.flatMap { $0.epochs.map(\.seconds) }.reduce(0, +)
    }
    func images(_ rows: Tensor) -> Tensor { rows.reshaped([rows.shape[0], 1, side, side]).clamped(to: 0...1) }
    func row(_ name: String, _ cost: SamplingCost, _ training: Double, _ make: () -> Tensor) -> Row {
      var made = Tensor(0)
      let seconds = ContinuousClock().measure { made = make() } / .seconds(1)
      return Row(name: name, images: images(made), cost: cost, seconds: seconds, training: training)
    }
    let none = latent.cost(steps: 0)
    rows = [
      row("reconstructions", none, seconds(first)) { autoencoder.reconstructed(x[0..<min(count, x.shape[0])]) },
      row("decoded N(0, I)", none, seconds(first)) { autoencoder.decoded(random.normal([count, latentCount])) },
      row("latent diffusion", latent.cost(steps: S), seconds(first, second)) {
        latent.sample(count, by: sampler, random: random.split())
      },
      row(
        "U-Net on pixels", SamplingCost(calls: S, multiplications: network.multiplications(side: side)), pixels.seconds
      ) {
        shown(sampler.sample(network, from: random.normal([count, 1, side, side]), random: random.split()))
      },
    ]
    self.latent = latent
  }
}

/// What samples cost: calls, and millions of floating-point operations of a call and of a sample. The seconds are those
/// for all samples, and of the training.
public func costTable(_ rows: [(name: String, cost: SamplingCost, seconds: Double, training: Double)]) -> Table {
  Table(
    "What samples cost",
    columns: ["images", "calls", "MFLOP a call", "MFLOP a sample", "seconds for all", "seconds of training"],
    rows: rows.map { row in
      [
        .text(row.name), .integer(row.cost.calls), .number(Double(row.cost.operationsPerCall) / 1e6, decimals: 3),
        .number(Double(row.cost.operations) / 1e6, decimals: 2), .measured(row.seconds, decimals: 2),
        .measured(row.training, decimals: 1),
      ]
    })
}
