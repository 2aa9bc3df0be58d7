import DataSets
import Figures
import Messages
import Regularization
import Running
import Tensors
import Training

/// Trains the network of Listing 3.10 with all its regularization, and prints the epochs like the listing.
public let listing3_10 = Exercise(
  .listing, "3.10", "The whole regularized training loop", seconds: 5, quick: 1, full: 300,
  needs: { _ in DataNeeds(train: 20) }
) { run in
  let data = try run.data.mnist()
  run.say(data.provenance)
  let split = ImageSplit(data, validation: data.train.count / 10, random: run.random.split())
  let plan = run.plan(quick: 2, standard: data.train.count > 10_000 ? 10 : 50, full: 50, batchSize: 128)
  let result = trainRegularized(on: split, plan: plan, random: run.random)

  run.say(
    "Parameters: \(grouped(result.model.parameterCount)), "
      + "and \(grouped(result.model.runningFigures)) running statistics")
  run.say(result.stoppedEarly ? "Early stopping triggered.\n" : "Early stopping was not triggered.\n")
  run.show(epochTable(result.history), as: "epochs")
  run.show(curves(result.history, over: data.name), as: "curves")
  run.parameters = result.model.parameterCount
  run.card("data", data.provenance)
  run.card("validation accuracy", result.history["accuracy"].last ?? .nan)
  run.card("training accuracy", result.trainingAccuracy)
  run.card("test accuracy", result.testAccuracy)
}

extension RegularizedNetwork {
  /// The number of running means and variances.
  public var runningFigures: Int {
    normalizations.reduce(0) { $0 + $1.runningMean.count + $1.runningVariance.count }
  }
}

/// The history as the listing prints it, epoch by epoch.
private func epochTable(_ history: History) -> Table {
  Table(
    "Epochs", columns: ["epoch", "train_loss", "val_loss", "accuracy"],
    rows: history.epochs.map { epoch in
      [
        .integer(epoch.number), .number(epoch.loss, decimals: 4),
        .number(epoch.metrics["validation loss"] ?? .nan, decimals: 4),
        .number(epoch.metrics["accuracy"] ?? .nan, decimals: 4),
      ]
    })
}

/// Both losses, and the accuracy.
private func curves(_ history: History, over name: String) -> Panels {
  Panels(
    "The regularized loop on \(name)",
    [
      LineChart(
        "Loss, labels smoothed", x: Axis("epoch"), y: Axis("loss"),
        series: [
          Series("training, images changed", history.losses), Series("validation", history["validation loss"]),
        ]),
      LineChart(
        "Accuracy", x: Axis("epoch"), y: Axis("accuracy"), series: [Series("validation", history["accuracy"])]),
    ])
}
