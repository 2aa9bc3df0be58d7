import CNN
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training
import Transformer

/// Exercise 7.4: a Vision Transformer for images of 32×32 pixels: patches of 8×8, a learned [CLS], and its accuracy.
public let exercise7_4 = Exercise(
  "7.4", "A Vision Transformer for colour images", stars: 3, seconds: 60, quick: 2, full: 900,
  needs: { _ in DataNeeds() }
) { run in
  let all = try run.data.cifar10(
    drawn: run.choose(quick: 64, standard: 4_096, full: 20_480), run.choose(quick: 40, standard: 1_000, full: 2_000))
  let data = run.choose(quick: all.limited(to: 64, 40), standard: all.limited(to: 15_000, 2_000), full: all)
  run.say(data.provenance)
  let sizes = VisionSizes(
    width: run.choose(quick: 32, standard: 64, full: 64), heads: 4, blocks: 4, classes: data.classNames.count)
  run.show(patchTable(sizes, data.train.prefix(4).images, random: run.random.split()), as: "patches")

  let plan = run.plan(quick: 1, standard: data.isReal ? 4 : 20, full: 40, batchSize: 64)
  let result = trainVisionTransformer(sizes, on: data, plan: plan, random: run.random, tell: run.say)
  run.show(learningCurves(result, data.name), as: "curves")
  run.show(classTable(result.predictions, data.classNames), as: "classes")
  run.parameters = result.network.parameterCount
  run.card("data", data.provenance)
  run.card("accuracy on the training images, unchanged", result.trainingAccuracy)
  run.card("test accuracy", result.predictions.accuracy)
}

// MARK: - Exercise 7.4.1 and 7.4.2

private func patchTable(_ sizes: VisionSizes, _ images: Tensor, random: RandomSource) -> Table {
  let network = VisionTransformer(sizes, random: random).converted(to: .double)
  let x = images.converted(to: .double)
  let gap = (network.embedding(x) - network.embedding.convolved(x)).abs().max().item
  let rows: [(String, Table.Cell)] = [
    ("patches of an image", .integer(sizes.patches)), ("numbers of a patch", .integer(3 * sizes.patch * sizes.patch)),
    ("rows with [CLS]", .integer(network.embedded(x).shape[1])),
    ("largest difference from a convolution of stride \(sizes.patch)", .scientific(gap)),
    ("parameters", .integer(network.parameterCount)),
  ]
  return Table("Exercise 7.4.1 and 7.4.2", columns: ["", "found"], rows: rows.map { [.text($0.0), $0.1] })
}

// MARK: - Exercise 7.4.3

/// A trained Vision Transformer.
public struct VisionRun: Sendable {
  /// The network after the last epoch.
  public let network: VisionTransformer
  /// The loss of every epoch, with "training accuracy", that of the steps, and "test accuracy".
  public let history: History
  /// The final predictions for the test images.
  public let predictions: Predictions
  /// The final accuracy on the first 2,000 training images, unchanged.
  public let trainingAccuracy: Double
}

/// Trains by AdamW with a cosine over all epochs, as Listing 4.6 does; `tell` gets a line for each epoch.
/// Exercise 7.4.2
///
/// Images are changed from ten epochs on: crops, mirror images, brightness, contrast. In fewer epochs no image is
/// seen often enough to be learned by heart, and the changes only make the task harder.
public func trainVisionTransformer(
  _ sizes: VisionSizes, on data: ImageClassification, learningRate: Double = 1e-3, plan: TrainingPlan,
  random: RandomSource, tell: (String) -> Void
) -> VisionRun {
  let scale = ColorScale(for: data)
  var network = VisionTransformer(sizes, random: random)
  var recipe = ImageRecipe()
  (recipe.learningRate, recipe.weightDecay) = (learningRate, 0.05)
  if plan.epochs < 10 { recipe.augmentation = nil }
  let history = trainOnImages(
    &network, by: recipe, on: data.train, scale: scale, plan: plan, random: random
  ) { network, epoch in
    let accuracy = Predictions(of: network, on: data.test, scale: scale).accuracy
    let seen = epoch.metrics["training accuracy", default: .nan]
    tell(
      "epoch \(epoch.number): loss \(decimals(epoch.loss, 3)), accuracy \(decimals(seen, 3)) in the steps, "
        + "\(decimals(accuracy, 3)) on test images")
    return ["test accuracy": accuracy]
  }
  return VisionRun(
    network: network, history: history, predictions: Predictions(of: network, on: data.test, scale: scale),
    trainingAccuracy: Predictions(of: network, on: data.train.prefix(2_000), scale: scale).accuracy)
}

private func learningCurves(_ result: VisionRun, _ name: String) -> Panels {
  Panels(
    "A Vision Transformer on \(name)",
    [
      LineChart(
        "Training loss", x: Axis("epoch"), y: Axis("cross-entropy"),
        series: [Series("training steps", result.history.losses, style: .both)]),
      LineChart(
        "Accuracy", x: Axis("epoch"), y: Axis("accuracy"),
        series: [
          Series("training steps", result.history["training accuracy"], style: .both),
          Series("test", result.history["test accuracy"], style: .both),
        ]),
    ])
}

private func classTable(_ predictions: Predictions, _ names: [String]) -> Table {
  let rows = zip(names, predictions.accuracyByClass).sorted { $0.1 > $1.1 }
  return Table(
    "Accuracy by class, on test images", columns: ["class", "accuracy"],
    rows: rows.map { [.text($0.0), .number($0.1, decimals: 3)] })
}
