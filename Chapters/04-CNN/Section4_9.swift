import Backprop
import CNN
import DataSets
import Figures
import Foundation
import Foundations
import Running
import Tensors
import Training

/// § 4.9: counted costs of convolutions, the separable one as a full one, MobileNet counted, and a small one trained.
public let section4_9 = Exercise(
  .section, "4.9", "Depthwise separable convolutions: costs, and a small MobileNet", seconds: 12, full: 120,
  needs: { _ in DataNeeds() }
) { run in
  let costs = countCosts(inputs: 16, outputs: run.choose(quick: 32, standard: 256, full: 256), random: run.random)
  run.show(costTable(costs), as: "costs")
  run.show(factorTable(), as: "factors")
  run.show(factorFigure(), as: "factors")
  run.show(mobileNetTable(), as: "mobilenet")
  run.card("largest difference from the full convolution", factorizedGap(random: run.random))

  let data = try run.data.cifar10(drawn: run.choose(quick: 512, standard: 4_096, full: 20_480), 1_000)
  let set = data.limited(to: run.choose(quick: 512, standard: 4_096, full: 50_000), 2_000)
  let plan = run.plan(quick: 1, standard: 6, full: 20, batchSize: 64, label: "small MobileNet")
  let trained = trainSmallMobileNet(on: set, plan: plan, random: run.random.split())
  run.parameters = trained.parameters
  run.card("data", set.provenance)
  run.card("multiplications of the small MobileNet", Double(MobileNetworkPlan.small.multiplications(size: 32)))
  run.card("test accuracy of the small MobileNet", trained.accuracy)
}

/// The multiplications of a kind of convolution for one position.
public struct CountedCost: Sendable {
  /// The kind.
  public let name: String
  /// Counted by loops, and by the formula.
  public let counted, formula: Int
}

/// Runs the convolutions of § 4.9 by loops on an image of 6 × 6 and counts their multiplications.
public func countCosts(inputs: Int, outputs: Int, kernel k: Int = 3, random: RandomSource) -> [CountedCost] {
  let (x, H) = (random.normal([inputs, 6, 6], scalarType: .double), 6 - k + 1)
  func counted(_ outputs: Int, _ x: Tensor, _ k: Int, groups: Int = 1) -> Int {
    let K = random.normal([outputs, x.shape[0] / groups, k, k], scalarType: .double)
    return countedConvolution(x, K, groups: groups).multiplications / (H * H)
  }
  let middle = x.sliced(0..<H, axis: 1).sliced(0..<H, axis: 2)  // the size of the depthwise convolution's output
  let (depthwise, pointwise) = (counted(inputs, x, k, groups: inputs), counted(outputs, middle, 1))
  typealias Cost = MultiplicationsPerPosition
  return [
    CountedCost(
      name: "standard", counted: counted(outputs, x, k),
      formula: Cost.standard(inputs: inputs, outputs: outputs, kernel: k)),
    CountedCost(name: "depthwise", counted: depthwise, formula: Cost.depthwise(inputs: inputs, kernel: k)),
    CountedCost(name: "pointwise", counted: pointwise, formula: Cost.pointwise(inputs: inputs, outputs: outputs)),
    CountedCost(
      name: "separable", counted: depthwise + pointwise,
      formula: Cost.separable(inputs: inputs, outputs: outputs, kernel: k)),
  ]
}

/// The gap between a separable convolution and the full one with the product of its kernels, including the border.
public func factorizedGap(random: RandomSource) -> Double {
  let layer = SeparableConvolution(8, 12, kernel: 3, padding: 1, random: random).converted(to: .double)
  let x = random.normal([2, 8, 9, 9], scalarType: .double)
  return (layer(x) - convolution(x, layer.fullKernel, bias: layer.fullBias, padding: 1)).abs().max().item
}

/// A training run of the small MobileNet.
public struct MobileNetRun: Sendable {
  /// The number of its parameters.
  public let parameters: Int
  /// Losses, epoch by epoch.
  public let history: History
  /// The accuracy on the test images.
  public let accuracy: Double
}

/// Trains the small MobileNet by Adam with a cosine schedule.
public func trainSmallMobileNet(
  on data: ImageClassification, plan: TrainingPlan, random: RandomSource
) -> MobileNetRun {
  var network = MobileNetwork(.small, random: random)
  var (optimizer, plan) = (Adam(learningRate: 3e-3), plan)
  let steps = plan.epochs * plan.stepsPerEpoch(of: data.train.count, training: network)
  plan.learningRate = cosineAnnealing(from: 3e-3, over: max(1, steps))
  let train = Examples(2 * data.train.images - 1, labels: data.train.labels)
  let history = fit(&network, with: &optimizer, to: train, plan: plan, random: random)
  return MobileNetRun(
    parameters: network.parameterCount, history: history,
    accuracy: accuracy(network(2 * data.test.images - 1), labels: data.test.labels))
}

private func costTable(_ costs: [CountedCost]) -> Table {
  Table(
    "Multiplications for one position of a 3 × 3 window, 16 channels in and 256 out",
    columns: ["convolution", "counted", "formula"],
    rows: costs.map { [.text($0.name), .integer($0.counted), .integer($0.formula)] })
}

private func factorTable() -> Table {
  Table(
    "How many times fewer multiplications a separable convolution takes",
    columns: ["C_out", "k = 3", "k = 5", "k = 7"],
    rows: [1, 16, 64, 256, 1_024].map { C_out in
      [.integer(C_out)]
        + [3, 5, 7].map { .number(1 / MultiplicationsPerPosition.ratio(outputs: C_out, kernel: $0), decimals: 3) }
    })
}

private func factorFigure() -> LineChart {
  let channels = (0...44).map { exp2(Double($0) / 4) }
  return LineChart(
    "Multiplications of a standard convolution over those of a separable one", x: Axis("C_out", .logarithmic),
    y: Axis("factor", range: 0...50),
    series: [7, 5, 3].map { k in
      Series("k = \(k)", x: channels, channels.map { 1 / (1 / $0 + 1 / Double(k * k)) })
    })
}

private func mobileNetTable() -> Table {
  let plan = MobileNetworkPlan.mobileNet
  func row(_ name: String, separable: Bool) -> [Table.Cell] {
    let multiplications = plan.multiplications(size: 224, separable: separable)
    return [.text(name), .integer(plan.parameterCount(separable: separable)), .integer(multiplications)]
  }
  let rows = [row("separable", separable: true), row("standard", separable: false)]
  return Table(
    "MobileNet for images of 224 × 224, and the same network of standard convolutions",
    columns: ["convolutions", "parameters", "multiplications"], rows: rows)
}
