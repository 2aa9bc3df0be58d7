import Backprop
import Figures
import Messages
import Running
import Tensors
import Theory

/// § 11.8: minima and saddle points of random Hessians, noise at a saddle, and the inner maximum of sharpness-aware
/// minimization.
public let section11_8 = Exercise(
  .section, "11.8", "Saddle points, and the worst loss nearby", seconds: 4, quick: 1, full: 16
) { run in
  let counts = HessianCounts(
    draws: run.choose(quick: 2_000, standard: 400_000, full: 2_000_000), random: run.random.split())
  run.show(hessianTable(counts), as: "hessians")
  run.show(hessianFigure(counts), as: "hessians")

  let runs = run.choose(quick: 20, standard: 100, full: 1_000)
  let ends = [0, 1e-3].map {
    noisyDescent(
      on: .saddle, from: [0, 0], learningRate: 0.05, noise: $0, steps: 400, runs: runs, random: run.random.split())
  }
  run.show(saddleTable(ends), as: "saddle")
  run.show(saddleFigure(random: run.random.split()), as: "saddle")

  run.show(innerTable(), as: "inner-maximum")
  run.show(cycleTable(), as: "two-cycle")
  run.show(minimaTable(), as: "two-minima")
  run.show(minimaFigure(), as: "two-minima")
  run.card("minima among symmetric Gaussian Hessians, d = 3", counts.gaussian[2])
  run.card("minima among independent signs, d = 3", counts.signs[2])
  run.card("runs that left the saddle, without noise", escaped(ends[0]))
  run.card("runs that left the saddle, with noise", escaped(ends[1]))
}

// MARK: - Proposition 11.19

/// The shares of minima among random Hessians in 1, 2, … 6 dimensions.
public struct HessianCounts: Sendable {
  /// The number of draws for each dimension.
  public let draws: Int
  /// With independent signs, and for symmetric Gaussian matrices.
  public let signs, gaussian: [Double]
  /// The numbers of dimensions.
  public static let dimensions = Array(1...6)

  /// The shares among this number of draws, 10,000 at a time.
  public init(draws: Int, random: RandomSource) {
    self.draws = draws
    func shares(_ model: RandomHessian) -> [Double] {
      Self.dimensions.map { d in
        let parts = (0..<max(1, draws / 10_000)).map { _ in
          model.minimumShare(dimension: d, draws: min(draws, 10_000), random: random)
        }
        return parts.reduce(0, +) / Double(parts.count)
      }
    }
    (signs, gaussian) = (shares(.independentSigns), shares(.gaussianOrthogonal))
  }
}

private func hessianTable(_ counts: HessianCounts) -> Table {
  Table(
    "Share of minima among \(grouped(counts.draws)) random critical points",
    columns: ["dimensions", "independent signs", "2⁻ᵈ", "symmetric Gaussian", "exact"],
    rows: HessianCounts.dimensions.enumerated().map { i, d in
      [
        .integer(d), .number(counts.signs[i], decimals: 5),
        .number(RandomHessian.independentSigns.minimumProbability(dimension: d) ?? .nan, decimals: 5),
        .number(counts.gaussian[i], decimals: 6),
        RandomHessian.gaussianOrthogonal.minimumProbability(dimension: d).map { .number($0, decimals: 6) } ?? "–",
      ]
    })
}

private func hessianFigure(_ counts: HessianCounts) -> LineChart {
  let d = HessianCounts.dimensions.map(Double.init)
  return LineChart(
    "How rare are minima among critical points?", x: Axis("dimensions d"), y: Axis("share of minima", .logarithmic),
    series: [
      Series("2⁻ᵈ", x: d, d.indices.map { RandomHessian.independentSigns.minimumProbability(dimension: $0 + 1) ?? 0 }),
      Series("independent signs", x: d, counts.signs, style: .points),
      Series("symmetric Gaussian", x: d, counts.gaussian, style: .both),
    ])
}

// MARK: - Noise at a saddle

/// The share of end points that are within 0.1 of one of the minima (0, ±√2).
public func escaped(_ ends: Tensor) -> Double {
  let (x, y) = (ends.sliced(0..<1, axis: 1), ends.sliced(1..<2, axis: 1))
  let distance = (x.squared() + (y.abs() - 2.0.squareRoot()).squared()).squareRoot()
  return (distance .< 0.1).mean().item
}

private func saddleTable(_ ends: [Tensor]) -> Table {
  Table(
    "400 steps from the saddle of x² − y² + y⁴/4, \(ends[0].shape[0]) runs",
    columns: ["noise of a step", "at (0, √2), %", "at (0, −√2), %", "still at (0, 0), %"],
    rows: zip(["0", "0.001"], ends).map { noise, ends in
      let y = ends.sliced(1..<2, axis: 1)
      return [
        .text(noise), .number(100 * (y .> 1).mean().item, decimals: 0),
        .number(100 * (y .< -1).mean().item, decimals: 0), .number(100 * (y.abs() .< 0.1).mean().item, decimals: 0),
      ]
    })
}

