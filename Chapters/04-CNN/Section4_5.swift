import CNN
import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// § 4.5: the three strategies with few images of a new task, and the effect of training mode on frozen normalizations.
public let section4_5 = Exercise(
  .section, "4.5", "Transfer learning: three strategies, few images", seconds: 35, quick: 2, full: 900,
  needs: { _ in DataNeeds(classes: 10, testClasses: 10) }
) { run in
  run.show(strategyTable(), as: "strategies")
  let (training, test) = (
    run.choose(quick: 300, standard: 6_000, full: 10_000), run.choose(quick: 100, standard: 2_000, full: 2_000)
  )
  let data = try run.data.cifar10(drawn: training, test)
  let task = TransferTask(data)
  run.say("\(data.provenance)\n  first \(list(task.source.classNames))\n  then \(list(task.target.classNames))\n")

  let (η, width) = (3e-3, run.choose(quick: 4, standard: 8, full: 64))
  let pretrained = Pretrained(
    on: task, width: width, learningRate: η,
    plan: run.plan(quick: 1, standard: data.isReal ? 4 : 8, full: 30, batchSize: 50, label: "pretraining"),
    random: run.random.split())
  run.say(String(format: "Accuracy of the pretrained network on the first classes: %.3f\n", pretrained.accuracy))

  let sizes = run.choose(quick: [5, 10], standard: [10, 50, 500], full: [10, 50, 500])
  let results = sizes.flatMap { n in
    compareTransfers(
      task, from: pretrained.network, learningRate: η, images: n,
      draws: run.choose(quick: 2, standard: n < 500 ? 3 : 2, full: 5),
      plan: run.plan(
        quick: 2, standard: 4 + 300 / n, full: 15 + 600 / n, batchSize: n < 500 ? 25 : 50,
        label: "\(n) images a class"),
      random: run.random.split())
  }
  run.show(comparisonTable(results, sizes), as: "comparison")
  run.show(comparisonFigure(results, sizes, data.name), as: "comparison")

  let frozen = compareFrozenModes(
    task, from: pretrained.network, images: sizes[1],
    plan: run.plan(quick: 2, standard: 10, full: 20, batchSize: 25, label: "frozen"), random: run.random.split())
  run.show(frozenTable(frozen), as: "frozen")
  run.parameters = pretrained.network.parameterCount
  run.card("data", data.provenance)
  for result in results where result.images == sizes[0] { run.card(result.way.rawValue, result.mean) }
}

/// The effect of a feature extractor's training on the frozen stages.
public struct FrozenMode: Sendable {
  /// Whether the images of the new task are darker than those of the first, with less contrast.
  public let isDimmed: Bool
  /// How the frozen stages run during training.
  public let mode: Mode
  /// How far the stem's running means moved, in standard deviations of the maps.
  public let shift: Double
  /// The accuracy on the new task.
  public let accuracy: Double
  /// The accuracy on the first task, with the first classifier put back.
  public let oldAccuracy: Double
}

/// Trains a new head with the frozen stages in evaluation mode and in training mode, as after PyTorch's
/// `model.train()`, for new images as before and half as bright.
public func compareFrozenModes(
  _ task: TransferTask, from pretrained: ResNet18, images n: Int, plan: TrainingPlan, random: RandomSource
) -> [FrozenMode] {
  let (few, test, old) = (task.target.train.few(perClass: n, random: random), task.target.test, task.source.test)
  let network = TransferNetwork(pretrained, classes: task.target.classNames.count, random: random.split())
  let order = random.next()
  func result(_ mode: Mode, isDimmed: Bool) -> FrozenMode {
    let lit = { (images: Tensor) in isDimmed ? 0.5 * images - 1 : images }
    var model = PartlyFrozen(network, .featureExtractor, frozenMode: mode)
    var optimizer = Adam(learningRate: 3e-3)
    let set = Examples(lit(few.images), labels: few.labels)
    fit(&model, with: &optimizer, to: set, plan: plan, random: RandomSource(seed: order))
    var restored = model.network.resNet
    restored.classifier = pretrained.classifier
    let (before, after) = (pretrained.stem.normalization, restored.stem.normalization)
    let shift = (after.runningMean - before.runningMean).squared() / before.runningVariance
    return FrozenMode(
      isDimmed: isDimmed, mode: mode, shift: shift.mean().squareRoot().item,
      accuracy: accuracy(inBatches(test.images) { model(lit($0)) }, labels: test.labels),
      oldAccuracy: accuracy(inBatches(old.images) { restored($0) }, labels: old.labels))
  }
  return [false, true].flatMap { dim in [Mode.evaluation, .training].map { result($0, isDimmed: dim) } }
}

private func list(_ names: [String]) -> String { names.joined(separator: ", ") }

private func strategyTable() -> Table {
  let random = RandomSource(seed: 0)
  let network = TransferNetwork(ResNet18(classes: 1, random: random), classes: 10, random: random)
  let strategies: [(String, TransferStrategy)] = [
    ("1. feature extractor", .featureExtractor), ("2. partial, layer4", .partial(stages: 1)),
    ("2. partial, layer3 and layer4", .partial(stages: 2)), ("3. full", .full),
  ]
  return Table(
    "ResNet-18 with a head for ten classes", columns: ["strategy", "trained", "frozen", "share trained"],
    rows: strategies.map { name, strategy in
      let trained = PartlyFrozen(network, strategy).parameterCount
      return [
        .text(name), .integer(trained), .integer(network.parameterCount - trained),
        .number(Double(trained) / Double(network.parameterCount), decimals: 4),
      ]
    })
}

private func comparisonTable(_ results: [TransferResult], _ sizes: [Int]) -> Table {
  Table(
    "Accuracy on the new classes, mean ± deviation", columns: ["images a class"] + sizes.map { "\($0)" },
    rows: TransferWay.allCases.map { way in
      [.text(way.rawValue)]
        + results.filter { $0.way == way }.map { .text(String(format: "%.3f ± %.3f", $0.mean, $0.deviation)) }
    })
}

private func comparisonFigure(_ results: [TransferResult], _ sizes: [Int], _ name: String) -> LineChart {
  var chart = LineChart(
    "Five new classes of \(name)", x: Axis("training images a class", .logarithmic),
    y: Axis("test accuracy"),
    series: TransferWay.allCases.map { way in
      let own = results.filter { $0.way == way }
      return Series(
        way.rawValue, x: sizes.map(Double.init), own.map(\.mean),
        band: (own.map { $0.mean - $0.deviation }, own.map { $0.mean + $0.deviation }), style: .both)
    })
  chart.size = Canvas.Size(width: 720, height: 420)
  return chart
}

private func frozenTable(_ results: [FrozenMode]) -> Table {
  Table(
    "A feature extractor whose frozen stages run in …",
    columns: ["new images", "mode", "means moved by", "accuracy, new classes", "accuracy, first classes"],
    rows: results.map { result in
      [
        .text(result.isDimmed ? "dimmed" : "as before"), .text("\(result.mode)"), .number(result.shift, decimals: 4),
        .number(result.accuracy, decimals: 3),
        .number(result.oldAccuracy, decimals: 3),
      ]
    })
}
