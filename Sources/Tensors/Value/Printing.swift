import Foundation

extension Tensor: CustomStringConvertible {
  /// The elements as nested rows, with aligned columns and long axes shortened, and the shape.
  public var description: String {
    if rank == 0 { return Self.format([item])[0] }
    let texts = Self.format(shownScalars)
    let width = texts.map(\.count).max() ?? 0
    var remaining = texts[...]
    let body = block(axis: 0, indent: 1) { remaining.popFirst().map { Self.padded($0, width) } ?? "" }
    return "\(body)  \(shape)\(scalarType == .double ? " double" : "")"
  }

  /// The number of positions shown at each end of a long axis.
  private static let edge = 3

  private func places(_ axis: Int) -> [Int?] {
    let n = shape.lengths[axis]
    if n <= 2 * Self.edge + 2 { return Array(0..<n) }
    return Array(0..<Self.edge) + [nil] + Array(n - Self.edge..<n)
  }

  private var shownScalars: [Double] {
    var part = stopGradient
    for axis in 0..<rank { part = part.gathered(places(axis).compactMap { $0 }, axis: axis) }
    return part.scalars
  }

  private func block(axis: Int, indent: Int, _ next: () -> String) -> String {
    if axis == rank { return next() }
    let parts = places(axis).map { $0 == nil ? "…" : block(axis: axis + 1, indent: indent + 1, next) }
    let isLast = axis == rank - 1
    let separator =
      isLast ? ", " : "," + String(repeating: "\n", count: rank - 1 - axis) + String(repeating: " ", count: indent)
    return "[" + parts.joined(separator: separator) + "]"
  }

  /// Whole numbers without decimals; others with four decimals, or powers of ten if some are very large or small.
  private static func format(_ scalars: [Double]) -> [String] {
    let finite = scalars.filter(\.isFinite)
    if finite.allSatisfy({ $0 == $0.rounded() && Swift.abs($0) < 1e7 }) {
      return scalars.map { $0.isFinite ? String(Int($0)) : special($0) }
    }
    let largest = finite.map(Swift.abs).max() ?? 0
    let smallest = finite.map(Swift.abs).filter { $0 > 0 }.min() ?? 1
    let form = largest >= 1e5 || smallest < 1e-4 ? "%.4e" : "%.4f"
    return scalars.map { $0.isFinite ? String(format: form, $0) : special($0) }
  }

  private static func special(_ x: Double) -> String { x.isNaN ? "nan" : x > 0 ? "inf" : "-inf" }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - text.count)) + text
  }
}
