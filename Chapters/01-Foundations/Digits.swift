import Foundation

/// A number with three digits as a × 10ᵇ: 1.23e-05.
func scientific(_ value: Double) -> String { String(format: "%.2e", value) }

/// A number with so many decimals.
func decimals(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }
