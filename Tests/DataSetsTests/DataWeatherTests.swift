import DataSets
import Tensors
import Testing

@Suite("Data: days and weather")
struct DataWeatherTests {
  @Test("days and dates are those of the Gregorian calendar")
  func calendar() throws {
    let dates = ["1970-01-01", "1981-01-01", "1984-12-31", "2000-02-29", "1969-12-31", "1600-03-01"]
    #expect(dates.map { CalendarDay($0)?.number } == [0, 4018, 5478, 11016, -1, -135080])
    #expect(dates.compactMap { CalendarDay($0)?.description } == dates)
    #expect(
      ["1900-02-29", "1981-13-01", "1981-00-01", "1981-1-1", "", "1981-01-01-01"].allSatisfy { CalendarDay($0) == nil })
    #expect(CalendarDay("1984-12-31")?.ofYear == 366 && CalendarDay("1981-03-01")?.ofYear == 60)
    #expect(
      (-800_000...800_000).filter { $0 % 997 == 0 }.allSatisfy {
        CalendarDay(CalendarDay(number: $0).description)?.number == $0 || $0 < -719_162
      })
  }

  @Test("no forecast of generated weather is better than the best one, whose error is σ √((1 − φ²ʰ)/(1 − φ²))")
  func bestForecast() throws {
    let series = DailyTemperatures.generated(days: 36_500)
    let weather = try #require(series.weather)
    func error(_ ahead: Int, _ forecast: (Int) -> Double) -> Double {
      let squares = (0..<series.count - ahead).map { t in
        let miss = series.values[t + ahead] - forecast(t)
        return miss * miss
      }
      return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    }
    for ahead in [1, 3, 7] {
      let best = error(ahead) { weather.forecast(ahead, after: series.days[$0], at: series.values[$0]) }
      let (persistence, calendar) = (
        error(ahead) { series.values[$0] }, error(ahead) { weather.expected(on: series.days[$0 + ahead]) }
      )
      #expect(abs(best / weather.leastError(ahead) - 1) < 0.02)
      #expect(best < persistence && best < calendar * (ahead < 7 ? 1 : 1.002))
    }
    #expect(weather.leastError() == 2.3)
  }

  @Test("the annual wave is highest on its warmest day, and the mean is that of all days")
  func wave() {
    let weather = Weather.temperate
    let year = (0..<365).map { CalendarDay(number: 4018 + $0) }
    let expected = year.map { weather.expected(on: $0) }
    #expect(year[expected.indices.max { expected[$0] < expected[$1] } ?? 0].description == "1981-01-28")
    #expect(abs(expected.reduce(0, +) / 365 - 11) < 0.01)
  }

  @Test("Exercise 5.3.1: days that were not measured are named")
  func missing() {
    let days = ["1984-12-29", "1984-12-30", "1985-01-02"].compactMap { CalendarDay($0) }
    let series = DailyTemperatures(name: "", days: days, values: [1, 2, 3], origin: "", isReal: true)
    #expect(series.missing.map(\.description) == ["1984-12-31", "1985-01-01"])
  }
}
