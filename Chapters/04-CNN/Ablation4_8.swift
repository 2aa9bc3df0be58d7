import CNN
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// Trains the four networks of Listing 4.8 and prints its table, with the epoch chosen by the test images, as in the
/// listing, and by validation.
public let ablation4_8 = Exercise(
  .ablation, "4.8", "Kernels, filters, depth", seconds: 45, quick: 2, full: 3_500, needs: { _ in DataNeeds(train: 10) }
) { run in
  let all = try run.data.cifar10(
    drawn: run.choose(quick: 128, standard: 1_250, full: 20_480), run.choose(quick: 50, standard: 400, full: 2_000))
  let data = run.choose(
    quick: all.limited(to: 128, 50), standard: all.limited(to: 10_000, 2_000), full: all)
  run.say(data.provenance + "\n")
  let count = run.choose(quick: 1, standard: data.isReal ? 1 : 2, full: 1)
  let seeds = (0..<UInt64(count)).map { run.options.seed + $0 }
  let result = compareNetworks(on: data, validation: data.train.count / 5, seeds: seeds) { label in
    run.plan(
      quick: 1, standard: data.isReal ? 8 : 5, full: 30, batchSize: data.isReal ? 128 : 32, label: label)
  }
  run.show(accuracyTable(result), as: "accuracy")
  run.show(remarkTable(result), as: "remark")
  run.show(luckTable(result, images: data.test.count, random: run.random), as: "luck")
  run.show(figure(result, over: data.name), as: "accuracy")
  let chosen = result.best
  run.card("data", data.provenance)
  run.card("chosen by validation", chosen.name)
  run.card("its test accuracy", chosen.mean(\.chosenByValidation))
  run.card("best test epoch too good by, on average", result.optimism)
}

/// One network of the ablation, trained with several seeds.
public struct AblationRow: Sendable {
  /// The configuration.
  public let configuration: AblatedNetwork
  /// The number of parameters.
  public let count: Int
  /// The side of the window of pixels that a place of the last block's maps sees.
  public let window: Int
  /// The accuracies of every seed.
  public let runs: [ChosenEpoch]

  /// A name for tables and figures.
  public var name: String {
    "\(configuration.kernel)×\(configuration.kernel), \(configuration.filters) filters, \(configuration.blocks) blocks"
  }

  /// The mean of a value over the seeds.
  public func mean(_ value: (ChosenEpoch) -> Double) -> Double { runs.map(value).reduce(0, +) / Double(runs.count) }
}

/// The ablation of Listing 4.8.
public struct NetworkAblation: Sendable {
  /// The networks, in the order of the listing.
  public let rows: [AblationRow]

  /// The network with the highest validation accuracy.
  public var best: AblationRow {
    rows.max { $0.mean { $0.validation.max() ?? 0 } < $1.mean { $0.validation.max() ?? 0 } } ?? rows[0]
  }

  /// How much better the best epoch on the test images looks than the one that validation chooses, on average.
  public var optimism: Double { rows.map { $0.mean(\.optimism) }.reduce(0, +) / Double(rows.count) }

  /// The gain of a network over the first, for every seed.
  public func gains(of row: Int) -> [Double] {
    zip(rows[row].runs, rows[0].runs).map { $0.chosenByValidation - $1.chosenByValidation }
  }
}

/// Listing 4.8: the networks trained on the same images by the same recipe, with validation and test accuracy after
/// every epoch.
public func compareNetworks(
  _ configurations: [AblatedNetwork] = AblatedNetwork.all, on data: ImageClassification, validation: Int,
  seeds: [UInt64], plan: (_ label: String) -> TrainingPlan
) -> NetworkAblation {
  let scale = ColorScale(for: data)
  let rows = configurations.map { configuration in
    var (count, window) = (0, 0)
    let runs = seeds.map { seed in
      let random = RandomSource(seed: seed)
      let parts = data.train.stratifiedSplit(first: validation, from: random)
      var network = configuration.network(classes: data.classNames.count, random: random)
      (count, window) = (network.parameterCount, network.field(ofLayer: configuration.blocks - 1).size)
      let history = trainOnImages(
        &network, by: .ablation, on: parts.rest, scale: scale, plan: plan("\(grouped(count)) parameters"),
        random: random
      ) { network, _ in
        [
          "validation": Predictions(of: network, on: parts.first, scale: scale).accuracy,
          "test": Predictions(of: network, on: data.test, scale: scale).accuracy,
        ]
      }
      return ChosenEpoch(validation: history["validation"], test: history["test"])
    }
    return AblationRow(configuration: configuration, count: count, window: window, runs: runs)
  }
  return NetworkAblation(rows: rows)
}

