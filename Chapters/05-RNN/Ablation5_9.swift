import Figures
import Messages
import RNN
import Running
import Tensors
import Training

/// Listing 5.9: seven networks on the data of Listing 5.8. Beside the listing's figure, the best of all epochs on the
/// rows by which the epoch is chosen, stands the accuracy of that epoch on rows that had no part in the choice.
public let ablation5_9 = Exercise(
  .ablation, "5.9", "Size, layers, LSTM against GRU", seconds: 100, quick: 3, full: 1_200
) { run in
  let plan = AblationPlan(
    epochs: run.epochs(quick: 1, standard: 3, full: 15),
    samples: run.choose(quick: 80, standard: 5_000, full: 5_000),
    seeds: run.choose(quick: 1, standard: 1, full: 3))
  let result = compareRecurrentNetworks(plan, seed: run.options.seed) { run.reporting($1, $0) }
  run.show(result.table, as: "accuracy")
  run.show(result.remark, as: "remark")
  run.show(result.chart, as: "accuracy")
  run.card("best epoch too good by, on average", result.optimism)
  run.card("standard error of an accuracy near 0.87 on 1,000 rows", 0.0106)
}

/// How much of the ablation is run.
public struct AblationPlan: Sendable {
  /// Epochs of each training.
  public let epochs: Int
  /// Sequences, four fifths of them to train on, one to choose the epoch by; as many as that again for the test.
  public let samples: Int
  /// Trainings of each network, from different seeds.
  public let seeds: Int

  /// A plan.
  public init(epochs: Int, samples: Int, seeds: Int) {
    (self.epochs, self.samples, self.seeds) = (epochs, samples, seeds)
  }
}

/// A configuration of Listing 5.9.
public struct RecurrentConfiguration: Sendable, Equatable {
  /// The kind of layer.
  public enum Kind: String, Sendable { case lstm = "LSTM", gru = "GRU" }
  /// The kind of layer.
  public let kind: Kind
  /// The units in each direction, and the layers.
  public let hidden, layers: Int

  /// A configuration.
  public init(kind: Kind, hidden: Int, layers: Int) {
    (self.kind, self.hidden, self.layers) = (kind, hidden, layers)
  }

  /// The seven of the listing.
  public static let all: [RecurrentConfiguration] = [
    .init(kind: .lstm, hidden: 64, layers: 1), .init(kind: .lstm, hidden: 128, layers: 1),
    .init(kind: .lstm, hidden: 256, layers: 1), .init(kind: .lstm, hidden: 128, layers: 2),
    .init(kind: .lstm, hidden: 128, layers: 3), .init(kind: .gru, hidden: 128, layers: 1),
    .init(kind: .gru, hidden: 128, layers: 2),
  ]

  /// Its name in figures.
  public var name: String { "\(kind.rawValue) \(hidden), \(layers) layer\(layers > 1 ? "s" : "")" }
}

/// One training of a configuration.
public struct RecurrentTrial: Sendable {
  /// The accuracy after every epoch on the rows of the listing, and on others.
  public let validation, test: [Double]

  /// A training with these accuracies.
  public init(validation: [Double], test: [Double]) { (self.validation, self.test) = (validation, test) }

  /// The listing's figure: the best epoch, by the rows that it is reported on.
  public var best: Double { validation.max() ?? .nan }
  /// The accuracy of that epoch on rows that had no part in the choice.
  public var chosen: Double { validation.firstIndex(of: best).map { test[$0] } ?? .nan }
}

/// The ablation.
public struct RecurrentAblation: Sendable {
  /// The configurations, the parameters of each, and its trainings.
  public let rows: [(configuration: RecurrentConfiguration, count: Int, trials: [RecurrentTrial])]

  /// The mean of a figure over the trainings of a row.
  func mean(_ row: Int, _ figure: (RecurrentTrial) -> Double) -> Double {
    rows[row].trials.map(figure).reduce(0, +) / Double(rows[row].trials.count)
  }

