import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory
import Training

/// § 11.8: the loss around the minima of SGD and SAM, in two directions.
public let section11_8b = Exercise(
  .section, "11.8b", "The loss around two minima", seconds: 3, quick: 1, full: 10
) { run in
  let digits = try MislabeledDigits(seed: run.options.seed)
  let rules: [MinimumRule] = [.sgd(0.05), .sam(0.05, radius: 0.2)]
  let found = rules.map { rule in
    digits.minimum(
      by: rule,
      plan: run.reporting(
        TrainingPlan(epochs: run.choose(quick: 1, standard: 150, full: 300), batchSize: 30), rule.name))
  }
  let fineness = run.choose(quick: 6, standard: 40, full: 80)
  run.show(planeFigure(digits, found.map(\.model), fineness: fineness), as: "plane")
  let planes = found.map { minimum -> ParameterPlane<MLP> in
    let other = minimum.model.mapParameters { $0 + run.random.normal($0.shape) }
    return ParameterPlane(
      through: minimum.model, minimum.model.zipParameters(minimum.sharpest, +), other)
  }
  run.show(
    Panels(
      "Training loss around each minimum", zip(rules, planes).map { contours(digits, $1, $0.name, fineness: fineness) }
    ), as: "contours")
  run.show(sharpestFigure(digits, planes, rules), as: "sharpest")
  run.show(
    profileTable(
      digits, planes, rules, directions: run.choose(quick: 2, standard: 20, full: 50), random: run.random.split()),
    as: "profile")
  for (rule, minimum) in zip(rules, found) {
    run.card("largest eigenvalue, \(rule.name)", minimum.curvature)
    run.card("test accuracy, \(rule.name)", minimum.testAccuracy)
  }
}

/// The training loss on the plane through the start and both minima.
private func planeFigure(_ digits: MislabeledDigits, _ minima: [MLP], fineness: Int) -> ContourPlot {
  let plane = ParameterPlane(through: digits.start, minima[0], minima[1])
  let places = ([digits.start] + minima).map { plane.place(of: $0) }
  func range(_ values: [Double]) -> ClosedRange<Double> {
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let margin = 0.25 * max(high - low, 1)
    return low - margin...high + margin
  }
  return ContourPlot(
    "Training loss: start and both minima in one plane",
    x: Axis("from the start towards the minimum of SGD", range: range(places.map(\.a))),
    y: Axis("orthogonal", range: range(places.map(\.b))), levels: [0.05, 0.1, 0.2, 0.4, 0.8, 1.2, 1.6, 2, 2.4, 4, 8],
    paths: zip(["start", "SGD", "SAM"], places).map { Series($0, x: [$1.a], [$1.b], style: .points) },
    fineness: fineness
  ) { a, b in digits.loss(plane.point(a, b)).item }
}

private func contours(
  _ digits: MislabeledDigits, _ plane: ParameterPlane<MLP>, _ title: String, fineness: Int
) -> ContourPlot {
  ContourPlot(
    title, x: Axis("sharpest direction", range: -4...4), y: Axis("random direction", range: -4...4),
    levels: [0.05, 0.1, 0.2, 0.4, 0.8, 1.2, 1.6, 2, 3, 4, 5, 6],
    paths: [Series("minimum", x: [0], [0], style: .points)], fineness: fineness
  ) { a, b in digits.loss(plane.point(a, b)).item }
}

/// The training loss along the eigenvector of the largest eigenvalue, at each minimum.
private func sharpestFigure(
  _ digits: MislabeledDigits, _ planes: [ParameterPlane<MLP>], _ rules: [MinimumRule]
) -> LineChart {
  let distances = (-40...40).map { Double($0) / 10 }
  return LineChart(
    "Training loss along the sharpest direction", x: Axis("distance from the minimum"), y: Axis("training loss"),
    series: zip(rules, planes).map { rule, plane in
      Series(rule.name, x: distances, distances.map { digits.loss(plane.point($0, 0)).item })
    })
}

/// The mean loss at some distances along random directions that are scaled to the weights.
private func profileTable(
  _ digits: MislabeledDigits, _ planes: [ParameterPlane<MLP>], _ rules: [MinimumRule], directions: Int,
  random: RandomSource
) -> Table {
  let distances = [0, 0.1, 0.25, 0.5, 1]
  let seeds = (0..<directions).map { _ in random.split().state }
  return Table(
    "Training loss at a distance, mean of \(directions) random directions",
    columns: ["minimum of"] + distances.map { decimals($0, 2) },
    rows: zip(rules, planes).map { rule, plane in
      let ways = seeds.map { ParameterPlane(randomAt: plane.origin, random: RandomSource(state: $0)) }
      return [.text(rule.name)]
        + distances.map { r in
          .number(ways.map { digits.loss($0.point(r, 0)).item }.reduce(0, +) / Double(directions), decimals: 3)
        }
    })
}
