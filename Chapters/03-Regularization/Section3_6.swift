import DataSets
import Figures
import Foundations
import Messages
import Regularization
import Running
import Tensors
import Training

/// § 3.6: layer and batch normalization: the effect of the rest of the batch on an example, and of small batches on
/// training.
public let section3_6 = Exercise(
  .section, "3.6", "Layer normalization and its relatives", seconds: 4, quick: 1, full: 60,
  needs: { _ in DataNeeds(train: 64) }
) {
  run in
  let companions = studyCompanions(batches: run.choose(quick: 10, standard: 40, full: 40), random: run.random)
  run.show(companionsFigure(companions), as: "companions")
  run.show(axesTable(random: run.random), as: "axes")
  let digits = try run.data.mnist().limited(to: run.choose(quick: 256, standard: 1_408, full: 10_240), 1_000)
  let sizes = run.choose(quick: [4, 64], standard: [2, 4, 16, 64], full: [2, 4, 16, 64])
  let trainings = compareNormalizations(on: digits, sizes: sizes, random: run.random) { label, size in
    run.plan(quick: 1, standard: 8, full: 10, batchSize: size, label: label)
  }
  run.show(trainingTable(sizes, trainings), as: "batch-sizes")
  run.card("data", digits.provenance)
  run.card("spread among companions, batch", companions.batchSpread)
  run.card("spread among companions, layer", companions.layerSpread)
}

/// One number of the output for one example, each time with other examples in the batch.
public struct Companions: Sendable {
  /// The output by batch normalization, and by layer normalization, for every batch.
  public let batch, layer: [Double]

  /// The standard deviation over the batches.
  public var batchSpread: Double { Tensor(batch, scalarType: .double).variance().squareRoot().item }
  /// The standard deviation over the batches.
  public var layerSpread: Double { Tensor(layer, scalarType: .double).variance().squareRoot().item }
}

/// Puts one example into many batches of eight. Remark 3.6
public func studyCompanions(batches: Int, random: RandomSource) -> Companions {
  let example = random.normal([1, 16], scalarType: .double)
  let (batch, layer) = (BatchNormalization(features: 16), LayerNormalization(features: 16))
  let outputs = (0..<batches).map { _ in
    let x = Tensor.concatenated([example, random.normal([7, 16], scalarType: .double)], axis: 0)
    return Mode.training { (batch.converted(to: .double)(x)[0, 0].item, layer.converted(to: .double)(x)[0, 0].item) }
  }
  return Companions(batch: outputs.map(\.0), layer: outputs.map(\.1))
}

/// Test accuracies of networks that differ only in the normalization: one list per kind, one entry per batch size.
public func compareNormalizations(
  on data: ImageClassification, sizes: [Int], random: RandomSource, plan: (_ label: String, _ size: Int) -> TrainingPlan
) -> [(normalization: NormalizedNetwork.Normalization, accuracies: [Double])] {
  let seed = random.next()
  let widths = [data.train.flattened.shape[1], 64, 64, 10]
  return NormalizedNetwork.Normalization.allCases.map { normalization in
    let accuracies = sizes.map { size in
      let random = RandomSource(seed: seed)
      let network = NormalizedNetwork(widths, normalization, random: random)
      let plan = plan("\(normalization.rawValue), batches of \(size)", size)
      return trainNormalized(network, on: data, with: GradientDescent(learningRate: 0.05), plan: plan, random: random)
        .testAccuracy
    }
    return (normalization, accuracies)
  }
}

private func companionsFigure(_ companions: Companions) -> LineChart {
  LineChart(
    "The same example among seven others", x: Axis("batch"), y: Axis("one of its outputs"),
    series: [
      Series("batch normalization", companions.batch, style: .points),
      Series("layer normalization", companions.layer, style: .points),
    ])
}

/// The ranges of the variances of normalized images, per channel, per example, and per channel of an example.
private func axesTable(random: RandomSource) -> Table {
  let x =
    3 * random.normal([8, 4, 6, 6], scalarType: .double)
    * random.uniform([8, 4, 1, 1], in: 0.2..<2, scalarType: .double) + 1
  let kinds: [(String, [Int])] = [("batch", [0, 2, 3]), ("layer", [1, 2, 3]), ("instance", [2, 3])]
  return Table(
    "Ranges of the variances of normalized images [N×C×H×W]",
    columns: ["normalization", "axes", "statistics", "per channel", "per example", "per channel of an example"],
    rows: kinds.map { name, axes in
      let y = standardized(x, over: axes)
      func range(_ over: [Int]) -> Table.Cell {
        let v = y.variance(axes: over)
        return .text("\(decimals(v.min().item, 2))–\(decimals(v.max().item, 2))")
      }
      let count = x.count / axes.map { x.shape[$0] }.reduce(1, *)
      return [
        .text(name), .text(axes.map { ["N", "C", "H", "W"][$0] }.joined(separator: ", ")), .integer(count),
        range([0, 2, 3]), range([1, 2, 3]), range([2, 3]),
      ]
    })
}

private func trainingTable(
  _ sizes: [Int], _ trainings: [(normalization: NormalizedNetwork.Normalization, accuracies: [Double])]
) -> Table {
  Table(
    "Test accuracy, gradient descent with η = 0.05", columns: ["batches of"] + sizes.map { "\($0)" },
    rows: trainings.map { training in
      [.text(training.normalization.rawValue)] + training.accuracies.map { .number($0, decimals: 4) }
    })
}
