import Attention
import Figures
import Foundation
import Running
import Tensors

/// Exercise 6.2: the variance of scores, the entropy of a softmax, and the Jacobian that vanishes without scaling.
///
/// The proof of Exercise 6.2.1 is in SOLUTIONS.md; what each of its steps needs is measured here.
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
  run.show(proofTable(proofSteps(depth: 64, count: count, random: run.random.split())), as: "proof")
  run.card("variance / d_k at 1024", samples[3].variance / 1_024)
  run.card("mean ‖J‖ at d_k = 1024, not scaled", norms[3].plain)
  run.card("mean ‖J‖ at d_k = 1024, scaled", norms[3].scaled)
}

/// The numbers in the proof of Theorem 6.3 for one kind of q and k. Exercise 6.2.1
public struct ProofSteps: Sendable {
  /// How q and k are drawn.
  public let name: String
  /// E[qᵢkᵢ], which step 1 takes for 0.
  public let mean: Double
  /// Var(qᵀk) over Σ Var(qᵢkᵢ), which step 2 takes for 1.
  public let added: Double
  /// E[qᵢ²kᵢ²], which step 3 takes for 1.
  public let squares: Double
  /// Var(qᵀk)/d_k, which is 1 if all steps hold. (6.11)
  public let variance: Double
}

/// Measures each step of the proof: with independent entries it holds; with k = q steps 1 and 3 fail, with equal
/// entries step 2.
public func proofSteps(depth d: Int, count: Int, random: RandomSource) -> [ProofSteps] {
  func measured(_ name: String, _ q: Tensor, _ k: Tensor) -> ProofSteps {
    let products = q * k  // [count×d]
    let variance = products.sum(axes: [1]).variance().item
    return ProofSteps(
      name: name, mean: products.mean().item, added: variance / products.variance(axes: [0]).sum().item,
      squares: products.squared().mean().item, variance: variance / Double(d))
  }
  func drawn(_ d: Int) -> Tensor { UnitEntries.normal.drawn([count, d], from: random) }
  func equal() -> Tensor { drawn(1).broadcast(to: [count, d]) }
  let q = drawn(d)
  return [
    measured("all entries independent", q, drawn(d)), measured("k = q", q, q),
    measured("the entries of q equal, and those of k", equal(), equal()),
  ]
}

private func proofTable(_ steps: [ProofSteps]) -> Table {
  Table(
    "Exercise 6.2.1: what the steps of the proof need, d_k = 64",
    columns: ["", "1: E[qᵢkᵢ]", "2: Var(qᵀk) / Σ Var(qᵢkᵢ)", "3: E[qᵢ²kᵢ²]", "Var(qᵀk) / d_k"],
    rows: steps.map { step in
      [.text(step.name)] + [step.mean, step.added, step.squares, step.variance].map { .number($0, decimals: 2) }
    })
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

/// Draws pairs from N(0, I) and takes their dot products. Exercise 6.2.2
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

/// Entropies along a random direction and along the constant one, in which nothing changes. Exercise 6.2.3
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
/// Exercise 6.2.4
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
