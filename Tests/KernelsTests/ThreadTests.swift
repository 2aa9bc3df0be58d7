import Kernels
import Testing

@Suite("Results do not depend on the number of threads")
struct ThreadTests {
  /// Large enough to be divided into several pieces for every function.
  static let count = 200_003
  static let x = Region(Buffer((0..<count).map { Float($0 % 1013) / 100 - 3 }))

  /// The buffer that a kernel fills, with one thread and with several.
  private func sameOnAnyNumber(count: Int = count, _ kernel: (Buffer) -> Void) -> Bool {
    let results = [1, 2, 5].map { threads in
      let y = Buffer(.float, count: count, repeating: 0)
      ThreadLimit.$current.withValue(threads) { kernel(y) }
      return y.floats(count: count).map { $0.bitPattern }  // NaN included
    }
    return results[0] == results[1] && results[0] == results[2]
  }

  @Test("functions of one number", arguments: [UnaryFunction.tanh, .sin, .square, .power(1.5)])
  func unary(f: UnaryFunction) {
    #expect(sameOnAnyNumber { map(f, Self.x, into: $0, count: Self.count) })
  }

  @Test("functions of two numbers, in one row and in many", arguments: [(1, 200_003), (28_571, 7), (3, 66_667)])
  func binary(rows: Int, columns: Int) {
    let a = MatrixRegion(Self.x, rowStride: columns, columnStride: 1)
    let b = MatrixRegion(Self.x, rowStride: 1, columnStride: 0)
    #expect(
      sameOnAnyNumber(count: rows * columns) { combine(.add, a, b, into: $0, rows: rows, columns: columns) })
  }

  @Test("reductions of rows and of columns", arguments: [(1, 200_003, 1), (2, 20_000, 5), (400, 500, 1), (2, 9, 9000)])
  func reductions(outer: Int, length: Int, inner: Int) {
    #expect(
      sameOnAnyNumber(count: outer * inner) {
        reduce(.sum, Self.x, outer: outer, length: length, inner: inner, into: $0)
      })
  }

  @Test("copies by rows and transposed", arguments: [[450, 1], [1, 450]])
  func copies(strides: [Int]) {
    let layout = StridedLayout(extents: [440, 440], strides: strides)
    #expect(sameOnAnyNumber(count: layout.count) { gatherStrided(Self.x, layout, into: $0) })
  }

  @Test("optimizer steps")
  func updates() {
    #expect(
      sameOnAnyNumber {
        let moments = Buffer(.float, count: Self.count, repeating: 0.5)
        updateAdam($0, gradient: Self.x, m: moments, v: moments, constants: UpdateTests.constants, count: Self.count)
        updateGradientDescent($0, gradient: Self.x, learningRate: 0.1, count: Self.count)
      })
  }
}
