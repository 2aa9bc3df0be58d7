import DataSets
import Figures
import Messages
import RNN
import Running
import Tensors
import Training

/// Exercise 5.3: the temperature of the next day, and of the next seven, by an LSTM and a GRU of two layers, beside
/// what needs no network: yesterday's value, the calendar, linear regression, and for generated weather the best
/// forecast there is. Exercise 5.3.1 is the data, Exercise 5.3.2 the windows, Exercise 5.3.3 the comparison, Exercise
/// 5.3.4 the week.
public let exercise5_3 = Exercise(
  "5.3", "Forecasting temperatures", stars: 2, seconds: 10, quick: 2, full: 120, needs: { _ in DataNeeds.days(400) }
) { run in
  let series = try run.data.dailyTemperatures(generated: run.choose(quick: 600, standard: 3_650, full: 3_650))
  run.say("\(series.provenance), \(series.days[0]) to \(series.days[series.count - 1])")
  if !series.missing.isEmpty {
    run.say("Not measured, and passed over: " + series.missing.map(\.description).joined(separator: ", "))
  }
  let plan = { run.plan(quick: 1, standard: 30, full: 60, batchSize: 64, label: $0) }
  let comparison = try compareForecasts(
    of: series, hidden: run.choose(quick: 8, standard: 32, full: 64), plan: plan, random: run.random)
  run.show(comparison.table, as: "errors")
  run.show(comparison.modes, as: "modes")
  run.show(comparison.week(of: series), as: "week")
  run.parameters = comparison.parameters
  run.card("data", series.provenance)
  for name in ["LSTM", "GRU"] {
    run.card("RMSE of the next day, \(name), °C", comparison.error(of: name).first ?? .nan)
  }
  run.card("RMSE of the next day, AR(30), °C", comparison.error(of: "AR(30)").first ?? .nan)
  if let weather = series.weather { run.card("least possible RMSE on average, °C", weather.leastError()) }
}

/// Forecasts of all methods, each for seven days from every day of the test part on.
public struct ForecastComparison: Sendable {
  /// A method: its name, and a row of seven forecasts for each place.
  public struct Method: Sendable {
    /// What the method is called.
    public let name: String
    /// Its forecasts.
    public let forecasts: [[Double]]
    /// The root mean square error, day by day.
    public let errors: [Double]
  }

  /// The task, and the days of the test part from which on seven are left.
  public let task: ForecastTask
  /// The first days that are forecast.
  public let places: [Int]
  /// All methods; the networks' forecasts of a whole week.
  public let methods: [Method]
  /// The networks when each day reads the day before as it was measured.
  public let teacherForced: [Method]
  /// The parameters of the LSTM.
  public let parameters: Int

  /// The errors of a method, day by day.
  public func error(of name: String) -> [Double] { methods.first { $0.name == name }?.errors ?? [] }
}

/// Trains both networks and compares them with everything that needs no network. Exercise 5.3.3
public func compareForecasts(
  of series: DailyTemperatures, hidden: Int = 32, days: Int = 7, plan: (_ label: String) -> TrainingPlan,
  random: RandomSource
) throws -> ForecastComparison {
  let task = ForecastTask(series.values)
  let places = Array(task.test.lowerBound...task.test.upperBound - days)
  func method(_ name: String, _ forecast: (_ first: Int) throws -> [Double]) rethrows -> ForecastComparison.Method {
    let rows = try places.map(forecast)
    return .init(name: name, forecasts: rows, errors: errorsByDay(rows, of: task.values, from: places))
  }
  let (x, ahead) = (task.values, 0..<days)
  let regression = try Autoregression(order: task.window, on: x, at: task.training)
  let climate = try Climatology(of: series, at: task.training)
  let usual = climate.expected(on: series.days)
  let deviations = zip(x, usual).map { $0 - $1 }
  let anomalies = try Autoregression(order: task.window, on: deviations, at: task.training)
  var methods = [
    method("the day before") { first in ahead.map { _ in x[first - 1] } },
    method("mean of 30 days") { first in
      ahead.map { _ in x[first - task.window..<first].reduce(0, +) / Double(task.window) }
    },
    method("the calendar") { first in ahead.map { usual[first + $0] } },
    method("AR(30)") { regression.forecasts(after: x[..<$0], days: days) },
    method("calendar and AR(30)") { first in
      zip(ahead, anomalies.forecasts(after: deviations[..<first], days: days)).map { usual[first + $0] + $1 }
    },
  ]
  var (forced, count) = ([ForecastComparison.Method](), 0)
  func add<Layer: RecurrentLayer>(_: Layer.Type, _ name: String) {
    let start = Forecaster<Layer>(hidden: hidden, random: random.split())
    if count == 0 { count = start.parameterCount }
    let model = start.trained(on: task, plan: plan(name), random: random.split()).model
    for mode in ForecastMode.allCases {
      let rows = model.forecasts(task, from: places, days: days, mode)
      let method = ForecastComparison.Method(
        name: name, forecasts: rows, errors: errorsByDay(rows, of: x, from: places))
      if mode == .autoregressive { methods.append(method) } else { forced.append(method) }
    }
  }
  add(LongShortTermMemory.self, "LSTM")
  add(GatedRecurrentUnit.self, "GRU")
  if let weather = series.weather {
    methods.append(
      method("best possible") { first in
        ahead.map { weather.forecast($0 + 1, after: series.days[first - 1], at: x[first - 1]) }
      })
  }
  return ForecastComparison(task: task, places: places, methods: methods, teacherForced: forced, parameters: count)
}

extension ForecastComparison {
  /// The errors of all methods on days 1, 2, 3, 5 and 7.
  var table: Table {
    let shown = [1, 2, 3, 5, 7]
    return Table(
      "Root mean square error in °C, \(grouped(places.count)) forecasts of seven days",
      columns: ["method"] + shown.map { "day \($0)" },
      rows: methods.map { method in
        [.text(method.name)] + shown.map { .number(method.errors[$0 - 1], decimals: 3) }
      })
  }

  /// The errors of both modes over the days.
  var modes: LineChart {
    let days = (1...(methods.first?.errors.count ?? 1)).map(Double.init)
    let shown = methods.filter { ["the day before", "the calendar", "AR(30)", "LSTM", "GRU"].contains($0.name) }
    return LineChart(
      "A forecast of seven days, and seven forecasts of one day", x: Axis("day"), y: Axis("RMSE, °C"),
      series: shown.map { Series($0.name, x: days, $0.errors) }
        + teacherForced.map { Series("\($0.name), teacher forcing", x: days, $0.errors) })
  }

  /// Four weeks of the test part: what was measured, and the LSTM's forecasts on four eves.
  func week(of series: DailyTemperatures) -> LineChart {
    let first = places[0]
    let span = min(28, places.count)
    var lines = [
      Series("measured", x: (0..<span).map(Double.init), (0..<span).map { task.values[first + $0] })
    ]
    let rows = methods.first { $0.name == "LSTM" }?.forecasts ?? []
    for eve in stride(from: 0, to: span - 6, by: 7) {
      lines.append(Series("LSTM, from day \(eve)", x: (eve..<eve + 7).map(Double.init), rows[eve]))
    }
    return LineChart(
      "Weeks from \(series.days[first]) on", x: Axis("day"), y: Axis("°C"), series: lines)
  }
}
