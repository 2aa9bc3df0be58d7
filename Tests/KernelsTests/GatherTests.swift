import Kernels
import Testing

@Suite("Rows by their index")
struct GatherTests {
  static let types = [ScalarType.float, .double]
  static let shapes = [(1, 5, 1), (2, 3, 4), (1, 7, 16), (3, 4, 17), (1, 9, 67), (0, 2, 2), (2, 5, 0)]

  /// Unordered indices into an axis, some of them twice.
  private func indices(_ length: Int) -> [Int] { (0..<length + 3).map { $0 * 7 % length } }

  @Test("gathered rows are the rows that the indices name", arguments: types)
  func gathers(type: ScalarType) {
    var numbers = Numbers(seed: 11)
    for (outer, length, inner) in Self.shapes {
      let (x, indices) = (numbers.array(3 + outer * length * inner, type), indices(length))
      let y = Buffer(type, count: outer * indices.count * inner)
      gatherRows(
        Region(Buffer(x, type), offset: 3), outer: outer, length: length, inner: inner, indices: indices, into: y)
      let expected = (0..<outer).flatMap { o in
        indices.flatMap { index in (0..<inner).map { x[3 + (o * length + index) * inner + $0] } }
      }
      #expect(y.values == expected)
    }
  }

  @Test("scattering is the transpose of gathering: ⟨Ax, y⟩ = ⟨x, Aᵀy⟩", arguments: types)
  func adjoint(type: ScalarType) {
    var numbers = Numbers(seed: 12)
    for (outer, length, inner) in Self.shapes {
      let indices = indices(length)
      let (x, y) = (numbers.array(outer * length * inner, type), numbers.array(outer * indices.count * inner, type))
      let gathered = Buffer(type, count: y.count)
      gatherRows(Region(Buffer(x, type)), outer: outer, length: length, inner: inner, indices: indices, into: gathered)
      let scattered = Buffer(type, count: x.count, repeating: 0)
      scatterAddRows(
        Region(Buffer(y, type)), outer: outer, length: length, inner: inner, indices: indices, into: scattered)
      #expect(abs(dot(gathered.values, y) - dot(x, scattered.values)) <= 64 * type.epsilon)
    }
  }

  @Test("large tables agree with the definition bit for bit, in the order of the indices, with any number of threads")
  func threads() {
    var numbers = Numbers(seed: 13)
    for (outer, length, inner, count) in [(1, 900, 130, 3000), (3, 5, 67, 4000), (70, 40, 33, 60)] {
      let indices = (0..<count).map { $0 * $0 % length }
      let x = numbers.array(outer * count * inner, .float).map { Float($0) }
      var expected = [Float](repeating: 0.5, count: outer * length * inner)
      for o in 0..<outer {
        for (j, index) in indices.enumerated() {
          for i in 0..<inner { expected[(o * length + index) * inner + i] += x[(o * count + j) * inner + i] }
        }
      }
      for threads in 1...3 {
        let y = Buffer(.float, count: expected.count, repeating: 0.5)
        let back = Buffer(.float, count: x.count)
        ThreadLimit.$current.withValue(threads) {
          scatterAddRows(Region(Buffer(x)), outer: outer, length: length, inner: inner, indices: indices, into: y)
          gatherRows(Region(y), outer: outer, length: length, inner: inner, indices: indices, into: back)
        }
        #expect(y.floats(count: y.count) == expected)
        let gathered = (0..<outer).flatMap { o in
          indices.flatMap { index in expected[((o * length + index) * inner)...].prefix(inner) }
        }
        #expect(back.floats(count: back.count) == gathered)
      }
    }
  }
}
