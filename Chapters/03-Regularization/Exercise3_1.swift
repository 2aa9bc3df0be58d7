import Figures
import Regularization
import Running
import Tensors

/// Exercise 3.1: bias², variance and total error of polynomials of five degrees, fitted to 10 noisy points of sin πx,
/// over 100 data sets.
public let exercise3_1 = Exercise("3.1", "Bias and variance of polynomials", stars: 1, seconds: 1, full: 3) { run in
  let (degrees, sets) = ([1, 3, 5, 9, 15], run.choose(quick: 100, standard: 100, full: 1_000))
  let even = try studyPolynomials(degrees: degrees, dataSets: sets, inputs: .even, random: run.random.split())
  run.show(polynomialTable(even, "10 evenly spaced points of [−1, 1], \(sets) data sets"), as: "even")
  let drawn = try studyPolynomials(degrees: degrees, dataSets: sets, inputs: .uniform, random: run.random.split())
  run.show(polynomialTable(drawn, "10 uniformly drawn points of [−1, 1], \(sets) data sets"), as: "uniform")
  run.show(errorChart(even), as: "errors")
  run.show(
    Panels(
      "Bias and variance: the mean of all fits, and how far they scatter",
      even.filter { [1, 3, 9].contains($0.degree) }.map(fits)),
    as: "fits")
  if let best = even.min(by: { $0.total < $1.total }) { run.card("best degree", "\(best.degree)") }
  for study in even { run.card("total error, degree \(study.degree)", study.total) }
}

/// The inputs of a data set.
public enum InputDesign: Sendable {
  /// Evenly spaced on [−1, 1], both ends included; the same in every data set.
  case even
  /// Drawn from [−1, 1], new for every data set.
  case uniform
}

/// The result of 100 fits of one degree: the three terms of Exercise 3.1.1, and their sum for Exercise 3.1.2 and
/// Exercise 3.1.3.
public struct PolynomialStudy: Sendable {
  /// The degree d.
  public let degree: Int
  /// The rank of the design matrix of the first data set, which has d + 1 columns.
  public let rank: Int
  /// The three terms of (3.1), at 201 points of [−1, 1].
  public let parts: BiasVariance
  /// The mean squared error on the examples themselves, averaged over the data sets.
  public let trainError: Double
  /// The median over the data sets of a model's expected squared error, including the noise.
  public let medianError: Double
  /// The predictions of every model. [D×201]
  public let predictions: Tensor
  /// The points. [201]
  public let x: Tensor

  /// Bias², averaged over the points.
  public var squaredBias: Double { parts.squaredBias.mean().item }
  /// The variance, averaged over the points.
  public var variance: Double { parts.variance.mean().item }
  /// Bias² + variance + σ², averaged over the points.
  public var total: Double { parts.expectedSquaredError.mean().item }
}

/// Fits polynomials of each degree to the same data sets y = sin πx + ε, ε ~ N(0, σ²). From degree N on, the fit has
/// the shortest coefficients. Exercise 3.1.2
public func studyPolynomials(
  degrees: [Int], dataSets: Int, examples N: Int = 10, noise σ: Double = 0.3, inputs: InputDesign, random: RandomSource
) throws -> [PolynomialStudy] {
  let truth = { (x: Tensor) in (.pi * x).sin() }
  let at = Tensor.linear(from: -1, to: 1, count: 201, scalarType: .double)
  let even = Tensor.linear(from: -1, to: 1, count: N, scalarType: .double)
  let sets = (0..<dataSets).map { _ in
    let x = inputs == .even ? even : random.uniform([N], in: -1..<1, scalarType: .double)
    return (x: x, y: truth(x) + random.normal([N], standardDeviation: σ, scalarType: .double))
  }
  return try degrees.map { degree in
    let models = try sets.map { try PolynomialRegression(fitting: $0.x, $0.y, degree: degree) }
    let predictions = Tensor.stacked(models.map { $0(at) }, axis: 0)  // [D×201]
    let trainErrors = zip(models, sets).map { model, set in (model(set.x) - set.y).squared().mean().item }
    let spectrum = LinearAlgebra.singularValues(PolynomialRegression.features(sets[0].x, degree: degree)).scalars
    return PolynomialStudy(
      degree: degree, rank: spectrum.count { $0 > 1e-12 * (spectrum.max() ?? 0) },
      parts: BiasVariance(predictions: predictions, truth: truth(at), noiseVariance: σ * σ),
      trainError: trainErrors.reduce(0, +) / Double(dataSets),
      medianError: median((predictions - truth(at)).squared().mean(axes: [1]).scalars) + σ * σ,
      predictions: predictions, x: at)
  }
}

private func polynomialTable(_ studies: [PolynomialStudy], _ title: String) -> Table {
  Table(
    title,
    columns: ["degree", "columns", "rank", "error on the examples", "bias²", "variance", "total error", "median"],
    rows: studies.map { study in
      [
        .integer(study.degree), .integer(study.degree + 1), .integer(study.rank),
        .number(study.trainError, decimals: 4), short(study.squaredBias), short(study.variance), short(study.total),
        short(study.medianError),
      ]
    })
}

/// A number with four decimals, or in scientific notation if it is large.
private func short(_ value: Double) -> Table.Cell { .text(String(format: value < 1000 ? "%.4f" : "%.1e", value)) }

/// The three terms and their sum against the degree.
private func errorChart(_ studies: [PolynomialStudy]) -> LineChart {
  let degrees = studies.map { Double($0.degree) }
  func series(_ name: String, _ value: (PolynomialStudy) -> Double) -> Series {
    Series(name, x: degrees, studies.map(value), style: .both)
  }
  return LineChart(
    "Bias², variance and total error against the degree", x: Axis("degree"), y: Axis("squared error", .logarithmic),
    series: [
      series("bias²", \.squaredBias), series("variance", \.variance), series("total, with the noise", \.total),
      series("noise σ²") { $0.parts.noiseVariance },
    ])
}

/// The mean of all fits in a band of ± one standard deviation, and the true function.
private func fits(_ study: PolynomialStudy) -> LineChart {
  let mean = study.predictions.mean(axes: [0])
  let deviation = study.parts.variance.squareRoot()
  return LineChart(
    "degree \(study.degree)", x: Axis("x"), y: Axis("", range: -2...2),
    series: [
      Series(
        "mean fit ± deviation", x: study.x.scalars, mean.scalars,
        band: ((mean - deviation).scalars, (mean + deviation).scalars)),
      Series("sin πx", x: study.x.scalars, (.pi * study.x).sin().scalars),
    ])
}
