import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// Listing 9.8b: samples of the model, and the plane of a model with two latent variables.
public let listing9_8b = Exercise(
  .listing, "9.8b", "Samples and a latent plane", seconds: 40, quick: 2, full: 150,
  needs: { _ in DataNeeds(size: .exactly(28)) }
) { run in
  let data = try run.digits(
    run.choose(quick: 256, standard: 6_000, full: 60_000), run.choose(quick: 100, standard: 1_000, full: 10_000))
  run.say(data.provenance)
  run.say(floorSentence(data.train.images) + "\n")
  func trained(latent d: Int, _ epochs: (Int, Int, Int)) -> TrainedOnDigits<VariationalAutoencoder> {
    let model = VariationalAutoencoder(latent: d, random: run.random.split())
    let plan = run.plan(quick: epochs.0, standard: epochs.1, full: epochs.2, batchSize: 128, label: "d = \(d)")
    return trainOnDigits(model, on: data, plan: plan, random: run.random.split())
  }
  let (base, plane) = (trained(latent: 20, (2, 20, 30)), trained(latent: 2, (2, 30, 30)))

  let count = run.choose(quick: 100, standard: 1_000, full: 5_000)
  let samples = base.model.decoded(run.random.split().normal([count, 20])).reshaped([count, 1, 28, 28])
  run.show(sheet(sampleGrid(samples)), as: "samples")
  let means = plane.model.encoded(data.test.flattened).mean
  run.show(planeFigure(means, data.test.labels, data.classNames), as: "plane")
  let n = run.choose(quick: 5, standard: 20, full: 20)
  run.show(
    sheet(ImageGrid("The plane, decoded at equally likely places", images: [manifold(of: plane.model, n)], columns: 1)),
    as: "manifold")
  let quality = run.measure(for: data, count: count)
  let flat = plane.model.decoded(run.random.split().normal([count, 2])).reshaped([count, 1, 28, 28])
  run.show(
    qualityTable(
      "Judged by a network",
      [("real, training set", quality.real), ("samples, d = 20", quality(samples)), ("samples, d = 2", quality(flat))]),
    as: "quality")
  run.show(planeTable(base.measure, plane.measure), as: "terms")

  let accuracy = nearestCentroidAccuracy(means, labels: data.test.labels, classes: data.classNames.count)
  run.parameters = plane.model.parameterCount
  run.card("data", data.provenance)
  run.card("test loss, d = 20", base.measure.loss())
  run.card("test loss, d = 2", plane.measure.loss())
  run.card("entropy of the grey levels, nats an image", greyLevelEntropies(data.test.images).mean().item)
  run.card("nearest centroid in the plane", accuracy)
  run.card(quality(samples), beside: quality.real, of: "d = 20")
}

/// The first 64 samples, eight by eight. § 9.8
public func sampleGrid(_ samples: Tensor) -> ImageGrid {
  ImageGrid("Samples, d = 20", images: pictures(samples[0..<64]), columns: 8)
}

/// A plane of latent variables, decoded at n×n equally likely places, as one picture. § 9.8
public func manifold(of model: VariationalAutoencoder, _ n: Int) -> Pixels {
  Pixels(tiling: pictures(model.decoded(quantileGrid(n))), columns: n)
}

/// The means of q(z | x) of test images, coloured by class.
private func planeFigure(_ means: Tensor, _ labels: [Int], _ names: [String]) -> ScatterPlot {
  let points = (0..<means.shape[0]).map { (x: means[$0, 0].item, y: means[$0, 1].item) }
  var figure = ScatterPlot(
    "Means of q(z | x) of the test images", x: Axis("z₁"), y: Axis("z₂"), points: points, classes: labels, names: names)
  figure.size = .init(width: 640, height: 520)
  return figure
}

private func planeTable(_ base: EvidenceMeasure, _ plane: EvidenceMeasure) -> Table {
  let rows: [[Table.Cell]] = [("20", base), ("2", plane)].map { d, measure in
    [
      .text(d), .number(measure.loss(), decimals: 2), .number(measure.reconstruction, decimals: 2),
      .number(measure.divergence, decimals: 2), .integer(measure.activeUnits.count),
    ]
  }
  return Table(
    "Test images, nats", columns: ["d", "loss", "reconstruction", "KL", "active units"], rows: rows)
}
