import Backprop
import Figures
import Foundations
import Running
import Tensors

/// § 2.2: what a gradient costs, in operations and in memory, and how checkpoints trade one for the other.
public let section2_2 = Exercise(.section, "2.2", "The price of a gradient", seconds: 1, full: 8) { run in
  run.show(operationsTable(), as: "operations")
  run.show(memoryTable(batch: 128), as: "memory")
  let depth = run.choose(quick: 16, standard: 64, full: 144)
  let study = studyCheckpoints(
    depth: depth, width: run.choose(quick: 16, standard: 128, full: 256),
    batch: run.choose(quick: 16, standard: 128, full: 256), random: run.random)
  run.show(checkpointTable(study), as: "checkpoints")
  let lengths = study.map { Double($0.stageLength) }
  run.show(
    LineChart(
      "Checkpoints in a network of \(depth) layers", x: Axis("layers in a stage", .logarithmic),
      y: Axis("relative to no checkpoints"),
      series: [
        Series("layers evaluated", x: lengths, study.map(\.forwardPasses), style: .both),
        Series("activations kept", x: lengths, study.map(\.memory), style: .both),
      ]), as: "checkpoints")
  run.card("largest distance of gradients", study.map(\.distance).max() ?? .nan)
}

private func operationsTable() -> Table {
  let networks: [(String, [Int])] = [
    ("one layer", [784, 10]), ("MLP of Listing 1.6", [784, 256, 128, 10]),
    ("20 equal layers", [Int](repeating: 256, count: 21)),
  ]
  return Table(
    "Operations for one example",
    columns: ["network", "parameters", "forward", "backward", "backward / forward", "central differences"],
    rows: networks.map { name, widths in
      let cost = DenseCost(widths: widths)
      return [
        .text(name), .integer(MLP.parameterCount(widths: widths)), .integer(cost.forward), .integer(cost.backward),
        .number(cost.ratio, decimals: 3), .scientific(Double(cost.centralDifferences)),
      ]
    })
}

private func memoryTable(batch: Int) -> Table {
  Table(
    "Scalars kept for a batch of \(batch), layers of 256", columns: ["layers", "parameters", "training", "inference"],
    rows: [1, 2, 4, 8, 16, 32, 64].map { depth in
      let cost = DenseCost(widths: [Int](repeating: 256, count: depth + 1), batch: batch)
      return [
        .integer(depth), .integer(MLP.parameterCount(widths: cost.widths)), .integer(cost.storedForTraining),
        .integer(cost.aliveInInference),
      ]
    })
}

/// A gradient with checkpoints, compared with the plain one.
public struct CheckpointMeasurement: Sendable {
  /// The layers in a stage.
  public let stageLength: Int
  /// The maximum number of scalars kept at any time.
  public let peakScalars: Int
  /// The scalars kept, over those of the plain gradient.
  public let memory: Double
  /// The layers evaluated forwards, over their number.
  public let forwardPasses: Double
  /// The relative distance from the plain gradient, for the δ recursion or for `checkpointedGradient`, whichever is
  /// larger.
  public let distance: Double
  /// The seconds that `checkpointedGradient` took.
  public let seconds: Double
}

/// Takes one gradient of a deep tanh network with stages of 1, 2, 4, … layers.
public func studyCheckpoints(depth: Int, width: Int, batch: Int, random: RandomSource) -> [CheckpointMeasurement] {
  let network = MLP(
    [Int](repeating: width, count: depth + 1), activation: .tanh, initialization: .xavier, random: random)
  let x = random.normal([batch, width])
  let labels = (0..<batch).map { $0 % width }
  let plain = lossWithBackpropagation(network, at: x, .crossEntropy(labels: labels)).gradient
  let plainAutomatic = gradient(at: network) { crossEntropy(logits: $0(x), labels: labels) }
  let stored = DenseCost(widths: network.widths, batch: batch).storedForTraining
  return stageLengths(depth).map { length in
    let byHand = checkpointedBackpropagation(network, at: x, .crossEntropy(labels: labels), every: length)
    let stages = network.stages(of: length)
    let clock = ContinuousClock()
    var automatic = stages
    let seconds = clock.measure {
      automatic =
        checkpointedGradient(at: stages, input: x) { crossEntropy(logits: $0, labels: labels) }.gradient
    }
    return CheckpointMeasurement(
      stageLength: length, peakScalars: byHand.peakScalars, memory: Double(byHand.peakScalars) / Double(stored),
      forwardPasses: Double(byHand.layerEvaluations) / Double(depth),
      distance: max(
        relativeDistance(byHand.gradient, plain),
        relativeDistance(network.replacingLayers(by: automatic), plainAutomatic)),
      seconds: seconds / .seconds(1))
  }
}

/// 1, 2, 4, … and the depth itself.
private func stageLengths(_ depth: Int) -> [Int] {
  Array(sequence(first: 1) { $0 * 2 }.prefix { $0 < depth }) + [depth]
}

private func checkpointTable(_ study: [CheckpointMeasurement]) -> Table {
  Table(
    "Checkpoints",
    columns: ["layers in a stage", "scalars kept", "relative", "forward passes", "distance", "seconds"],
    rows: study.map {
      [
        .integer($0.stageLength), .integer($0.peakScalars), .number($0.memory, decimals: 3),
        .number($0.forwardPasses, decimals: 2), .scientific($0.distance), .measured($0.seconds, decimals: 3),
      ]
    })
}
