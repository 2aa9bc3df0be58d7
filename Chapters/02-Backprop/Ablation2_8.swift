import Backprop
import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// Listing 2.8: SGD, SGD with momentum, Adam and AdamW train copies of one network, with the accuracies of Output 2.8.
public let ablation2_8 = Exercise(
  .ablation, "2.8", "Four optimizers, one network", seconds: 1, full: 120, needs: { _ in DataNeeds() }
) {
  run in
  let data = try run.data.mnist()
  run.say(data.provenance + "\n")
  let results = compareOptimizers(on: data, seed: run.options.seed) { name in
    run.plan(quick: 2, standard: data.train.count > 10_000 ? 3 : 10, full: 10, batchSize: 128, label: name)
  }
  run.show(
    Table(
      "Optimizers", columns: ["optimizer", "η", "training loss", "test accuracy"],
      rows: results.map { result in
        [
          .text(result.name), .number(result.learningRate, decimals: 3), .number(result.loss, decimals: 4),
          .number(result.testAccuracy, decimals: 4),
        ]
      }), as: "optimizers")
  run.show(optimizerCurves(results, on: data), as: "curves")
  run.parameters = results.first?.model.parameterCount
  run.card("data", data.provenance)
  for result in results { run.card(result.name, result.testAccuracy) }
}

/// Trains 784-256-128-10 with each of the four optimizers of Listing 2.8, from the same weights and on the same
/// batches.
public func compareOptimizers(
  on data: ImageClassification, seed: UInt64, plan: (_ name: String) -> TrainingPlan
) -> [OptimizerRun] {
  optimizersOfAblation.map { name, optimizer in
    trainClassifier(hidden: [256, 128], with: optimizer, named: name, on: data, plan: plan(name), seed: seed)
  }
}

/// Training loss and test accuracy side by side, one line for each run; one legend serves both.
func optimizerCurves(_ runs: [OptimizerRun], on data: ImageClassification) -> Panels {
  func lines(_ title: String, _ y: Axis, isNamed: Bool, _ values: (History) -> [Double]) -> LineChart {
    LineChart(
      title, x: Axis("epoch"), y: y,
      series: runs.map { run in
        Series(isNamed ? run.name : "", x: run.history.epochs.map { Double($0.number) }, values(run.history))
      })
  }
  return Panels(
    data.name,
    [
      lines("Training loss", Axis("loss", .logarithmic), isNamed: false) { $0.losses },
      lines("Test accuracy", Axis("accuracy"), isNamed: true) { $0["test accuracy"] },
    ])
}
