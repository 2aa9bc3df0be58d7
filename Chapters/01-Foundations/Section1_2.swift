import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors

/// § 1.2, around the multilayer perceptron: linear models, features, and how a machine computes with numbers.
public let section1_2 = Exercise(
  .section, "1.2", "Linear models, learned features, 16 bits and batches", seconds: 1, full: 9
) { run in
  showSlope(run)
  try showOverfitting(run)
  try showBoundary(run)
  try showFeatures(run)
  showRounding(run)
  showBatches(run)
  showViews(run)
}

// MARK: - Least squares

private func showSlope(_ run: Run) {
  let x = Tensor([1, 2, 3, 4], scalarType: .double)
  let exact = slopeThroughOrigin(x, 2.5 * x)
  let noisy = slopeThroughOrigin(
    x, 2.5 * x + run.random.split().normal([4], standardDeviation: 0.5, scalarType: .double))
  run.say(
    "Least squares: y = 2.5 x gives θ = \(exact) without noise, \(decimals(noisy, 3)) with noise of deviation 0.5\n")
}

// MARK: - Under- and over-fitting

/// The errors of a regression with K Gaussian bumps.
public struct BumpFit: Sendable {
  /// The number of bumps K.
  public let bumps: Int
  /// The root mean squared errors on the examples, and on the curve they were drawn from.
  public let trainError, testError: Double
  /// The fitted function.
  public let model: GaussianBasisRegression
}

/// Fits noisy examples of sin 2πx on [0, 1] with a growing number of bumps, each as wide as the distance between two of
/// them.
public func fitBumps(_ counts: [Int], x: Tensor, y: Tensor) throws -> [BumpFit] {
  let (grid, truth) = RegressionCurve.sine.grid(count: 400, scalarType: .double)
  let (at, value) = (grid.squeezed(axis: 1), truth.squeezed(axis: 1))
  return try counts.map { K in
    let centers =
      K == 1 ? Tensor([0.5], scalarType: .double) : Tensor.linear(from: 0, to: 1, count: K, scalarType: .double)
    let model = try GaussianBasisRegression(fitting: x, y, centers: centers, width: 1 / Double(max(K - 1, 2)))
    func error(_ x: Tensor, _ y: Tensor) -> Double { (model(x) - y).squared().mean().squareRoot().item }
    return BumpFit(bumps: K, trainError: error(x, y), testError: error(at, value), model: model)
  }
}

private func showOverfitting(_ run: Run) throws {
  let (columnX, columnY) = RegressionCurve.sine.sample(
    count: 20, noise: 0.2, from: run.random.split(), scalarType: .double)
  let (x, y) = (columnX.squeezed(axis: 1), columnY.squeezed(axis: 1))
  let fits = try fitBumps([1, 2, 3, 4, 6, 8, 10, 12, 15], x: x, y: y)
  run.show(
    Table(
      "20 noisy examples of sin 2πx, fitted with Gaussian bumps",
      columns: ["bumps", "error on the examples", "error on the curve"],
      rows: fits.map { [.integer($0.bumps), .number($0.trainError, decimals: 4), .number($0.testError, decimals: 4)] }),
    as: "bumps")
  let at = Tensor.linear(from: 0, to: 1, count: 301, scalarType: .double)
  let examples = Series("examples", x: x.scalars, y.scalars, style: .points)
  let curves = fits.filter { [1, 4, 15].contains($0.bumps) }.map { fit in
    LineChart(
      fit.bumps == 1 ? "1 bump" : "\(fit.bumps) bumps", x: Axis("x"), y: Axis("", range: -2...2),
      series: [examples, Series("fit", x: at.scalars, fit.model(at).scalars)])
  }
  run.show(Panels("Too simple, about right, too flexible", curves), as: "fits")
  run.show(
    LineChart(
      "Error against the number of bumps", x: Axis("bumps"), y: Axis("root mean squared error", .logarithmic),
      series: [
        Series("on the examples", x: fits.map { Double($0.bumps) }, fits.map(\.trainError), style: .both),
        Series("on the curve", x: fits.map { Double($0.bumps) }, fits.map(\.testError), style: .both),
      ]), as: "errors")
  if let best = fits.min(by: { $0.testError < $1.testError }) { run.card("best number of bumps", "\(best.bumps)") }
}
