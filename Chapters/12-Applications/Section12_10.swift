import Applications
import Attention
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.10: image and text in one space, and classes that were never seen.
public let section12_10 = Exercise(.section, "12.10", "Image and text", seconds: 50, quick: 2) { run in
  let (N, steps) = (Look.seen.count, run.choose(quick: 6, standard: 1_500, full: 5_000))
  let trained = [true, false].map { hasScale in
    ContrastiveRun(
      hasScale: hasScale, batch: N, steps: steps, images: run.choose(quick: 2, standard: 300, full: 1_000),
      random: run.random.split(), report: run.progress(hasScale ? "with a scale" : "cosines only"))
  }
  run.show(zeroShotTable(trained, N), as: "zero-shot")
  run.show(floorTable(), as: "floors")
  run.show(lossFigure(trained, N), as: "loss")
  run.show(similarityFigure(trained[0]), as: "similarities")
  run.show(retrievalFigure(trained[0]), as: "retrieval")
  run.parameters = trained[0].model.parameterCount
  run.card("scale", trained[0].model.scale.item)
  run.card("loss with a scale", trained[0].loss)
  run.card("loss of cosines", trained[1].loss)
  run.card("lowest loss of cosines", imageTextFloor(N))
  run.card("accuracy among 12 unseen", trained[0].accuracy)
  run.card("accuracy among all 48", trained[0].openAccuracy)
}

/// A model trained on 36 looks, and how it finds the other 12. § 12.10
public struct ContrastiveRun: Sendable {
  /// Whether the cosines have a learned scale.
  public let hasScale: Bool
  /// The trained model.
  public let model: ImageTextModel
  /// The mean losses of groups of steps, with their last step.
  public let losses: [(step: Double, loss: Double)]
  /// The mean loss of the last steps.
  public let loss: Double
  /// Images of the 12 unseen looks, equally many of each.
  public let images: Tensor
  /// The accuracy among the 12 unseen looks, and among all 48.
  public let accuracy, openAccuracy: Double

  /// A model trained by batches of `batch` different looks.
  public init(
    hasScale: Bool, batch N: Int, steps: Int, images count: Int, random: RandomSource,
    report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) {
    let data = DescribedImages(count: count, from: random.split())
    let start = ImageTextModel(symbols: SceneWords.symbols, hasScale: hasScale, random: random.split())
    var plan = SequencePlan(steps: steps, learningRate: 3e-3, warmup: steps / 20, stepsPerCheck: max(1, steps / 30))
    (plan.weightDecay, plan.report) = (0.1, report)
    let drawn = random.split()
    let (model, history) = start.trained(by: plan, random: random.split()) { model in
      let (images, texts) = data.batch(N, from: drawn)
      return imageTextLoss(model.similarities(images, texts))
    }
    let each = max(1, steps / 30)
    losses = history.losses.enumerated().map { (Double(($0 + 1) * each), $1) }
    images = Look.images(of: Look.unseen, count: 20, from: random.split())
    accuracy = zeroShotAccuracy(model, images, of: Look.unseen, among: Look.unseen)
    openAccuracy = zeroShotAccuracy(model, images, of: Look.unseen, among: Look.all)
    loss = history.losses.last ?? .nan
    (self.hasScale, self.model) = (hasScale, model)
  }
}

private func zeroShotTable(_ trained: [ContrastiveRun], _ N: Int) -> Table {
  var rows = trained.map { run -> [Table.Cell] in
    let scale = run.model.scale.item
    return [
      .text(run.hasScale ? "cosine times a learned scale" : "cosine"), .number(scale, decimals: 2),
      .number(run.loss, decimals: 3), .number(imageTextFloor(N, scale: scale), decimals: 3),
      .number(run.accuracy, decimals: 3), .number(run.openAccuracy, decimals: 3),
    ]
  }
  rows.append([
    "chance", "–", .number(chance(N), decimals: 3), "–", .number(1.0 / 12, decimals: 3), .number(1.0 / 48, decimals: 3),
  ])
  return Table(
    "240 images of 12 looks that no training image had; the class is the nearest description",
    columns: ["similarity", "scale", "loss, N = \(N)", "lowest possible", "right among 12", "right among 48"],
    rows: rows)
}

/// ln N
private func chance(_ N: Int) -> Double { Tensor(Double(N), scalarType: .double).log().item }

private func floorTable() -> Table {
  Table(
    "The lowest loss of N pairs, ln(1 + (N − 1) e^(−s N/(N − 1))), for a scale s",
    columns: ["N", "ln N", "s = 1", "s = 1/0.07", "s = 100"],
    rows: [2, 36, 64, 128, 32_768].map { N -> [Table.Cell] in
      let floors = [1, 1 / 0.07, 100].map { imageTextFloor(N, scale: $0) }
      return [
        .integer(N), .number(chance(N), decimals: 3), .number(floors[0], decimals: 3), .number(floors[1], decimals: 3),
        .number(floors[2], decimals: 3),
      ]
    })
}

private func lossFigure(_ trained: [ContrastiveRun], _ N: Int) -> LineChart {
  let ends: [Double] = [0, trained[0].losses.last?.step ?? 1]
  var series = trained.map { run -> Series in
    Series(run.hasScale ? "with a learned scale" : "cosines alone", x: run.losses.map(\.step), run.losses.map(\.loss))
  }
  series.append(Series("ln \(N)", x: ends, [chance(N), chance(N)]))
  series.append(Series("lowest loss of cosines", x: ends, [imageTextFloor(N), imageTextFloor(N)]))
  return LineChart(
    "Cosines alone cannot reach a small loss", x: Axis("step"), y: Axis("loss of \(N) pairs, nats", range: 0...4),
    series: series)
}

/// The mean cosine of the images of every unseen look with every description.
private func similarityFigure(_ trained: ContrastiveRun) -> HeatMap {
  let texts = Tokens(Look.unseen.map { $0.symbols() }, padding: SceneWords.end)
  let cosines = matmul(trained.model.embedded(trained.images), trained.model.embedded(texts).transposed)
  let means = cosines.reshaped([12, trained.images.shape[0] / 12, 12]).mean(axes: [1])
  let names = Look.unseen.map { String($0.description().dropFirst(2)) }
  return HeatMap(
    "Mean cosine of 20 images with each description, for looks never seen", rows: names,
    columns: (1...12).map(String.init), rowTitle: "image", columnTitle: "description, in the same order",
    values: (0..<12).map { means[$0].scalars }, format: "%.2f", colors: .diverging, range: -1...1)
}

/// For descriptions of unseen looks, the images that are most similar to them.
private func retrievalFigure(_ trained: ContrastiveRun) -> Panels {
  let shown = [0, 3, 6, 8, 11].map { Look.unseen[$0] }
  let texts = Tokens(shown.map { $0.symbols(1) }, padding: SceneWords.end)
  let order = trained.model.similarities(trained.images, texts).transposed
  let rows = shown.indices.map { row in
    order[row].argsort(isDescending: true).prefix(8).map { picture(trained.images[$0]) }
  }
  let grid = ImageGrid("", rows: rows, rowTitles: shown.map { $0.description(1) })
  return Panels("The eight images nearest to a description, among 240 of looks never seen", [grid])
}