private func accuracyTable(_ result: NetworkAblation) -> Table {
  Table(
    "Listing 4.8: test accuracy of the best epoch on the test images, as printed, "
      + "and of the epoch that validation chooses",
    columns: [
      "kernel", "filters", "blocks", "parameters", "printed", "sees", "best on test", "chosen", "too good by", "last",
    ],
    rows: result.rows.map { row in
      [
        .integer(row.configuration.kernel), .integer(row.configuration.filters), .integer(row.configuration.blocks),
        .integer(row.count), .integer(row.configuration.printedCount),
        .text("\(row.window)×\(row.window)"), .number(row.mean(\.bestOnTest), decimals: 4),
        .number(row.mean(\.chosenByValidation), decimals: 4), .number(row.mean(\.optimism), decimals: 4),
        .number(row.mean { $0.test.last ?? .nan }, decimals: 4),
      ]
    })
}

/// The comparison of Remark 4.9: each change against the first network.
private func remarkTable(_ result: NetworkAblation) -> Table {
  Table(
    "Remark 4.9: what each change brings over the first network",
    columns: ["change", "parameters", "gain", "from seed to seed"],
    rows: result.rows.indices.dropFirst().map { row in
      let gains = result.gains(of: row)
      let factor = Double(result.rows[row].count) / Double(result.rows[0].count)
      return [
        .text(result.rows[row].configuration.change(from: result.rows[0].configuration)),
        .text("× \(decimals(factor, 2))"),
        .number(gains.reduce(0, +) / Double(gains.count), decimals: 4),
        .text(gains.count > 1 ? gains.map { decimals($0, 4) }.joined(separator: ", ") : "one seed"),
      ]
    })
}

/// The largest effect of choosing by the test images.
private func luckTable(_ result: NetworkAblation, images: Int, random: RandomSource) -> Table {
  func row(_ name: String, _ epochs: Int, _ images: Int, _ accuracy: Double) -> [Table.Cell] {
    let luck = optimismByLuck(epochs: epochs, testImages: images, accuracy: accuracy, random: random)
    return [
      .text(name), .integer(epochs), .integer(images), .number(accuracy, decimals: 2), .number(luck, decimals: 4),
    ]
  }
  let (first, test) = (result.rows[0], result.rows[0].runs[0].test)
  return Table(
    "How much better the best of equally good epochs looks",
    columns: ["", "epochs", "test images", "accuracy", "by luck"],
    rows: [
      row("this run", test.count, images, first.mean(\.chosenByValidation)), row("Output 4.8", 30, 10_000, 0.87),
    ])
}

extension AblatedNetwork {
  /// The difference from another configuration.
  fileprivate func change(from other: AblatedNetwork) -> String {
    [("kernels", other.kernel, kernel), ("filters", other.filters, filters), ("blocks", other.blocks, blocks)]
      .filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1) → \($0.2)" }.joined(separator: ", ")
  }
}

private func figure(_ result: NetworkAblation, over name: String) -> Panels {
  let epochs = result.rows[0].runs[0].test.indices
  return Panels(
    "Kernels, filters and depth on \(name)",
    [
      LineChart(
        "Test accuracy", x: Axis("epoch"), y: Axis("accuracy"),
        series: result.rows.map { row in Series(row.name, epochs.map { epoch in row.mean { $0.test[epoch] } }) }),
      LineChart(
        "What it costs", x: Axis("parameters", .logarithmic), y: Axis("accuracy"),
        series: result.rows.map { row in
          Series(row.name, x: [Double(row.count)], [row.mean(\.chosenByValidation)], style: .points)
        }),
    ])
}
