import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// Trains the notes' MLP on handwritten digits, as Listing 1.6 does, and prints the epochs as Output 1.6 does.
public let listing1_6 = Exercise(
  .listing, "1.6", "Train a network to read handwritten digits", seconds: 2, quick: 1, full: 10,
  needs: { _ in DataNeeds() }
) { run in
  let data = try run.data.mnist()
  run.say(data.provenance)
  let plan = run.plan(quick: 2, standard: data.train.count > 10_000 ? 10 : 30, full: 10, batchSize: 128)
  let result = trainClassifier(on: data, plan: plan, random: run.random)

  run.say("Parameters: \(grouped(result.model.parameterCount))\n")
  run.show(epochTable(result.history), as: "epochs")
  run.show(learningCurves(["MLP 784-256-128-10": result.history], over: data), as: "learning-curve")
  run.parameters = result.model.parameterCount
  run.card("data", data.provenance)
  run.card("training loss", result.history.losses.last ?? .nan)
  run.card("test accuracy", result.testAccuracy)
}

/// A history as Output 1.6 prints it: epoch, training loss, test accuracy.
func epochTable(_ history: History) -> Table {
  Table(
    "Epochs", columns: ["epoch", "loss", "test accuracy"],
    rows: history.epochs.map { epoch in
      [
        .integer(epoch.number), .number(epoch.loss, decimals: 4),
        .number(epoch.metrics["test accuracy"] ?? .nan, decimals: 4),
      ]
    })
}

/// The test accuracy of every epoch, one line for each history.
func learningCurves(_ histories: KeyValuePairs<String, History>, over data: ImageClassification) -> LineChart {
  LineChart(
    "Test accuracy on \(data.name)", x: Axis("epoch"), y: Axis("test accuracy"),
    series: histories.map { Series($0.key, x: $0.value.epochs.map { Double($0.number) }, $0.value["test accuracy"]) })
}
