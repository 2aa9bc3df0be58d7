import Foundation
import Messages

/// The positions of values along one axis.
struct Scale: Sendable {
  let isLogarithmic: Bool
  let low: Double
  let high: Double
  let ticks: Ticks
  /// Whether the axis has named positions instead of numbers.
  let hasPlaces: Bool

  /// The margin between the ends of an axis and the data.
  enum Margin {
    /// None: lines extend from edge to edge.
    case none
    /// A small one, so that markers stay inside.
    case little
    /// As much as needed for the axis to end on ticks.
    case toTicks
  }

  /// The scale of `axis` for the given data, with about `count` ticks. Whole-number data have ticks only at whole
  /// numbers: always if they are counts, such as epochs, and otherwise if they span two units or more.
  init(_ axis: Axis, values: [Double], margin: Margin, count: Int, isCounted: Bool = false) {
    (isLogarithmic, hasPlaces) = (axis.kind == .logarithmic, false)
    let usable = values.filter { $0.isFinite && (axis.kind == .linear || $0 > 1e-290) }.map {
      max(-1e300, min(1e300, $0))
    }
    var (low, high) = Self.bounds(axis, usable)
    let isWhole =
      (isCounted && !usable.isEmpty || axis.range == nil && high - low >= 2)
      && usable.allSatisfy { $0 == $0.rounded() && abs($0) < 1e6 }
    if axis.range == nil { (low, high) = Self.widened(low, high, margin, isLogarithmic) }
    let ticks =
      isLogarithmic
      ? Ticks.logarithmic(low, high, count: count)
      : Ticks.linear(low, high, count: count, smallestStep: isWhole ? 1 : 0)
    if axis.range == nil && !isLogarithmic && margin == .toTicks {
      (low, high) = (min(low, ticks.values.first ?? low), max(high, ticks.values.last ?? high))
    }
    (self.low, self.high, self.ticks) = (low, high, ticks.inside(low, high, isLogarithmic: isLogarithmic))
  }

  /// A scale of `names.count` equidistant positions, starting at 0.
  init(places names: [String]) {
    (isLogarithmic, hasPlaces) = (false, true)
    (low, high) = (-0.5, Double(max(1, names.count)) - 0.5)
    ticks = Ticks(values: names.indices.map(Double.init), labels: names)
  }

  private init(_ scale: Scale, ticks: Ticks) {
    (isLogarithmic, hasPlaces, low, high) = (scale.isLogarithmic, scale.hasPlaces, scale.low, scale.high)
    self.ticks = ticks
  }

  /// The same scale with two ticks, at its ends.
  var withTicksAtEnds: Scale {
    let ends = [low, high]
    return Scale(self, ticks: Ticks(values: ends, labels: ends.map { NumberText.formatted($0, "%.3g") }))
  }

  /// The position of `value` as a share of the way from `low` to `high`, or nil if it has none.
  func share(_ value: Double) -> Double? {
    guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
    return isLogarithmic
      ? (log10(value) - log10(low)) / (log10(high) - log10(low)) : (value / 2 - low / 2) / (high / 2 - low / 2)
  }

  /// The ends of the axis before any margin. They are never equal, and positive on a logarithmic axis.
  private static func bounds(_ axis: Axis, _ usable: [Double]) -> (Double, Double) {
    let isLogarithmic = axis.kind == .logarithmic
    var low = max(-1e300, min(1e299, axis.range?.lowerBound ?? usable.min() ?? (isLogarithmic ? 0.1 : 0)))
    var high = max(-1e299, min(1e300, axis.range?.upperBound ?? usable.max() ?? 1))
    if isLogarithmic {
      if high <= 1e-290 { (low, high) = (0.1, 1) }
      if low <= 1e-290 { low = max(1e-291, min(usable.min() ?? high / 1000, high / 10)) }
      return high / low < 1 + 1e-9 ? (low / 2, high * 2) : (low, high)
    }
    let size = max(abs(low), abs(high))
    if high / 2 - low / 2 > max(size * 1e-13, 1e-290) { return (low, high) }
    return size < 1e-290 ? (-1, 1) : (low - size / 10, high + size / 10)
  }

  private static func widened(
    _ low: Double, _ high: Double, _ margin: Margin, _ isLogarithmic: Bool
  ) -> (Double, Double) {
    if margin == .none || (margin == .toTicks && !isLogarithmic) { return (low, high) }
    let share = 0.04
    if isLogarithmic {
      let room = share * (log10(high) - log10(low))
      return (pow(10, max(-300, log10(low) - room)), pow(10, min(300, log10(high) + room)))
    }
    return (low - share * (high - low), high + share * (high - low))
  }
}
