import Foundation

/// A number with so many significant digits as a × 10ᵇ: 1.23e-05.
public func scientific(_ value: Double, digits: Int = 3) -> String { String(format: "%.\(digits - 1)e", value) }

/// A number with so many decimals.
public func decimals(_ value: Double, _ count: Int) -> String { NumberText.rounded(value, "%.\(count)f") }

extension Table.Cell {
  /// A number with so many significant digits as a × 10ᵇ: 1.23e-05.
  public static func scientific(_ value: Double, digits: Int = 3) -> Table.Cell {
    .text(Workbench.scientific(value, digits: digits))
  }
}
