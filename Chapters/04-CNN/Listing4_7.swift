import CNN
import DataSets
import Figures
import Foundation
import Foundations
import Messages
import Running
import Tensors
import Training

/// Listing 4.7: a pretrained ResNet-18 gets a new head, which is trained first, then together with `layer3` and
/// `layer4` at three learning rates.
///
/// The weights are those of `resnet18.safetensors` in the data folder, otherwise those of a narrow network that is
/// pretrained first.
public let listing4_7 = Exercise(
  .listing, "4.7", "Fine-tuning a pretrained ResNet-18", seconds: 15, quick: 2, full: 900,
  needs: { _ in DataNeeds(classes: 10, testClasses: 10) }
) { run in
  run.show(countTable(), as: "counts")
  let task = try run.data.file("resnet18.safetensors").map { try publishedTask(run, weights: $0) } ?? generatedTask(run)
  let batch = 25
  let result = fineTuneInTwoPhases(
    task,
    plans: (
      run.plan(quick: 1, standard: 10, full: 20, batchSize: batch, label: "phase 1"),
      run.plan(quick: 1, standard: 10, full: 20, batchSize: batch, label: "phase 2")
    ), random: run.random.split())
  for (phase, count) in result.trained.enumerated() {
    run.say("Phase \(phase + 1) trains \(grouped(count)) of \(grouped(result.model.network.parameterCount)) parameters")
  }
  run.say("")
  run.show(epochTable(result), as: "epochs")
  run.show(curve(result), as: "accuracy")
  run.parameters = result.model.network.parameterCount
  run.card("weights", task.origin)
  run.card("data", task.data)
  run.card("accuracy after phase 1", result.phases[0]["accuracy"].last ?? .nan)
  run.card("accuracy after phase 2", result.phases[1]["accuracy"].last ?? .nan)
}

/// The start of Listing 4.7: a pretrained network, and the images of a new task.
public struct FineTuningTask: Sendable {
  /// The pretrained network.
  public let network: ResNet18
  /// The origin of its weights.
  public let origin: String
  /// The training and test images, standardized as for the network's pretraining.
  public let train, test: LabeledImages
  /// The origin of the images.
  public let data: String
  /// The number of classes.
  public let classes: Int

  /// The task with these parts.
  public init(
    network: ResNet18, origin: String, train: LabeledImages, test: LabeledImages, data: String, classes: Int
  ) {
    (self.network, self.origin, self.classes) = (network, origin, classes)
    (self.train, self.test, self.data) = (train, test, data)
  }
}

/// The result of the two phases of Listing 4.7.
public struct FineTuningRun: Sendable {
  /// The network after the second phase.
  public let model: PartlyFrozen<TransferNetwork<ResidualBlock>>
  /// The number of parameters that each phase trained.
  public let trained: [Int]
  /// The epochs of each phase, with "accuracy" on the test images.
  public let phases: [History]
}

/// Listing 4.7: Adam on a head with dropout, then AdamW on `layer3`, `layer4` and the head.
public func fineTuneInTwoPhases(
  _ task: FineTuningTask, plans: (TrainingPlan, TrainingPlan), random: RandomSource
) -> FineTuningRun {
  let network = TransferNetwork(task.network, classes: task.classes, dropout: 0.3, random: random.split())
  func measured(_ model: PartlyFrozen<TransferNetwork<ResidualBlock>>) -> [String: Double] {
    ["accuracy": accuracy(inBatches(task.test.images) { model($0) }, labels: task.test.labels)]
  }
  var head = PartlyFrozen(network, .featureExtractor)
  var adam = Adam(learningRate: 1e-3)
  let first = fineTune(&head, with: &adam, on: task.train, plan: plans.0, random: random, evaluate: measured)

  var model = PartlyFrozen(head.network, .partial(stages: 2))
  var groups = model.groupedOptimizer()
  let second = fineTune(&model, with: &groups, on: task.train, plan: plans.1, random: random, evaluate: measured)
  return FineTuningRun(model: model, trained: [head.parameterCount, model.parameterCount], phases: [first, second])
}

