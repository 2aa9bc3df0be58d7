// Standardized columns of numbers.

/// The mean and the standard deviation that standardize the numbers of one column.
public struct ColumnScale: Codable, Equatable, Sendable {
  /// The mean, and the standard deviation or 1 if all numbers are equal.
  public let mean, deviation: Double

  /// The scale that gives these numbers mean 0 and variance 1. NaN stands for an unknown number and is left out.
  public init(of numbers: [Double]) {
    let known = numbers.filter { !$0.isNaN }
    let mean = known.reduce(0, +) / Double(max(1, known.count))
    let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, known.count))
    (self.mean, deviation) = (mean, variance > 0 ? variance.squareRoot() : 1)
  }

  /// (x − mean) / deviation.
  public func standardized(_ x: Double) -> Double { (x - mean) / deviation }
}
