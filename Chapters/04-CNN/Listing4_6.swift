import CNN
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// Trains the network of Listing 4.6 by its recipe, prints the epochs like the listing, and shows which classes it
/// confuses.
public let listing4_6 = Exercise(
  .listing, "4.6", "A network for colour images", seconds: 50, quick: 2, full: 14_000, needs: { _ in DataNeeds() }
) { run in
  let all = try run.data.cifar10(
    drawn: run.choose(quick: 64, standard: 2_048, full: 20_480), run.choose(quick: 40, standard: 500, full: 2_000))
  let data = run.options.budget == .quick ? all.limited(to: 64, 40) : all
  run.say(data.provenance)
  let plan = run.plan(
    quick: 1, standard: data.isReal ? 8 : 5, full: 100,
    batchSize: run.choose(quick: 32, standard: data.isReal ? 64 : 32, full: 128), label: "Listing 4.6")
  // A few epochs on photographs are too few for dropout to help: with it the network would underfit.
  let dropout = data.isReal && run.options.budget == .standard ? 0.0 : 1
  if dropout == 0 {
    run.say("Dropout: none, for so few epochs; --full has the listing's. About 20 minutes on two cores")
  }
  let result = trainColorImageNetwork(on: data, dropout: dropout, plan: plan, random: run.random, tell: run.say)

  run.say("")
  run.show(classTable(result.predictions, data.classNames), as: "classes")
  run.show(curves(result, over: data.name), as: "curves")
  run.show(confusionMap(result.predictions, data), as: "confusion")
  run.parameters = result.network.parameterCount
  run.card("data", data.provenance)
  run.card("accuracy on the training images, unchanged", result.trainingAccuracy)
  run.card("test accuracy", result.predictions.accuracy)
}

/// The result of Listing 4.6.
public struct ColorImageRun: Sendable {
  /// The network after the last epoch.
  public let network: ColorImageNetwork<Convolution>
  /// The loss of every epoch, with "training accuracy", that of the steps, and "test accuracy".
  public let history: History
  /// The final predictions for the test images.
  public let predictions: Predictions
  /// The final accuracy on the first 2,000 training images, unchanged.
  public let trainingAccuracy: Double
}

/// Listing 4.6: AdamW, a cosine over all epochs, crops, mirror images, brightness and contrast. `tell` gets a line for
/// each epoch.
///
/// The network's dropout probabilities are the listing's times `dropout`.
public func trainColorImageNetwork(
  on data: ImageClassification, dropout: Double = 1, plan: TrainingPlan, random: RandomSource, tell: (String) -> Void
) -> ColorImageRun {
  let scale = ColorScale(for: data)
  var network = ColorImageNetwork(classes: data.classNames.count, dropout: dropout, random: random)
  tell("Parameters: \(grouped(network.parameterCount))")
  let history = trainOnImages(&network, on: data.train, scale: scale, plan: plan, random: random) { network, epoch in
    let accuracy = Predictions(of: network, on: data.test, scale: scale).accuracy
    if plan.epochs <= 30 || epoch.number.isMultiple(of: 10) { tell(line(epoch, testAccuracy: accuracy)) }
    return ["test accuracy": accuracy]
  }
  return ColorImageRun(
    network: network, history: history, predictions: Predictions(of: network, on: data.test, scale: scale),
    trainingAccuracy: Predictions(of: network, on: data.train.prefix(2_000), scale: scale).accuracy)
}

/// An epoch as the listing prints it.
private func line(_ epoch: EpochSoFar, testAccuracy: Double) -> String {
  let number = String(repeating: " ", count: max(0, 3 - "\(epoch.number)".count)) + "\(epoch.number)"
  let accuracy = epoch.metrics["training accuracy", default: .nan]
  return "Epoch \(number) | Train Loss: \(decimals(epoch.loss, 4)) | Train Acc: \(decimals(accuracy, 4)) | "
    + "Test Acc: \(decimals(testAccuracy, 4))"
}

/// Every class with its accuracy, and the class that it is most often taken for.
private func classTable(_ predictions: Predictions, _ names: [String]) -> Table {
  let confusion = predictions.confusion
  let rows = zip(names.indices, predictions.accuracyByClass).map { k, accuracy -> [Table.Cell] in
    let others = confusion[k].indices.filter { $0 != k && confusion[k][$0] > 0 }
    let rival = others.max { confusion[k][$0] < confusion[k][$1] }
    return [
      .text(names[k]), .integer(confusion[k].reduce(0, +)), .number(accuracy, decimals: 3),
      .text(rival.map { "\(names[$0]), \(confusion[k][$0]) times" } ?? "nothing else"),
    ]
  }
  return Table(
    "The test images, class by class", columns: ["class", "images", "accuracy", "most often taken for"], rows: rows)
}

private func curves(_ result: ColorImageRun, over name: String) -> Panels {
  Panels(
    "The network of Listing 4.6 on \(name)",
    [
      LineChart(
        "Training loss", x: Axis("epoch"), y: Axis("cross-entropy"),
        series: [Series("changed images", result.history.losses)]),
      LineChart(
        "Accuracy", x: Axis("epoch"), y: Axis("accuracy"),
        series: [
          Series("training steps", result.history["training accuracy"]),
          Series("test", result.history["test accuracy"]),
        ]),
    ])
}

private func confusionMap(_ predictions: Predictions, _ data: ImageClassification) -> HeatMap {
  HeatMap.confusion(
    "What \(grouped(data.test.count)) test images were taken for: \(data.name)", classes: data.classNames,
    counts: predictions.confusion)
}
