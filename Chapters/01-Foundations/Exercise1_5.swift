import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// Exercise 1.5: an MLP-Mixer against an MLP and a CNN of equal budget, and the influence of patch size and hidden
/// dimension.
public let exercise1_5 = Exercise(
  "1.5", "MLP-Mixer against MLP and CNN, patch size and hidden dimension", stars: 3, seconds: 90, quick: 1, full: 2700,
  needs: { _ in DataNeeds() }
) { run in
  let source = try run.data.cifar10(
    drawn: run.choose(quick: 100, standard: 3_000, full: 6_000), run.choose(quick: 50, standard: 500, full: 1_000))
  let data = source.standardized(byPlane: true)
  let limit = run.choose(quick: 100, standard: 3_000, full: data.train.count)
  run.say(source.provenance + (limit < data.train.count ? ", of which \(grouped(limit)) are used\n" : "\n"))
  let networks = compareVisionNetworks(on: data.limited(to: limit), seed: run.options.seed) { label in
    run.plan(quick: 1, standard: 8, full: 20, batchSize: run.choose(quick: 20, standard: 50, full: 100), label: label)
  }
  run.show(visionTable(networks), as: "networks")
  run.show(learningCurves(of: networks, over: data.name), as: "learning-curves")

  let grid = ablatePatchesAndHidden(
    on: data.limited(to: run.choose(quick: 40, standard: 1_000, full: 10_000)),
    patches: run.choose(quick: [8, 16], standard: [2, 4, 8, 16], full: [2, 4, 8, 16]),
    hidden: run.choose(quick: [16, 32], standard: [16, 32, 64, 128], full: [16, 32, 64, 128]), seed: run.options.seed
  ) { label in
    run.plan(quick: 1, standard: 5, full: 10, batchSize: run.choose(quick: 20, standard: 25, full: 100), label: label)
  }
  run.show(grid.table, as: "patches-hidden")
  run.show(grid.heatMap(over: data.name), as: "patches-hidden")
  run.card("data", source.provenance)
  for network in networks { run.card(network.name, network.testAccuracy) }
}

// MARK: - Three networks of equal budget

/// A network trained on images, and its history.
public struct VisionResult: Sendable {
  /// The name of the network.
  public let name: String
  /// The number of parameters.
  public let parameters: Int
  /// Training loss and test accuracy of every epoch.
  public let history: History
  /// The test accuracy after the last epoch.
  public var testAccuracy: Double { history["test accuracy"].last ?? .nan }
}

/// The Mixer of the comparison: patches of 4×4, 32 channels, 3 layers; 27,498 parameters for 32×32 colour images.
public var comparedMixer: MixerConfiguration {
  var configuration = MixerConfiguration()
  (configuration.hidden, configuration.channelWidth, configuration.depth) = (32, 64, 3)
  return configuration
}

/// Trains a Mixer, a CNN, an MLP with about as many parameters and one with 15 times as many, all from the same seed.
/// Exercise 1.5
public func compareVisionNetworks(
  on data: ImageClassification, seed: UInt64, plan: (_ label: String) -> TrainingPlan
) -> [VisionResult] {
  let random = { RandomSource(seed: seed) }
  let networks: [(String, any Module<Tensor, Tensor>)] = [
    ("MLP-Mixer", MLPMixer(comparedMixer, random: random())),
    ("CNN", SmallConvolutionalNetwork(imageSize: 32, colors: 3, classes: 10, random: random())),
    ("MLP, 8 hidden", MLP([3072, 8, 10], initialization: .he, random: random())),
    ("MLP, 128 hidden", MLP([3072, 128, 10], initialization: .he, random: random())),
  ]
  return networks.map { name, network in
    trainOnImages(network, name: name, on: data, plan: plan(name), random: random())
  }
}

/// Trains a network to classify images [N×C×H×W], by Adam on the cross-entropy. Exercise 1.5
///
/// Test images are evaluated a hundred at a time, because a Mixer with small patches needs much memory for each.
public func trainOnImages<Network: Module<Tensor, Tensor>>(
  _ network: Network, name: String, on data: ImageClassification, plan: TrainingPlan, random: RandomSource
) -> VisionResult {
  var network = network
  var optimizer = Adam(learningRate: 2e-3)
  let history = fit(
    &network, with: &optimizer, to: data.train.examples, test: data.test.examples, judgedBy: 100, plan: plan,
    random: random, loss: crossEntropy(logits:labels:))
  return VisionResult(name: name, parameters: network.parameterCount, history: history)
}

private func visionTable(_ results: [VisionResult]) -> Table {
  Table(
    "Four networks", columns: ["network", "parameters", "training loss", "test accuracy"],
    rows: results.map {
      [
        .text($0.name), .integer($0.parameters), .number($0.history.losses.last ?? .nan, decimals: 4),
        .number($0.testAccuracy, decimals: 4),
      ]
    })
}

private func learningCurves(of results: [VisionResult], over name: String) -> LineChart {
  LineChart(
    "Test accuracy on \(name)", x: Axis("epoch"), y: Axis("test accuracy"),
    series: results.map { Series("\($0.name)", x: epochs($0.history), $0.history["test accuracy"]) })
}
