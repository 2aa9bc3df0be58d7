import Kernels
import Testing

@Suite("Extreme numbers: functions of one and of two numbers")
struct EdgesOfFunctionsTests {
  static let unary: [UnaryFunction] = [
    .negate, .absolute, .sign, .square, .squareRoot, .reciprocal, .exp, .log, .log1p, .expm1, .tanh, .sigmoid,
    .softplus, .erf, .sin,
    .cos, .affine(scale: -0.75, shift: 2), .affine(scale: 0.5, shift: -0.0), .power(2), .power(3), .power(4),
    .power(0.5), .power(-0.5), .power(-1), .power(-2), .power(2.5), .power(-3), .power(1 / 3.0),
    .clamp(lower: -2, upper: 100), .clamp(lower: 0, upper: .infinity),
  ]

  private func applied(_ f: UnaryFunction, _ x: [Double], _ type: ScalarType) -> [Double] {
    let y = Buffer(type, count: x.count)
    map(f, Region(Buffer([.nan] + x + [.nan], type), offset: 1), into: y, count: x.count)
    return y.values
  }

  @Test(
    "every such number, at any place, agrees with the definition and does not affect its neighbours",
    arguments: unary, Edges.types)
  func places(f: UnaryFunction, type: ScalarType) {
    var numbers = Numbers(seed: 41)
    for size in Edges.sizes + [1000] {
      let ordinary = numbers.array(size, type)
      let before = applied(f, ordinary, type)
      for place in size == 1000 ? [991] : Edges.places(in: size) {
        for special in Edges.numbers(type) {
          var x = ordinary
          x[place] = special
          let y = applied(f, x, type)
          #expect(Edges.isRight(y[place], f(special), type, ulps: 3), "\(special) at \(place) of \(size): \(y[place])")
          #expect(Edges.agree(y, before, but: place), "next to \(special) at \(place) of \(size)")
        }
      }
    }
  }

  @Test(
    "every pair of such numbers agrees with the definition",
    arguments: [
      BinaryFunction.add, .subtract, .multiply, .divide, .power, .maximum, .minimum, .less, .lessOrEqual, .equal,
    ], Edges.types)
  func pairs(f: BinaryFunction, type: ScalarType) {
    let numbers = Edges.numbers(type)
    let count = numbers.count * numbers.count
    let (a, b) = (
      numbers.flatMap { Array(repeating: $0, count: numbers.count) }, (0..<numbers.count).flatMap { _ in numbers }
    )
    let y = Buffer(type, count: count)
    func row(_ x: [Double]) -> MatrixRegion { MatrixRegion(Region(Buffer(x, type)), rowStride: 0, columnStride: 1) }
    combine(f, row(a), row(b), into: y, rows: 1, columns: count)
    for i in 0..<count where !Edges.isRight(y[i], f(a[i], b[i]), type, ulps: 1.5) {
      Issue.record("\(f) of \(a[i]) and \(b[i]) is \(y[i])")
    }
    // The same with one of the two repeated.
    for (i, special) in numbers.enumerated() {
      let one = MatrixRegion(Region(Buffer([special], type)), rowStride: 0, columnStride: 0)
      let z = Buffer(type, count: numbers.count)
      combine(f, one, row(numbers), into: z, rows: 1, columns: numbers.count)
      let same = Array(y.values[i * numbers.count..<(i + 1) * numbers.count])
      #expect(zip(z.values, same).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    }
  }

  @Test(
    "select takes a number unchanged, whatever the other is; NaN is a true condition, −0 a false one",
    arguments: Edges.types)
  func selection(type: ScalarType) {
    for special in Edges.numbers(type) {
      for size in Edges.sizes {
        let (a, b) = (Buffer(type, count: size, repeating: special), Buffer(type, count: size, repeating: 3))
        let condition = Buffer((0..<size).map { [1, 0, .nan, -0.0][$0 % 4] }, type)
        let y = Buffer(type, count: size)
        select(Region(condition), Region(a), Region(b), into: y, count: size)
        for i in 0..<size { #expect(Edges.isRight(y[i], i % 2 == 0 ? special : 3, type, ulps: 0)) }
      }
    }
  }

  @Test("conversion gives the nearest number of the other type, infinite beyond its range", arguments: Edges.types)
  func conversion(type: ScalarType) {
    let other: ScalarType = type == .float ? .double : .float
    let numbers = Edges.numbers(type)
    let y = Buffer(other, count: numbers.count)
    convert(Region(Buffer(numbers, type)), into: y, count: numbers.count)
    for (x, y) in zip(numbers, y.values) { #expect(Edges.isRight(y, x, other, ulps: 0)) }
  }

  // MARK: - Activation functions

  /// f(x) and f′(x) by the kernels.
  private func activated(
    _ f: Activation, _ x: [Double], _ type: ScalarType
  ) -> (value: [Double], slope: [Double]) {
    let (y, dx) = (Buffer(type, count: x.count), Buffer(type, count: x.count))
    let (x, one) = (Region(Buffer(x, type)), Region(Buffer(type, count: x.count, repeating: 1)))
    activate(f, x, into: y, count: y.count)
    pullBackActivation(f, one, through: f.derivativeFollowsFromValue ? Region(y) : x, into: dx, count: y.count)
    return (y.values, dx.values)
  }

  @Test(
    "activation functions and their derivatives agree with the definition up to 128 times the smallest normal number",
    arguments: ActivationTests.all, Edges.types)
  func activations(f: Activation, type: ScalarType) {
    var numbers = Numbers(seed: 42)
    let (normal, epsilon) = (type == .float ? Double(Float.leastNormalMagnitude) : .leastNormalMagnitude, type.epsilon)
    for size in Edges.sizes {
      let ordinary = numbers.array(size, type)
      let before = activated(f, ordinary, type)
      for place in Edges.places(in: size) {
        for special in Edges.numbers(type) {
          var x = ordinary
          x[place] = special
          let y = activated(f, x, type)
          let (value, slope) = (f(special), f.derivative(at: special))
          #expect(
            Edges.isRight(y.value[place], value, type, ulps: 6) || abs(y.value[place] - value) <= 128 * normal,
            "f(\(special)) = \(y.value[place]), not \(value)")
          #expect(
            special.isNaN || abs(y.slope[place] - slope) <= 4 * epsilon
              || Edges.isRight(y.slope[place], slope, type, ulps: 4),
            "f′(\(special)) = \(y.slope[place]), not \(slope)")
          #expect(Edges.agree(y.value, before.value, but: place) && Edges.agree(y.slope, before.slope, but: place))
        }
      }
    }
  }

  @Test(
    "SiLU and GELU are 0 far to the left and x far to the right, with slopes 0 and 1",
    arguments: Edges.types)
  func tails(type: ScalarType) {
    let far = type == .float ? [100, 1e4, 1e30, 3e38] : [1000, 1e4, 1e30, 1e300]
    for f in [Activation.silu, .gelu] {
      let left = activated(f, far.map { -$0 }, type)
      let right = activated(f, far.map { Edges.held($0, type) }, type)
      #expect(left.value.allSatisfy { $0 == 0 } && left.slope.allSatisfy { abs($0) < 1e-30 })
      #expect(right.value == far.map { Edges.held($0, type) } && right.slope == [1, 1, 1, 1])
      #expect(activated(f, [-.infinity, .infinity], type).value[0].isNaN)
      #expect(activated(f, [-.infinity, .infinity], type).value[1] == .infinity)
    }
  }
}
