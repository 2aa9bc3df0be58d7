import Figures
import Messages
import Running
import Tensors
import Theory
import Training

/// § 11.4.1: the double descent curve of random ReLU features over twenty problems, with its spread, and an exact one.
public let section11_4_1 = Exercise(.section, "11.4.1", "The double descent", seconds: 8, quick: 1, full: 40) { run in
  let sweep = try run.choose(
    quick: DescentSweep(seeds: 3, last: 400), standard: DescentSweep(seeds: 20, last: 3_200),
    full: DescentSweep(seeds: 100, last: 3_200)
  ).curves(random: run.random.split()) { done, of in
    run.progress("problems")(TrainingProgress(epoch: done, epochs: of, step: done, steps: of, loss: 0))
  }
  run.show(sweep.table, as: "descent")
  run.show(sweep.figure, as: "descent")
  let exact = ExactDescent(examples: 40, coordinates: 200, signal: 1, noise: 0.04)
  let fits = run.choose(quick: 20, standard: 200, full: 1_000)
  let sampled = SampledDescent(of: exact, fits: fits, random: run.random.split())
  run.show(sampled.table, as: "exact")
  run.show(sampled.figure, as: "exact")
  run.card("problems", Double(sweep.curves.count))
  run.card("problems whose test error is largest at p = n", Double(sweep.peaksAtThreshold))
  run.card("problems that end below the classical minimum", Double(sweep.endsBelowClassicalMinimum))
  run.card("median test error at p = n", sweep.quantile(0.5, of: \.errors)[sweep.threshold])
  run.card("median test error of the last", sweep.quantile(0.5, of: \.errors).last ?? .nan)
  run.card("median test error of the last, with the ridge penalty", sweep.quantile(0.5, of: \.ridgeErrors).last ?? .nan)
}

/// The plan of a comparison: 100 examples of 20 numbers with noise ½.
public struct DescentSweep: Sendable {
  /// The number of training examples n.
  public static let examples = 100
  /// The number of problems.
  public let seeds: Int
  /// The numbers of features, ascending.
  public let counts: [Int]

  /// The plan for a number of problems and these numbers of features.
  public init(seeds: Int, counts: [Int]) { (self.seeds, self.counts) = (seeds, counts) }

  /// The plan for a number of problems with up to `last` features.
  init(seeds: Int, last: Int) {
    let counts = [
      5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100, 105, 110, 120, 140, 170, 200, 300, 400, 800, 1_600, 3_200,
    ]
    self.init(seeds: seeds, counts: counts.filter { $0 <= last })
  }

  /// The curves of all problems. `report` gets the number of finished problems, and of all.
  public func curves(random: RandomSource, report: (Int, Int) -> Void = { _, _ in }) throws -> DescentCurves {
    let curves = try (0..<seeds).map { seed in
      let line = NoisyLine(examples: Self.examples, tests: 1_000, inputs: 20, noise: 0.5, random: random.split())
      let φ = RandomFeatures(counts.max() ?? 1, inputs: 20, random: random.split())
      defer { report(seed + 1, seeds) }
      return try DescentCurve(of: line, features: φ, counts: counts, penalty: DescentCurves.penalty)
    }
    return DescentCurves(curves: curves)
  }
}

/// The curves of several problems.
public struct DescentCurves: Sendable {
  /// λ of the ridge curves.
  public static let penalty = 0.1
  /// A curve for each problem, all with the same counts.
  public let curves: [DescentCurve]

  /// The place of p = n among the counts.
  public var threshold: Int { curves[0].counts.firstIndex(of: DescentSweep.examples) ?? 0 }
  /// The number of problems whose largest error is at p = n.
  public var peaksAtThreshold: Int { curves.count { $0.peak == DescentSweep.examples } }
  /// The number of problems whose last error is below all errors with p < n.
  public var endsBelowClassicalMinimum: Int {
    curves.count { ($0.errors.last ?? .infinity) < $0.classicalMinimum(below: DescentSweep.examples) }
  }

