import Kernels
import Testing

@Suite("Functions of one, two and three numbers")
struct ElementwiseTests {
  static let types = [ScalarType.float, .double]

  static let unary: [UnaryFunction] = [
    .negate, .absolute, .sign, .square, .squareRoot, .reciprocal, .exp, .log, .tanh, .sigmoid, .softplus, .erf, .sin,
    .cos, .affine(scale: 2, shift: -0.5), .power(1), .power(2), .power(3), .power(4), .power(0.5), .power(-0.5),
    .power(-1), .power(-2), .power(2.5), .power(-3), .clamp(lower: -0.25, upper: 0.5),
  ]

  static let binary: [BinaryFunction] = [
    .add, .subtract, .multiply, .divide, .power, .maximum, .minimum, .less, .lessOrEqual, .equal,
  ]

  @Test("map agrees with the function of one number, for awkward lengths and offsets", arguments: unary, types)
  func unaryAgrees(f: UnaryFunction, type: ScalarType) {
    var numbers = Numbers(seed: 1)
    for count in awkwardLengths {
      let offset = count % 5
      let x = numbers.array(offset + count, type)
      let y = Buffer(type, count: count)
      map(f, Region(Buffer(x, type), offset: offset), into: y, count: count)
      let expected = x.dropFirst(offset).map { f($0) }
      #expect(agree(y.values, expected, 8 * type.epsilon))
    }
  }

  @Test("NaN stays NaN in every function of one number", arguments: unary, types)
  func unaryNaN(f: UnaryFunction, type: ScalarType) {
    let y = Buffer(type, count: 17)
    map(f, Region(Buffer(type, count: 17, repeating: .nan)), into: y, count: 17)
    #expect(y.values.allSatisfy { $0.isNaN })
  }

  @Test("the sign of zero is zero, and infinite limits are kept")
  func exact() {
    let x: [Float] = [0, -0.0, 3, -3, .infinity, -.infinity]
    let y = Buffer(.float, count: 6)
    map(.sign, Region(Buffer(x)), into: y, count: 6)
    #expect(y.floats(count: 6) == [0, 0, 1, -1, 1, -1])
    map(.clamp(lower: -1, upper: 2), Region(Buffer(x)), into: y, count: 6)
    #expect(y.floats(count: 6) == [0, 0, 2, -1, 2, -1])
  }

  /// The memory layouts of an operand, with their strides for a number of columns.
  static let layouts: [@Sendable (Int) -> (row: Int, column: Int)] = [
    { ($0, 1) }, { _ in (0, 0) }, { _ in (0, 1) }, { _ in (1, 0) }, { ($0 + 3, 1) },
  ]

  @Test("combine agrees with the function of two numbers, for all layouts of both operands", arguments: binary, types)
  func binaryAgrees(f: BinaryFunction, type: ScalarType) {
    for (rows, columns) in [(1, 1), (3, 1), (1, 19), (5, 3), (17, 16), (4, 33), (2, 67), (0, 4), (4, 0)] {
      for first in Self.layouts {
        for second in Self.layouts {
          let (actual, expected) = combined(f, type, rows, columns, first(columns), second(columns))
          #expect(agree(actual, expected, type.epsilon))
        }
      }
    }
  }

  private func combined(
    _ f: BinaryFunction, _ type: ScalarType, _ rows: Int, _ columns: Int, _ s: (row: Int, column: Int),
    _ t: (row: Int, column: Int)
  ) -> (actual: [Double], expected: [Double]) {
    var numbers = Numbers(seed: 2)
    // Rounded to quarters, so that some pairs are equal.
    let a = numbers.array(2 + rows * (columns + 3), type).map { ($0 * 4 + 4).rounded() / 4 }
    let b = numbers.array(3 + rows * (columns + 3), type).map { ($0 * 4).rounded() / 4 }
    let y = Buffer(type, count: rows * columns)
    combine(
      f, MatrixRegion(Region(Buffer(a, type), offset: 2), rowStride: s.row, columnStride: s.column),
      MatrixRegion(Region(Buffer(b, type), offset: 3), rowStride: t.row, columnStride: t.column), into: y, rows: rows,
      columns: columns)
    var expected: [Double] = []
    for i in 0..<rows {
      for j in 0..<columns { expected.append(f(a[2 + i * s.row + j * s.column], b[3 + i * t.row + j * t.column])) }
    }
    return (y.values, expected)
  }

  @Test("NaN is the maximum and the minimum, whichever operand it is", arguments: [BinaryFunction.maximum, .minimum])
  func binaryNaN(f: BinaryFunction) {
    let (a, b) = (Buffer([Float.nan, 1, .nan]), Buffer([Float(2), .nan, .nan]))
    let y = Buffer(.float, count: 3)
    let matrices = [a, b].map { MatrixRegion(Region($0), rowStride: 3, columnStride: 1) }
    combine(f, matrices[0], matrices[1], into: y, rows: 1, columns: 3)
    #expect(y.values.allSatisfy { $0.isNaN })
    #expect(f(.nan, 1).isNaN && f(1, .nan).isNaN)
  }

  @Test("select takes from the first where the condition is not zero", arguments: types)
  func selects(type: ScalarType) {
    var numbers = Numbers(seed: 3)
    for count in awkwardLengths {
      let condition = numbers.array(count + 1).map { $0 > 0.3 ? $0 : $0 < -0.3 ? .nan : 0 }
      let (a, b) = (numbers.array(count + 2, type), numbers.array(count + 3, type))
      let y = Buffer(type, count: count)
      select(
        Region(Buffer(condition, type), offset: 1), Region(Buffer(a, type), offset: 2),
        Region(Buffer(b, type), offset: 3), into: y, count: count)
      let expected = (0..<count).map { condition[$0 + 1] != 0 ? a[$0 + 2] : b[$0 + 3] }
      #expect(y.values == expected)
    }
  }

  @Test("convert rounds to Float and is exact otherwise", arguments: types, types)
  func converts(from: ScalarType, to: ScalarType) {
    var numbers = Numbers(seed: 4)
    for count in awkwardLengths {
      let x = numbers.array(count + 3, from)
      let y = Buffer(to, count: count)
      convert(Region(Buffer(x, from), offset: 3), into: y, count: count)
      let expected = x.dropFirst(3).map { to == .float ? Double(Float($0)) : $0 }
      #expect(y.values == expected)
    }
  }
}
