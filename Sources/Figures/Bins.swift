import Foundation

extension Histogram {
  /// The edges of the bins, one more than there are bins, in equal ratios on a logarithmic axis.
  var edges: [Double] {
    let isLogarithmic = x.kind == .logarithmic
    let usable = samples.flatMap(\.values).filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
    let sorted = usable.map { isLogarithmic ? log10($0) : max(-1e300, min(1e300, $0)) }.sorted()
    let low = x.range.map { isLogarithmic ? log10(max($0.lowerBound, 1e-300)) : $0.lowerBound } ?? sorted.first ?? 0
    let high = x.range.map { isLogarithmic ? log10(max($0.upperBound, 1e-300)) : $0.upperBound } ?? sorted.last ?? 1
    let (first, width, count) = Self.bins(low, high, sorted, wanted: bins)
    let edges = (0...count).map { first + width * Double($0) }
    return isLogarithmic ? edges.map { pow(10, $0) } : edges
  }

  /// The number of `values` in every bin. The last bin includes its upper edge.
  static func counts(_ values: [Double], _ edges: [Double]) -> [Double] {
    var counts = [Double](repeating: 0, count: max(0, edges.count - 1))
    guard let first = edges.first, let last = edges.last else { return counts }
    for value in values where value >= first && value <= last {
      var (low, high) = (0, counts.count)
      while high - low > 1 {
        let middle = (low + high) / 2
        if edges[middle] <= value { low = middle } else { high = middle }
      }
      counts[low] += 1
    }
    return counts
  }

  /// The first edge, the width and the number of bins. The width 2·IQR/∛n of Freedman and Diaconis (1981) is rounded up
  /// to 1, 2 or 5 times a power of ten, so that edges fall on ticks.
  private static func bins(
    _ low: Double, _ high: Double, _ sorted: [Double], wanted: Int?
  ) -> (first: Double, width: Double, count: Int) {
    guard high - low > max(abs(low), abs(high)) * 1e-12, high - low > 1e-290 else {
      let width = low == 0 ? 1 : abs(low) * 0.1
      return (low - width / 2, width, 1)
    }
    if let wanted { return (low, (high - low) / Double(max(1, wanted)), max(1, wanted)) }
    let spread = sorted.isEmpty ? 0 : sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
    let rule = 2 * spread / cbrt(Double(max(1, sorted.count)))
    let width = Ticks.Step(atLeast: max((high - low) / 60, min((high - low) / 6, rule))).size
    let first = (low / width).rounded(.down) * width
    return (first, width, max(1, Int(((high - first) / width).rounded(.up))))
  }
}
