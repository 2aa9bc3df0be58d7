import CNN
import DataSets
import Figures
import Foundation
import Running
import Tensors
import Training

/// Exercise 4.4: the network of Listing 4.6 with separable convolutions: parameters, accuracy, time.
public let exercise4_4 = Exercise(
  "4.4", "Depthwise separable convolutions", stars: 2, seconds: 45, quick: 3, full: 60_000, needs: { _ in DataNeeds() }
) {
  run in
  let all = try run.data.cifar10(
    drawn: run.choose(quick: 128, standard: 1_024, full: 50_000), run.choose(quick: 64, standard: 1_000, full: 10_000))
  let data = all.limited(
    to: run.choose(quick: 128, standard: 1_024, full: 50_000), run.choose(quick: 64, standard: 1_000, full: 10_000))
  run.say(data.provenance + "\n")
  run.show(sizeTable(compareSizes(random: run.random.split())), as: "sizes")

  let seed = run.random.next()
  let standard = trainColorNetwork(
    { ColorImageNetwork(random: $0) }, "standard", on: data, seed: seed,
    plan: run.plan(quick: 1, standard: 4, full: 100, batchSize: 32, label: "standard"))
  let separable = trainColorNetwork(
    separableColorNetwork(random:), "separable", on: data, seed: seed,
    plan: run.plan(quick: 1, standard: 10, full: 250, batchSize: 32, label: "separable"))
  run.show(accuracyTable([standard.result, separable.result]), as: "accuracy")
  run.show(accuracyFigure([standard.result, separable.result], data.name), as: "training")

  let images = data.test.prefix(32).images
  let times = medianTimes(
    [{ _ = standard.network(images) }, { _ = separable.network(images) }],
    rounds: run.choose(quick: 1, standard: 9, full: 51))
  run.show(timeTable(times), as: "time")
  run.parameters = separable.network.parameterCount
  run.card("data", data.provenance)
  run.card("test accuracy, standard", standard.result.testAccuracy)
  run.card("test accuracy, separable", separable.result.testAccuracy)
  run.card("standard over separable, measured time", measured: times[0] / times[1])
}

/// The network of Listing 4.6 with all six 3 × 3 convolutions replaced by separable ones. Exercise 4.4.2
public func separableColorNetwork(random: RandomSource) -> ColorImageNetwork<SeparableConvolution> {
  ColorImageNetwork(random: random) { SeparableConvolution($0, $1, kernel: 3, padding: 1, random: random) }
}

// MARK: - 4.4.2: parameters, multiplications, accuracy

/// One of the six convolutions of the network, standard and separable.
public struct LayerSize: Sendable {
  /// Channels in and out.
  public let channels: String
  /// Parameters of either kind.
  public let standard, separable: Int
  /// Multiplications of either kind for an image of 32 × 32.
  public let standardCost, separableCost: Int
}

/// The six convolutions of the network of Listing 4.6, counted. Exercise 4.4.2
public func compareSizes(random: RandomSource) -> [LayerSize] {
  let standard = ColorImageNetwork(random: random).blocks.flatMap(\.convolutions)
  let separable = separableColorNetwork(random: random).blocks.flatMap(\.convolutions)
  return zip(standard, separable).enumerated().map { place, pair in
    let (side, full, parts) = (32 >> (place / 2), pair.0, pair.1)
    return LayerSize(
      channels: "\(full.weight.shape[1]) → \(full.weight.shape[0])", standard: full.parameterCount,
      separable: parts.parameterCount, standardCost: full.multiplications(height: side, width: side),
      separableCost: parts.depthwise.multiplications(height: side, width: side)
        + parts.pointwise.multiplications(height: side, width: side))
  }
}

/// A training run of one of the two networks.
public struct ColorNetworkResult: Sendable {
  /// The kind of its convolutions.
  public let name: String
  /// The number of its parameters.
  public let parameters: Int
  /// Loss and accuracy of every epoch.
  public let history: History
  /// The accuracy on the test images after the last epoch.
  public let testAccuracy: Double
}

