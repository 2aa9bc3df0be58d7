import DataSets
import Distributions
import Figures
import Foundations
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// Listing 9.8a: the network, its loss, and its training on digits.
public let listing9_8a = Exercise(
  .listing, "9.8a", "A variational autoencoder of digits", seconds: 20, quick: 2, full: 90,
  needs: { _ in DataNeeds(size: .exactly(28)) }
) { run in
  let model = VariationalAutoencoder(random: run.random.split())
  run.show(partTable(model), as: "parameters")
  run.show(logVarianceTable(), as: "log-variance")
  let data = try run.digits(
    run.choose(quick: 256, standard: 6_000, full: 60_000), run.choose(quick: 100, standard: 1_000, full: 10_000))
  run.say(data.provenance)
  run.say(floorSentence(data.train.images) + "\n")

  var training = PicturedTraining(model)
  let plan = run.plan(quick: 5, standard: 30, full: 30, batchSize: 128)
  let z = run.random.split().normal([16, 20])
  let history = training.train(on: data, showing: z, plan: plan, random: run.random)
  for epoch in history.epochs where epoch.number % 5 == 0 {
    run.say("Epoch [\(epoch.number)/\(plan.epochs)] Loss: \(decimals(epoch.loss, 2))")
  }
  run.say("")
  run.show(outputTable(history), as: "output")
  run.show(learningCurve(history, floor: greyLevelEntropies(data.train.images).mean().item), as: "loss")
  run.show(reconstructionSheet(training.model, data.test), as: "reconstructions")
  run.show(training.animation("The same samples, epoch after epoch", columns: 4), as: "training")
  run.show(sheet(training.animation("The same samples, epoch after epoch", columns: 4).strip), as: "training-strip")

  let count = run.choose(quick: 100, standard: 1_000, full: 5_000)
  let quality = run.measure(for: data, count: count)
  let samples = training.model.decoded(run.random.split().normal([count, 20])).reshaped([count, 1, 28, 28])
  let measure = EvidenceMeasure(of: training.model, on: data.test.flattened, random: RandomSource(seed: 9))
  run.parameters = model.parameterCount
  run.card("data", data.provenance)
  run.card("entropy of the grey levels, nats an image", greyLevelEntropies(data.test.images).mean().item)
  run.card("training loss", history.losses.last ?? .nan)
  run.card("test loss", measure.loss())
  run.card("test reconstruction", measure.reconstruction)
  run.card("test KL", measure.divergence)
  run.card("active units", Double(measure.activeUnits.count))
  run.card(quality(samples), beside: quality.real)
}

/// The five parts of Listing 9.8a with their parameters.
public func partTable(_ model: VariationalAutoencoder) -> Table {
  let parts = [
    ("fc1", model.encoder[0]), ("fc_mu", model.mean), ("fc_logvar", model.logVariance), ("fc3", model.decoder[0]),
    ("fc4", model.decoder[1]),
  ]
  let rows: [[Table.Cell]] = parts.map { name, layer in
    [
      .text(name), .text("\(layer.weight.shape[1]) → \(layer.weight.shape[0])"), .integer(layer.parameterCount),
    ]
  }
  return Table(
    "The parts of Listing 9.8a", columns: ["part", "widths", "parameters"],
    rows: rows + [[.text("all"), .text(""), .integer(model.parameterCount)]])
}

/// (9.26) at outputs of any size: σ, and the derivative of KL with respect to the output.
public func logVarianceTable() -> Table {
  let rows: [[Table.Cell]] = [-200.0, -88, -20, 0, 20, 88, 200].map { output in
    let ℓ = Tensor([output])
    let σ = Normal(mean: .zeros([1]), logVariance: ℓ).standardDeviation.item
    let slope = gradient(at: ℓ) {
      standardDivergences(of: Normal(mean: .zeros([1]), logVariance: $0)).sum()
    }.item
    let held = gradient(at: ℓ) {
      standardDivergences(of: Normal(mean: .zeros([1]), logVariance: limitedLogVariance($0))).sum()
    }.item
    return [.number(output, decimals: 0), .scientific(σ), .scientific(slope), .scientific(0 + held)]
  }
  return Table(
    "(9.26) in Float: σ = exp(½ log σ²)", columns: ["log σ²", "σ", "∂ KL / ∂ log σ²", "held at ±20"], rows: rows)
}

/// Output 9.8 beside the notes' numbers, with the two terms of the loss.
public func outputTable(_ history: History) -> Table {
  let printed = [5: 137.42, 10: 118.65, 15: 112.83, 20: 109.71, 25: 107.94, 30: 106.58]
  let epochs = history.epochs.filter { $0.number == 1 || $0.number % 5 == 0 }
  return Table(
    "Output 9.8: nats per image, on average over each epoch",
    columns: ["epoch", "loss", "reconstruction", "KL", "test loss", "notes, MNIST"],
    rows: epochs.map { epoch in
      let measured = ["reconstruction", "KL", "test loss"].map { name in
        Table.Cell.number(epoch.metrics[name] ?? .nan, decimals: 2)
      }
      return [.integer(epoch.number), .number(epoch.loss, decimals: 2)] + measured
        + [printed[epoch.number].map { .number($0, decimals: 2) } ?? .text("")]
    })
}

private func learningCurve(_ history: History, floor: Double) -> LineChart {
  LineChart(
    "Listing 9.8: both terms of the loss", x: Axis("epoch"), y: Axis("nats per image"),
    series: [
      Series("loss", history.losses), Series("reconstruction", history["reconstruction"]),
      Series("KL", history["KL"]), Series("test loss", history["test loss"]),
      Series("entropy of the grey levels", history.losses.map { _ in floor }),
    ])
}

/// One test image of every class, and its reconstruction from the mean of q(z | x).
private func reconstructionSheet(_ model: VariationalAutoencoder, _ test: LabeledImages) -> Panels {
  let chosen = (0..<10).compactMap(test.labels.firstIndex(of:))
  let images = test.images.gathered(chosen)
  return sheet(
    ImageGrid(
      "Test images and their reconstructions", rows: [pictures(images), pictures(model.reconstructed(images))],
      rowTitles: ["image", "x̂"]))
}
