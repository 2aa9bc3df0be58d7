import Figures
import Foundation
import Regularization
import Running
import Tensors

/// § 3.4: masks, their expectation by enumeration and by counting, groups of units, and whole channels.
public let section3_4 = Exercise(.section, "3.4", "Dropout: masks, expectation, groups, channels", seconds: 1, full: 4)
{
  run in
  let samples = run.choose(quick: 5_000, standard: 50_000, full: 1_000_000)
  let statistics = [0.1, 0.3, 0.4, 0.5, 0.7].map { measureDropout($0, samples: samples, random: run.random) }
  run.show(dropoutTable(statistics), as: "expectation")
  let groups = [0.1, 0.3, 0.5].map { measureGroups(probability: $0, samples: samples, random: run.random) }
  run.show(groupFigure(groups), as: "groups")
  let images = measureNeighbours(
    probability: 0.5, images: run.choose(quick: 20, standard: 200, full: 2_000), random: run.random)
  run.show(neighbourTable(images), as: "channels")
  run.card("variance at p = 0.4, exact", 0.4 / 0.6)
  run.card("variance at p = 0.4, measured", statistics[2].variance)
}

/// A unit with output 1 under dropout: exact and measured values.
public struct DropoutStatistics: Sendable {
  /// The probability p of dropping.
  public let probability: Double
  /// The exact expectation of m h, over both masks, and the measured one.
  public let expectation, mean: Double
  /// The measured mean and variance of inverted dropout.
  public let invertedMean, variance: Double
}

/// Measures (3.9) and (3.10) for a unit with output 1.
public func measureDropout(_ p: Double, samples: Int, random: RandomSource) -> DropoutStatistics {
  let h = Tensor.ones([1], scalarType: .double)
  let m = dropoutMask([samples, 1], probability: p, scalarType: .double, random: random)
  let inverted = invertedDropout(h, by: m, probability: p)
  return DropoutStatistics(
    probability: p, expectation: SubNetworks(units: 1, probability: p).expectation { masked(h, by: $0) }.item,
    mean: masked(h, by: m).mean().item, invertedMean: inverted.mean().item, variance: inverted.variance().item)
}

/// How often groups of 1 to 10 units survive dropout intact.
public struct GroupStatistics: Sendable {
  /// The probability p of dropping.
  public let probability: Double
  /// The share of masks that keep all of the first k units of ten, for k = 1 … 10.
  public let survival: [Double]
}

/// Counts how often the first k of ten units all survive.
public func measureGroups(probability p: Double, samples: Int, random: RandomSource) -> GroupStatistics {
  let m = dropoutMask([samples, 10], probability: p, random: random)
  return GroupStatistics(probability: p, survival: m.cumulativeProduct(axis: 1).mean(axes: [0]).scalars)
}

/// How much the neighbours of a dropped pixel reveal about it.
public struct NeighbourStatistics: Sendable {
  /// The kind of dropout.
  public let name: String
  /// The share of dropped pixels with at least one kept pixel among their four neighbours.
  public let betrayed: Double
  /// The mean of all outputs, for inputs of mean 1.
  public let mean: Double
}

/// Drops single pixels and whole channels of feature maps of ones, and checks the neighbours of dropped pixels.
public func measureNeighbours(probability p: Double, images N: Int, random: RandomSource) -> [NeighbourStatistics] {
  let shape: Shape = [N, 8, 12, 12]
  let masks = [
    ("single units", dropoutMask(shape, probability: p, random: random)),
    ("whole channels", channelDropoutMask(shape, probability: p, random: random) * Tensor.ones(shape)),
  ]
  return masks.map { name, m in
    let padded = m.padded(axis: 2, before: 1, after: 1).padded(axis: 3, before: 1, after: 1)
    let shifts = [(0, 1), (2, 1), (1, 0), (1, 2)].map { i, j in
      padded.sliced(i..<i + 12, axis: 2).sliced(j..<j + 12, axis: 3)
    }
    let kept = shifts.dropFirst().reduce(shifts[0], maximum)
    let dropped = 1 - m
    return NeighbourStatistics(
      name: name, betrayed: ((dropped * kept).sum() / dropped.sum()).item,
      mean: invertedDropout(Tensor.ones(shape), by: m, probability: p).mean().item)
  }
}

private func dropoutTable(_ statistics: [DropoutStatistics]) -> Table {
  Table(
    "A unit with output 1 under dropout",
    columns: ["p", "E[m h] exact", "measured", "inverted: mean", "variance", "p / (1 − p)"],
    rows: statistics.map { s in
      [
        .number(s.probability, decimals: 1), .number(s.expectation, decimals: 4), .number(s.mean, decimals: 4),
        .number(s.invertedMean, decimals: 4), .number(s.variance, decimals: 4),
        .number(s.probability / (1 - s.probability), decimals: 4),
      ]
    })
}

private func groupFigure(_ groups: [GroupStatistics]) -> LineChart {
  let sizes = (1...10).map(Double.init)
  let lines = groups.map { group in
    Series(
      "(1 − p)ᵏ, p = \(group.probability)", x: sizes,
      (1...10).map { groupSurvival($0, probability: group.probability) })
  }
  let points = groups.map { Series("counted, p = \($0.probability)", x: sizes, $0.survival, style: .points) }
  return LineChart(
    "A group of k units survives dropout intact", x: Axis("k"), y: Axis("probability"), series: lines + points)
}

private func neighbourTable(_ statistics: [NeighbourStatistics]) -> Table {
  Table(
    "Feature maps 12×12, dropout with p = 0.5",
    columns: ["what is dropped", "dropped pixels with a kept neighbour", "mean of the outputs"],
    rows: statistics.map { [.text($0.name), .number($0.betrayed, decimals: 4), .number($0.mean, decimals: 4)] })
}
