import CNN
import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// § 4.4: the classical networks side by side, LeNet-5 layer by layer and trained, and gradients in deep stacks.
public let section4_4 = Exercise(
  .section, "4.4", "Classical architectures: LeNet-5, AlexNet, VGG, ResNet", seconds: 4, quick: 1, full: 20,
  needs: { _ in DataNeeds(size: .exactly(28)) }
) { run in
  run.show(architectureTable(classicalNetworks), as: "networks")
  run.show(architectureFigure(classicalNetworks), as: "networks")
  if run.options.budget == .full { run.show(builtTable(buildAll(random: run.random.split())), as: "built") }
  run.show(traceTable(.leNet5), as: "lenet")
  run.show(traceDiagram(.leNet5), as: "lenet")
  run.show(blockDiagram, as: "block")

  let digits = try run.data.mnist()
  run.say(digits.provenance + "\n")
  let isSmall = digits.train.count < 10_000
  let plan = run.plan(
    quick: isSmall ? 2 : 1, standard: isSmall ? 12 : 2, full: isSmall ? 12 : 10, batchSize: 64, label: "LeNet-5")
  let training = trainLeNet(on: digits, plan: plan, random: run.random.split())
  run.show(trainingTable(training), as: "training")

  let depths = run.choose(quick: [4, 8], standard: [4, 8, 16, 32, 64], full: [4, 8, 16, 32, 64, 128])
  let flow = measureFlow(depths: depths, random: run.random.split())
  run.show(flowTable(flow), as: "flow")
  run.show(flowFigure(flow), as: "flow")
  run.show(theoremTable(checkTheorem(random: run.random.split())), as: "theorem")
  run.parameters = training.network.parameterCount
  run.card("data", digits.provenance)
  run.card("test accuracy", training.testAccuracy)
}

/// A network of § 4.4, with its year and its published error.
public struct ClassicalNetwork: Sendable {
  /// The network on paper.
  public let sketch: NetworkSketch
  /// The year of the competition or of the paper.
  public let year: Int
  /// The share of test images of ImageNet whose class is not among five guesses, in percent, where § 4.4 gives it.
  public let topFiveError: Double?
}

/// LeNet-5, AlexNet, VGG-16, ResNet-18 and ResNet-50. The best method without a network had 26.2 % where AlexNet has
/// 15.3 %. § 4.4.2
public let classicalNetworks = [
  ClassicalNetwork(sketch: .leNet5, year: 1998, topFiveError: nil),
  ClassicalNetwork(sketch: .alexNet, year: 2012, topFiveError: 15.3),
  ClassicalNetwork(sketch: .vgg16, year: 2014, topFiveError: nil),
  ClassicalNetwork(sketch: .resNet18, year: 2015, topFiveError: nil),
  ClassicalNetwork(sketch: .resNet50(), year: 2015, topFiveError: nil),
]

/// LeNet-5 after training.
public struct LeNetTraining: Sendable {
  /// The trained network.
  public let network: LeNet
  /// Loss and test accuracy, epoch by epoch.
  public let history: History
  /// The share of test images that the network classifies correctly.
  public var testAccuracy: Double { history["test accuracy"].last ?? .nan }
}

/// Trains LeNet-5 with Adam on digits of 28×28 pixels. § 4.4.1
public func trainLeNet(on data: ImageClassification, plan: TrainingPlan, random: RandomSource) -> LeNetTraining {
  let data = data.standardized()
  var network = LeNet.leNet5(classes: data.classNames.count, random: random)
  var optimizer = Adam(learningRate: 2e-3)
  let history = fit(
    &network, with: &optimizer, to: data.train.examples, test: data.test.examples, plan: plan, random: random)
  return LeNetTraining(network: network, history: history)
}

private func trainingTable(_ training: LeNetTraining) -> Table {
  let epochs = training.history.epochs
  let shown = epochs.filter { $0.number == 1 || $0.number.isMultiple(of: max(1, epochs.count / 4)) }
  return Table(
    "LeNet-5, Adam", columns: ["epoch", "training loss", "test accuracy"],
    rows: shown.map {
      [.integer($0.number), .number($0.loss, decimals: 4), .number($0.metrics["test accuracy"] ?? .nan, decimals: 4)]
    })
}
