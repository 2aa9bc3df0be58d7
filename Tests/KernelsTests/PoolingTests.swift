import Kernels
import Testing

@Suite("Pooling")
struct PoolingTests {
  static let types = [ScalarType.float, .double]

  /// Planes, rows and columns, each as (length, window, stride, padding).
  static let shapes: [PoolingShape] = [
    (0, (4, 2, 2, 0), (4, 2, 2, 0)), (2, (4, 2, 2, 0), (4, 2, 2, 0)), (3, (7, 2, 2, 0), (67, 2, 2, 0)),
    (2, (1, 1, 1, 0), (1, 1, 1, 0)), (2, (1, 1, 1, 0), (37, 3, 2, 1)), (2, (5, 3, 1, 1), (35, 3, 1, 1)),
    (2, (9, 3, 2, 1), (70, 3, 2, 1)), (1, (8, 3, 3, 0), (11, 2, 3, 1)), (1, (4, 2, 2, 1), (4, 2, 2, 1)),
    (1, (3, 2, 5, 0), (5, 2, 7, 0)), (1, (1, 2, 1, 1), (1, 2, 1, 1)), (1, (16, 16, 1, 8), (16, 16, 4, 8)),
  ].map { planes, rows, columns in
    func axis(_ x: (Int, Int, Int, Int)) -> PoolingAxis {
      PoolingAxis(length: x.0, window: x.1, stride: x.2, padding: x.3)
    }
    return PoolingShape(planes: planes, rows: axis(rows), columns: axis(columns))
  }

  /// The same with sizes rounded up and other divisors, and windows of more than 256 places.
  static let others: [PoolingShape] =
    shapes.flatMap { shape in
      [PoolingDivisor.padded, .inside, .constant(3)].map { divisor in
        func up(_ x: PoolingAxis) -> PoolingAxis {
          PoolingAxis(length: x.length, window: x.window, stride: x.stride, padding: x.padding, isRoundedUp: true)
        }
        return PoolingShape(planes: shape.planes, rows: up(shape.rows), columns: up(shape.columns), divisor: divisor)
      }
    } + [
      PoolingShape(
        planes: 2, rows: .init(length: 20, window: 17, stride: 1, padding: 3),
        columns: .init(length: 40, window: 17, stride: 5, padding: 0))
    ]
  static let all = shapes + others

  @Test("sizes rounded up agree with PyTorch: the last window begins before the padding after the axis")
  func roundedUp() {
    func count(_ length: Int, _ window: Int, _ stride: Int, _ padding: Int) -> [Int] {
      [false, true].map {
        PoolingAxis(length: length, window: window, stride: stride, padding: padding, isRoundedUp: $0).count
      }
    }
    #expect(count(5, 2, 2, 0) == [2, 3] && count(6, 3, 2, 0) == [2, 3] && count(5, 2, 3, 1) == [2, 2])
    #expect(count(4, 2, 2, 0) == [2, 2] && count(1, 2, 2, 0) == [0, 1] && count(7, 3, 4, 1) == [2, 2])
  }

  private func inputs(_ shape: PoolingShape) -> Int { shape.planes * shape.rows.length * shape.columns.length }

  @Test("values and winners agree with the definition, ties and NaN among them", arguments: all.indices, types)
  func values(index: Int, type: ScalarType) {
    let shape = Self.all[index]
    var numbers = Numbers(seed: 41)
    for isRough in [false, true] {
      var scalars = numbers.array(3 + inputs(shape), type)
      if isRough {  // many equal numbers, and some NaN
        scalars = scalars.enumerated().map { $0.offset % 13 == 5 ? .nan : ($0.element * 2).rounded() }
      }
      let x = Region(Buffer(scalars, type), offset: 3)
      let (y, expected) = (Buffer(type, count: shape.outputs), Buffer(type, count: shape.outputs))
      let (winners, expectedWinners) = (Winners(shape), Winners(shape))
      poolMaximum(x, shape, into: y, winners: winners)
      poolMaximumDefinition(x, shape, into: expected, winners: expectedWinners)
      #expect(agree(y.values, expected.values, 0))
      #expect((0..<shape.outputs).allSatisfy { winners[$0] == expectedWinners[$0] })
      poolAverage(x, shape, into: y)
      poolAverageDefinition(x, shape, into: expected)
      #expect(agree(y.values, expected.values, 8 * type.epsilon))
    }
  }

  @Test("scattering is the transpose of gathering, and spreading that of averaging", arguments: all.indices)
  func transposes(index: Int) {
    let shape = Self.all[index]
    var numbers = Numbers(seed: 42)
    let (x, g) = (numbers.array(inputs(shape)), numbers.array(shape.outputs))
    let (y, dx) = (Buffer(.double, count: shape.outputs), Buffer(.double, count: inputs(shape), repeating: .nan))
    let winners = Winners(shape)
    poolMaximum(Region(Buffer(x)), shape, into: y, winners: winners)
    let largest = y.values
    gatherFromWinners(Region(Buffer(x)), shape, winners: winners, into: y)
    #expect(y.values == largest)
    scatterToWinners(Region(Buffer(g)), shape, winners: winners, into: dx)
    #expect(abs(dot(y.values, g) - dot(x, dx.values)) < 1e-12)
    poolAverage(Region(Buffer(x)), shape, into: y)
    spreadOverWindows(Region(Buffer(g)), shape, into: dx)
    #expect(abs(dot(y.values, g) - dot(x, dx.values)) < 1e-12)
  }

  @Test("scattering in Float does the same", arguments: all.indices)
  func single(index: Int) {
    let shape = Self.all[index]
    var numbers = Numbers(seed: 43)
    let (x, g) = (numbers.array(inputs(shape), .float), numbers.array(shape.outputs, .float))
    let winners = Winners(shape)
    let results = Self.types.map { type in
      let (y, a, b) = (
        Buffer(type, count: shape.outputs), Buffer(type, count: x.count), Buffer(type, count: x.count)
      )
      poolMaximum(Region(Buffer(x, type)), shape, into: y, winners: winners)
      scatterToWinners(Region(Buffer(g, type)), shape, winners: winners, into: a)
      spreadOverWindows(Region(Buffer(g, type)), shape, into: b)
      return y.values + a.values + b.values
    }
    #expect(agree(results[0], results[1], 16 * ScalarType.float.epsilon))
  }

  @Test("the result does not depend on the number of threads")
  func threads() {
    let axes = [
      PoolingAxis(length: 28, window: 2, stride: 2, padding: 0),
      PoolingAxis(length: 28, window: 3, stride: 2, padding: 1),
    ]
    var numbers = Numbers(seed: 44)
    let x = Region(Buffer(numbers.array(301 * 784), .float))
    for axis in axes {
      let shape = PoolingShape(planes: 301, rows: axis, columns: axis)
      let results = [1, 2, 3].map { threads in
        let (y, dx) = (Buffer(.float, count: shape.outputs), Buffer(.float, count: 301 * 784))
        let winners = Winners(shape)
        ThreadLimit.$current.withValue(threads) {
          poolMaximum(x, shape, into: y, winners: winners)
          scatterToWinners(x, shape, winners: winners, into: dx)
        }
        return y.values + dx.values
      }
      #expect(results[0] == results[1] && results[0] == results[2])
    }
  }
}
