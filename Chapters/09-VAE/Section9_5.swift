import Distributions
import Figures
import GAN
import Messages
import Running
import Tensors
import VAE

/// § 9.5: the divergence from N(0, I), by every line of its proof and by quadrature.
public let section9_5 = Exercise(.section, "9.5", "The divergence of two normal distributions", seconds: 1) { run in
  let q = Normal(mean: Tensor([0.5, -1], scalarType: .double), logVariance: Tensor([-0.7, 0.3], scalarType: .double))
  run.show(
    divergenceTable(q, draws: run.choose(quick: 10_000, standard: 200_000, full: 1_000_000), run.random), as: "lines")
  run.show(divergenceFigure(), as: "divergence")
  run.card("KL(q ‖ p), (9.18)", standardDivergences(of: q).sum().item)
}

/// KL(q ‖ N(0, I)) by every line of the proof: over draws as defined (9.19) and with the densities inserted (9.20), and
/// in closed form before (9.21) and after (9.22) the terms are collected.
private func divergenceTable(_ q: Normal, draws: Int, _ random: RandomSource) -> Table {
  let z = q.mean + q.standardDeviation * random.normal([draws, 2], scalarType: .double)
  let definition = q.logDensity(at: z).sum(axes: [1]) - logPrior(of: z)
  let inserted = (-0.5 * (q.logVariance + (z - q.mean).squared() * (-q.logVariance).exp()) + 0.5 * z.squared())
    .sum(axes: [1])
  let σ² = q.logVariance.exp()
  let grid = LatentGrid(dimensions: 2, radius: 10, panels: 10)
  let full = MultivariateNormal(q)
  let logQ = full.logDensity(of: grid.points)
  let error = (definition.variance().item / Double(draws)).squareRoot()
  let rows: [(String, Double)] = [
    ("(9.19), \(grouped(draws)) draws, ± \(decimals(error, 4))", definition.mean().item),
    ("(9.20) with const. = 0, the same draws", inserted.mean().item),
    ("(9.21)", (-0.5 * (q.logVariance + 1).sum() + 0.5 * (σ² + q.mean.squared()).sum()).item),
    ("(9.22), (9.18)", standardDivergences(of: q).sum().item),
    ("(9.28) with μ₂ = 0, Σ₂ = I", full.klDivergence(to: .standard(2))),
    ("quadrature over z", grid.integral(ofExp: logQ, times: logQ - logPrior(of: grid.points)).item),
  ]
  return Table(
    "Theorem 9.6: KL(q ‖ N(0, I))", columns: ["", "nats"],
    rows: rows.map { [.text($0.0), .number($0.1, decimals: 10)] })
}

/// (9.18) over μ and log σ², and paths of gradient descent to (0, 0).
private func divergenceFigure() -> ContourPlot {
  func path(_ μ: Double, _ logVariance: Double) -> Series {
    var q = Normal(
      mean: Tensor([μ], scalarType: .double), logVariance: Tensor([logVariance], scalarType: .double))
    var points = [(μ, logVariance)]
    for _ in 0..<60 {
      let slope = gradient(at: q) { standardDivergences(of: $0).sum() }
      q = q.zipParameters(slope) { $0 - 0.2 * $1 }
      points.append((q.mean.item, q.logVariance.item))
    }
    return Series("descent from (\(decimals(μ, 0)), \(decimals(logVariance, 0)))", x: points.map(\.0), points.map(\.1))
  }
  return ContourPlot(
    "(9.18): KL(N(μ, σ²) ‖ N(0, 1)) = 0.05, 0.2, 0.5, 1, 2, 4", x: Axis("μ", range: -3...3),
    y: Axis("log σ²", range: -4...3), levels: [0.05, 0.2, 0.5, 1, 2, 4], paths: [path(2, 2), path(-2, -3)]
  ) { μ, l in
    standardDivergences(
      of: Normal(mean: Tensor(μ, scalarType: .double), logVariance: Tensor(l, scalarType: .double))
    ).item
  }
}
