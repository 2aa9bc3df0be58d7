import Figures
import Messages
import RNN
import Running
import Tensors
import Training

/// Listing 5.8: a bidirectional LSTM of two layers learns whether the mean of up to 49 numbers is above 500, and every
/// fifth epoch is printed as the listing does.
public let listing5_8 = Exercise(
  .listing, "5.8", "A bidirectional LSTM for sequences of unequal length", seconds: 70, quick: 2, full: 300
) { run in
  let count = run.choose(quick: 320, standard: 5_000, full: 5_000)
  let plan = run.plan(quick: 1, standard: 5, full: 20, batchSize: 64, label: "Listing 5.8")
  let result = trainSentimentNetwork(samples: count, plan: plan, random: run.random, tell: run.say)
  run.say("")
  run.show(result.table, as: "lengths")
  run.show(result.chart, as: "curves")
  run.parameters = result.network.parameterCount
  run.card("sequences", "\(grouped(result.training)) to train on, \(grouped(result.validation.count)) to be judged by")
  run.card("loss of the last epoch", result.history.losses.last ?? .nan)
  run.card("validation accuracy", result.accuracy)
  run.card("right with the mean of the numbers alone", result.ruleAccuracy)
}

/// What Listing 5.8 leaves behind.
public struct SentimentRun {
  /// The network after the last epoch.
  public let network: SentimentNetwork
  /// The loss of every epoch, with "validation accuracy".
  public let history: History
  /// The number of sequences that were trained on.
  public let training: Int
  /// The sequences for validation.
  public let validation: LabeledTokens
  /// Whether each of these sequences was classified correctly in the end.
  public let hits: [Bool]

  /// The share that was classified correctly.
  public var accuracy: Double { Double(hits.count { $0 }) / Double(hits.count) }

  /// The share that the rule of the data classifies correctly: all of them, for nothing is hidden by noise.
  public var ruleAccuracy: Double {
    let right = zip(validation.sequences, validation.labels).count { sequence, label in
      (2 * sequence.reduce(0, +) > 1_000 * sequence.count) == (label == 1)
    }
    return Double(right) / Double(validation.count)
  }
}

/// Listing 5.8: AdamW with 10⁻³ and a weight decay of 10⁻⁴, batches of 64, gradients clipped to norm 1, four fifths of
/// the sequences to train on.
public func trainSentimentNetwork(
  samples: Int, plan: TrainingPlan, random: RandomSource, tell: (String) -> Void
) -> SentimentRun {
  let symbols = 1_000
  var network = SentimentNetwork(symbols: symbols, random: random.split())
  let all = LabeledTokens.syntheticSentiment(count: samples, symbols: symbols, from: random.split())
  let order = random.permutation(samples)
  let (train, held) = (all.subset(order.prefix(samples * 4 / 5)), all.subset(order.dropFirst(samples * 4 / 5)))
  tell("Parameters: \(grouped(network.parameterCount))")
  let history = trainOnTokens(&network, by: .listing5_8, on: train, plan: plan, random: random) { network, epoch in
    let accuracy = held.accuracy(of: network)
    if plan.epochs < 20 || epoch.number.isMultiple(of: 5) { tell(line(epoch, accuracy)) }
    return ["validation accuracy": accuracy]
  }
  return SentimentRun(
    network: network, history: history, training: train.count, validation: held, hits: held.hits(of: network))
}

/// An epoch as the listing prints it.
private func line(_ epoch: EpochSoFar, _ accuracy: Double) -> String {
  let number = epoch.number < 10 ? " \(epoch.number)" : "\(epoch.number)"
  return "Epoch \(number) | Loss: \(decimals(epoch.loss, 4)) | Val Acc: \(decimals(accuracy, 4))"
}

extension SentimentRun {
  /// The accuracy by length: a short sequence's mean is far from 500 more often.
  var table: Table {
    let rows = [5..<10, 10..<20, 20..<30, 30..<40, 40..<50].map { range -> [Table.Cell] in
      let members = validation.sequences.indices.filter { range.contains(validation.sequences[$0].count) }
      let share = Double(members.count { hits[$0] }) / Double(members.count)
      return [
        .text("\(range.lowerBound) to \(range.upperBound - 1)"), .integer(members.count), .number(share, decimals: 3),
      ]
    }
    return Table("Validation by length", columns: ["numbers", "sequences", "accuracy"], rows: rows)
  }

  var chart: Panels {
    Panels(
      "The network of Listing 5.8",
      [
        LineChart(
          "Training loss", x: Axis("epoch"), y: Axis("cross-entropy"), series: [Series("training", history.losses)]),
        LineChart(
          "Accuracy", x: Axis("epoch"), y: Axis("accuracy"),
          series: [Series("validation", history["validation accuracy"])]),
      ])
  }
}
