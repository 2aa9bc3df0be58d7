import DataSets
import Figures
import Messages
import Running
import Tensors
import VAE

/// § 9.10: a mixture of Gaussians by expectation maximization, where the bound is tight in every step.
public let section9_10d = Exercise(.section, "9.10d", "A mixture of Gaussians by EM", seconds: 6, quick: 1) { run in
  let truth = GaussianMixture.ring()
  let n = run.choose(quick: 1_000, standard: 20_000, full: 20_000)
  let points = truth.sample(count: n, from: run.random).points(.double)
  let held = truth.sample(count: n, from: run.random).points(.double)
  let best = truth.logDensity(of: held).mean().item
  let sizes = run.choose(quick: [1, 8], standard: [1, 2, 4, 6, 8, 10, 12], full: [1, 2, 4, 6, 8, 10, 12])
  let fits = try sizes.map { K in
    // The best of five starts, by the training points.
    let starts = try (0..<5).map { _ in
      try GaussianMixture.fitted(to: points, components: K, steps: 60, tolerance: 1e-5, random: run.random.split())
    }
    let ends = starts.map { $0.logLikelihoods[$0.logLikelihoods.count - 1] }
    let fit = starts[Tensor(ends, scalarType: .double).argmax()[0]]
    run.say(
      "\(K) Gaussians: five starts end between \(decimals(ends.min() ?? 0, 4)) and \(decimals(ends.max() ?? 0, 4))")
    return MixtureFit(
      K: K, mixture: fit.mixture, course: fit.logLikelihoods, worst: ends.min() ?? 0,
      held: fit.mixture.logDensity(of: held).mean().item)
  }
  run.show(fitTable(fits, truth: best), as: "fits")
  run.show(fitFigure(fits, points, truth: best), as: "fit")
  if let eight = fits.first(where: { $0.K == 8 }) {
    run.card("log-likelihood of held-out points, 8 Gaussians", eight.held)
    run.card("log-likelihood of held-out points, the true law", best)
    run.card("steps of EM", Double(eight.course.count - 1))
    run.card("gain of the first step", eight.course[1] - eight.course[0])
  }
}

private struct MixtureFit {
  let K: Int
  let mixture: GaussianMixture
  let course: [Double]
  /// Where the worst of the five starts ended.
  let worst: Double
  let held: Double
}

private func fitTable(_ fits: [MixtureFit], truth: Double) -> Table {
  Table(
    "Mean log-likelihood, in nats a point; the true law has \(decimals(truth, 4)) on the held-out points",
    columns: ["Gaussians", "steps", "start", "end", "worst end of 5", "held out", "truth − held out"],
    rows: fits.map { fit in
      [
        .integer(fit.K), .integer(fit.course.count - 1), .number(fit.course[0], decimals: 4),
        .number(fit.course[fit.course.count - 1], decimals: 4), .number(fit.worst, decimals: 4),
        .number(fit.held, decimals: 4),
        .number(truth - fit.held, decimals: 4),
      ]
    })
}

private func fitFigure(_ fits: [MixtureFit], _ points: Tensor, truth: Double) -> Panels {
  let shown = points[0..<min(600, points.shape[0])]
  let (x, y) = (Axis("x₁", range: -2.6...2.6), Axis("x₂", range: -2.6...2.6))
  func density(_ fit: MixtureFit) -> ContourPlot {
    ContourPlot(
      "\(fit.K) Gaussians", x: x, y: y, levels: [-6, -4, -2, 0],
      paths: [
        Series("points", x: shown.sliced(0..<1, axis: 1).scalars, shown.sliced(1..<2, axis: 1).scalars, style: .points)
      ]
    ) { a, b in max(-12, fit.mixture.logDensity(at: [a, b])) }
  }
  let drawn = [fits.first { $0.K == 4 } ?? fits[0], fits.first { $0.K == 8 } ?? fits[fits.count - 1]]
  return Panels(
    "Mixtures of Gaussians on a ring of eight", columns: 2,
    drawn.map(density) + [
      LineChart(
        "The log-likelihood never falls", x: Axis("step"), y: Axis("nats a point"),
        series: fits.filter { [1, 4, 8, 12].contains($0.K) }.map {
          Series("\($0.K)", x: $0.course.indices.map(Double.init), $0.course)
        }),
      LineChart(
        "Held-out points", x: Axis("number of Gaussians"), y: Axis("nats a point"),
        series: [
          Series("by EM", x: fits.map { Double($0.K) }, fits.map(\.held), style: .both),
          Series("the true law", x: [1, 12], [truth, truth]),
        ]),
    ])
}
