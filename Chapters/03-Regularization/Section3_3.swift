import Figures
import Foundation
import Regularization
import Running
import Tensors

/// § 3.3: why the diamond gives zeros, and how coefficients vanish one after the other.
public let section3_3 = Exercise(.section, "3.3", "L1 regularization: the diamond, exact zeros, paths", seconds: 1) {
  run in
  run.show(diamondFigure(), as: "diamond")
  let strengths = (0...60).map { pow(10, -3 + 0.06 * Double($0)) }
  let paths = try coefficientPaths(strengths: strengths, random: run.random.split())
  run.show(zerosTable(paths), as: "zeros")
  run.show(
    Panels(
      "Coefficients against the strength of the penalty",
      [pathChart("lasso", paths, \.lasso), pathChart("ridge", paths, \.ridge)]),
    as: "paths")
  run.card("lasso, all zero from λ =", paths.last?.limit ?? .nan)
}

// MARK: - The diamond

private func diamondFigure() -> ScatterPlot {
  let θ = ElasticNet(strength: 2.5, mix: 1).minimum(
    hessian: tiltedValley.hessian, linear: matmul(tiltedValley.hessian, tiltedValley.minimum))
  let t = θ.abs().sum().item
  let path = stride(from: -3.0, through: 1, by: 0.05).map { exponent in
    ElasticNet(strength: pow(10, exponent), mix: 1).minimum(
      hessian: tiltedValley.hessian, linear: matmul(tiltedValley.hessian, tiltedValley.minimum)
    ).scalars
  }
  let center = tiltedValley.minimum.scalars
  var plot = ScatterPlot(
    "Where a level curve touches the diamond", x: Axis("θ₁", range: -1.5...4), y: Axis("θ₂", range: -1.5...2.82),
    groups: [
      levelCurves(through: θ), Series(String(format: "‖θ‖₁ = %.2f", t), x: [t, 0, -t, 0, t], [0, t, 0, -t, 0]),
      Series("lasso, all λ", x: path.map { $0[0] }, path.map { $0[1] }),
      Series("solution in the diamond", x: [θ.scalars[0]], [θ.scalars[1]], style: .points),
      Series("minimum of the loss", x: [center[0]], [center[1]], style: .points),
    ])
  plot.size = Canvas.Size(width: 719, height: 440)  // equal units on both axes
  return plot
}

// MARK: - Paths

/// The coefficients for one strength of the penalty.
public struct CoefficientStep: Sendable {
  /// The strength λ, and the smallest λ for which all weights of the lasso are 0.
  public let strength, limit: Double
  /// The weights of the lasso and of the ridge. [p]
  public let lasso, ridge: Tensor
}

/// Fits 40 examples with 8 features, of which 3 matter, with both penalties and every strength.
public func coefficientPaths(strengths: [Double], random: RandomSource) throws -> [CoefficientStep] {
  let X = random.normal([40, 8], scalarType: .double)
  let truth = Tensor([3, -2, 1.5, 0, 0, 0, 0, 0], scalarType: .double)
  let y = matmul(X, truth) + random.normal([40], scalarType: .double)
  let limit = lassoLimit(X, y)
  return try strengths.map { λ in
    CoefficientStep(
      strength: λ, limit: limit, lasso: lassoRegression(X, y, penalty: λ), ridge: try ridgeRegression(X, y, penalty: λ))
  }
}

private func zerosTable(_ paths: [CoefficientStep]) -> Table {
  Table(
    "8 features, of which 3 matter", columns: ["λ", "zeros, lasso", "zeros, ridge", "smallest |w|, ridge"],
    rows: stride(from: 0, to: paths.count, by: 6).map { k in
      let step = paths[k]
      return [
        .number(step.strength, decimals: 4), .integer(step.lasso.scalars.count { $0 == 0 }),
        .integer(step.ridge.scalars.count { $0 == 0 }), .scientific(step.ridge.abs().min().item, digits: 2),
      ]
    })
}

/// One line per coefficient; the three that matter have names.
private func pathChart(
  _ title: String, _ paths: [CoefficientStep], _ weights: (CoefficientStep) -> Tensor
) -> LineChart {
  let strengths = paths.map(\.strength)
  let values = paths.map { weights($0).scalars }
  let idle = (3..<8).flatMap { j in values.map { $0[j] } + [.nan] }
  let named = (0..<3).map { j in Series("w\(["₁", "₂", "₃"][j])", x: strengths, values.map { $0[j] }) }
  return LineChart(
    title, x: Axis("λ", .logarithmic), y: Axis("", range: -3...4),
    series: named + [Series("the other five", x: (3..<8).flatMap { _ in strengths + [1] }, idle)])
}