  /// How much the best epoch looks better on the rows that it was chosen by.
  var optimism: Double { rows.indices.map { mean($0) { $0.best - $0.chosen } }.reduce(0, +) / Double(rows.count) }
}

/// Trains all configurations with Adam on the same sequences for each seed.
public func compareRecurrentNetworks(
  _ plan: AblationPlan, _ configurations: [RecurrentConfiguration] = RecurrentConfiguration.all, seed: UInt64,
  reporting: (_ label: String, TrainingPlan) -> TrainingPlan = { $1 }
) -> RecurrentAblation {
  let rows = configurations.map { configuration in
    var (count, trials) = (0, [RecurrentTrial]())
    for trial in 0..<plan.seeds {
      let random = RandomSource(seed: seed + UInt64(trial))
      let all = LabeledTokens.syntheticSentiment(count: plan.samples * 6 / 5, from: random.split())
      let cut = plan.samples * 4 / 5
      let (train, held, test) = (
        all.subset(0..<cut), all.subset(cut..<plan.samples), all.subset(plan.samples..<all.count)
      )
      let training = reporting(configuration.name, TrainingPlan(epochs: plan.epochs, batchSize: 64))
      func run<Layer: RecurrentLayer>(_: Layer.Type) {
        var network = FlexibleNetwork<Layer>(
          symbols: 1_000, hidden: configuration.hidden, layers: configuration.layers, random: random.split())
        count = network.parameterCount
        let history = trainOnTokens(&network, on: train, plan: training, random: random) { network, _ in
          ["validation": held.accuracy(of: network), "test": test.accuracy(of: network)]
        }
        trials.append(RecurrentTrial(validation: history["validation"], test: history["test"]))
      }
      switch configuration.kind {
      case .lstm: run(LongShortTermMemory.self)
      case .gru: run(GatedRecurrentUnit.self)
      }
    }
    return (configuration: configuration, count: count, trials: trials)
  }
  return RecurrentAblation(rows: rows)
}

extension RecurrentAblation {
  /// The listing's table, with the accuracy on other rows.
  var table: Table {
    let cells = rows.indices.map { place -> [Table.Cell] in
      let (configuration, count, trials) = rows[place]
      return [
        .text(configuration.kind.rawValue), .integer(configuration.hidden), .integer(configuration.layers),
        .integer(count), .number(mean(place, \.best), decimals: 4), .number(mean(place, \.chosen), decimals: 4),
        trials.count > 1 ? .number(deviation(trials.map(\.chosen)), decimals: 4) : "–",
      ]
    }
    return Table(
      "Seven networks; val_acc is the best epoch's, as the listing has it",
      columns: ["rnn_type", "hidden_dim", "num_layers", "params", "val_acc", "on other rows", "± over seeds"],
      rows: cells)
  }

  /// Remark 5.8: what its comparisons come to here.
  var remark: Table {
    let pairs = [
      (0, 1, "64 → 128 units"), (1, 2, "128 → 256 units"), (1, 3, "1 → 2 layers"), (3, 4, "2 → 3 layers"),
      (1, 5, "LSTM → GRU, 1 layer"), (3, 6, "LSTM → GRU, 2 layers"),
    ]
    return Table(
      "Remark 5.8: differences on other rows; near 0.87 the standard error of each is 0.015",
      columns: ["step", "accuracy", "parameters"],
      rows: pairs.filter { max($0.0, $0.1) < rows.count }.map { first, second, name in
        let ratio = Double(rows[second].count) / Double(rows[first].count)
        return [
          .text(name), .number(mean(second, \.chosen) - mean(first, \.chosen), decimals: 4),
          .number(ratio, decimals: 2),
        ]
      })
  }

  var chart: LineChart {
    LineChart(
      "Accuracy on other rows, epoch by epoch", x: Axis("epoch"), y: Axis("accuracy"),
      series: rows.map { row in Series(row.configuration.name, row.trials.first?.test ?? []) })
  }

  private func deviation(_ numbers: [Double]) -> Double {
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return numbers.count > 1 ? (squares / Double(numbers.count - 1)).squareRoot() : .nan
  }
}
