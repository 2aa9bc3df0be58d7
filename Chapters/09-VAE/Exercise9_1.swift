import Distributions
import Figures
import Messages
import Running
import Tensors
import VAE

/// Exercise 9.1: the divergence of two normal distributions with any covariances, derived and checked.
public let exercise9_1 = Exercise("9.1", "The divergence of two normal distributions", stars: 1, seconds: 1) { run in
  let pair = try NormalPair()
  let draws = run.choose(quick: 10_000, standard: 200_000, full: 1_000_000)
  run.show(try pair.table(draws: draws, random: run.random.split()), as: "divergence")
  run.show(pair.figure, as: "directions")
  run.card("KL(q ‖ p), (9.28)", pair.q.klDivergence(to: pair.p))
  run.card("KL(p ‖ q), (9.28)", pair.p.klDivergence(to: pair.q))
}

/// Two normal distributions in the plane. Exercise 9.1
public struct NormalPair: Sendable {
  /// The distributions.
  public let q, p: MultivariateNormal

  /// q and p with correlations of different sign.
  public init() throws {
    q = try MultivariateNormal(
      mean: Tensor([0.5, -0.3], scalarType: .double), covariance: Tensor([[1, 0.6], [0.6, 0.8]], scalarType: .double))
    p = try MultivariateNormal(
      mean: Tensor([-0.4, 0.9], scalarType: .double),
      covariance: Tensor([[0.7, -0.3], [-0.3, 1.2]], scalarType: .double))
  }

  /// The divergence in closed form, by quadrature and by draws, and of other pairs.
  public func table(draws: Int, random: RandomSource) throws -> Table {
    let grid = LatentGrid(dimensions: 2, radius: 12, panels: 12)
    let (logQ, logP) = (q.logDensity(of: grid.points), p.logDensity(of: grid.points))
    let z = q.draws(noise: random.normal([draws, 2], scalarType: .double))
    let differences = q.logDensity(of: z) - p.logDensity(of: z)
    let error = (differences.variance().item / Double(draws)).squareRoot()
    let (A, b) = (Tensor([[2, -1], [0.3, 0.9]], scalarType: .double), Tensor([5, -7], scalarType: .double))
    let diagonal = Normal(
      mean: Tensor([0.5, -1], scalarType: .double), logVariance: Tensor([-0.7, 0.3], scalarType: .double))
    let rows: [(String, Double)] = [
      ("KL(q ‖ p), (9.28)", q.klDivergence(to: p)),
      ("the integral by quadrature", grid.integral(ofExp: logQ, times: logQ - logP).item),
      ("by \(grouped(draws)) draws, ± \(decimals(error, 4))", differences.mean().item),
      ("after the same affine map of both", try q.mapped(by: A, plus: b).klDivergence(to: p.mapped(by: A, plus: b))),
      ("KL(p ‖ q)", p.klDivergence(to: q)), ("KL(q ‖ q)", q.klDivergence(to: q)),
      ("a diagonal q and N(0, I), (9.28)", MultivariateNormal(diagonal).klDivergence(to: .standard(2))),
      ("a diagonal q and N(0, I), (9.18)", standardDivergences(of: diagonal).sum().item),
    ]
    return Table(
      "Exercise 9.1", columns: ["", "nats"], rows: rows.map { [.text($0.0), .number($0.1, decimals: 10)] })
  }

  /// The diagonal distributions that are nearest to a tilted one, in either direction of the divergence: the variances
  /// are 1/(Σ⁻¹)ⱼⱼ for KL(q ‖ p) and Σⱼⱼ for KL(p ‖ q).
  var figure: ContourPlot {
    let (I, zero) = (Tensor.identity(2, scalarType: .double), Tensor.zeros([2], scalarType: .double))
    let Σ = Tensor([[1, 0.85], [0.85, 1]], scalarType: .double)
    let precision = (try? LinearAlgebra.inverse(Σ)) ?? I
    func diagonal(_ variances: Tensor) -> MultivariateNormal {
      MultivariateNormal(Normal(mean: zero, logVariance: variances.log()))
    }
    let (narrow, wide) = (diagonal((precision * I).sum(axes: [1]).reciprocal()), diagonal((Σ * I).sum(axes: [1])))
    let p = (try? MultivariateNormal(mean: zero, covariance: Σ)) ?? .standard(2)
    let forward = p.klDivergence(to: wide)
    return posteriorPlot(
      "A tilted p and the nearest diagonal distributions", around: narrow, radius: 3.2,
      name: "smallest KL(q ‖ p), \(decimals(narrow.klDivergence(to: p), 2)) nats",
      others: [ellipses(of: wide, "smallest KL(p ‖ q), \(decimals(forward, 2)) nats")]
    ) { p.logDensity(of: $0) }
  }
}