  /// The quantile of a quantity over the problems, for every count.
  public func quantile(_ share: Double, of values: (DescentCurve) -> [Double]) -> [Double] {
    curves[0].counts.indices.map { k in
      let sorted = curves.map { values($0)[k] }.sorted()
      let place = share * Double(sorted.count - 1)
      let (low, rest) = (Int(place), place - Double(Int(place)))
      return sorted[low] + (rest > 0 ? rest * (sorted[low + 1] - sorted[low]) : 0)
    }
  }

  var table: Table {
    let (low, middle, high) = (
      quantile(0.1, of: \.errors), quantile(0.5, of: \.errors), quantile(0.9, of: \.errors)
    )
    let (ridge, training) = (quantile(0.5, of: \.ridgeErrors), quantile(0.5, of: \.trainingErrors))
    return Table(
      "Test error for n = 100, over \(curves.count) problems; \(Self.penalty) is λ of the ridge penalty",
      columns: ["p", "median", "10 %", "90 %", "with ridge", "training error"],
      rows: curves[0].counts.indices.map { k in
        [
          .integer(curves[0].counts[k]), .number(middle[k], decimals: 3), .number(low[k], decimals: 3),
          .number(high[k], decimals: 3), .number(ridge[k], decimals: 3), .number(training[k], decimals: 3),
        ]
      })
  }

  var figure: LineChart {
    let p = curves[0].counts.map(Double.init)
    let (low, high) = (quantile(0.1, of: \.errors), quantile(0.9, of: \.errors))
    let (ridgeLow, ridgeHigh) = (quantile(0.1, of: \.ridgeErrors), quantile(0.9, of: \.ridgeErrors))
    return LineChart(
      "Double descent: \(curves.count) problems, n = 100, median and 10 to 90 %",
      x: Axis("random features p", .logarithmic), y: Axis("test error", .logarithmic),
      series: [
        Series("least squares of minimum norm", x: p, quantile(0.5, of: \.errors), band: (low, high), style: .both),
        Series("ridge, λ = \(Self.penalty)", x: p, quantile(0.5, of: \.ridgeErrors), band: (ridgeLow, ridgeHigh)),
        Series("training error", x: p, quantile(0.5, of: \.trainingErrors).map { $0 < 1e-3 ? .nan : $0 }),
      ])
  }
}

/// The exact risk beside the mean of many fits.
public struct SampledDescent: Sendable {
  /// The world.
  public let exact: ExactDescent
  /// The numbers of features.
  public let counts: [Int]
  /// The mean risk of the fits, and its standard error.
  public let means, errors: [Double]

  /// Fits to random examples, for numbers of features up to four times the examples.
  public init(of exact: ExactDescent, fits: Int, random: RandomSource) {
    let counts = [1, 5, 10, 15, 20, 25, 30, 34, 46, 50, 60, 80, 100, 130, 160]
    let risks = counts.map { p in
      Tensor((0..<fits).map { _ in exact.sampledRisk(features: p, random: random) }, scalarType: .double)
    }
    (self.exact, self.counts) = (exact, counts)
    means = risks.map { $0.mean().item }
    errors = risks.map { ($0.variance(isUnbiased: true) / Double(fits)).squareRoot().item }
  }

  var table: Table {
    Table(
      "Least squares on p of 200 coordinates, n = 40, ‖β‖² = 1, σ² = 0.04",
      columns: ["p", "exact risk", "mean of fits", "± one standard error"],
      rows: counts.indices.map { k in
        [
          .integer(counts[k]), .number(exact.risk(features: counts[k]), decimals: 3), .number(means[k], decimals: 3),
          .number(errors[k], decimals: 3),
        ]
      })
  }

  var figure: LineChart {
    let p = Array(1...200)
    return LineChart(
      "Infinite at p = n = 40: least squares on p of 200 coordinates", x: Axis("coordinates p"),
      y: Axis("expected risk", .logarithmic, range: 0.8...40),
      series: [
        Series("formula", x: p.map(Double.init), p.map { exact.risk(features: $0) }),
        Series("mean of fits", x: counts.map(Double.init), means, style: .points),
      ])
  }
}
