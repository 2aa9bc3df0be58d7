import Kernels
import Testing

@Suite("The index of the extreme")
struct IndexOfExtremeTests {
  @Test(
    "the first of equals, and the first NaN before all others, in rows and in columns",
    arguments: [Reduction.maximum, .minimum], [ScalarType.float, .double])
  func agrees(r: Reduction, type: ScalarType) {
    var numbers = Numbers(seed: 61)
    for length in awkwardLengths where length > 0 {
      for (outer, inner, hasNaN) in [(5, 1, false), (5, 1, true), (2, 3, true), (0, 1, false)] {
        let x = numbers.array(outer * length * inner).enumerated().map { place, number in
          hasNaN && place % 19 == 4 ? Double.nan : (number * 4).rounded()
        }
        var expected: [Int] = []
        for line in 0..<outer * inner {
          let values = (0..<length).map { x[(line / inner * length + $0) * inner + line % inner] }
          let extreme = values.dropFirst().reduce(values[0]) { r($0, $1) }
          expected.append(values.firstIndex { $0 == extreme || $0.isNaN && extreme.isNaN } ?? -1)
        }
        let found = indexOfExtreme(r, Region(Buffer(x, type)), outer: outer, length: length, inner: inner)
        #expect(found == expected, "\(outer) × \(length) × \(inner)")
      }
    }
  }
}
