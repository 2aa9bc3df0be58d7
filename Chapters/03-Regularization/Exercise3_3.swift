import Figures
import Foundations
import Regularization
import Running
import Tensors

/// Exercise 3.3: dropout as an ensemble: 2ⁿ sub-networks, their geometric mean, and the spread as uncertainty.
public let exercise3_3 = Exercise("3.3", "Dropout as an ensemble", stars: 2, seconds: 1, quick: 1, full: 5) { run in
  run.show(subNetworkTable(run.choose(quick: 6, standard: 10, full: 14)), as: "sub-networks")
  let gaps = [0.1, 0.3, 0.5, 0.7].map { p in
    geometricMeanGaps(units: 8, classes: 4, probability: p, random: RandomSource(seed: run.options.seed))
  }
  run.show(gapTable(gaps), as: "geometric-mean")

  let problem = UncertaintyProblem(random: run.random)
  let study = studyUncertainty(
    problem, passes: run.choose(quick: 50, standard: 200, full: 2_000),
    plan: run.plan(quick: 60, standard: 800, full: 4_000, batchSize: problem.x.shape[0]), random: run.random)
  run.show(uncertaintyTable(study), as: "uncertainty")
  run.show(uncertaintyFigure(problem, study), as: "uncertainty")
  run.parameters = study.network.parameterCount
  run.card("deviation where there is data", study.deviation(.data))
  run.card("deviation outside", study.deviation(.outside))
}

/// The largest difference of a probability between averages of sub-networks and the network with scaled weights.
public struct GeometricMeanGaps: Sendable {
  /// The probability that a unit is dropped.
  public let probability: Double
  /// For the geometric mean with each mask weighted by its probability.
  public let weighted: Double
  /// For the geometric mean with equal weights for all 2ⁿ masks.
  public let uniform: Double
  /// For the arithmetic mean with each mask weighted by its probability.
  public let arithmetic: Double
  /// For the weighted geometric mean with dropout in two layers and a ReLU between them.
  public let twoLayers: Double
}

/// Both sides of the claim in numbers, for a softmax layer on random units. Exercise 3.3.2
public func geometricMeanGaps(
  units n: Int, classes: Int, probability p: Double, random: RandomSource
) -> GeometricMeanGaps {
  let h = relu(random.normal([n], scalarType: .double)) + 0.5
  let (W, b) = (random.normal([classes, n], scalarType: .double), random.normal([classes], scalarType: .double))
  let (masks, all) = (SubNetworks(units: n, probability: p), SubNetworks(units: n, probability: 0.5))
  let layer = { (m: Tensor) in maskedSoftmaxLayer(h, weight: W, bias: b, mask: m) }
  let scaled = scaledSoftmaxLayer(h, weight: W, bias: b, probability: p)
  let distance = { (q: Tensor) in (q - scaled).abs().max().item }

  // Two layers: half of the units feed a ReLU layer, and its units are the other half.
  let k = n / 2
  let V = random.normal([k, k], scalarType: .double)
  let head = W.sliced(0..<k, axis: 1)
  let deep = masks.geometricMean { m in
    softmax(matmul(head, m.sliced(k..<2 * k, axis: 0) * relu(matmul(V, m.sliced(0..<k, axis: 0) * h[0..<k]))) + b)
  }
  let deepScaled = softmax(matmul((1 - p) * head, relu(matmul((1 - p) * V, h[0..<k]))) + b)
  return GeometricMeanGaps(
    probability: p, weighted: distance(masks.geometricMean(layer)), uniform: distance(all.geometricMean(layer)),
    arithmetic: distance(masks.expectation(layer)), twoLayers: (deep - deepScaled).abs().max().item)
}

/// Exercise 3.3.1: the number of sub-networks, and the number of different outputs.
private func subNetworkTable(_ largest: Int) -> Table {
  let random = RandomSource(seed: 1)
  return Table(
    "Sub-networks of one hidden layer, dropout with p = 0.5",
    columns: ["units n", "masks 2ⁿ", "different outputs", "probability of each"],
    rows: stride(from: 2, through: largest, by: 2).map { n in
      let masks = SubNetworks(units: n, probability: 0.5)
      let (h, w) = (random.normal([n], scalarType: .double), random.normal([n], scalarType: .double))
      let outputs = Set(matmul(masks.masks, h * w).scalars)
      return [
        .integer(n), .integer(masks.count), .integer(outputs.count),
        .number(masks.probabilities.scalars[0], decimals: 6),
      ]
    })
}

private func gapTable(_ gaps: [GeometricMeanGaps]) -> Table {
  Table(
    "Largest difference from softmax((1 − p) W h + b), 8 units and 4 classes",
    columns: ["p", "geometric, weighted", "geometric, uniform", "arithmetic", "two layers, weighted"],
    rows: gaps.map { gap in
      [
        .number(gap.probability, decimals: 1), .scientific(gap.weighted), .scientific(gap.uniform),
        .scientific(gap.arithmetic), .scientific(gap.twoLayers),
      ]
    })
}
