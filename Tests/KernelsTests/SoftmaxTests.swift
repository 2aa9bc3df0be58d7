import Kernels
import Testing

@Suite("Softmax of rows")
struct SoftmaxTests {
  static let forms = [SoftmaxForm.probabilities, .logarithms]
  static let types = [ScalarType.float, .double]
  static let shapes = awkwardLengths.map { (3, $0) } + [(0, 5), (1, 1), (17, 10), (40, 65)]

  @Test("value and derivative agree with the definition", arguments: forms, types)
  func agrees(form: SoftmaxForm, type: ScalarType) {
    var numbers = Numbers(seed: 21)
    for (rows, columns) in Self.shapes {
      let count = rows * columns
      let x = Region(Buffer(numbers.array(3 + count, type).map { 9 * $0 }, type), offset: 3)
      let g = Region(Buffer(numbers.array(1 + count, type), type), offset: 1)
      let (y, expectedY) = (Buffer(type, count: count), Buffer(type, count: count))
      softmax(form, x, rows: rows, columns: columns, into: y)
      softmaxDefinition(form, x, rows: rows, columns: columns, into: expectedY)
      #expect(agree(y.values, expectedY.values, 8 * type.epsilon), "\(rows) × \(columns)")
      let (dx, expectedDx) = (Buffer(type, count: count), Buffer(type, count: count))
      pullBackSoftmax(form, g, value: Region(y), rows: rows, columns: columns, into: dx)
      pullBackSoftmaxDefinition(form, g, value: Region(y), rows: rows, columns: columns, into: expectedDx)
      #expect(agree(dx.values, expectedDx.values, 16 * type.epsilon), "\(rows) × \(columns)")
    }
  }

  @Test("small probabilities have small relative errors, and those below the normal numbers are 0", arguments: types)
  func relative(type: ScalarType) {
    let smallest = type == .float ? -86.0 : -707
    let x = (0..<200).map { smallest * Double($0) / 199 } + [smallest - 60, -.infinity]
    let (y, expected) = (Buffer(type, count: x.count), Buffer(.double, count: x.count))
    softmax(.probabilities, Region(Buffer(x, type)), rows: 1, columns: x.count, into: y)
    let rounded = Buffer(x, type).values
    softmaxDefinition(.probabilities, Region(Buffer(rounded)), rows: 1, columns: x.count, into: expected)
    #expect((0..<200).allSatisfy { abs(y[$0] / expected[$0] - 1) < 4 * type.epsilon })
    #expect(y[200] == 0 && y[201] == 0)
  }

  @Test("a row with NaN or +∞, or of only −∞, is NaN, and its neighbours are not", arguments: forms, types)
  func undefined(form: SoftmaxForm, type: ScalarType) {
    for columns in [2, 16, 21, 40] {
      for (place, value) in [(0, Double.nan), (columns - 1, .nan), (columns / 2, .infinity)] {
        let x = Buffer(type, count: 3 * columns, repeating: 1)
        x[columns + place] = value
        let y = Buffer(type, count: 3 * columns)
        softmax(form, Region(x), rows: 3, columns: columns, into: y)
        #expect(y.values.map(\.isNaN) == (0..<3 * columns).map { $0 / columns == 1 })
      }
    }
    let y = Buffer(type, count: 2)
    softmax(form, Region(Buffer(type, count: 2, repeating: -.infinity)), rows: 1, columns: 2, into: y)
    #expect(y.values.allSatisfy { $0.isNaN })
  }

  @Test("numbers of 10⁴ overflow nothing, and adding a constant changes nothing", arguments: forms)
  func shift(form: SoftmaxForm) {
    let x = (0..<40).map { Double($0 % 7) }
    let (y, shifted) = (Buffer(.float, count: 40), Buffer(.float, count: 40))
    softmax(form, Region(Buffer(x, .float)), rows: 2, columns: 20, into: y)
    softmax(form, Region(Buffer(x.map { $0 + 1e4 }, .float)), rows: 2, columns: 20, into: shifted)
    #expect(y.values == shifted.values)
  }

  @Test("the result does not depend on the number of threads", arguments: [(5000, 10), (300, 129), (2, 20_000)])
  func threads(rows: Int, columns: Int) {
    var numbers = Numbers(seed: 22)
    let x = Region(Buffer(numbers.array(rows * columns), .float))
    for form in Self.forms {
      let results = [1, 2, 3].map { threads in
        let (y, dx) = (Buffer(.float, count: rows * columns), Buffer(.float, count: rows * columns))
        ThreadLimit.$current.withValue(threads) {
          softmax(form, x, rows: rows, columns: columns, into: y)
          pullBackSoftmax(form, x, value: Region(y), rows: rows, columns: columns, into: dx)
        }
        return y.values + dx.values
      }
      #expect(results[0] == results[1] && results[0] == results[2])
      let expected = Buffer(.double, count: rows * columns)
      softmaxDefinition(form, x, rows: rows, columns: columns, into: expected)
      #expect(agree(Array(results[0][..<(rows * columns)]), expected.values, 1e-6))
    }
  }
}
