import CNN
import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// Exercise 9.3: a convolutional variational autoencoder beside the fully connected one, at equal epochs.
public let exercise9_3 = Exercise(
  "9.3", "A convolutional variational autoencoder", stars: 2, seconds: 45, quick: 2, full: 900,
  needs: { _ in DataNeeds(size: .exactly(28)) }
) { run in
  run.show(sizesTable(), as: "sizes")
  let data = try run.digits(
    run.choose(quick: 128, standard: 4_000, full: 60_000), run.choose(quick: 50, standard: 1_000, full: 10_000))
  run.say(data.provenance)
  run.say(floorSentence(data.test.images) + "\n")
  let epochs = run.epochs(quick: 1, standard: 20, full: 30)
  func plan(_ label: String) -> TrainingPlan { run.reporting(TrainingPlan(epochs: epochs, batchSize: 128), label) }
  let flat = trainOnDigits(
    VariationalAutoencoder(random: run.random.split()), on: data, plan: plan("fully connected"),
    random: run.random.split())
  let maps = run.choose(quick: [4, 8, 16], standard: [16, 32, 64], full: [32, 64, 128])
  let convolutional = trainOnDigits(
    ConvolutionalVAE(maps: maps, random: run.random.split()), on: data, plan: plan("convolutional"),
    random: run.random.split()
  ) { $0.images }
  let count = run.choose(quick: 100, standard: 1_000, full: 5_000)
  let quality = run.measure(for: data, count: count)
  let z = RandomSource(seed: 3).normal([count, 20])
  let results = [
    ComparedAutoencoder(
      "fully connected", flat.model, flat.measure, quality(flat.model.decoded(z).reshaped([count, 1, 28, 28]))),
    ComparedAutoencoder(
      "convolutional", convolutional.model, convolutional.measure, quality(convolutional.model.decoded(z))),
  ]
  run.show(comparisonTable(results, quality.real), as: "comparison")
  run.show(
    LineChart(
      "Exercise 9.3: test loss", x: Axis("epoch"), y: Axis("nats per image", .logarithmic),
      series: [
        Series("fully connected", flat.history["test loss"]),
        Series("convolutional", convolutional.history["test loss"]),
      ]), as: "loss")
  let test = data.test.prefix(10)
  run.show(
    sheet(
      ImageGrid(
        "Reconstructions and samples",
        rows: [
          pictures(test.images), pictures(flat.model.reconstructed(test.images)),
          pictures(convolutional.model.reconstructed(test.images)),
          pictures(flat.model.decoded(z[0..<10])), pictures(convolutional.model.decoded(z[0..<10])),
        ],
        rowTitles: ["image", "x̂, fully connected", "x̂, convolutional", "samples, fully conn.", "samples, conv."])),
    as: "images")

  run.parameters = convolutional.model.parameterCount
  run.card("data", data.provenance)
  run.card("entropy of the grey levels, nats an image", greyLevelEntropies(data.test.images).mean().item)
  for result in results {
    run.card("test reconstruction, \(result.name)", result.measure.reconstruction)
    run.card("test loss, \(result.name)", result.measure.loss())
    run.card(result.quality, beside: quality.real, of: result.name)
  }
}

/// A trained autoencoder for the comparison.
public struct ComparedAutoencoder: Sendable {
  /// Its name.
  public let name: String
  /// Its parameters.
  public let parameters: Int
  /// Both terms on the test images.
  public let measure: EvidenceMeasure
  /// The measures of its samples.
  public let quality: SampleQuality

  /// A trained model with its measures.
  public init(_ name: String, _ model: some Model, _ measure: EvidenceMeasure, _ quality: SampleQuality) {
    (self.name, parameters, self.measure, self.quality) = (name, model.parameterCount, measure, quality)
  }
}

/// The sides of the maps of 28×28 pixels on the way down through three convolutions with kernels of k, stride 2 and
/// padding 1, and back through transposed ones with these output paddings. Exercise 9.3.1, Exercise 9.3.2
public func mapSides(kernel k: Int, outputPaddings: [Int]) -> [Int] {
  let down = (0..<3).reduce(into: [28]) { sides, _ in
    sides.append(outputSize(sides.last ?? 0, kernel: k, stride: 2, padding: 1))
  }
  return outputPaddings.reduce(into: down) { sides, r in
    sides.append(transposedOutputSize(sides.last ?? 0, kernel: k, stride: 2, padding: 1, outputPadding: r))
  }
}

private func sizesTable() -> Table {
  func row(_ name: String, _ k: Int, _ extra: [Int]) -> [Table.Cell] {
    let words = mapSides(kernel: k, outputPaddings: extra).map(String.init).joined(separator: " → ")
    return [.text(name), .text(words)]
  }
  return Table(
    "Exercise 9.3.1 and 9.3.2: sizes of the maps, stride 2, padding 1", columns: ["decoder", "sizes"],
    rows: [
      row("kernels of 3, mirrored", 3, [0, 0, 0]), row("kernels of 4, mirrored", 4, [0, 0, 0]),
      row("kernels of 3, output padding 0, 1, 1", 3, [0, 1, 1]),
    ])
}

private func comparisonTable(_ results: [ComparedAutoencoder], _ real: SampleQuality) -> Table {
  let rows: [[Table.Cell]] = results.map { result in
    [
      .text(result.name), .integer(result.parameters), .number(result.measure.reconstruction, decimals: 2),
      .number(result.measure.divergence, decimals: 2), .number(result.measure.loss(), decimals: 2),
      .number(result.quality.frechetDistance, decimals: 1), .number(result.quality.coverage, decimals: 2),
    ]
  }
  let yardstick: [Table.Cell] = [
    .text("real images"), .text(""), .text(""), .text(""), .text(""), .number(real.frechetDistance, decimals: 1),
    .number(real.coverage, decimals: 2),
  ]
  return Table(
    "Exercise 9.3.3: nats per test image after equally many epochs, and \(grouped(real.count)) samples",
    columns: ["network", "parameters", "recon. (BCE)", "KL", "loss", "Fréchet distance", "coverage"],
    rows: rows + [yardstick])
}
