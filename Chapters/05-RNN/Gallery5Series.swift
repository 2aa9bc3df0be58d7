import Backprop
import Figures
import RNN
import Running
import Tensors

// Mistakes with time series.

var scaleExhibit: Exhibit {
  func firstOfTest(_ values: [Double]) -> (wrong: Tensor, right: Tensor) {
    let task = ForecastTask(values)
    let place = task.test.lowerBound
    return (
      Tensor(Mistake.standardizedByAll(values)[place], scalarType: .double),
      Tensor(task.scaled(values[place]), scalarType: .double)
    )
  }
  let waves = (0..<200).map { $0.isMultiple(of: 2) ? 1.0 : -1 }
  let (warming, steady) = (firstOfTest(waves.enumerated().map { $1 + 0.05 * Double($0) }), firstOfTest(waves))
  return Exhibit(
    "a series scaled by statistics of its test", wrong: "let mean = values.reduce(0, +) / Double(values.count)",
    right: "let mean = known.reduce(0, +) / Double(first)",
    shows: .init("first day of the test, warming by 0.05 a day", wrong: warming.wrong, right: warming.right),
    hides: .init("a series without a trend", wrong: steady.wrong, right: steady.right),
    caughtBy: "§ 5.1: scaling a series")
}

var shuffleExhibit: Exhibit {
  let task = ForecastTask((0..<400).map(Double.init))
  /// The share of the test's days that stand in a window or are a target of the training.
  func known(_ split: (training: [Int], test: [Int])) -> Tensor {
    let seen = Set(split.training.flatMap { Array($0 - task.window...$0) })
    return Tensor(Double(split.test.count { seen.contains($0) }) / Double(split.test.count), scalarType: .double)
  }
  let right = known((task.targets(task.training), task.targets(task.test)))
  let apart = Array(stride(from: task.window, to: 400, by: task.window + 1))
  return Exhibit(
    "windows shuffled before the split", wrong: "let mixed = random.shuffled(places)",
    right: "(training, validation, test) = (0..<first, first..<second, second..<values.count)",
    shows: .init(
      "share of test days seen in training",
      wrong: known(Mistake.splitAtRandom(task.targets(0..<400), using: RandomSource(seed: 1))), right: right),
    hides: .init(
      "windows that do not overlap", wrong: known(Mistake.splitAtRandom(apart, using: RandomSource(seed: 1))),
      right: right),
    caughtBy: "§ 5.1: no day of the test")
}

var weekExhibit: Exhibit {
  let errors = weekErrors(days: 7)
  func number(_ x: Double) -> Tensor { Tensor(x, scalarType: .double) }
  return Exhibit(
    "seven forecasts of one day sold as a week's", wrong: "regression.next(after: values[..<(place + ahead)])",
    right: "values.append(value)",
    shows: .init("error on day 7", wrong: number(errors.wrong[6]), right: number(errors.right[6])),
    hides: .init("day 1", wrong: number(errors.wrong[0]), right: number(errors.right[0])),
    caughtBy: "Exercise 5.3.4: a week's forecast")
}

/// Root mean square errors by day of AR(1) on a series xₜ = 0.8 xₜ₋₁ + N(0, 1), over 200 weeks.
private func weekErrors(days: Int) -> (wrong: [Double], right: [Double]) {
  let random = RandomSource(seed: 4)
  var values = [0.0]
  for _ in 1..<3_000 { values.append(0.8 * (values.last ?? 0) + random.normal()) }
  let places = (0..<200).map { 1_500 + days * $0 }
  guard let regression = try? Autoregression(order: 1, on: values, at: 0..<1_500) else { return ([], []) }
  return (
    errorsByDay(
      places.map { Mistake.weekOfSingleDays(regression, values, from: $0, days: days) }, of: values, from: places),
    errorsByDay(places.map { regression.forecasts(after: values[..<$0], days: days) }, of: values, from: places)
  )
}

/// The errors of a week's forecast, honest and not.
func weekFigure() -> LineChart {
  let errors = weekErrors(days: 7)
  return LineChart(
    "Error of a forecast made on the eve of the week", x: Axis("day"), y: Axis("root mean square error"),
    series: [
      Series("each day reads its forecast", errors.right, style: .both),
      Series("each day reads what was measured", errors.wrong, style: .both),
    ])
}
