import Foundation

/// Numbers as text for readers.
package enum NumberText {
  /// `value` in a C format such as “%.3f”, with a true minus sign, but none before a rounded zero; “–” for NaN.
  package static func formatted(_ value: Double, _ format: String) -> String {
    if value.isNaN { return "–" }
    if value.isInfinite { return value < 0 ? "−∞" : "∞" }
    return rounded(value, format).replacingOccurrences(of: "-", with: "−")
  }

  /// A number in a C format, without a minus sign before a rounded zero.
  package static func rounded(_ value: Double, _ format: String) -> String {
    let text = String(format: format, value)
    let isZero = text.contains("0") && !text.contains { "1"..."9" ~= $0 }
    return isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text
  }
}

/// A number with the given significant digits in scientific notation: 1.23e-05.
public func scientific(_ value: Double, digits: Int = 3) -> String { String(format: "%.\(digits - 1)e", value) }

/// A number with `count` decimals.
public func decimals(_ value: Double, _ count: Int) -> String { NumberText.rounded(value, "%.\(count)f") }

/// A whole number with a comma between groups of three digits.
public func grouped(_ number: Int) -> String {
  let digits = Array(String(number.magnitude))
  let text = digits.indices.reduce(into: "") { text, place in
    if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
    text.append(digits[place])
  }
  return number < 0 ? "-" + text : text
}
