public import Tensors
public import Testing

// Derivatives compared with finite differences: every component, in `Double`.

/// The largest difference of an analytic gradient and a numeric one, and its component.
public struct GradientError: CustomStringConvertible, Sendable {
  /// The relative error |a − n| / max(|a|, |n|, s), infinite for NaN; s is the smallest derivative that differences
  /// resolve.
  public let relative: Double
  /// The number of the parameter, in the order of `forEachParameter`.
  public let parameter: Int
  /// The place in that parameter.
  public let index: [Int]
  /// The derivative by the rules, and by differences.
  public let analytic, numeric: Double

  /// The report of a failed check.
  public var description: String {
    "∂f/∂p differs most at parameter \(parameter), index \(index): analytic \(analytic), numeric \(numeric), "
      + "relative error \(relative)"
  }

  /// Whether the relative error is below a tolerance.
  public static func < (error: GradientError, tolerance: Double) -> Bool { error.relative < tolerance }
}

/// The worst component of the gradient of `f`, a single number, at a point that is converted to `Double` first.
///
/// The numeric derivative is the five-point difference (8 (f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h with the error
/// h⁴ f⁽⁵⁾ / 30.
public func gradientError<P: Parameterized>(at point: P, mode: Mode? = nil, of f: (P) -> Tensor) -> GradientError {
  let point = point.converted(to: .double)
  let (value, gradient) = valueWithGradient(at: point, mode: mode, of: f)
  let analytic = gradient.parameters.flatMap(\.scalars)
  let numeric = differences(at: point, mode: mode ?? .differentiating(P.self), of: f)
  let largest = (analytic + numeric).map(abs).max() ?? 0
  let floor = max(1e-4 * abs(value.item), 1e-3 * largest)
  let errors = zip(analytic, numeric).map { a, n in
    a == n ? 0 : (a - n).isNaN ? .infinity : abs(a - n) / max(abs(a), abs(n), floor)
  }
  guard let worst = errors.indices.max(by: { errors[$0] < errors[$1] }) else {
    return GradientError(relative: 0, parameter: 0, index: [], analytic: 0, numeric: 0)
  }
  let (parameter, index) = place(worst, in: point.parameters.map(\.shape))
  return GradientError(
    relative: errors[worst], parameter: parameter, index: index, analytic: analytic[worst], numeric: numeric[worst])
}

/// The worst component of the gradient of ⟨∇f, v⟩ for a fixed generic v: the second derivatives of `f`.
public func secondGradientError<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) -> Tensor
) -> GradientError {
  let point = point.converted(to: .double)
  let direction = point.withParameters(from: spread([point.parameterCount]))
  return gradientError(at: point, mode: mode) { gradient(at: $0, mode: mode, of: f).dot(direction) }
}

/// Records an issue unless the gradient of `f`, and for order 2 its second derivatives, agree with finite differences.
public func expectGradient<P: Parameterized>(
  at point: P, order: Int = 1, tolerance: Double = 1e-7, mode: Mode? = nil, _ name: String = "",
  sourceLocation: SourceLocation = #_sourceLocation, of f: (P) -> Tensor
) {
  let error = gradientError(at: point, mode: mode, of: f)
  guard error < tolerance else {
    return report("the gradient", name, "\(error), above \(tolerance)", sourceLocation)
  }
  guard order == 2 else { return }
  let second = secondGradientError(at: point, mode: mode, of: f)
  if !(second < tolerance) { report("the second derivative", name, "\(second), above \(tolerance)", sourceLocation) }
}

/// Nonzero numbers between −1 and 1, spread evenly over the interval in irregular order: weights, directions and inputs
/// for checks. Multiples of the golden ratio, modulo 1.
public func spread(_ shape: Shape, offset: Int = 0) -> Tensor {
  let fractions = (0..<shape.count).map { i in
    (Double(offset + i + 1) * 0.618_033_988_749_894_9).truncatingRemainder(dividingBy: 1)
  }
  return Tensor(fractions.map { 2 * $0 - 1 }, shape: shape, scalarType: .double)
}

func report(_ subject: String, _ name: String, _ text: String, _ location: SourceLocation) {
  Issue.record("\(subject)\(name.isEmpty ? "" : " of \(name)"): \(text)", sourceLocation: location)
}

private func differences<P: Parameterized>(at point: P, mode: Mode, of f: (P) -> Tensor) -> [Double] {
  let start = point.parameters.flatMap(\.scalars)
  return start.indices.map { i in
    let h = max(1, start[i].magnitude).binade / 1024
    func value(_ step: Double) -> Double {
      var moved = start
      moved[i] += step
      return mode { f(point.withParameters(from: Tensor(moved, scalarType: .double))) }.item
    }
    return (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
  }
}

/// The parameter and the index in it of a position in all parameters.
private func place(_ position: Int, in shapes: [Shape]) -> (parameter: Int, index: [Int]) {
  var (position, parameter) = (position, 0)
  while position >= shapes[parameter].count {
    position -= shapes[parameter].count
    parameter += 1
  }
  return (parameter, multiIndex(position, in: shapes[parameter]))
}

/// The index (i, j, …) of a position in row-major order.
func multiIndex(_ position: Int, in shape: Shape) -> [Int] {
  var (position, index) = (position, [Int]())
  for length in shape.lengths.reversed() {
    index.insert(position % length, at: 0)
    position /= length
  }
  return index
}
