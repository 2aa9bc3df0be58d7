import Foundation

/// Numbers as a reader writes them.
enum NumberText {
  /// `value` in a C format such as “%.3f”, with a true minus sign, but none in front of zeros alone; “–” where it is not a number.
  static func formatted(_ value: Double, _ format: String) -> String {
    if value.isNaN { return "–" }
    if value.isInfinite { return value < 0 ? "−∞" : "∞" }
    return rounded(value, format).replacingOccurrences(of: "-", with: "−")
  }

  /// A number in a C format, without the minus sign that would stand in front of zeros alone.
  static func rounded(_ value: Double, _ format: String) -> String {
    let text = String(format: format, value)
    let isZero = text.contains("0") && !text.contains { "1"..."9" ~= $0 }
    return isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text
  }
}
