import DataSets
import Figures
import Foundations
import GAN
import Messages
import Running
import Tensors

/// § 8.8: what the measures say of images of which we know how good they are.
public let section8_8 = Exercise(
  .section, "8.8", "Evaluation metrics", seconds: 12, quick: 2, full: 60,
  needs: { _ in DataNeeds(train: 64, test: 16, testClasses: 2, size: .exactly(28)) }
) { run in
  let all = try run.data.mnist()
  let data = run.choose(quick: all.limited(to: 256, 128), standard: all.limited(to: 10_000), full: all)
  run.say(data.provenance)
  run.show(
    biasTable(repetitions: run.choose(quick: 2, standard: 20, full: 100), random: run.random.split()), as: "bias")

  let measure = run.measure(for: data, count: data.train.count)
  run.say("The judge reads \(decimals(100 * measure.accuracy, 1)) % of the test images right.")
  let sets = knownSets(
    of: data.train, classes: data.classNames.count, judge: measure.judge, random: run.random.split())
  let judged = sets.map { (name: $0.name, quality: measure($0.images)) }
  run.show(
    qualityTable("Known sets against \(grouped(data.test.count)) test images", judged), as: "known-sets")
  run.show(sheet(sets, judged.map(\.quality)), as: "known-sets")
  run.show(
    sizeFigure(data, measure.judge, draws: run.choose(quick: 2, standard: 10, full: 10), run.random.split()),
    as: "sample-size")

  let copied = judged[sets.firstIndex { $0.name.contains("copied") } ?? 0].quality
  run.card("data", data.provenance)
  run.card("accuracy of the judge", measure.accuracy)
  run.card(copied, beside: measure.real, of: "copies")
  run.card("copies: Inception Score", copied.inceptionScore)
  run.card("copies: Inception Score, real images", measure.real.inceptionScore)
}

// MARK: - The bias of (8.19)

/// The mean distance of two samples of one Gaussian, beside its expected value.
func biasTable(repetitions: Int, random: RandomSource) -> Table {
  let N = 1_000
  let rows: [[Table.Cell]] = [2, 16, 64].map { d in
    let found = (0..<repetitions).map { _ in frechetDistance(random.normal([N, d]), random.normal([N, d])) }
    let identity = Tensor.identity(d, scalarType: .double)
    return [
      .integer(d), .number(found.reduce(0, +) / Double(repetitions), decimals: 4),
      .number(frechetBias(covariance: identity, counts: N, N), decimals: 4),
    ]
  }
  return Table(
    "(8.19) of two samples of N(0, I), 1,000 each: the distance of their laws is 0",
    columns: ["features d", "mean of \(repetitions)", "(2d + d(d + 1)/2)/N"], rows: rows)
}

/// The distance of real images from real images against the number of images on one side.
private func sizeFigure(
  _ data: ImageClassification, _ judge: ImageJudge, draws: Int, _ random: RandomSource
)
  -> LineChart
{
  let (train, test) = (judge.judged(data.train.images).features, judge.judged(data.test.images))
  let reference = test.statistics
  var sizes: [Int] = []
  var n = data.train.count
  while n >= 70 {
    sizes.insert(n, at: 0)
    n /= 2
  }
  let found = sizes.map { n in
    (0..<draws).reduce(0.0) { sum, _ in
      let chosen = train.gathered(Array(random.permutation(train.shape[0]).prefix(n)))
      return sum + frechetDistance(reference, FeatureStatistics(of: chosen)) / Double(draws)
    }
  }
  let bias = sizes.map { frechetBias(covariance: reference.covariance, counts: $0, test.count) }
  return LineChart(
    "Real images against \(grouped(test.count)) other real images", x: Axis("number of images", .logarithmic),
    y: Axis("Fréchet distance", .logarithmic),
    series: [
      Series("training images, mean of \(draws) draws", x: sizes.map(Double.init), found, style: .both),
      Series("bias of samples of one Gaussian", x: sizes.map(Double.init), bias),
    ])
}

// MARK: - The sets

/// Ten images of every set, with its distance.
private func sheet(_ sets: [KnownSet], _ qualities: [SampleQuality]) -> Panels {
  let shown = sets.indices.filter { $0 == 0 || !sets[$0].name.hasPrefix("1/") }
  let rows = shown.map { i in pictures(sets[i].images, 10) }
  let titles = shown.map { "\(sets[$0].name): \(decimals(qualities[$0].frechetDistance, 1))" }
  return Panels(
    "Fréchet distances of known sets", columns: 1, [ImageGrid("", rows: rows, rowTitles: titles)])
}
