import Attention
import Figures
import Foundation
import Running
import Tensors

/// Exercise 6.2: the variance of scores, the entropy of a softmax, and the Jacobian that vanishes without scaling.
public let exercise6_2 = Exercise(
  "6.2", "Softmax and the scaling factor", stars: 2, seconds: 5, full: 20
) { run in
  let count = run.choose(quick: 5_000, standard: 40_000, full: 200_000)
  let samples = scoreSamples(depths: [16, 64, 256, 1_024], count: count, random: run.random.split())
  run.show(
    Table(
      "Exercise 6.2.2: scores qᵀk of \(count) pairs", columns: ["d_k", "mean", "variance", "variance / d_k"],
      rows: samples.map {
        [
          .integer($0.depth), .number($0.mean, decimals: 2), .number($0.variance, decimals: 1),
          .number($0.variance / Double($0.depth), decimals: 3),
        ]
      }), as: "variance")
  run.show(scoreFigure(samples), as: "scores")

  let sizes = [0.0] + (0...24).map { 0.25 * exp2(Double($0) / 3) }
  let curve = entropyCurve(length: 16, sizes: sizes, random: run.random.split())
  run.show(entropyTable(curve), as: "entropy")
  run.show(entropyFigure(curve), as: "entropy")

  let norms = jacobianNorms(
    depths: [16, 64, 256, 1_024], keys: 8, rows: run.choose(quick: 500, standard: 4_000, full: 20_000),
    random: run.random.split())
  run.show(jacobianTable(norms), as: "jacobian")
  run.show(jacobianFigure(norms), as: "jacobian")
  run.card("variance / d_k at 1024", samples[3].variance / 1_024)
  run.card("mean ‖J‖ at d_k = 1024, not scaled", norms[3].plain)
  run.card("mean ‖J‖ at d_k = 1024, scaled", norms[3].scaled)
}

/// Scores of independent pairs. Exercise 6.2.2
public struct ScoreSample: Sendable {
  /// d_k.
  public let depth: Int
  /// The scores.
  public let scores: Tensor
  /// Their mean and variance.
  public let mean, variance: Double
}

/// Draws pairs from N(0, I) and takes their dot products.
public func scoreSamples(depths: [Int], count: Int, random: RandomSource) -> [ScoreSample] {
  depths.map { d in
    let scores = dotProducts(of: .normal, depth: d, count: count, from: random)
    return ScoreSample(
      depth: d, scores: scores, mean: scores.mean().item, variance: scores.variance(isUnbiased: true).item)
  }
}

/// The entropy of softmax(z) for vectors z of growing length ‖z‖. Exercise 6.2.3
public struct EntropyCurve: Sendable {
  /// ‖z‖.
  public let sizes: [Double]
  /// The entropy along a random direction, and along (1, …, 1).
  public let random, constant: [Double]
}

/// Entropies along a random direction and along the constant one, in which nothing changes.
public func entropyCurve(length n: Int, sizes: [Double], random: RandomSource) -> EntropyCurve {
  let drawn = random.normal([n], scalarType: .double)
  let (direction, constant) = (drawn / drawn.norm(), Tensor.ones([n], scalarType: .double) / Double(n).squareRoot())
  func entropies(_ u: Tensor) -> [Double] { sizes.map { entropy(of: ($0 * u).softmax()).item } }
  return EntropyCurve(sizes: sizes, random: entropies(direction), constant: entropies(constant))
}

/// Frobenius norms ‖J‖ of the softmax's Jacobian at random scores. Exercise 6.2.4
public struct JacobianNorms: Sendable {
  /// d_k.
  public let depth: Int
  /// The mean over rows, for scores qᵀk and for scores qᵀk/√d_k.
  public let plain, scaled: Double
  /// The median over rows, for scores qᵀk.
  public let medianPlain: Double
}

/// Rows of one query against some keys, all from N(0, I): the norm of ∂softmax/∂z with and without scaling.
public func jacobianNorms(depths: [Int], keys m: Int, rows: Int, random: RandomSource) -> [JacobianNorms] {
  depths.map { d in
    let parts = (0..<rows / 250).map { _ in
      let (q, K) = (
        random.normal([250, 1, d], scalarType: .double), random.normal([250, m, d], scalarType: .double)
      )
      return matmul(q, K.transposed).squeezed(axis: 1)  // [250×m]
    }
    let z = Tensor.concatenated(parts, axis: 0)
    func norms(_ z: Tensor) -> Tensor { softmaxJacobian(z.softmax()).flattened(from: 1).norm(axes: [1]) }
    let plain = norms(z)
    let median = plain.sorted()[plain.count / 2].item
    return JacobianNorms(
      depth: d, plain: plain.mean().item, scaled: norms(z / Double(d).squareRoot()).mean().item, medianPlain: median)
  }
}

// MARK: - Tables and figures

private func scoreFigure(_ samples: [ScoreSample]) -> Histogram {
  Histogram(
    "Scores qᵀk of independent pairs", x: Axis("qᵀk", range: -100...100),
    samples: samples.map { ("d_k = \($0.depth)", Array($0.scores.scalars.prefix(10_000))) }, bins: 80)
}

private func entropyTable(_ curve: EntropyCurve) -> Table {
  let shown = curve.sizes.indices.filter { $0 == 0 || $0 % 6 == 1 }
  return Table(
    "Exercise 6.2.3: the entropy of softmax(z), 16 logits", columns: ["‖z‖", "random direction", "along (1, …, 1)"],
    rows: shown.map {
      [
        .number(curve.sizes[$0], decimals: 2), .number(curve.random[$0], decimals: 4),
        .number(curve.constant[$0], decimals: 4),
      ]
    })
}

private func entropyFigure(_ curve: EntropyCurve) -> LineChart {
  let (x, rest) = (Array(curve.sizes.dropFirst()), 1..<curve.sizes.count)
  return LineChart(
    "The entropy of softmax(z) depends on direction, not on ‖z‖ alone", x: Axis("‖z‖", .logarithmic),
    y: Axis("entropy, in nats"),
    series: [
      Series("a random direction", x: x, rest.map { curve.random[$0] }),
      Series("along (1, …, 1)", x: x, rest.map { curve.constant[$0] }),
    ])
}

private func jacobianTable(_ norms: [JacobianNorms]) -> Table {
  Table(
    "Exercise 6.2.4: the norm of ∂softmax/∂z, 8 keys",
    columns: ["d_k", "not scaled: mean", "median", "scaled: mean", "mean · √d_k"],
    rows: norms.map {
      [
        .integer($0.depth), .number($0.plain, decimals: 4), .scientific($0.medianPlain),
        .number($0.scaled, decimals: 4),
        .number($0.plain * Double($0.depth).squareRoot(), decimals: 3),
      ]
    })
}

private func jacobianFigure(_ norms: [JacobianNorms]) -> LineChart {
  let d = norms.map { Double($0.depth) }
  return LineChart(
    "The mean norm of the softmax's Jacobian", x: Axis("d_k", .logarithmic), y: Axis("mean ‖J‖", .logarithmic),
    series: [
      Series("qᵀk", x: d, norms.map(\.plain), style: .both),
      Series("qᵀk/√d_k", x: d, norms.map(\.scaled), style: .both),
      Series("1/√d_k", x: d, d.map { 1 / $0.squareRoot() }),
    ])
}
