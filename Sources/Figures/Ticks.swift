import Foundation

/// The ticks of an axis: labelled ones, small ones between them, and the common part of the labels.
struct Ticks: Sendable {
  var values: [Double] = []
  var labels: [String] = []
  var minor: [Double] = []
  /// A factor and an offset common to all labels, such as “×10⁻¹² + 1”.
  var note = ""

  /// The ticks within a range. Rounding may exceed it by a billionth of the range, or of its ends if the axis is
  /// logarithmic.
  func inside(_ low: Double, _ high: Double, isLogarithmic: Bool) -> Ticks {
    let room = (high - low) * 1e-9
    let (below, above) = isLogarithmic ? (low * 1e-9, high * 1e-9) : (room, room)
    let kept = values.indices.filter { values[$0] >= low - below && values[$0] <= high + above }
    return Ticks(
      values: kept.map { values[$0] }, labels: kept.map { labels[$0] }, minor: minor.filter { $0 >= low && $0 <= high },
      note: note)
  }
}

// Linear axes

extension Ticks {
  /// About `count` multiples of 1, 2 or 5 times a power of ten, from the last one below `low` to the first one above
  /// `high`.
  static func linear(_ low: Double, _ high: Double, count: Int, smallestStep: Double = 0) -> Ticks {
    let step = Step(atLeast: max((high - low) / Double(max(1, count)), smallestStep))
    let first = (low / step.size + 1e-9).rounded(.down)
    let last = (high / step.size - 1e-9).rounded(.up)
    let values = stride(from: first, through: max(last, first), by: 1).map { step.times($0) }
    let (labels, note) = linearLabels(values, step)
    return Ticks(values: values, labels: labels, note: note)
  }

  /// A distance between ticks: 1, 2 or 5 times a power of ten.
  struct Step {
    let digit: Double
    let exponent: Int
    var size: Double { times(1) }

    init(atLeast length: Double) {
      let power = Int(log10(length).rounded(.down))
      let leading = length / pow(10, Double(power)) - 1e-9
      let digit = [1.0, 2, 5].first { leading <= $0 }
      (self.digit, exponent) = (digit ?? 1, digit == nil ? power + 1 : power)
    }

    /// A multiple of the step, exact to the last bit where decimal fractions allow it.
    func times(_ factor: Double) -> Double {
      exponent < 0 ? factor * digit / pow(10, Double(-exponent)) : factor * digit * pow(10, Double(exponent))
    }
  }

  private static func linearLabels(_ values: [Double], _ step: Step) -> (labels: [String], note: String) {
    let largest = values.map(abs).max() ?? 0
    if largest < 1e6 && step.exponent >= -5 {
      return (values.map { fixed($0, decimals: max(0, -step.exponent)) }, "")
    }
    let span = (values.last ?? 0) - (values.first ?? 0)
    let base = largest > 1000 * span ? values.first ?? 0 : 0
    let power = Int(log10(values.map { abs($0 - base) }.max() ?? 1).rounded(.down))
    let decimals = max(0, power - step.exponent)
    let labels = values.map { fixed(($0 - base) / pow(10, Double(power)), decimals: decimals) }
    let offset = base == 0 ? "" : " + \(String(format: "%.15g", base).replacingOccurrences(of: "-", with: "−"))"
    return (labels, (power == 0 ? "" : "×10\(superscript(power))") + offset)
  }

  /// A number with a fixed number of decimals, a true minus sign, and commas from 10,000 on.
  static func fixed(_ value: Double, decimals: Int) -> String {
    let text = String(format: "%.\(decimals)f", abs(value))
    let whole = text.prefix { $0 != "." }
    var grouped = whole.count < 5 ? String(whole) : ""
    if whole.count >= 5 {
      for (index, digit) in whole.enumerated() {
        if index > 0 && (whole.count - index) % 3 == 0 { grouped += "," }
        grouped.append(digit)
      }
    }
    let isZero = text.allSatisfy { $0 == "0" || $0 == "." }
    return (value < 0 && !isZero ? "−" : "") + grouped + String(text.dropFirst(whole.count))
  }

  /// An integer in superscript digits.
  static func superscript(_ value: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return (value < 0 ? "⁻" : "") + String(String(abs(value)).compactMap { $0.wholeNumberValue.map { digits[$0] } })
  }
}

// Logarithmic axes

extension Ticks {
  /// The powers of ten from below `low` to above `high`, with their multiples as minor ticks. If fewer than two powers
  /// are inside, 2 and 5 are labelled as well; if that is still too few, the ticks are linear.
  static func logarithmic(_ low: Double, _ high: Double, count: Int) -> Ticks {
    let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    let isInside: (Double) -> Bool = { $0 >= low && $0 <= high }
    let multiples = decades.flatMap { power in (2...9).map { Double($0) * pow(10, Double(power)) } }
    let inside = decades.filter { isInside(pow(10, Double($0))) }.count
    if inside >= 2 {
      let wanted = max(1, (inside + count - 2) / max(1, count))
      let skip = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100].first { $0 >= wanted } ?? wanted
      let powers = decades.filter { $0 % skip == 0 || decades.count <= skip }
      return Ticks(
        values: powers.map { pow(10, Double($0)) }, labels: powers.map { power($0, among: decades) },
        minor: skip == 1 ? multiples : decades.map { pow(10, Double($0)) })
    }
    let values = decades.flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
    if values.filter(isInside).count < 3 { return linear(low, high, count: count) }
    let plain = decades.lowerBound >= -4 && decades.upperBound <= 5
    let labels = values.map { value -> String in
      let power = Int(log10(value * 1.0001).rounded(.down))
      return plain
        ? fixed(value, decimals: max(0, -power))
        : "\(Int((value / pow(10, Double(power))).rounded()))·10\(superscript(power))"
    }
    return Ticks(values: values, labels: labels, minor: multiples)
  }

  private static func power(_ exponent: Int, among decades: ClosedRange<Int>) -> String {
    decades.lowerBound >= -3 && decades.upperBound <= 4
      ? fixed(pow(10, Double(exponent)), decimals: max(0, -exponent)) : "10\(superscript(exponent))"
  }
}
