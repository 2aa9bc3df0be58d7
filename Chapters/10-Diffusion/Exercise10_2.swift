import Diffusion
import Figures
import Messages
import Running
import Tensors

/// Exercise 10.2: the posterior of a step by completing the square, by Bayes' rule on a grid, and by the formulas.
public let exercise10_2 = Exercise("10.2", "The posterior of a step", stars: 2, seconds: 1, quick: 1) { run in
  let schedule = NoiseSchedule.linear()
  let places = [2, 10, 100, 500, 1_000].map { PosteriorThreeWays(schedule, at: $0) }
  run.show(posteriorTable(places), as: "posterior")
  run.show(shareTable(schedule), as: "shares")
  run.show(posteriorFigure(), as: "densities")
  run.card("largest difference of a mean", places.map(\.meanError).max() ?? .nan)
  run.card("largest relative difference of a variance", places.map(\.varianceError).max() ?? .nan)
}

/// The posterior of x_{t−1} for x₀ = 0.8 and x_t = −0.4. Theorem 10.4
struct PosteriorThreeWays {
  let t: Int
  let formula, square, grid: (mean: Double, variance: Double)

  init(_ schedule: NoiseSchedule, at t: Int) {
    self.t = t
    let (x, x0) = (Tensor(-0.4, scalarType: .double), Tensor(0.8, scalarType: .double))
    formula = (schedule.posteriorMean(of: x, data: x0, at: t).item, schedule.posteriorVariance(at: t))
    let completed = schedule.completedSquare(of: x, data: x0, at: t)
    square = (completed.mean.item, completed.variance)
    grid = schedule.posteriorOnGrid(of: -0.4, data: 0.8, at: t)
  }

  var meanError: Double { max(abs(square.mean - formula.mean), abs(grid.mean - formula.mean)) }
  var varianceError: Double {
    max(abs(square.variance - formula.variance), abs(grid.variance - formula.variance)) / formula.variance
  }
}

private func posteriorTable(_ places: [PosteriorThreeWays]) -> Table {
  Table(
    "x₀ = 0.8, x_t = −0.4: the posterior of x_{t−1} by (10.11) and (10.12), by completing the square, by a grid",
    columns: ["t", "mean", "variance", "square: mean", "variance", "grid: mean", "variance"],
    rows: places.map { place in
      [.integer(place.t)]
        + [place.formula, place.square, place.grid].flatMap {
          [Table.Cell.number($0.mean, decimals: 10), .scientific($0.variance, digits: 8)]
        }
    })
}

/// The weights of x₀ and x_t in the mean. (10.11)
private func shareTable(_ schedule: NoiseSchedule) -> Table {
  Table(
    "The mean is a weighted sum: at t = 1 it is x₀, at large t nearly x_t",
    columns: ["t", "weight of x₀", "weight of x_t", "β̃_t", "β_t"],
    rows: [1, 2, 10, 100, 1_000].map { t in
      let (zero, one) = (Tensor(0, scalarType: .double), Tensor(1, scalarType: .double))
      return [
        .integer(t), .number(schedule.posteriorMean(of: zero, data: one, at: t).item, decimals: 6),
        .number(schedule.posteriorMean(of: one, data: zero, at: t).item, decimals: 6),
        .scientific(schedule.posteriorVariance(at: t), digits: 3), .scientific(schedule.β[t], digits: 3),
      ]
    })
}

/// Two densities and their normalized product, early and late in a short process.
private func posteriorFigure() -> Panels {
  let schedule = NoiseSchedule.linear(8, from: 0.1, to: 0.5)
  func chart(_ t: Int) -> LineChart {
    let (x, x0) = (-0.4, 0.8)
    let (step, before) = (schedule.kernel(at: t), schedule.kernel(upTo: t - 1))
    let places = (0...240).map { -2.5 + 5 * Double($0) / 240 }
    func density(_ name: String, _ mean: Double, _ variance: Double) -> Series {
      let y = Tensor(places, scalarType: .double)
      let p = (-0.5 * (y - mean).squared() / variance).exp() / (2 * Double.pi * variance).squareRoot()
      return Series(name, x: places, p.scalars)
    }
    let found = PosteriorThreeWays(schedule, at: t).formula
    return LineChart(
      "t = \(t)", x: Axis("x_{t−1}"), y: Axis("density"),
      series: [
        density("q(x_{t−1} | x₀)", before.factor * x0, before.variance),
        density("q(x_t | x_{t−1}), scaled", x / step.factor, step.variance / (step.factor * step.factor)),
        density("posterior", found.mean, found.variance),
      ])
  }
  return Panels(
    "Theorem 10.4: two Gaussians and their product, T = 8", [chart(2), chart(8)])
}