private func saddleFigure(random: RandomSource) -> ContourPlot {
  /// The point after every second step: a source in the same state gives the same noise.
  func path(_ name: String, noise: Double) -> Series {
    let state = random.split().state
    let points = stride(from: 0, through: 200, by: 2).map { steps in
      noisyDescent(
        on: .saddle, from: [-1.5, 0], learningRate: 0.05, noise: noise, steps: steps, runs: 1,
        random: RandomSource(state: state)
      ).scalars
    }
    return Series(name, x: points.map { $0[0] }, points.map { $0[1] })
  }
  return ContourPlot(
    "Descent from (−1.5, 0)", x: Axis("x", range: -1.8...1.2), y: Axis("y", range: -2...2),
    levels: [-0.9, -0.6, -0.3, -0.1, 0, 0.1, 0.3, 0.6, 0.9, 1.5, 2],
    paths: [path("no noise", noise: 0)] + (1...4).map { path("noise 0.01, run \($0)", noise: 0.01) }
  ) { x, y in Surface.saddle.height(Tensor([x, y], scalarType: .double)).item }
}

// MARK: - Definition 11.20

/// A bowl in three dimensions, and a point on it.
public let innerBowl = (
  bowl: QuadraticBowl(
    hessian: Tensor([[4, 1, 0], [1, 2, 0.5], [0, 0.5, 1]], scalarType: .double),
    minimizer: Tensor([0, 0, 0], scalarType: .double)),
  point: Tensor([1, -0.5, 0.5], scalarType: .double)
)

private func innerTable() -> Table {
  let (bowl, θ) = innerBowl
  return Table(
    "(11.13) on a quadratic of three variables: L(θ) = \(decimals(bowl(θ).item, 4))",
    columns: ["ρ", "max L(θ + ε)", "L(θ + ε̂), (11.14)", "missing", "part of the rise, %"],
    rows: [0.01, 0.05, 0.2, 0.5, 1].map { ρ in
      let exact = bowl.worst(near: θ, radius: ρ).loss
      let step = worstStep(along: gradient(at: θ) { bowl($0) }, radius: ρ)
      let found = bowl(θ + step).item
      return [
        .number(ρ, decimals: 2), .number(exact, decimals: 6), .number(found, decimals: 6),
        .scientific(exact - found), .number(100 * (found - bowl(θ).item) / (exact - bowl(θ).item), decimals: 4),
      ]
    })
}

/// Where SAM ends on ½ λ x² from x = 1: the last point's distance from 0.
public func cycleEnd(curvature λ: Double, learningRate η: Double, radius ρ: Double) -> (last: Double, before: Double) {
  var x = Tensor(1, scalarType: .double)
  var before = x
  for _ in 0..<400 {
    let g = sharpnessAwareGradient(at: x, radius: ρ) { 0.5 * λ * $0.squared() }.gradient
    (before, x) = (x, x - η * g)
  }
  return (x.item, before.item)
}

private func cycleTable() -> Table {
  Table(
    "SAM on ½ λ x² ends in a cycle of two points",
    columns: ["λ", "η", "ρ", "x", "next x", "ηλρ/(2 − ηλ)"],
    rows: [(1.0, 0.5, 0.1), (5, 0.1, 0.1), (1, 0.1, 0.1), (10, 0.1, 0.05)].map { λ, η, ρ in
      let end = cycleEnd(curvature: λ, learningRate: η, radius: ρ)
      return [
        .number(λ, decimals: 0), .number(η, decimals: 1), .number(ρ, decimals: 2), .number(end.before, decimals: 6),
        .number(end.last, decimals: 6), .number(η * λ * ρ / (2 - η * λ), decimals: 6),
      ]
    })
}

// MARK: - Figure 11.2

private func minimaTable() -> Table {
  let L = SharpAndFlat()
  let (minima, starts) = (
    Tensor([-1, 1], scalarType: .double), Tensor.linear(from: -2.5, to: 2.5, count: 1_001, scalarType: .double)
  )
  return Table(
    "A sharp and a flat minimum: L, the worst loss within ρ, and where 1,001 starts end",
    columns: ["ρ", "worst loss at −1", "worst loss at 1", "lower", "starts that end at 1, %"],
    rows: [0, 0.05, 0.1, 0.2, 0.3].map { ρ in
      let worst = L.worst(near: minima, radius: ρ).scalars
      let ends = L.ends(from: starts, learningRate: 0.02, radius: ρ, steps: 500)
      return [
        .number(ρ, decimals: 2), .number(worst[0], decimals: 4), .number(worst[1], decimals: 4),
        worst[0] < worst[1] ? "sharp" : "flat", .number(100 * (ends .> 0).mean().item, decimals: 1),
      ]
    })
}

private func minimaFigure() -> LineChart {
  let (L, x) = (SharpAndFlat(), Tensor.linear(from: -1.8, to: 2.4, count: 421, scalarType: .double))
  return LineChart(
    "(11.13) ranks the two minima the other way", x: Axis("θ"), y: Axis("loss", range: 0...2),
    series: [Series("L(θ)", x: x.scalars, L(x).scalars)]
      + [0.1, 0.2].map {
        Series("max L(θ + ε), |ε| ≤ \(decimals($0, 1))", x: x.scalars, L.worst(near: x, radius: $0).scalars)
      })
}
