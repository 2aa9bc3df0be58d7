import Backprop
import CNN
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// § 4.8: how much better the best of thirty epochs of a real training looks than it is.
public let section4_8 = Exercise(
  .section, "4.8", "The luck of the best epoch", seconds: 3, quick: 1, full: 60,
  needs: { _ in DataNeeds(train: 200) }
) { run in
  let data = try run.data.mnist()
  run.say(data.provenance)
  let random = run.random
  let results = (0..<UInt64(run.choose(quick: 1, standard: 3, full: 3))).map { offset in
    let seed = run.options.seed + offset
    let plan = run.plan(quick: 12, standard: 40, full: 40, batchSize: 32, label: "seed \(seed)")
    return (
      seed,
      hitsByEpoch(
        on: data, examples: run.choose(quick: 100, standard: 300, full: 3_000), skipping: plan.epochs / 4, plan: plan,
        random: RandomSource(seed: seed))
    )
  }
  run.show(luckTable(results, random: random), as: "luck")
  run.show(
    LineChart(
      "Test accuracy by epoch", x: Axis("epoch"), y: Axis("accuracy"),
      series: results.map { Series("seed \($0.0)", $0.1.accuracies) }), as: "epochs")
  let (_, first) = results[0]
  run.card("data", data.provenance)
  run.card("correlation of two epochs' hits", first.correlation)
  run.card("best epoch too good by", first.measuredOptimism(random: RandomSource(seed: 48)))
}

/// Trains 784-64-10 on some examples and returns its hits on all others after each epoch, without the first `skipping`
/// epochs, in which it still improves.
public func hitsByEpoch(
  on data: ImageClassification, examples: Int, skipping: Int, plan: TrainingPlan, random: RandomSource
) -> EpochHits {
  let data = data.standardized()
  let (few, rest) = data.train.stratifiedSplit(first: examples, from: random)
  var state = Observed(model: MLP([few.flattened.shape[1], 64, data.classNames.count], random: random))
  train(&state, examples: few.count, plan: plan, random: random) { state, step throws(Breakdown) in
    try step.descend(&state.model, with: &state.optimizer) { model in
      model(few.images.gathered(step.batch)).crossEntropy(labels: step.batch.map { few.labels[$0] })
    }
  } evaluate: { state, epoch in
    let hits = Foundations.hits(state.model(rest.images), labels: rest.labels)
    if epoch.number > skipping { state.hits.append(hits) }
    return [:]
  }
  return state.hits
}

/// A network in training and its hits so far.
private struct Observed: TrainingState {
  var model: MLP
  var optimizer = Adam()
  var hits = EpochHits()
  static var kept: [PartialKeyPath<Observed>] { [\.model, \.optimizer, \.hits] }
}

private func luckTable(_ results: [(seed: UInt64, hits: EpochHits)], random: RandomSource) -> Table {
  Table(
    "How much better the best epoch looks on half of the test images than on the other half",
    columns: [
      "seed", "epochs", "test images", "accuracy", "ρ", "measured", "by luck, independent hits", "by luck, with ρ",
    ],
    rows: results.map { seed, hits in
      let ρ = max(0, hits.correlation)
      return [
        .integer(Int(seed)), .integer(hits.epochs.count), .integer(hits.epochs[0].count / 2),
        .number(hits.accuracy, decimals: 4), .number(ρ, decimals: 2),
        .number(hits.measuredOptimism(random: RandomSource(seed: 48)), decimals: 4),
        .number(hits.expectedOptimism(correlation: 0, random: random), decimals: 4),
        .number(hits.expectedOptimism(correlation: ρ, random: random), decimals: 4),
      ]
    })
}
