import DataSets
import Figures
import Foundations
import GAN
import Messages
import Running
import Tensors

/// § 8.1: a discriminative and a generative classifier of the same points, and what a density is good for.
public let section8_1 = Exercise(
  .section, "8.1", "Generative and discriminative models", seconds: 2, quick: 1, full: 2
) { run in
  let count = run.choose(quick: 2_000, standard: 20_000, full: 20_000)
  let world = twoClasses
  let points = world.sample(count: count, from: run.random)
  let models = try ClassifierPair(fitting: points)
  run.show(try boundaryTable(models, world), as: "boundaries")
  run.show(knowledgeTable(models, world, points, random: run.random), as: "knowledge")
  run.show(try classesFigure(models, world, points, random: run.random), as: "classes")

  let anomalies = try Anomalies(count: 20_000, random: run.random)
  run.show(anomalies.table, as: "anomalies")
  run.show(anomalies.figure, as: "anomalies")
  let completion = try Completion(of: models.generative, draws: count, random: run.random)
  run.show(completion.table, as: "completion")
  run.show(try ringCompletionFigure(random: run.random), as: "completion")

  run.card("boundary, discriminative: gap to the exact one", try models.gaps(to: world).discriminative)
  run.card("boundary, generative: gap to the exact one", try models.gaps(to: world).generative)
  run.card("outliers found by −log p(x)", anomalies.foundByMixture)
}

/// Two classes with the same covariance and the weights 0.8 and 0.2.
public let twoClasses = GaussianMixture([
  .init(weight: 0.8, mean: [0, 0], factor: [[1, 0], [0.8, 0.6]]),
  .init(weight: 0.2, mean: [2, 0], factor: [[1, 0], [0.8, 0.6]]),
])

/// A discriminative and a generative classifier of the same points. Definitions 8.1 and 8.2
public struct ClassifierPair {
  /// Logistic regression: p(y | x).
  public let discriminative: LogisticRegression
  /// Gaussian classes with a shared covariance: p(x, y).
  public let generative: GaussianMixture

  /// Both, fitted to points of two classes.
  public init(fitting points: LabeledPoints) throws {
    let x = points.points(.double)
    discriminative = try LogisticRegression(
      fitting: x, Tensor(points.labels.map(Double.init), scalarType: .double), penalty: 0)
    generative = try GaussianMixture(
      fitting: x, memberships: .oneHot(points.labels, classes: 2, scalarType: .double), sharesCovariance: true)
  }

  /// The boundaries of both.
  public func boundaries() throws -> (discriminative: LinearBoundary, generative: LinearBoundary) {
    (
      LinearBoundary(weights: discriminative.weights, bias: discriminative.bias.item),
      try LinearBoundary(between: generative)
    )
  }

  /// The largest difference of each boundary from the exact one.
  public func gaps(to world: GaussianMixture) throws -> (discriminative: Double, generative: Double) {
    let (exact, found) = (try LinearBoundary(between: world), try boundaries())
    return (found.discriminative.gap(to: exact), found.generative.gap(to: exact))
  }
}

// MARK: - Classification

private func boundaryTable(_ models: ClassifierPair, _ world: GaussianMixture) throws -> Table {
  let (exact, found) = (try LinearBoundary(between: world), try models.boundaries())
  let careless = GaussianMixture(
    models.generative.components.map { .init(weight: 1, mean: $0.mean, factor: $0.factor) })
  let rows: [(String, LinearBoundary)] = [
    ("exact", exact), ("logistic regression, p(y | x)", found.discriminative),
    ("Gaussian classes, p(x, y)", found.generative),
    ("the same with equal weights", try LinearBoundary(between: careless)),
  ]
  return Table(
    "Definitions 8.1 and 8.2: the boundary n₁x₁ + n₂x₂ + c = 0 of two classes with weights 0.8 and 0.2",
    columns: ["model", "n₁", "n₂", "c", "largest gap"],
    rows: rows.map { name, b in
      [
        .text(name), .number(b.normal[0], decimals: 4), .number(b.normal[1], decimals: 4),
        .number(b.offset, decimals: 4), .number(b.gap(to: exact), decimals: 4),
      ]
    })
}

private func knowledgeTable(
  _ models: ClassifierPair, _ world: GaussianMixture, _ points: LabeledPoints, random: RandomSource
) -> Table {
  let (x, n) = (points.points(.double), Double(points.count))
  func share(_ logits: Tensor) -> Double {
    Double(zip(logits.scalars, points.labels).count { ($0 > 0) == ($1 == 1) }) / n
  }
  let posterior = models.generative.posterior(of: x)
  let drawn = models.generative.sample(count: points.count, from: random).points(.double)
  func moments(_ x: Tensor) -> [Double] {
    let d = x - x.mean(axes: [0])
    let covariance = matmul(d.transposed, d) / n
    return [covariance[0, 0].item, covariance[0, 1].item, covariance[1, 1].item]
  }
  let gap = (models.generative.logDensity(of: x) - world.logDensity(of: x)).abs().mean().item
  let (real, made) = (moments(x), moments(drawn))
  func cells(_ values: [Double]) -> Table.Cell { .text(values.map { decimals($0, 3) }.joined(separator: ", ")) }
  return Table(
    "What each of them knows", columns: ["", "discriminative", "generative"],
    rows: [
      [
        "accuracy", .number(share(models.discriminative(x)), decimals: 4),
        .number(share(posterior.sliced(1..<2, axis: 1).squeezed(axis: 1) - 0.5), decimals: 4),
      ],
      ["mean |log p̂(x) − log p(x)|, nats", "–", .number(gap, decimals: 4)],
      ["covariance of new samples", "–", cells(made)],
      ["covariance of the data", "–", cells(real)],
    ])
}

private func classesFigure(
  _ models: ClassifierPair, _ world: GaussianMixture, _ points: LabeledPoints, random: RandomSource
) throws -> Panels {
  let found = try models.boundaries()
  func line(_ name: String, _ b: LinearBoundary) -> Series {
    let x = [-4.0, 6.0]
    return Series(name, x: x, x.map { -(b.offset + b.normal[0] * $0) / b.normal[1] })
  }
  func plot(_ title: String, _ points: LabeledPoints) -> ScatterPlot {
    let groups = (0..<2).map { k in
      let members = (0..<min(600, points.count)).filter { points.labels[$0] == k }.map { Array(points[$0]) }
      return Series("class \(k)", x: members.map { $0[0] }, members.map { $0[1] }, style: .points)
    }
    var plot = ScatterPlot(
      title, x: Axis("x₁", range: -4...6), y: Axis("x₂", range: -4...4),
      groups: groups + [line("logistic regression", found.discriminative), line("Gaussian classes", found.generative)])
    plot.size = Canvas.Size(width: 340, height: 320)
    return plot
  }
  return Panels(
    "Both classify; only one can make new points",
    [plot("Data", points), plot("Samples of the generative model", models.generative.sample(count: 600, from: random))])
}
