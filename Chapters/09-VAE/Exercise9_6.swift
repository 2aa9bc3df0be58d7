import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// Exercise 9.6: a VAE and a DCGAN of the same size on clothes: samples, stability over seeds, and paths between
/// samples.
///
/// Exercise 9.6.4 asks for advantages and disadvantages: the tables have them as numbers.
public let exercise9_6 = Exercise(
  "9.6", "A VAE and a DCGAN of the same size", stars: 3, seconds: 60, quick: 2, full: 7_200,
  needs: { _ in DataNeeds(train: 128, test: 40, testClasses: 2, size: .exactly(28)) }
) { run in
  run.show(sizeTable(), as: "sizes")
  let all = try run.data.fashionMNIST(
    drawn: run.choose(quick: 128, standard: 6_000, full: 60_000), run.choose(quick: 64, standard: 1_000, full: 10_000))
  let data = run.choose(quick: all.limited(to: 128, 64), standard: all.limited(to: 6_000, 1_000), full: all)
  run.say(data.provenance)
  let sizes = run.choose(quick: EqualSizes.quarter, standard: .quarter, full: .printed)
  let looks = run.epochs(quick: 1, standard: 5, full: 25)
  let seeds = run.choose(quick: 1, standard: 3, full: 3)
  let count = run.choose(quick: 64, standard: 1_000, full: 5_000)
  let measure = run.measure(for: data, count: count)
  run.say("\(seeds) seeds of both models, with a look after each of \(looks) epochs of the DCGAN\n")

  var makers: [ImageMaker] = []
  for seed in 1...seeds {
    makers.append(
      trainedVAE(
        sizes, on: data.train.flattened, measure, looks: looks, epochs: run.choose(quick: 1, standard: 15, full: 2),
        random: run.random.split(), report: run.progress("VAE, seed \(seed)")))
    makers.append(
      trainedDCGAN(
        sizes, on: data.train.images, measure, looks: looks, random: run.random.split(),
        report: run.progress("DCGAN, seed \(seed)")))
    for maker in makers.suffix(2) { run.say(lookLine(maker, seed: seed)) }
  }
  let judged = makers.map { maker in
    let images = maker.images(run.random.normal([count, maker.latent]))
    return JudgedMaker(
      maker: maker, quality: measure(images), energy: gradientEnergy(of: images), first: images[0..<10])
  }
  let real = gradientEnergy(of: data.test.images)
  run.show(comparison(judged, measure.real, energy: real), as: "comparison")
  run.show(looksFigure(makers), as: "training")
  run.show(sampleSheet(judged, data.test.images), as: "samples")

  let pairs = run.choose(quick: 2, standard: 30, full: 200)
  let firstTwo = Array(makers.prefix(2))
  let summaries = firstTwo.flatMap { maker in
    LatentPath.allCases.map {
      (maker, pathSummary(maker, $0, pairs: pairs, measure, random: RandomSource(seed: run.options.seed + 96)))
    }
  }
  run.show(pathTable(summaries, pairs: pairs), as: "paths")
  run.show(pathSheet(firstTwo, random: run.random.split()), as: "paths")
  run.card("data", data.provenance)
  run.card("accuracy of the judge", measure.accuracy)
  for name in ["VAE", "DCGAN"] {
    let seconds = makers.filter { $0.name == name }.map(\.seconds).reduce(0, +) / Double(seeds)
    run.card("\(name): seconds of a training", measured: seconds)
  }
  run.card(judged[0].quality, beside: measure.real, of: "VAE")
  run.card(judged[1].quality, of: "DCGAN")
}

/// A trained model with the measures of its samples.
struct JudgedMaker {
  let maker: ImageMaker
  let quality: SampleQuality
  let energy: Double
  let first: Tensor
}

private func lookLine(_ maker: ImageMaker, seed: Int) -> String {
  "\(maker.name), seed \(seed): Fréchet distance " + maker.distances.map { decimals($0, 0) }.joined(separator: ", ")
}

// MARK: - Exercise 9.6.1

private func sizeTable() -> Table {
  let rows: [(String, EqualSizes)] = [("as printed", .printed), ("a quarter of the width", .quarter)]
  return Table(
    "Exercise 9.6.1: parameters", columns: ["networks", "VAE", "generator", "difference", "with the discriminator"],
    rows: rows.map { name, sizes in
      let n = sizes.parameters
      let difference = 100 * (Double(n.generator) / Double(n.vae) - 1)
      return [
        .text(name), .integer(n.vae), .integer(n.generator),
        .text((difference < 0 ? "−" : "+") + decimals(abs(difference), 2) + " %"),
        .integer(n.generator + n.discriminator),
      ]
    })
}

// MARK: - Exercise 9.6.2

/// The measures of real images and of both models: mean and range over the seeds.
private func comparison(_ judged: [JudgedMaker], _ real: SampleQuality, energy: Double) -> Table {
  let measures: [(String, Int, (JudgedMaker) -> Double, Double)] = [
    ("Fréchet distance", 1, \.quality.frechetDistance, real.frechetDistance),
    ("density", 2, \.quality.density, real.density), ("coverage", 2, \.quality.coverage, real.coverage),
    ("recall", 2, \.quality.neighbours.recall, real.neighbours.recall),
    ("recognized", 2, \.quality.recognized, real.recognized),
    ("label entropy (ln 10 = 2.30)", 2, \.quality.labelEntropy, real.labelEntropy),
    ("gradient energy beside real images", 2, { $0.energy / energy }, 1),
    ("largest rise of the distance", 2, \.maker.largestRise, 1),
  ]
  func cell(_ name: String, _ digits: Int, _ value: (JudgedMaker) -> Double) -> Table.Cell {
    let values = judged.filter { $0.maker.name == name }.map(value)
    let (low, high) = (values.min() ?? .nan, values.max() ?? .nan)
    return .text(
      "\(decimals(values.reduce(0, +) / Double(values.count), digits)) (\(decimals(low, digits)) to "
        + "\(decimals(high, digits)))")
  }
  return Table(
    "Exercise 9.6.2: mean over the seeds, lowest to highest", columns: ["measure", "real images", "VAE", "DCGAN"],
    rows: measures.map { name, digits, value, real in
      [.text(name), .number(real, decimals: digits), cell("VAE", digits, value), cell("DCGAN", digits, value)]
    })
}

private func looksFigure(_ makers: [ImageMaker]) -> LineChart {
  LineChart(
    "Fréchet distance during the training", x: Axis("look"), y: Axis("Fréchet distance", .logarithmic),
    series: makers.enumerated().sorted { ($1.element.name, $0.offset) < ($0.element.name, $1.offset) }.map {
      Series("\($0.element.name), seed \($0.offset / 2 + 1)", $0.element.distances, style: .both)
    })
}

private func sampleSheet(_ judged: [JudgedMaker], _ real: Tensor) -> Panels {
  let rows = judged.map { one in
    ("\(one.maker.name): \(decimals(one.quality.frechetDistance, 0))", pictures(one.first))
  }
  let all = [("real images", pictures(real[0..<10]))] + rows.sorted { $0.0.first ?? "a" > $1.0.first ?? "a" }
  return sheet(
    ImageGrid("Samples, with their Fréchet distances", rows: all.map(\.1), rowTitles: all.map(\.0)))
}