// MARK: - Where the weights come from

/// CIFAR-10 at twice its size, standardized like ImageNet, for weights from a file.
private func publishedTask(_ run: Run, weights: String) throws -> FineTuningTask {
  let size = run.choose(quick: 50, standard: 1_000, full: 50_000)
  let data = try run.data.cifar10(drawn: size, 200)
  func ready(_ images: LabeledImages) -> LabeledImages {
    LabeledImages(images: enlarged(images.images, by: 2), labels: images.labels)
      .standardized(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
  }
  return FineTuningTask(
    network: try ResNet18(loading: weights), origin: weights, train: ready(data.train.prefix(size)),
    test: ready(data.test.prefix(size)),
    data: data.provenance, classes: data.classNames.count)
}

/// A narrow network pretrained on half of the classes, and few images of the others.
private func generatedTask(_ run: Run) throws -> FineTuningTask {
  let data = try run.data.cifar10(
    drawn: run.choose(quick: 300, standard: 6_000, full: 10_000), run.choose(quick: 100, standard: 1_000, full: 2_000))
  let task = TransferTask(data)
  let pretrained = Pretrained(
    on: task, width: run.choose(quick: 4, standard: 16, full: 64), learningRate: 2e-3,
    plan: run.plan(quick: 1, standard: data.isReal ? 2 : 8, full: 30, batchSize: 50, label: "pretraining"),
    random: run.random.split())
  let few = task.target.train.few(perClass: run.choose(quick: 5, standard: 100, full: 500), random: run.random)
  return FineTuningTask(
    network: pretrained.network,
    origin: "pretrained here on \(task.source.classNames.joined(separator: ", ")): "
      + String(format: "accuracy %.3f", pretrained.accuracy),
    train: few, test: task.target.test,
    data: "\(data.provenance); \(few.count) of \(task.target.classNames.joined(separator: ", "))",
    classes: task.target.classNames.count)
}

/// Images with every pixel repeated k times in both directions. [N×C×H×W] → [N×C×kH×kW]
func enlarged(_ images: Tensor, by k: Int) -> Tensor {
  let (N, C, H, W) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3])
  let wide = images.reshaped([N, C, H, 1, W, 1]) * Tensor.ones([k, 1, k])  // [N×C×H×k×W×k]
  return wide.reshaped([N, C, k * H, k * W])
}

// MARK: - What is shown

private func countTable() -> Table {
  let random = RandomSource(seed: 0)
  let network = TransferNetwork(ResNet18(classes: 1, random: random), classes: 10, random: random)
  let phases: [(String, TransferStrategy)] = [
    ("phase 1: the head", .featureExtractor), ("phase 2: layer3, layer4, head", .partial(stages: 2)),
    ("all", .full),
  ]
  return Table(
    "ResNet-18 as in the notes: what is trained", columns: ["phase", "parameters"],
    rows: phases.map { [.text($0), .integer(PartlyFrozen(network, $1).parameterCount)] })
}

private func epochTable(_ run: FineTuningRun) -> Table {
  Table(
    "Epochs", columns: ["phase", "epoch", "train loss", "test accuracy"],
    rows: run.phases.enumerated().flatMap { phase, history in
      history.epochs.filter { $0.number == 1 || $0.number.isMultiple(of: 5) }.map { epoch in
        [
          .integer(phase + 1), .integer(epoch.number), .number(epoch.loss, decimals: 4),
          .number(epoch.metrics["accuracy"] ?? .nan, decimals: 4),
        ]
      }
    })
}

private func curve(_ run: FineTuningRun) -> LineChart {
  let first = run.phases[0]["accuracy"]
  let second = Array(first.suffix(1)) + run.phases[1]["accuracy"]
  let start = Double(first.count)
  return LineChart(
    "A new head first, then layer3 and layer4 with it", x: Axis("epoch"), y: Axis("test accuracy"),
    series: [
      Series("phase 1: the head", first),
      Series("phase 2: three rates", x: second.indices.map { start + Double($0) }, second),
    ])
}
