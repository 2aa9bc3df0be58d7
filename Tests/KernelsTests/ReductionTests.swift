import Kernels
import Testing

@Suite("Reductions and scans along an axis")
struct ReductionTests {
  static let types = [ScalarType.float, .double]
  static let reductions: [Reduction] = [.sum, .product, .maximum, .minimum]

  /// Shapes [outer × length × inner] at which loops fail.
  static let shapes: [(Int, Int, Int)] =
    awkwardLengths.map { (2, $0, 1) } + awkwardLengths.map { (1, 9, $0) }
    + [(3, 5, 2), (0, 3, 2), (2, 3, 0), (2, 0, 3), (1, 70, 131), (1, 1, 1), (17, 3, 1)]

  @Test("reduce agrees with combining one number after the other", arguments: reductions, types)
  func agrees(r: Reduction, type: ScalarType) {
    var numbers = Numbers(seed: 5)
    for (outer, length, inner) in Self.shapes {
      let x = numbers.array(3 + outer * length * inner, type)
      let y = Buffer(type, count: outer * inner)
      reduce(r, Region(Buffer(x, type), offset: 3), outer: outer, length: length, inner: inner, into: y)
      var expected: [Double] = []
      for o in 0..<outer {
        for i in 0..<inner {
          expected.append((0..<length).reduce(r.neutral) { r($0, x[3 + (o * length + $1) * inner + i]) })
        }
      }
      #expect(agree(y.values, expected, 32 * type.epsilon), "\(outer) × \(length) × \(inner)")
    }
  }

  @Test("the sum of a million times 0.1 is off by less than a millionth, along rows and along columns")
  func accurateSum() {
    let count = 1_000_000
    let x = Buffer(.float, count: count, repeating: 0.1)
    let y = Buffer(.float, count: 5)
    for inner in [1, 2, 5] {
      let length = count / inner
      reduce(.sum, Region(x), outer: 1, length: length, inner: inner, into: y)
      let exact = Double(length) * Double(Float(0.1))
      for i in 0..<inner { #expect(abs(y[i] - exact) < 1e-6 * exact) }
    }
  }

  @Test("lines long enough for several pieces sum to the closed form n(n − 1)/2", arguments: [1, 3, 1030])
  func longLines(inner: Int) {
    let length = 200_003 / inner
    let scalars = Buffer(.double, count: 2 * length * inner)
    for o in 0..<2 {
      for k in 0..<length { scalars[(o * length + k) * inner] = Double(k * (o + 1)) }
    }
    let y = Buffer(.double, count: 2 * inner)
    reduce(.sum, Region(scalars), outer: 2, length: length, inner: inner, into: y)
    for o in 0..<2 { #expect(y[o * inner] == Double((o + 1) * length * (length - 1) / 2)) }
    reduce(.maximum, Region(scalars), outer: 2, length: length, inner: inner, into: y)
    for o in 0..<2 { #expect(y[o * inner] == Double((o + 1) * (length - 1))) }
  }

  @Test("NaN anywhere in a line is its maximum and its minimum", arguments: [Reduction.maximum, .minimum, .sum])
  func propagatesNaN(r: Reduction) {
    for place in [0, 15, 16, 70, 99] {
      for inner in [1, 3] {
        let x = Buffer(.float, count: 100 * inner, repeating: 1)
        x[place * inner] = .nan
        let y = Buffer(.float, count: inner)
        reduce(r, Region(x), outer: 1, length: 100, inner: inner, into: y)
        #expect(y[0].isNaN)
        #expect((1..<inner).allSatisfy { !y[$0].isNaN })
      }
    }
  }

  @Test("the index of the extreme is the first of equals, and that of NaN", arguments: types)
  func indices(type: ScalarType) {
    let x = Buffer([1, 3, 3, 0, 5, 0, 2, .nan, 9], type)
    #expect(indexOfExtreme(.maximum, Region(x), outer: 3, length: 3, inner: 1) == [1, 1, 1])
    #expect(indexOfExtreme(.minimum, Region(x), outer: 3, length: 3, inner: 1) == [0, 0, 1])
    #expect(indexOfExtreme(.maximum, Region(x), outer: 1, length: 3, inner: 3) == [2, 2, 2])
    #expect(indexOfExtreme(.minimum, Region(x, offset: 3), outer: 1, length: 3, inner: 2) == [2, 1])
  }

  @Test("the last element of a scan is the reduction, and neighbours differ by one number", arguments: types)
  func scans(type: ScalarType) {
    var numbers = Numbers(seed: 6)
    let (outer, length, inner) = (2, 7, 3)
    let x = numbers.array(1 + outer * length * inner, type)
    let y = Buffer(type, count: outer * length * inner)
    scan(.sum, Region(Buffer(x, type), offset: 1), outer: outer, length: length, inner: inner, into: y)
    for o in 0..<outer {
      for k in 0..<length {
        for i in 0..<inner {
          let place = (o * length + k) * inner + i
          let difference = k == 0 ? y[place] : y[place] - y[place - inner]
          #expect(abs(difference - x[1 + place]) <= 8 * type.epsilon)
        }
      }
    }
  }
}
