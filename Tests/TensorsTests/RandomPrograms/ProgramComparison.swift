import Checking
import Tensors

/// How a program and its definition disagree.
struct Disagreement: Sendable, CustomStringConvertible {
  enum Kind: Sendable { case shape, double, float, gradient, floatGradient, secondDerivative }

  let kind: Kind
  let found, expected: String

  var description: String { "\(kind): \(found) by the library, \(expected) by the definition" }
}

/// The result of comparing a program with its definition.
enum Verdict {
  case agrees
  /// The values agree; the derivatives were not compared, because a kink is within reach of the differences.
  case agreesNearKink
  case disagrees(Disagreement)

  var disagreement: Disagreement? {
    if case .disagrees(let disagreement) = self { disagreement } else { nil }
  }
}

extension Program {
  /// Compares values in both scalar types, then derivatives of first and second order with central differences.
  func compared() -> Verdict {
    let stored = stored
    guard let values = values(at: stored), let expected = values.last else { return .agrees }
    if let disagreement = disagreementOfValues(expected, magnitude: max(1, values.map(\.largest).max() ?? 1)) {
      return .disagrees(disagreement)
    }
    guard let numeric = differences(at: stored, values) else { return .agreesNearKink }
    return disagreementOfDerivatives(numeric).map { .disagrees($0) } ?? .agrees
  }

  // MARK: - Values

  /// The largest number of the program sets the scale, because small results may be differences of large numbers.
  private func disagreementOfValues(_ expected: Grid, magnitude: Double) -> Disagreement? {
    for type in [ScalarType.double, .float] {
      let found = result(at: tensors(stored, type))
      if found.shape.lengths != expected.shape || found.scalarType != type {
        return Disagreement(kind: .shape, found: "\(found.shape)", expected: "\(Shape(expected.shape))")
      }
      let bound = (type == .double ? 1e-10 : floatBound) * magnitude
      if let place = farthest(found.scalars, expected.values, bound) {
        return Disagreement(
          kind: type == .double ? .double : .float, found: "\(found.scalars[place])",
          expected: "\(expected.values[place]) at place \(place)")
      }
    }
    return nil
  }

  /// The allowed rounding in `Float`, relative to the largest number: 8 units for an operation's sums and functions,
  /// and a factor of 2 for each operation, because its slope magnifies the errors of its operands. Slopes above 2
  /// exist, such as a division by 0.3, but not many in a row: their values would soon be too large for a tame program.
  private var floatBound: Double { 8 * growth * Double(Float.ulpOfOne) }

  private var growth: Double { Double(1 << names.count) }

  /// The place of the largest difference, if it exceeds the bound. NaN does.
  private func farthest(_ a: [Double], _ b: [Double], _ bound: Double) -> Int? {
    let gaps = zip(a, b).map { $0 == $1 ? 0 : ($0 - $1).isNaN ? .infinity : abs($0 - $1) }
    guard let place = gaps.indices.max(by: { gaps[$0] < gaps[$1] }), gaps[place] > bound else { return nil }
    return place
  }

  private func tensors(_ grids: [Grid], _ type: ScalarType) -> [Tensor] {
    grids.map { Tensor($0.values, shape: Shape($0.shape), scalarType: type) }
  }

  // MARK: - Derivatives

  /// A derivative by differences: the five-point formula with step h, and its distance to the three-point formula.
  private struct Slope {
    static let h = 0x1p-10
    /// The steps of the differences, in units of h.
    static let steps = [-2.0, -1, 1, 2]
    let value, error: Double

    init(_ f: [Double]) {
      let (near, far) = ((f[2] - f[1]) / (2 * Self.h), (f[3] - f[0]) / (4 * Self.h))
      value = (4 * near - far) / 3
      error = abs(value - near)
    }
  }

  /// w · (y + y²/2) for the result y and irregular weights w, none of them small: every element counts, and linear
  /// operations have second derivatives too.
  private func objective(_ y: Tensor) -> Tensor {
    ((spread(y.shape, offset: 5).converted(to: y.scalarType) + 1.5) * (y + 0.5 * y.squared())).sum()
  }

