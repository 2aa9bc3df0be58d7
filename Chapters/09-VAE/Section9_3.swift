import Distributions
import Figures
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.3: both derivations of the bound as numbers, its two forms, and what a diagonal q misses.
public let section9_3 = Exercise(.section, "9.3", "The evidence lower bound", seconds: 2, quick: 1) { run in
  let study = try BoundStudy()
  run.show(study.derivations, as: "derivations")
  run.show(study.forms(draws: 10_000, random: run.random.split()), as: "forms")
  let steps = run.choose(quick: 50, standard: 2_000, full: 2_000)
  let fits = study.fits(plan: { run.plan(steps: steps, label: $0) }, random: run.random.split())
  run.show(study.fitTable(fits), as: "gaps")
  run.show(study.figure(fits), as: "posterior")
  run.card("log p(x), linear model", study.linearMarginal)
  run.card("smallest gap of a diagonal q, linear model", study.linear.smallestDiagonalGap)
  run.card("gap of the fitted q, linear model", fits[0].gap)
  run.card("gap of the fitted q, ring", fits[1].gap)
}

/// Models with one or two latent variables whose log p(x) is known, each with an example. § 9.3
public struct BoundStudy: Sendable {
  /// Two observed and two latent numbers; Wᵀ W is not diagonal.
  public let linear: LinearGaussianModel
  /// An example of the linear model.
  public let x = Tensor([1.2, 0.4], scalarType: .double)
  /// x = 0.9 with x | z ∼ N(sin 2z + z²/2, 0.3²): a posterior with two peaks.
  public let bent = JointDensity(latentCount: 1) { z in
    let f = ((2 * z).sin() + 0.5 * z.squared()).squeezed(axis: 1)
    return gaussian(0.9 - f, deviation: 0.3)
  }
  /// x = 1.5 with x | z ∼ N(‖z‖, 0.2²): a posterior like a ring.
  public let ring = JointDensity(latentCount: 2) { z in
    gaussian(1.5 - (z.squared().sum(axes: [1]) + 1e-12).squareRoot(), deviation: 0.2)
  }

  /// The models.
  public init() throws {
    linear = try LinearGaussianModel(weights: Tensor([[1, 0.9], [0.2, 0.7]], scalarType: .double), noise: 0.25)
  }

  /// log p(x) of the linear model's example.
  public var linearMarginal: Double { linear.marginal.logDensity(of: x.expanded(axis: 0)).item }

  // MARK: - Lines and forms

  /// A q that is far from each posterior.
  private func guess(_ d: Int) -> MultivariateNormal {
    MultivariateNormal(
      Normal(
        mean: Tensor(repeating: 0.4, [d], scalarType: .double),
        logVariance: Tensor(repeating: -0.5, [d], scalarType: .double)))
  }

  var derivations: Table {
    let parts = [
      BoundDerivation(of: linear.joint(of: x), by: guess(2), on: LatentGrid(dimensions: 2, radius: 11, panels: 12)),
      BoundDerivation(of: bent, by: guess(1), on: LatentGrid(dimensions: 1, radius: 12, panels: 60)),
    ]
    func row(_ name: String, _ value: (BoundDerivation) -> Double) -> [Table.Cell] {
      [.text(name)] + parts.map { .number(value($0), decimals: 10) }
    }
    return Table(
      "Theorem 9.3 and Proposition 9.4, every line as an integral over z", columns: ["", "linear", "bent"],
      rows: (0..<5).map { i in row("(9.\(3 + i))") { $0.lines[i] } }
        + [row("  ELBO") { $0.bound }, row("  KL(q ‖ p(z | x))") { $0.divergence }]
        + (0..<3).map { i in row("(9.\(9 + i))") { $0.jensen[i] } }
        + [
          row("(9.12)") { $0.jensen[3] }, row("(9.8): E[log p(x | z)]") { $0.reconstruction },
          row("(9.8): KL(q ‖ p(z))") { $0.priorDivergence },
        ])
  }

  func forms(draws: Int, random: RandomSource) -> Table {
    let best = (try? linear.bestDiagonal(of: x)).map(MultivariateNormal.init) ?? guess(2)
    let posterior = (try? linear.posterior(of: x)) ?? guess(2)
    let joint = linear.joint(of: x)
    let rows = [("a guess", guess(2)), ("the best diagonal q", best), ("the posterior", posterior)].map {
      name, q -> [Table.Cell] in
      let z = q.draws(noise: random.normal([draws, 2], scalarType: .double))
      let forms = [
        joint.logLikelihood(z) - q.klDivergence(to: .standard(2)), joint(z) - q.logDensity(of: z),
      ]
      return [.text(name), .number(linear.bound(of: x, by: q), decimals: 4)]
        + forms.flatMap { form -> [Table.Cell] in
          [.number(form.mean().item, decimals: 4), .number(form.variance().squareRoot().item, decimals: 3)]
        }
    }
    return Table(
      "(9.8) and (9.7): the ELBO from \(grouped(draws)) draws, and the deviation of one draw; log p(x) = "
        + decimals(linearMarginal, 4),
      columns: ["q", "closed form", "(9.8)", "deviation", "(9.7)", "deviation"], rows: rows)
  }

  // MARK: - The best diagonal q

  /// A fitted q with log p(x) and the gap, from quadrature.
  public struct Fit: Sendable {
    let name: String, joint: JointDensity, q: MultivariateNormal
    /// log p(x), and log p(x) − ELBO.
    public let logMarginal, gap: Double
  }

  /// Fits a diagonal q to the linear model's posterior and to the ring by ascent of the bound.
  public func fits(plan: (String) -> TrainingPlan, random: RandomSource) -> [Fit] {
    let grid = LatentGrid(dimensions: 2, radius: 9, panels: 24)
    return [("linear model", linear.joint(of: x)), ("ring", ring)].map { name, joint in
      let start = Normal(
        mean: Tensor([0.3, 0.2], scalarType: .double), logVariance: Tensor([-1, -1], scalarType: .double))
      let q = MultivariateNormal(joint.fitted(from: start, plan: plan(name), random: random.split()))
      let found = BoundDerivation(of: joint, by: q, on: grid)
      return Fit(name: name, joint: joint, q: q, logMarginal: found.lines[0], gap: found.divergence)
    }
  }

  func fitTable(_ fits: [Fit]) -> Table {
    Table(
      "Diagonal q, fitted by ascent of the bound", columns: ["model", "log p(x)", "ELBO", "gap"],
      rows: fits.map { fit in
        [
          .text(fit.name), .number(fit.logMarginal, decimals: 4), .number(fit.logMarginal - fit.gap, decimals: 4),
          .number(fit.gap, decimals: 4),
        ]
      } + [
        [
          "linear model, exact", .number(linearMarginal, decimals: 4),
          .number(linearMarginal - linear.smallestDiagonalGap, decimals: 4),
          .number(linear.smallestDiagonalGap, decimals: 4),
        ]
      ])
  }

  func figure(_ fits: [Fit]) -> Panels {
    Panels(
      "The posterior, and the best diagonal q", columns: 2,
      fits.map { fit in
        posteriorPlot("\(fit.name): gap \(decimals(fit.gap, 2)) nats", around: fit.q, radius: 2.5) { fit.joint($0) }
      })
  }
}

/// log N(residual; 0, deviation²), elementwise.
private func gaussian(_ residual: Tensor, deviation: Double) -> Tensor {
  Normal(
    mean: 0 * residual, logVariance: 0 * residual + 2 * Tensor(deviation, scalarType: .double).log().item
  ).logDensity(at: residual)
}
