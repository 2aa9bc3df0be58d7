import DataSets
import Distributions
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.1: log p(x) by a closed form, by quadrature and by Monte Carlo, and what a VAE with two latent variables gives.
public let section9_1 = Exercise(
  .section, "9.1", "The likelihood of a latent-variable model", seconds: 5, quick: 1, full: 20
) { run in
  run.show(try integralTable(draws: 10_000, random: run.random.split()), as: "integral")
  run.show(try integralFigure(random: run.random.split()), as: "variance")

  let digits = try LabeledImages.opticalDigits()
  let x = digits.images.flattened(from: 1) .> 0.5
  let (train, test) = (x[0..<1_437], x[1_437..<run.choose(quick: 1_447, standard: 1_797, full: 1_797)])
  run.say("Embedded 8×8 digits, black and white: 1,437 to train on, \(test.shape[0]) to measure.")
  var model = VariationalAutoencoder(inputs: 64, hidden: [128], latent: 2, random: run.random.split())
  trainByEvidence(
    &model, on: train, plan: run.plan(quick: 2, standard: 100, full: 400, batchSize: 64), random: run.random.split())
  let bounds = LikelihoodBounds(
    of: model, on: test, draws: run.choose(quick: 100, standard: 1_000, full: 5_000), random: run.random.split())
  run.show(bounds.table, as: "bounds")
  run.show(bounds.figure(model, test), as: "posterior")
  run.parameters = model.parameterCount
  run.card("ELBO", bounds.rows[0].value)
  run.card("log p(x)", bounds.exact)
}

// MARK: - Three ways to an integral

/// W = I and s² = ¼ in d dimensions, with an example of typical length.
private func isotropic(_ d: Int) throws -> (model: LinearGaussianModel, x: Tensor) {
  (
    try LinearGaussianModel(weights: .identity(d, scalarType: .double), noise: 0.25),
    Tensor(repeating: 1.25.squareRoot(), [d], scalarType: .double)
  )
}

private func integralTable(draws K: Int, random: RandomSource) throws -> Table {
  let rows = try [1, 2, 4, 8, 16].map { d -> [Table.Cell] in
    let (model, x) = try isotropic(d)
    let joint = model.joint(of: x)
    let sampled = joint.priorSampling(draws: K, random: random)
    let variance = try model.relativeVariance(of: x)
    return [
      .integer(d), .number(model.marginal.logDensity(of: x.expanded(axis: 0)).item, decimals: 6),
      d <= 2 ? .number(joint.logMarginal(on: LatentGrid(dimensions: d)), decimals: 6) : "–",
      .number(sampled.logarithm, decimals: 3), .number(sampled.effectiveTerms, decimals: 1),
      variance < 100 ? .number(variance, decimals: 2) : .integer(Int(variance.rounded())),
      .integer(Int((100 * variance).rounded(.up))),
    ]
  }
  return Table(
    "log p(x) of a linear model with d latent variables",
    columns: [
      "d", "closed form", "quadrature", "\(grouped(K)) draws from p(z)", "of them count", "Var/E²",
      "draws for an error of 10%",
    ], rows: rows)
}

/// The estimates of many repetitions, each from 1,000 draws, minus the truth.
private func integralFigure(random: RandomSource) throws -> LineChart {
  let dimensions = [1, 2, 4, 6, 8, 10, 12, 14, 16]
  var (low, middle, high) = ([Double](), [Double](), [Double]())
  for d in dimensions {
    let (model, x) = try isotropic(d)
    let exact = model.marginal.logDensity(of: x.expanded(axis: 0)).item
    let joint = model.joint(of: x)
    let errors = (0..<100).map { _ in joint.priorSampling(draws: 1_000, random: random).logarithm - exact }.sorted()
    (low, middle, high) = (low + [errors[5]], middle + [errors[50]], high + [errors[94]])
  }
  return LineChart(
    "Monte Carlo with 1,000 draws from p(z), 100 times", x: Axis("latent variables d"),
    y: Axis("estimate of log p(x) minus the truth, nats"),
    series: [
      Series(
        "median and 90% of the estimates", x: dimensions.map(Double.init), middle, band: (low, high), style: .both),
      Series("truth", x: dimensions.map(Double.init), dimensions.map { _ in 0 }),
    ])
}

// MARK: - Remark 9.1

/// Bounds on log p(x) of a VAE with one or two latent variables, and the truth by quadrature. Remark 9.1
public struct LikelihoodBounds: Sendable {
  /// K, and (9.29) with K weights on average over the examples; K = 1 is the ELBO.
  public let rows: [(K: Int, value: Double)]
  /// log p(x) on average over the examples.
  public let exact: Double
  /// log p(x) − ELBO of each example.
  public let gaps: [Double]

  /// The bounds from this number of draws for each example, a multiple of 100.
  public init(of model: some LatentVariableModel, on x: Tensor, draws: Int, random: RandomSource) {
    require(
      draws > 0 && draws.isMultiple(of: 100),
      "cannot take importance weights from \(draws) draws for each example: a positive multiple of 100 is needed")
    let N = x.shape[0]
    let logs = model.logMarginal(of: x, on: LatentGrid(dimensions: model.latentCount, radius: 8, panels: 12))
    let parts = stride(from: 0, to: N, by: 20).map { start in
      let part = x[start..<min(start + 20, N)]
      return model.logWeights(of: part, noise: random.normal([draws, part.shape[0], model.latentCount]))
    }
    let weights = Tensor.concatenated(parts, axis: 1).converted(to: .double)
    rows = [1, 10, 100, draws].map { K in
      (K, logMeanExp(weights.reshaped([draws / K, K, N]), axis: 1).mean().item)
    }
    exact = logs.mean().item
    gaps = (logs - weights.mean(axes: [0])).scalars
  }

  var table: Table {
    let bounds = rows.map { K, value -> [Table.Cell] in
      [
        .text(K == 1 ? "ELBO, (9.8)" : "\(grouped(K)) importance weights, (9.29)"), .number(value, decimals: 3),
        .number(exact - value, decimals: 3),
      ]
    }
    return Table(
      "Remark 9.1: nats per image, and how much is missing", columns: ["", "on average", "gap"],
      rows: bounds + [["log p(x), quadrature over z", .number(exact, decimals: 3), .number(0, decimals: 3)]])
  }

  /// The posteriors of the images with the smallest, the middle and the largest gaps, with q.
  func figure(_ model: VariationalAutoencoder, _ x: Tensor) -> Panels {
    let order = gaps.indices.sorted { gaps[$0] < gaps[$1] }
    let chosen = [order[0], order[order.count / 2], order[order.count - 2], order[order.count - 1]]
    return Panels(
      "p(z | x) of four test images, and q(z | x)", columns: 2,
      chosen.map { i in
        let image = x[i..<i + 1]
        let q = MultivariateNormal(
          Normal(mean: model.encoded(image).mean[0], logVariance: model.encoded(image).logVariance[0]))
        return posteriorPlot(
          "gap \(decimals(gaps[i], 2)) nats", around: q, reach: 7
        ) { model.logJoint(of: image, at: $0) }
      })
  }
}

extension VariationalAutoencoder {
  /// log p(x, z) of one image at many z. x: [1×D]; z: [M×d] → [M]
  fileprivate func logJoint(of x: Tensor, at z: Tensor) -> Tensor {
    let z = z.converted(to: x.scalarType)
    let logits = decodedLogits(z)
    return ((x * logits - logits.softplus()).sum(axes: [1]) + logPrior(of: z)).converted(to: .double)
  }
}
