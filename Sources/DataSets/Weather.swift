// Daily temperatures: measured ones, and a climate whose best forecast is known.

import Foundation
import Messages
import Tensors

/// A generated climate: a mean, an annual wave, and noise that remembers the day before.
///
/// xₜ = μₜ + aₜ with μₜ = mean + amplitude cos(2π (t − warmest)/365.25) and aₜ = φ aₜ₋₁ + σ εₜ, ε standard normal.
public struct Weather: Sendable, Equatable {
  /// The mean temperature, and the amplitude of the annual wave, in °C.
  public let mean, amplitude: Double
  /// The day of the year on which the wave is highest.
  public let warmest: Double
  /// The share of a day's deviation that is left on the next day: φ.
  public let memory: Double
  /// The standard deviation of the unpredictable part: σ, in °C.
  public let noise: Double

  /// The climate with these numbers; stops unless |φ| < 1 and σ ≥ 0.
  public init(mean: Double, amplitude: Double, warmest: Double, memory: Double, noise: Double) {
    require(
      abs(memory) < 1 && noise >= 0, "cannot make weather with φ = \(memory), σ = \(noise): |φ| < 1, σ ≥ 0 are needed")
    (self.mean, self.amplitude, self.warmest) = (mean, amplitude, warmest)
    (self.memory, self.noise) = (memory, noise)
  }

  /// A mild climate of the southern hemisphere: 11 °C ± 4 °C, warmest at the end of January, φ = 0.6, σ = 2.3 °C.
  public static let temperate = Weather(mean: 11, amplitude: 4, warmest: 28, memory: 0.6, noise: 2.3)

  /// μₜ: the temperature expected on a day if nothing else is known.
  public func expected(on day: CalendarDay) -> Double {
    mean + amplitude * cos(2 * .pi * (Double(day.number) - Self.reference - warmest) / 365.25)
  }

  /// The number of 31 December 1980, from which days of the year are counted.
  private static let reference = 4017.0

  /// The best forecast for `days` days ahead of a day with this temperature: μₜ₊ₕ + φʰ (xₜ − μₜ).
  public func forecast(_ days: Int, after day: CalendarDay, at temperature: Double) -> Double {
    let later = CalendarDay(number: day.number + days)
    return expected(on: later) + pow(memory, Double(days)) * (temperature - expected(on: day))
  }

  /// The root mean square error of the best forecast for `days` days ahead: σ √((1 − φ²ʰ)/(1 − φ²)).
  public func leastError(_ days: Int = 1) -> Double {
    noise * ((1 - pow(memory, 2 * Double(days))) / (1 - memory * memory)).squareRoot()
  }

  /// The temperatures of successive days, the first in the climate's long-term distribution.
  public func temperatures(on days: [CalendarDay], from source: RandomSource) -> [Double] {
    var deviation = noise / (1 - memory * memory).squareRoot() * source.normal()
    return days.map { day in
      defer { deviation = memory * deviation + noise * source.normal() }
      return expected(on: day) + deviation
    }
  }
}

/// The temperatures of days in their order.
public struct DailyTemperatures: Sendable {
  /// The name of the series.
  public let name: String
  /// The days that were measured.
  public let days: [CalendarDay]
  /// The temperature of each, in °C.
  public let values: [Double]
  /// Which series this is, and where it came from.
  public let origin: String
  /// Whether people measured it.
  public let isReal: Bool
  /// The climate that a generated series was drawn from.
  public let weather: Weather?

  /// The series with these numbers; stops unless there is a temperature for every day.
  public init(
    name: String, days: [CalendarDay], values: [Double], origin: String, isReal: Bool, weather: Weather? = nil
  ) {
    require(
      days.count == values.count, "cannot give \(days.count) days \(values.count) temperatures: one each is needed")
    (self.name, self.days, self.values) = (name, days, values)
    (self.origin, self.isReal, self.weather) = (origin, isReal, weather)
  }

  /// Days from 1 January 1981 on in a generated climate; always the same for the same number of days.
  public static func generated(
    _ weather: Weather = .temperate, days count: Int, remark: String = ""
  ) -> DailyTemperatures {
    let days = (0..<count).map { CalendarDay(number: 4018 + $0) }
    return DailyTemperatures(
      name: "generated weather", days: days, values: weather.temperatures(on: days, from: RandomSource(seed: 1981)),
      origin: "generated weather\(remark)", isReal: false, weather: weather)
  }

  /// The number of days.
  public var count: Int { days.count }
  /// The days between the first and the last that were not measured.
  public var missing: [CalendarDay] {
    zip(days, days.dropFirst()).flatMap { day, next in (day.number + 1..<next.number).map(CalendarDay.init(number:)) }
  }
  /// One line for the card of a run: the origin of the series, and how many days it has.
  public var provenance: String { "\(origin), \(grouped(count)) days" }
}
