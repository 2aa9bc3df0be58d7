import Distributions
import Figures
import Messages
import Running
import Tensors
import VAE

/// § 9.4: the derivative of an expectation, exactly and by two estimators.
public let section9_4 = Exercise(.section, "9.4", "The reparameterization trick", seconds: 1, quick: 1) { run in
  let draws = run.choose(quick: 5_000, standard: 200_000, full: 1_000_000)
  let places: [(KnownExpectation, Double, Double)] = [
    (.square, 0.3, 0.7), (.square, 3, 1), (.sine, 0.3, 0.7), (.sine, 3, 1), (.step, 0.3, 0.7),
  ]
  let found = places.map { EstimatedDerivative(of: $0.0, μ: $0.1, σ: $0.2, draws: draws, random: run.random.split()) }
  run.show(estimateTable(found, draws: draws), as: "estimates")
  run.show(varianceFigure(draws: draws / 20, random: run.random.split()), as: "variances")
  run.card("variance at μ = 3, σ = 1, pathwise", found[1].pathwise.variance)
  run.card("variance at μ = 3, σ = 1, score function", found[1].scoreFunction.variance)
  run.card("pathwise estimate for a step", found[4].pathwise.mean)
}

/// The derivative of E[f(z)] with respect to μ, z ∼ N(μ, σ²): exact and estimated. (9.13)
public struct EstimatedDerivative: Sendable {
  /// The function, and the parameters.
  public let f: KnownExpectation, μ, σ: Double
  /// The truth.
  public let exact: Double
  /// The mean of one-draw estimates, and their variance.
  public let scoreFunction, pathwise: (mean: Double, variance: Double)

  /// The estimates by both estimators, from the same draws.
  public init(of f: KnownExpectation, μ: Double, σ: Double, draws: Int, random: RandomSource) {
    (self.f, self.μ, self.σ) = (f, μ, σ)
    func normals(_ count: Int) -> Normal {
      Normal(
        mean: Tensor(repeating: μ, [count], scalarType: .double),
        logVariance: Tensor(repeating: 2 * Tensor(σ, scalarType: .double).log().item, [count], scalarType: .double))
    }
    exact = f.derivatives(under: normals(1)).mean.item
    let (q, ε) = (normals(draws), random.normal([draws], scalarType: .double))
    func estimate(_ estimator: DerivativeEstimator) -> (Double, Double) {
      let slopes = estimator.derivatives(of: { f($0) }, at: q, noise: ε).mean
      return (slopes.mean().item, slopes.variance().item)
    }
    (scoreFunction, pathwise) = (estimate(.scoreFunction), estimate(.pathwise))
  }
}

private func estimateTable(_ found: [EstimatedDerivative], draws: Int) -> Table {
  Table(
    "(9.13): ∂/∂μ E[f(z)] for z ∼ N(μ, σ²), from \(grouped(draws)) draws",
    columns: ["f", "μ", "σ", "exact", "score function", "variance", "pathwise, (9.17)", "variance"],
    rows: found.map {
      [
        .text($0.f.rawValue), .number($0.μ, decimals: 1), .number($0.σ, decimals: 1), .number($0.exact, decimals: 4),
        .number($0.scoreFunction.mean, decimals: 4), .number($0.scoreFunction.variance, decimals: 3),
        .number($0.pathwise.mean, decimals: 4), .number($0.pathwise.variance, decimals: 3),
      ]
    })
}

private func varianceFigure(draws: Int, random: RandomSource) -> Panels {
  let means = (0...16).map { Double($0) / 4 }
  func chart(_ f: KnownExpectation) -> LineChart {
    let found = means.map { EstimatedDerivative(of: f, μ: $0, σ: 1, draws: draws, random: random) }
    return LineChart(
      "f(z) = \(f.rawValue), σ = 1", x: Axis("μ"), y: Axis("variance", .logarithmic),
      series: [
        Series("score function", x: means, found.map(\.scoreFunction.variance), style: .both),
        Series("pathwise", x: means, found.map(\.pathwise.variance), style: .both),
      ])
  }
  return Panels("Two estimators of ∂/∂μ E[f(z)]: the variance of one draw's estimate", [chart(.square), chart(.sine)])
}
