import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// Exercise 8.6: the Fréchet distance of a DCGAN while it is trained, beside that of two halves of real images.
public let exercise8_6 = Exercise(
  "8.6", "The Fréchet distance of a DCGAN, epoch by epoch", stars: 3, seconds: 60, quick: 2, full: 900,
  needs: { _ in DataNeeds(train: 128, test: 40, testClasses: 2, size: .exactly(28)) }
) { run in
  let all = try run.data.fashionMNIST(
    drawn: run.choose(quick: 192, standard: 6_000, full: 12_000),
    run.choose(quick: 128, standard: 2_000, full: 2_000))
  let data = run.choose(quick: all.limited(to: 192, 128), standard: all.limited(to: 6_000, 2_000), full: all)
  run.say(data.provenance)
  let plan = run.plan(quick: 2, standard: 15, full: 25, batchSize: 64, label: "DCGAN")
  run.say("\(plan.epochs) epochs of \(data.train.count / 64) rounds")
  let judge = ImageJudge.trained(
    on: data, steps: run.choose(quick: 50, standard: 500, full: 500), report: run.progress("training the judge"))
  let halves = RealHalves(of: data.test, judge: judge)
  run.say("Two halves of the test images, \(grouped(halves.count)) each: \(decimals(halves.floor, 1))")

  let result = trackedTraining(
    run.choose(quick: .quarter, standard: .quarter, full: ConvolutionalSizes()), on: data.train.images, halves,
    plan: plan, random: run.random, tell: run.say)
  run.show(curve(result.distances, halves, data.name), as: "distance")
  run.show(sheet(result, data.test, halves), as: "samples")
  run.show(numberTable(result.generator, halves, random: run.random.split()), as: "number-of-samples")

  let quality = SampleQuality(of: result.samples, against: halves.second, judgedBy: judge)
  let real = SampleQuality(of: halves.first.images, against: halves.second, judgedBy: judge)
  run.parameters = result.generator.parameterCount
  run.card("data", data.provenance)
  run.card("accuracy of the judge", judge.accuracy(on: data.test))
  run.card(quality, beside: real)
  run.card("Fréchet distance after the first epoch", result.distances[0])
  run.card("bias expected of samples of one Gaussian", halves.bias(halves.count))
}

// MARK: - Exercise 8.6.1

/// Real images in two halves, neither of which the judge was trained on: one to compare with, one in the generator's
/// place. Exercise 8.6.1
public struct RealHalves: Sendable {
  /// The images in the generator's place, and those to compare with.
  public let first, second: LabeledImages
  /// The distance between both: what a perfect generator would have, up to chance.
  public let floor: Double
  private let judge: ImageJudge
  private let statistics: FeatureStatistics

  /// The halves of a set, drawn at random.
  public init(of set: LabeledImages, judge: ImageJudge) {
    let order = RandomSource(seed: 6).permutation(set.count)
    (first, second) = (set.subset(Array(order.prefix(set.count / 2))), set.subset(Array(order.suffix(set.count / 2))))
    self.judge = judge
    statistics = judge.judged(second.images).statistics
    floor = frechetDistance(judge.judged(first.images).statistics, statistics)
  }

  /// The number of images of a half.
  public var count: Int { second.count }

  /// The distance of generated images in [0, 1] from the second half.
  public func distance(of images: Tensor) -> Double {
    frechetDistance(judge.judged(images).statistics, statistics)
  }

  /// The distance to be expected of n samples of the second half's Gaussian. (8.19)
  public func bias(_ n: Int) -> Double { frechetBias(covariance: statistics.covariance, counts: n, count) }
}

// MARK: - Exercise 8.6.2

/// A DCGAN with the distances of its samples.
public struct TrackedTraining {
  /// The generator after the last epoch.
  public let generator: Generator
  /// The Fréchet distance after each epoch.
  public let distances: [Double]
  /// The first ten samples after each epoch, always of the same noise. [10×1×28×28]
  public let rows: [Tensor]
  /// All samples after the last epoch, in [0, 1].
  public let samples: Tensor
}

/// Trains a DCGAN by Listing 8.7 on images in [0, 1], and measures after each epoch as many samples as a half has
/// images: always those of the same noise, made in evaluation mode. Exercise 8.6.2
public func trackedTraining(
  _ sizes: ConvolutionalSizes, on images: Tensor, _ halves: RealHalves, plan: TrainingPlan, random: RandomSource,
  tell: (String) -> Void
) -> TrackedTraining {
  let z = random.normal([halves.count, sizes.latent])
  let (players, history) = ImageGame(sizes).trained(on: images, plan: plan, random: random) { players, epoch in
    let samples = players.generator.images(z)
    players.snapshots.frames.append(samples[0..<min(10, halves.count)])
    let distance = halves.distance(of: samples)
    tell("epoch \(epoch.number): Fréchet distance \(decimals(distance, 1))")
    return ["Fréchet distance": distance]
  }
  return TrackedTraining(
    generator: players.generator, distances: history["Fréchet distance"], rows: players.snapshots.frames,
    samples: players.generator.images(z))
}

// MARK: - Exercise 8.6.3

private func curve(_ distances: [Double], _ halves: RealHalves, _ name: String) -> LineChart {
  let epochs = distances.indices.map { Double($0 + 1) }
  return LineChart(
    "A DCGAN on \(name): \(grouped(halves.count)) samples against \(grouped(halves.count)) images", x: Axis("epoch"),
    y: Axis("Fréchet distance", .logarithmic),
    series: [
      Series("samples", x: epochs, distances, style: .both),
      Series("two halves of real images", x: epochs, epochs.map { _ in halves.floor }),
    ])
}

/// Samples of the same noise after some epochs, and real images.
private func sheet(_ result: TrackedTraining, _ real: LabeledImages, _ halves: RealHalves) -> Panels {
  let last = result.rows.count - 1
  let shown = Set([0, 1, 3, 7, last]).filter { $0 <= last }.sorted()
  let titles = shown.map { "epoch \($0 + 1): \(decimals(result.distances[$0], 0))" }
  return Panels(
    "Fréchet distances while a DCGAN learns", columns: 1,
    [
      ImageGrid(
        "", rows: shown.map { pictures(result.rows[$0]) } + [pictures(real.images, 10)],
        rowTitles: titles + ["real images: \(decimals(halves.floor, 0))"])
    ])
}

/// The distance of the same generator by several numbers of samples, each with eight draws.
private func numberTable(_ generator: Generator, _ halves: RealHalves, random: RandomSource) -> Table {
  let latent = generator.convolutions[0].weight.shape[0]
  let sizes = [8, 4, 2, 1].map { halves.count / $0 }
  let rows: [[Table.Cell]] = sizes.map { n in
    let found = (0..<8).map { _ in halves.distance(of: generator.images(random.normal([n, latent]))) }
    let x = Tensor(found, scalarType: .double)
    return [
      .integer(n), .number(x.mean().item, decimals: 1),
      .number(x.variance(isUnbiased: true).squareRoot().item, decimals: 1), .number(halves.bias(n), decimals: 1),
    ]
  }
  return Table(
    "The last generator, by the number of samples: mean and deviation of 8 draws",
    columns: ["samples", "Fréchet distance", "deviation", "bias expected of a Gaussian"], rows: rows)
}
