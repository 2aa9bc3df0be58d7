import Checking
import DataSets
import RNN
import Tensors
import Testing
import Training
import ch05

@Suite("Exercise 5.3 Forecasting time series, § 5.1")
struct ForecastingTests {
  @Test("Exercise 5.3.1: of generated weather no forecast of the next day errs less than its noise, and one errs so")
  func weather() {
    let series = DailyTemperatures.generated(days: 3_650)
    let errors = series.weather.map { weather in
      (1..<3_650).map { t in
        series.values[t] - weather.forecast(1, after: series.days[t - 1], at: series.values[t - 1])
      }
    }
    let squares = (errors ?? []).map { $0 * $0 }
    let error = (squares.reduce(0, +) / 3_649).squareRoot()
    #expect(abs(error - (series.weather?.leastError() ?? 0)) < 0.06)
    // What is left of the errors is not predictable from the day before.
    let products = zip(errors ?? [], (errors ?? []).dropFirst()).map { $0 * $1 }
    #expect(abs(products.reduce(0, +) / 3_648) < 0.06 * error * error)
    #expect(series.missing.isEmpty && series.count == 3_650)
  }

  @Test("Exercise 5.3.2: windows are split in time: of N values N − 30 are forecast, each from the 30 before it")
  func windows() {
    let values = (0..<3_650).map(Double.init)
    let task = ForecastTask(values)
    let parts = [task.training, task.validation, task.test]
    #expect(parts.map(\.count) == [2_920, 365, 365])
    #expect(parts.map { task.targets($0).count }.reduce(0, +) == 3_650 - 30)
    let x = task.windows(before: [2_920, 2_921])
    #expect(x.shape == [2, 30, 1])
    let first = x.scalars.map { task.unscaled($0).rounded() }
    #expect(first[0] == 2_890 && first[29] == 2_919 && first[30] == 2_891)
    #expect(abs(task.unscaled(task.targets(at: [2_920]).item) - 2_920) < 1e-3)
  }

  @Test("no statistic of validation or test leaks: other values there change neither the scale nor a training window")
  func leak() {
    let values = DailyTemperatures.generated(days: 500).values
    let task = ForecastTask(values)
    var changed = values
    for place in task.validation.lowerBound..<500 { changed[place] = 1_000 }
    let other = ForecastTask(changed)
    #expect(task.mean == other.mean && task.deviation == other.deviation)
    let places = task.targets(task.training)
    #expect(task.windows(before: places).scalars == other.windows(before: places).scalars)
    #expect(task.targets(at: places).scalars == other.targets(at: places).scalars)
    // Of all values the mean is another: that is the leak.
    let leaked = values.reduce(0, +) / 500
    #expect(abs(leaked - task.mean) > 1e-3)
  }

  @Test("Exercise 5.3.4: both ways to forecast seven days agree on the first, and differ from the second on")
  func modes() {
    let task = ForecastTask(DailyTemperatures.generated(days: 400).values)
    let model = Forecaster<GatedRecurrentUnit>(hidden: 4, random: RandomSource(seed: 1))
    let places = [360, 365, 390]
    let alone = model.forecasts(task, from: places, days: 3, .autoregressive)
    let forced = model.forecasts(task, from: places, days: 3, .teacherForced)
    #expect(alone.map { $0[0] } == forced.map { $0[0] } && zip(alone, forced).allSatisfy { $0[1] != $1[1] })
    // Teacher forcing is the forecast of one day, made again on every eve.
    let later = model.forecasts(task, from: places.map { $0 + 2 }, days: 1, .autoregressive)
    #expect(zip(forced, later).allSatisfy { abs($0[2] - $1[0]) < 1e-4 })
  }

  @Test("linear regression finds the coefficients of the process that made a series")
  func autoregression() throws {
    let random = RandomSource(seed: 2)
    var values = [0.0, 0.0]
    for t in 2..<6_000 { values.append(1 + 0.5 * values[t - 1] - 0.3 * values[t - 2] + 0.2 * random.normal()) }
    let found = try Autoregression(order: 2, on: values, at: 0..<6_000)
    #expect(abs(found.intercept - 1) < 0.04)
    #expect(zip(found.coefficients, [0.5, -0.3]).allSatisfy { abs($0 - $1) < 0.04 })
    let two = found.forecasts(after: values[..<100], days: 2)
    #expect(two[0] == found.next(after: values[..<100]) && two[1] == found.next(after: values[..<100] + [two[0]]))
  }

  @Test("the calendar's waves are found from the days")
  func climatology() throws {
    let weather = Weather(mean: 10, amplitude: 5, warmest: 40, memory: 0, noise: 0.5)
    let series = DailyTemperatures.generated(weather, days: 1_461)
    let found = try Climatology(of: series, at: 0..<1_461).expected(on: series.days)
    let truth = series.days.map { weather.expected(on: $0) }
    #expect(zip(found, truth).map { abs($0 - $1) }.max() ?? 1 < 0.12)
  }

  @Test("errors are root mean squares, day by day")
  func errors() {
    let errors = errorsByDay([[1, 2], [3, 5]], of: [0, 0, 0, 1], from: [0, 2])
    #expect(errors == [Double(5), 10].map { $0.squareRoot() })
  }

  @Test("Exercise 5.3.3: networks against the day before, the calendar, AR(30) and the best possible forecast")
  func exercise() throws {
    let series = DailyTemperatures.generated(days: 900)
    let result = try compareForecasts(
      of: series, hidden: 4, plan: { _ in TrainingPlan(epochs: 4, batchSize: 32) }, random: RandomSource(seed: 1))
    #expect(
      result.methods.map(\.name) == [
        "the day before", "mean of 30 days", "the calendar", "AR(30)", "calendar and AR(30)", "LSTM", "GRU",
        "best possible",
      ])
    let best = result.error(of: "best possible")
    #expect(result.methods.allSatisfy { $0.errors[0] >= 0.97 * best[0] } && best[0] < best[6])
    for name in ["LSTM", "GRU"] {
      #expect(result.error(of: name)[0] < result.error(of: "mean of 30 days")[0] + 0.5)
      #expect(result.teacherForced.first { $0.name == name }?.errors[0] == result.error(of: name)[0])
    }
    // Teacher forcing sees yesterday, so that its error does not grow over the days.
    let forced = try #require(result.teacherForced.first).errors
    #expect(abs(forced[6] - forced[0]) < 0.2)
  }
}
