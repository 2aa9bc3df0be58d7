import DataSets
import Figures
import GAN
import Tensors

// MARK: - Remark 8.3: anomalies

/// Points of a ring of eight modes with 200 outliers in its hole, and two densities fitted to the points. Remark 8.3
public struct Anomalies {
  /// The points of the ring. [N×2]
  public let ordinary: Tensor
  /// The outliers. [200×2]
  public let planted: Tensor
  /// The share of outliers among the 2% of all points with the lowest density, for a Gaussian per mode.
  public let foundByMixture: Double
  /// The same for a single Gaussian.
  public let foundByOneGaussian: Double

  /// Points, outliers and both densities.
  public init(count: Int, random: RandomSource) throws {
    let drawn = GaussianMixture.ring().sample(count: count, from: random)
    let x = drawn.points(.double)
    let outliers = random.uniform([200, 2], in: -1..<1, scalarType: .double)
    let ring = try GaussianMixture(
      fitting: x, memberships: .oneHot(drawn.labels, classes: 8, scalarType: .double))
    let one = try GaussianMixture(fitting: x, memberships: .ones([count, 1], scalarType: .double))
    (ordinary, planted) = (x, outliers)
    foundByMixture = detectedShare(of: outliers, among: x, lowest: 0.02) { ring.logDensity(of: $0) }
    foundByOneGaussian = detectedShare(of: outliers, among: x, lowest: 0.02) { one.logDensity(of: $0) }
  }

  var table: Table {
    Table(
      "Remark 8.3: of 200 outliers in the hole of a ring, the share among the lowest 2% of density",
      columns: ["density", "found"],
      rows: [
        ["a Gaussian for each mode", .number(foundByMixture, decimals: 3)],
        ["one Gaussian: the distance from the mean", .number(foundByOneGaussian, decimals: 3)],
      ])
  }

  var figure: ScatterPlot {
    func series(_ name: String, _ x: Tensor) -> Series {
      let x = x[0..<min(800, x.shape[0])]
      return Series(
        name, x: x.sliced(0..<1, axis: 1).scalars, x.sliced(1..<2, axis: 1).scalars, style: .points)
    }
    return ScatterPlot(
      "Remark 8.3: outliers near the mean", x: Axis("x₁"), y: Axis("x₂"),
      groups: [series("data", ordinary), series("outliers", planted)])
  }
}

// MARK: - Remark 8.3: completion

/// A missing x₂ drawn from p(x₂ | x₁), beside the same from p(x₂). Remark 8.3
public struct Completion {
  /// A row of the table: the known coordinate, the exact mean and variance, and those of the draws.
  public struct Row {
    /// The known x₁.
    public let known: Double
    /// Mean and variance of x₂ given x₁ in closed form, of draws from p(x₂ | x₁), and of p(x₂).
    public let exact, drawn, marginal: (mean: Double, variance: Double)
  }

  /// The rows.
  public let rows: [Row]

  /// Completions by a mixture in the plane.
  public init(of mixture: GaussianMixture, draws: Int, random: RandomSource) throws {
    let all = mixture.moments
    rows = try [-1.0, 0, 1, 2].map { known in
      let given = try mixture.conditional(given: [known, nil])
      let (exact, drawn) = (given.moments, given.sample(count: draws, from: random).points(.double))
      return Row(
        known: known, exact: (exact.mean[0].item, exact.covariance[0, 0].item),
        drawn: (drawn.mean().item, drawn.variance().item),
        marginal: (all.mean[1].item, all.covariance[1, 1].item))
    }
  }

  var table: Table {
    Table(
      "Remark 8.3: the missing x₂ of a point with known x₁, mean and variance",
      columns: ["x₁", "exact mean", "variance", "drawn mean", "variance", "marginal mean", "variance"],
      rows: rows.map { row in
        [.number(row.known, decimals: 0)]
          + [row.exact, row.drawn, row.marginal].flatMap {
            [.number($0.mean, decimals: 3), .number($0.variance, decimals: 3)] as [Table.Cell]
          }
      })
  }
}

/// Draws of x₂ on the ring, given x₁, with the exact density.
func ringCompletionFigure(random: RandomSource) throws -> Panels {
  let ring = GaussianMixture.ring()
  let panels = try [0, 1.414].map { known in
    let given = try ring.conditional(given: [known, nil])
    let drawn = given.sample(count: 5_000, from: random)
    var histogram = Histogram(
      "x₁ = \(known == 0 ? "0" : "√2")", x: Axis("x₂", range: -2.5...2.5), values: drawn.coordinates, bins: 60,
      density: { x in given.logDensity(of: Tensor([[x]], scalarType: .double)).exp()[0].item })
    histogram.size = Canvas.Size(width: 340, height: 280)
    return histogram
  }
  return Panels("Remark 8.3: completing a point of the ring", panels)
}
