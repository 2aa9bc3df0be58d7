import Figures
import Messages
import Running
import Tensors
import Theory
import Training

/// Listing 11.10, the lost part: random features and trained networks of growing width on the notes' split.
public let listing11_10b = Exercise(
  .listing, "11.10b", "Double descent with networks of variable width", seconds: 50, quick: 3, full: 600
) { run in
  let widths = run.choose(
    quick: [1, 4, 10, 40], standard: [1, 2, 4, 6, 8, 10, 12, 15, 20, 40, 100, 300, 1_000],
    full: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 17, 20, 30, 40, 60, 100, 200, 300, 600, 1_000])
  let (seeds, steps) = run.choose(quick: (1, 500), standard: (3, 3_000), full: (10, 10_000))
  let split = ClassificationData().split()
  let features = try FeatureSweep(
    on: split.train, testing: split.test, last: run.choose(quick: 400, standard: 4_000, full: 4_000), seeds: 20,
    random: run.random.split())
  run.show(features.table, as: "features")
  let sweeps = [0, 0.2].map { (share: Double) -> [WidthSweep] in
    let report = run.progress(share == 0 ? "networks" : "networks, wrong labels")
    return (0..<seeds).map { (seed: Int) -> WidthSweep in
      WidthSweep(
        widths: widths,
        on: share == 0 ? split.train : split.train.mislabeled(share: share, random: run.random.split()),
        testing: split.test, steps: steps, random: run.random.split()
      ) { done in
        report(
          TrainingProgress(
            epoch: seed + 1, epochs: seeds, step: seed * widths.count + done, steps: seeds * widths.count, loss: 0))
      }
    }
  }
  let clean = WidthMedians(sweeps[0])
  let wrong = WidthMedians(sweeps[1])
  run.show(networkTable(clean, wrong, seeds: seeds), as: "networks")
  run.show(descentFigure(features, clean, wrong), as: "descent")
  run.card("median test error of features at p = n", features.median(at: 140))
  run.card("network with the largest test error: parameters", Double(clean.peak.parameters))
  run.card("its median test error", clean.peak.test)
  run.card("with 20 % wrong labels: parameters", Double(wrong.peak.parameters))
  run.card("its median test error, wrong labels", wrong.peak.test)
}

/// Least squares on random ReLU features of the split of Listing 11.10.
public struct FeatureSweep: Sendable {
  /// The numbers of features.
  public let counts: [Int]
  /// The test errors: for each count, of all draws of the features, ascending.
  public let errors: [[Double]]

  /// The errors on targets ±1 of a number of draws.
  public init(
    on train: ClassificationData, testing test: ClassificationData, last: Int, seeds: Int, random: RandomSource
  ) throws {
    let counts = [10, 20, 35, 50, 70, 90, 110, 125, 140, 155, 180, 220, 300, 400, 700, 1_200, 2_000, 4_000]
      .filter { $0 <= last }
    let draws = (0..<seeds).map { _ in RandomFeatures(last, inputs: train.examples.shape[1], random: random) }
    errors = counts.map { p in
      draws.map { all in
        let φ = all.prefix(p)
        let w = minimumNormSolution(φ(train.examples), train.targets)
        return (matmul(φ(test.examples), w) - test.targets).squared().mean().item
      }.sorted()
    }
    self.counts = counts
  }

  /// The median test error for a number of features.
  public func median(at p: Int) -> Double {
    counts.firstIndex(of: p).map { errors[$0][errors[$0].count / 2] } ?? .nan
  }

  var table: Table {
    Table(
      "Least squares on p random features, n = 140: test error on targets ±1, \(errors[0].count) draws",
      columns: ["p", "p/n", "median", "smallest", "largest"],
      rows: zip(counts, errors).map { p, errors in
        [
          .integer(p), .number(Double(p) / 140, decimals: 2), .number(median(at: p), decimals: 3),
          .number(errors[0], decimals: 3), .number(errors[errors.count - 1], decimals: 3),
        ]
      })
  }
}

/// The medians of several sweeps over the same widths.
public struct WidthMedians: Sendable {
  /// One width.
  public struct Row: Sendable {
    /// The hidden units, and all parameters.
    public let width, parameters: Int
    /// The medians of both errors, and of the accuracy.
    public let training, test, accuracy: Double
    /// The smallest and the largest test error.
    public let range: ClosedRange<Double>
  }

  /// The widths.
  public let rows: [Row]

  /// The medians.
  public init(_ sweeps: [WidthSweep]) {
    rows = sweeps[0].fits.indices.map { k in
      let fits = sweeps.map { $0.fits[k] }
      func sorted(_ value: (WidthSweep.Fit) -> Double) -> [Double] { fits.map(value).sorted() }
      let (middle, tests) = (fits.count / 2, sorted(\.testError))
      return Row(
        width: fits[0].width, parameters: fits[0].parameters, training: sorted(\.trainingError)[middle],
        test: tests[middle], accuracy: sorted(\.accuracy)[middle], range: tests[0]...tests[tests.count - 1])
    }
  }

  /// The row with the largest median test error.
  public var peak: Row { rows.max { $0.test < $1.test } ?? rows[0] }
}

private func networkTable(_ clean: WidthMedians, _ wrong: WidthMedians, seeds: Int) -> Table {
  Table(
    "Trained networks with H hidden units, n = 140: medians of \(seeds) seeds, errors on targets ±1",
    columns: ["H", "parameters", "P/n", "training", "test", "accuracy", "20 % wrong: training", "test", "accuracy"],
    rows: zip(clean.rows, wrong.rows).map { a, b in
      [
        .integer(a.width), .integer(a.parameters), .number(Double(a.parameters) / 140, decimals: 2),
        .number(a.training, decimals: 4), .number(a.test, decimals: 3), .number(a.accuracy, decimals: 3),
        .number(b.training, decimals: 4), .number(b.test, decimals: 3), .number(b.accuracy, decimals: 3),
      ]
    })
}

/// Test errors against the number of parameters, for features and for networks.
private func descentFigure(_ features: FeatureSweep, _ clean: WidthMedians, _ wrong: WidthMedians) -> LineChart {
  func series(_ name: String, _ rows: [WidthMedians.Row]) -> Series {
    Series(
      name, x: rows.map { Double($0.parameters) }, rows.map(\.test),
      band: (rows.map(\.range.lowerBound), rows.map(\.range.upperBound)), style: .both)
  }
  return LineChart(
    "Double descent on the notes' split, n = 140", x: Axis("parameters that are fitted", .logarithmic),
    y: Axis("test error", .logarithmic, range: 0.3...300),
    series: [
      Series(
        "random features", x: features.counts.map(Double.init), features.counts.map { features.median(at: $0) },
        band: (features.errors.map { $0[0] }, features.errors.map { $0[$0.count - 1] }), style: .both),
      series("networks", clean.rows), series("networks, 20 % wrong labels", wrong.rows),
    ])
}
