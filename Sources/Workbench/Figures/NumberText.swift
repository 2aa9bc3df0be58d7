import Foundation

/// Numbers as a reader writes them.
enum NumberText {
  /// `value` in a C format such as “%.3f”, with a true minus sign; “–” where it is not a number.
  static func formatted(_ value: Double, _ format: String) -> String {
    if value.isNaN { return "–" }
    if value.isInfinite { return value < 0 ? "−∞" : "∞" }
    return String(format: format, value).replacingOccurrences(of: "-", with: "−")
  }
}
