import Applications
import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors
import VAE

/// § 12.1.3: images by diffusion in the latent space of an autoencoder, and how many multiplications that saves.
public let section12_1_3 = Exercise(
  .section, "12.1.3", "Image generation in a latent space", seconds: 12, quick: 2, full: 240
) { run in
  run.show(savingTable(), as: "saving")
  run.show(savingFigure(), as: "cost")
  let data = try smallDigits()
  let x = run.choose(quick: data.train.prefix(100), standard: data.train, full: data.train).flattened
  var autoencoder = VariationalAutoencoder(
    inputs: x.shape[1], hidden: [256], latent: 12, random: run.random.split())
  trainByEvidence(
    &autoencoder, on: x, plan: run.plan(quick: 2, standard: 100, full: 300, batchSize: 64, label: "autoencoder"),
    random: run.random.split(), β: { _ in 0.2 })
  let sampler = Sampler.ddim(.linear(), steps: run.choose(quick: 5, standard: 50, full: 50))
  var latent = LatentDiffusion(
    of: autoencoder, on: x, hidden: [256, 256, 256], schedule: sampler.schedule, random: run.random.split())
  latent.train(
    on: x, learningRate: 1e-3,
    plan: run.plan(quick: 2, standard: 150, full: 600, batchSize: 128, label: "diffusion of codes"),
    random: run.random.split())

  let count = run.choose(quick: 40, standard: 360, full: 1_000)
  func images(_ rows: Tensor) -> Tensor { rows.reshaped([rows.shape[0], 1, 8, 8]).clamped(to: 0...1) }
  let sets = [
    (name: "decoded N(0, I)", images: images(autoencoder.decoded(run.random.normal([count, 12])))),
    (name: "latent diffusion", images: images(latent.sample(count, by: sampler, random: run.random.split()))),
  ]
  let measure = run.measure(for: data, count: count)
  let judged = sets.map { (name: $0.name, quality: measure($0.images)) }
  run.show(qualityTable("Images of digits", [("training images", measure.real)] + judged), as: "quality")
  run.show(
    Panels(
      "Digits from 12 latent numbers", columns: 1,
      [
        ImageGrid(
          "", rows: [pictures(data.test.images[0..<12])] + sets.map { pictures($0.images[0..<12]) },
          rowTitles: ["test images"] + sets.map(\.name))
      ]), as: "samples")
  run.parameters = latent.parameterCount
  run.card("data", data.provenance)
  let saving = LatentSaving(side: 512, factor: 8)
  run.card("512×512 pixels: multiplications saved by f = 8, times", saving.ratio)
  run.card("MFLOP a sample of the digits", Double(latent.cost(steps: sampler.times.count).operations) / 1e6)
  run.card(judged[1].quality, beside: measure.real, of: "latent diffusion")
}

/// The optical digits as published, 8×8 pixels.
private func smallDigits() throws -> ImageClassification {
  let (train, test) = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
  return ImageClassification(
    name: "optical digits", classNames: (0..<10).map(String.init), train: train, test: test,
    origin: "optical digits of 8×8 pixels", isReal: true)
}

private func savingTable() -> Table {
  Table(
    "§ 12.1.3: a sample in 50 steps by the U-Net of Listing 10.8, on pixels and on 4 latent maps",
    columns: [
      "pixels", "f", "latent maps", "GFLOP a call, pixels", "latent", "decoder, GFLOP", "TFLOP a sample, pixels",
      "latent", "times cheaper",
    ],
    rows: [(32, 4), (64, 4), (256, 4), (256, 8), (512, 8)].map { side, f in
      let saving = LatentSaving(side: side, factor: f)
      func giga(_ operations: Int, _ places: Int = 2) -> Table.Cell {
        .number(Double(operations) / 1e9, decimals: places)
      }
      return [
        .text("\(side)×\(side)"), .integer(f), .text("\(side / f)×\(side / f)"),
        giga(saving.pixels.operationsPerCall), giga(saving.latent.operationsPerCall),
        giga(saving.latent.otherOperations), .number(Double(saving.pixels.operations) / 1e12, decimals: 3),
        .number(Double(saving.latent.operations) / 1e12, decimals: 3), .number(saving.ratio, decimals: 1),
      ]
    })
}

private func savingFigure() -> LineChart {
  let sides = [32, 64, 128, 256, 512, 1_024]
  func series(_ name: String, _ cost: (LatentSaving) -> SamplingCost, factor f: Int) -> Series {
    Series(
      name, x: sides.map(Double.init),
      sides.map { Double(cost(LatentSaving(side: $0, factor: f)).operations) / 1e12 }, style: .both)
  }
  return LineChart(
    "A sample in 50 steps: on pixels, and in a latent space", x: Axis("side of the image, pixels", .logarithmic),
    y: Axis("TFLOP", .logarithmic),
    series: [
      series("pixels", { $0.pixels }, factor: 4), series("f = 4", { $0.latent }, factor: 4),
      series("f = 8", { $0.latent }, factor: 8),
    ])
}
