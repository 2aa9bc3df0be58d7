import DataSets
import Figures
import Foundations
import Messages
import Regularization
import Running
import Tensors
import Training

/// § 3.5: how the inputs of a layer drift during training, how good running statistics are, and folding.
public let section3_5 = Exercise(
  .section, "3.5", "Batch normalization: drift, running statistics, folding", seconds: 1,
  needs: { _ in DataNeeds(train: 256) }
) {
  run in
  let digits = try run.data.mnist().limited(to: run.choose(quick: 256, standard: 1_408, full: 10_048), 1_000)
  let steps = run.choose(quick: 40, standard: 300, full: 1_500)
  let studies = [NormalizedNetwork.Normalization.none, .batch].map {
    studyDrift(
      $0, on: digits, plan: run.plan(steps: steps, label: $0.rawValue), every: 5,
      random: RandomSource(seed: run.options.seed))
  }
  run.show(driftTable(studies), as: "drift")
  run.show(driftFigure(studies), as: "drift")
  run.show(modesTable(studies[1]), as: "modes")
  run.show(modesFigure(studies[1]), as: "modes")

  let network = studies[1].network
  let x = digits.standardizedPixels.test
  let gap = (network.folded(x) - network(x)).abs().max() / network(x).abs().max()
  run.show(spreadTable(random: run.random), as: "averages")
  run.parameters = network.parameterCount
  run.card("data", digits.provenance)
  run.card("parameters folded", grouped(network.folded.parameterCount))
  run.card("largest change of an output, relative", gap.item)
}

/// The inputs of the hidden activations for the same images during training.
public struct DriftStudy: Sendable {
  /// The normalization before the activations.
  public let normalization: NormalizedNetwork.Normalization
  /// The trained network.
  public let network: NormalizedNetwork
  /// The steps of the measurements.
  public let steps: [Double]
  /// How far the inputs of each hidden layer have moved since the previous measurement, in standard deviations.
  /// [layer][measurement]
  public let shifts: [[Double]]
  /// The loss on the same images with the statistics of the batch, and with running ones.
  public let batchLoss, runningLoss: [Double]

  /// The mean movement of a layer.
  public func meanShift(layer: Int) -> Double { shifts[layer].reduce(0, +) / Double(shifts[layer].count) }
}

/// Trains a network with four hidden layers of 64 ReLU by gradient descent, and measures the inputs of its layers every
/// few steps. § 3.5.1
public func studyDrift(
  _ normalization: NormalizedNetwork.Normalization, on data: ImageClassification, plan: TrainingPlan, every: Int,
  random: RandomSource
) -> DriftStudy {
  let (x, images) = (data.standardizedPixels.train, data.train)
  let (probe, labels) = (x[0..<256], Array(images.labels.prefix(256)))
  let network = NormalizedNetwork([x.shape[1], 64, 64, 64, 64, 10], normalization, random: random)
  var drift = Drift(network: network, before: network.seen(probe))
  let history = train(&drift, examples: 1, plan: plan, random: random) { drift, step throws(Breakdown) in
    let batch = (0..<64).map { _ in random.integer(below: images.count) }
    try step.descend(&drift.network, with: &drift.optimizer) {
      crossEntropy(logits: $0(x.gathered(batch)), labels: batch.map { images.labels[$0] })
    }
    if !step.number.isMultiple(of: every) { return }
    let now = drift.network.seen(probe)
    for layer in 0..<4 {
      step.measure("shift \(layer)", covariateShift(from: drift.before[layer], to: now[layer]).shift)
    }
    drift.before = now
    step.measure("batch", Mode.training { crossEntropy(logits: drift.network(probe), labels: labels) }.item)
    step.measure("running", crossEntropy(logits: drift.network(probe), labels: labels).item)
  }
  let measured = history.epochs.filter { $0.metrics["batch"] != nil }
  func values(_ name: String) -> [Double] { measured.map { $0.metrics[name] ?? .nan } }
  return DriftStudy(
    normalization: normalization, network: drift.network, steps: measured.map { Double($0.number) },
    shifts: (0..<4).map { values("shift \($0)") }, batchLoss: values("batch"), runningLoss: values("running"))
}