/// Trains a network as Listing 4.6 does, but with a constant learning rate and unchanged images; "test accuracy" is
/// measured after every epoch. Exercise 4.4.2
public func trainColorNetwork<Filter: Module<Tensor, Tensor>>(
  _ make: (RandomSource) -> ColorImageNetwork<Filter>, _ name: String, on data: ImageClassification, seed: UInt64,
  plan: TrainingPlan
) -> (network: ColorImageNetwork<Filter>, result: ColorNetworkResult) {
  let random = RandomSource(seed: seed)
  var (network, recipe) = (make(random), ImageRecipe())
  (recipe.augmentation, recipe.anneals) = (nil, false)
  let scale = ColorScale(for: data)
  let history = trainOnImages(&network, by: recipe, on: data.train, scale: scale, plan: plan, random: random) {
    network, _ in
    ["test accuracy": Predictions(of: network, on: data.test, scale: scale).accuracy]
  }
  let result = ColorNetworkResult(
    name: name, parameters: network.parameterCount, history: history,
    testAccuracy: history["test accuracy"].last ?? .nan)
  return (network, result)
}

// MARK: - 4.4.3: time

/// The median time of each piece of work in seconds. They alternate, so that other load on the machine affects all
/// alike. Exercise 4.4.3
public func medianTimes(_ work: [() -> Void], rounds: Int) -> [Double] {
  for piece in work { piece() }  // warm-up
  var times = work.map { _ in [Double]() }
  for _ in 0..<rounds {
    for (place, piece) in work.enumerated() {
      let start = Date()
      piece()
      times[place].append(Date().timeIntervalSince(start))
    }
  }
  return times.map { $0.sorted()[$0.count / 2] }
}

// MARK: - Tables and figures

private func sizeTable(_ sizes: [LayerSize]) -> Table {
  func row(_ name: String, _ standard: Int, _ separable: Int, _ costs: (Int, Int)) -> [Table.Cell] {
    [
      .text(name), .integer(standard), .integer(separable), .number(Double(standard) / Double(separable), decimals: 2),
      .number(Double(costs.0) / Double(costs.1), decimals: 2),
    ]
  }
  let sums = sizes.reduce((0, 0, 0, 0)) {
    ($0.0 + $1.standard, $0.1 + $1.separable, $0.2 + $1.standardCost, $0.3 + $1.separableCost)
  }
  return Table(
    "The six convolutions of Listing 4.6",
    columns: ["channels", "standard", "separable", "times fewer", "multiplications, times fewer"],
    rows: sizes.map { row($0.channels, $0.standard, $0.separable, ($0.standardCost, $0.separableCost)) }
      + [row("all six", sums.0, sums.1, (sums.2, sums.3))])
}

/// Both networks after the same number of epochs, and each after its last.
private func accuracyTable(_ results: [ColorNetworkResult]) -> Table {
  let common = results.map(\.history.epochs.count).min() ?? 0
  let rows = results.flatMap { result -> [[Table.Cell]] in
    let last = result.history.epochs.count
    return (last > common ? [common, last] : [last]).map { epoch in
      let (loss, accuracy) = (result.history.losses[epoch - 1], result.history["test accuracy"][epoch - 1])
      return [
        .text(result.name), .integer(result.parameters), .integer(epoch), .number(loss, decimals: 4),
        .number(accuracy, decimals: 4),
      ]
    }
  }
  return Table(
    "Both networks, trained alike", columns: ["convolutions", "parameters", "epochs", "loss", "test accuracy"],
    rows: rows)
}

private func timeTable(_ times: [Double]) -> Table {
  Table(
    "Inference of 32 images, measured here: medians of alternating runs",
    columns: ["convolutions", "time over that of separable ones"],
    rows: [
      ["standard", .measured(times[0] / times[1], decimals: 2)], ["separable", .measured(1, decimals: 2)],
    ])
}

private func accuracyFigure(_ results: [ColorNetworkResult], _ data: String) -> Panels {
  Panels(
    "Standard and separable convolutions: \(data)",
    [
      LineChart(
        "Training loss", x: Axis("epoch"), y: Axis("loss"),
        series: results.map { Series($0.name, $0.history.losses, style: .both) }),
      LineChart(
        "Test accuracy", x: Axis("epoch"), y: Axis("accuracy"),
        series: results.map { Series($0.name, $0.history["test accuracy"], style: .both) }),
    ])
}