  private func objective(_ y: Grid) -> (value: Double, magnitude: Double) {
    let weights = spread(Shape(y.shape), offset: 5).scalars
    let terms = zip(weights, y.values).map { ($0 + 1.5) * ($1 + 0.5 * $1 * $1) }
    return (terms.reduce(0, +), terms.reduce(1) { $0 + abs($1) })
  }

  private func direction(_ offset: Int) -> [Grid] {
    inputs.enumerated().map { position, input in
      let shape = input.stored.shape
      return Grid(shape, spread(Shape(shape), offset: offset + 31 * position).scalars)
    }
  }

  private func moved(_ stored: [Grid], along direction: [Grid], by step: Double) -> [Grid] {
    zip(stored, direction).map { x, v in Grid(x.shape, zip(x.values, v.values).map { $0 + step * $1 }) }
  }

  /// The derivative of the objective along v by the definitions, and the size of its terms; nil with a kink in reach.
  private func differences(at stored: [Grid], _ values: [Grid]) -> (slope: Slope, magnitude: Double)? {
    let v = direction(101)
    let moved = Slope.steps.compactMap { self.values(at: self.moved(stored, along: v, by: $0 * Slope.h)) }
    guard moved.count == Slope.steps.count, isSmooth(values, moved) else { return nil }
    let results = (moved + [values]).compactMap(\.last).map { objective($0) }
    return (Slope(results.map(\.value)), results[results.count - 1].magnitude)
  }

  /// Whether every kink is farther away than the operands move. Two numbers approach each other by at most twice that.
  private func isSmooth(_ values: [Grid], _ moved: [[Grid]]) -> Bool {
    lines.allSatisfy { line in
      guard case .call(let definition, let operands, let numbers) = line, let roughness = definition.roughness else {
        return true
      }
      let movement = operands.flatMap { operand in
        moved.flatMap { zip($0[operand].values, values[operand].values).map { abs($0 - $1) } }
      }
      return roughness.distance(operands.map { values[$0] }, numbers) > max(3 * (movement.max() ?? 0), 1e-3)
    }
  }

  private func disagreementOfDerivatives(_ numeric: (slope: Slope, magnitude: Double)) -> Disagreement? {
    let (v, u) = (direction(101), direction(53))
    let f = { (x: [Tensor]) in objective(result(at: x)) }
    let g = gradient(at: tensors(stored, .double), of: f).map(\.scalars)
    let terms = zip(g, v).flatMap { zip($0, $1.values).map { $0 * $1 } }
    let size = terms.reduce(0) { $0 + abs($1) }
    let bound = 1e-7 * size + 1e-10 * numeric.magnitude + 0.1 * numeric.slope.error
    if let wrong = disagreement(.gradient, terms.reduce(0, +), numeric.slope.value, bound) { return wrong }

    let inFloat = gradient(at: tensors(stored, .float), of: f).flatMap(\.scalars)
    // In the backward pass an error passes every operation again, and a small derivative may be a sum of large terms.
    let floatBound = floatBound * growth * max(numeric.magnitude, g.joined().reduce(0) { max($0, abs($1)) })
    if let place = farthest(inFloat, Array(g.joined()), floatBound) {
      return disagreement(.floatGradient, inFloat[place], Array(g.joined())[place], 0)
    }

    let product = hessianVectorProduct(at: tensors(stored, .double), along: tensors(v, .double), of: f).map(\.scalars)
    let secondTerms = zip(product, u).flatMap { zip($0, $1.values).map { $0 * $1 } }
    // The gradient has been compared, so its differences give the second derivative.
    let slope = Slope(
      Slope.steps.map { step in
        let x = tensors(moved(stored, along: v, by: step * Slope.h), .double)
        return gradient(at: x, of: f).dot(tensors(u, .double)).item
      })
    let secondSize = secondTerms.reduce(0) { $0 + abs($1) }
    let secondBound = 1e-6 * secondSize + 1e-9 * (size + numeric.magnitude) + 0.1 * slope.error
    return disagreement(.secondDerivative, secondTerms.reduce(0, +), slope.value, secondBound)
  }

  private func disagreement(_ kind: Disagreement.Kind, _ a: Double, _ b: Double, _ bound: Double) -> Disagreement? {
    abs(a - b) <= bound ? nil : Disagreement(kind: kind, found: "\(a)", expected: "\(b)")
  }
}
