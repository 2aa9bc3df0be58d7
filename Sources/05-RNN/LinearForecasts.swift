// § 5.1  Time series: baselines for a recurrent network

import DataSets
import Messages
import Tensors

/// Linear regression of a value on the n values before it: xₜ ≈ a + Σᵢ bᵢ xₜ₋ᵢ, AR(n). § 5.1
public struct Autoregression: Sendable {
  /// a.
  public let intercept: Double
  /// b₁ for the previous value, b₂ for the one before it, and so on.
  public let coefficients: [Double]

  /// The least-squares regression of the values at `places`.
  public init(order n: Int, on values: [Double], at places: Range<Int>) throws {
    let rows = places.filter { $0 >= n }
    let past = rows.flatMap { t -> [Double] in [1] + (1...n).map { values[t - $0] } }
    let solution = try leastSquares(
      Tensor(past, shape: [rows.count, n + 1], scalarType: .double),
      Tensor(rows.map { values[$0] }, shape: [rows.count], scalarType: .double))
    (intercept, coefficients) = (solution[0], Array(solution.dropFirst()))
  }

  /// The forecast after these values.
  public func next(after past: some BidirectionalCollection<Double>) -> Double {
    zip(coefficients, past.reversed()).reduce(intercept) { $0 + $1.0 * $1.1 }
  }

  /// Forecasts of `days` successive values; each forecast is an input of the next.
  public func forecasts(after past: ArraySlice<Double>, days: Int) -> [Double] {
    var values = Array(past.suffix(coefficients.count))
    return (0..<days).map { _ in
      let value = next(after: values)
      values.append(value)
      return value
    }
  }
}

/// A forecast from the calendar alone: a mean, and waves of a year and of half a year, fitted by least squares. § 5.1
public struct Climatology: Sendable {
  private let weights: [Double]
  /// The number of waves.
  public let harmonics: Int

  /// The climatology of the temperatures at `places`.
  public init(harmonics: Int = 2, of series: DailyTemperatures, at places: Range<Int>) throws {
    self.harmonics = harmonics
    weights = try leastSquares(
      Self.features(places.map { series.days[$0] }, harmonics),
      Tensor(places.map { series.values[$0] }, shape: [places.count], scalarType: .double))
  }

  /// The expected temperatures of the given days.
  public func expected(on days: [CalendarDay]) -> [Double] {
    let weights = Tensor(weights, shape: [weights.count, 1], scalarType: .double)
    return matmul(Self.features(days, harmonics), weights).scalars
  }

  /// 1, and for each wave cos kω and sin kω, ω = 2π day/365.25. [N×(1 + 2 · harmonics)]
  private static func features(_ days: [CalendarDay], _ harmonics: Int) -> Tensor {
    let ω = Tensor(
      days.map { 2 * Double.pi * Double($0.number) / 365.25 }, shape: [days.count, 1], scalarType: .double)
    let waves = (1...harmonics).flatMap { k in [(Double(k) * ω).cos(), (Double(k) * ω).sin()] }
    return Tensor.concatenated([.ones([days.count, 1], scalarType: .double)] + waves, axis: 1)
  }
}

/// The w that minimizes ‖X w − y‖², by the normal equations Xᵀ X w = Xᵀ y.
private func leastSquares(_ X: Tensor, _ y: Tensor) throws -> [Double] {
  let (A, b) = (matmul(X.transposed, X), matmul(X.transposed, y.expanded(axis: 1)))
  return try LinearAlgebra.solve(A, b).scalars
}