/// Training that remembers the inputs of its layers at the last measurement.
private struct Drift: TrainingState {
  var network: NormalizedNetwork
  var optimizer = GradientDescent(learningRate: 0.1)
  var before: [Tensor]
  static var kept: [PartialKeyPath<Drift>] { [\.network, \.optimizer, \.before] }
}

extension NormalizedNetwork {
  /// The inputs of the hidden activations in training mode.
  fileprivate func seen(_ probe: Tensor) -> [Tensor] { Mode.training { activationInputs(probe).inputs } }
}

/// The standard deviation of Gaussian numbers with σ = 1, by three running averages over batches of m.
public func averagedSpreads(
  size m: Int, batches: Int, random: RandomSource
) -> (deviation: Double, variance: Double, unbiased: Double) {
  let first = random.normal([m, 100], scalarType: .double)
  var (deviation, variance) = (
    RunningEstimate(.standardDeviation, keep: 0.99, first: first), RunningEstimate(.variance, keep: 0.99, first: first)
  )
  for _ in 1..<batches {
    let batch = random.normal([m, 100], scalarType: .double)
    deviation.observe(batch)
    variance.observe(batch)
  }
  let unbiased = (Double(m) / Double(m - 1) * variance.average).mean().squareRoot().item
  return (deviation.average.mean().item, variance.average.mean().squareRoot().item, unbiased)
}

private func driftTable(_ studies: [DriftStudy]) -> Table {
  Table(
    "How far a hidden layer's inputs move in 5 steps, in standard deviations",
    columns: ["", "layer 1", "layer 2", "layer 3", "layer 4", "last loss"],
    rows: studies.map { study in
      [.text(study.normalization.rawValue)] + (0..<4).map { .number(study.meanShift(layer: $0), decimals: 4) }
        + [.number(study.batchLoss.last ?? .nan, decimals: 4)]
    })
}

private func driftFigure(_ studies: [DriftStudy]) -> Panels {
  Panels(
    "Drift of the hidden layers' inputs",
    studies.map { study in
      LineChart(
        study.normalization.rawValue, x: Axis("step"),
        y: Axis("movement in 5 steps (σ)", .logarithmic, range: 1e-4...10),
        series: study.shifts.enumerated().map { Series("layer \($0.offset + 1)", x: study.steps, $0.element) })
    })
}

private func modesTable(_ study: DriftStudy) -> Table {
  let last = study.steps.count - 1
  let places = [0, 1, 3, 7, 15, 31, last].filter { $0 <= last }
  return Table(
    "Loss on 256 digits: statistics of this batch, running statistics", columns: ["step", "batch", "running"],
    rows: places.map { i in
      [
        .integer(Int(study.steps[i])), .number(study.batchLoss[i], decimals: 4),
        .number(study.runningLoss[i], decimals: 4),
      ]
    })
}

private func modesFigure(_ study: DriftStudy) -> LineChart {
  LineChart(
    "Training and evaluation: the running statistics catch up", x: Axis("step"), y: Axis("loss", .logarithmic),
    series: [
      Series("training mode, batch statistics", x: study.steps, study.batchLoss),
      Series("evaluation, running statistics", x: study.steps, study.runningLoss),
    ])
}

private func spreadTable(random: RandomSource) -> Table {
  Table(
    "The standard deviation of numbers with σ = 1, averaged over batches of m",
    columns: ["m", "average of σ_B", "√ of average of σ_B²", "the same, unbiased"],
    rows: [2, 4, 16, 64].map { m in
      let s = averagedSpreads(size: m, batches: 500, random: random)
      return [
        .integer(m), .number(s.deviation, decimals: 4), .number(s.variance, decimals: 4),
        .number(s.unbiased, decimals: 4),
      ]
    })
}
