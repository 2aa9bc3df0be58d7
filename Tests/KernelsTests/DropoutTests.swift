import Kernels
import Testing

@Suite("Dropout")
struct DropoutTests {
  static let types = [ScalarType.float, .double]

  @Test("every number is multiplied by its mask entry", arguments: [0, 0.1, 0.5, 0.999, 1], types)
  func agrees(probability: Double, type: ScalarType) {
    var numbers = Numbers(seed: 51)
    for (rows, columns) in awkwardLengths.map({ ($0, 1) }) + [(5, 7), (9, 64), (3, 0), (2, 1)] {
      let mask = DropoutMask(key: 0xFEDC_BA98_7654_3210, probability: probability)
      let x = numbers.array(3 + rows * columns, type)
      let y = Buffer(type, count: rows * columns)
      dropOut(Region(Buffer(x, type), offset: 3), mask, rows: rows, columns: columns, into: y)
      let expected = (0..<rows * columns).map { x[3 + $0] * mask[$0 / columns] }
      #expect(agree(y.values, expected, 2 * type.epsilon), "\(rows) × \(columns)")
    }
  }

  @Test("the mask is SplitMix64's: its published outputs for the seed 1234567, read as halves")
  func portable() {
    let words: [UInt64] = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
    for p in [0.25, 0.5, 0.75] {
      let mask = DropoutMask(key: 1_234_567, probability: p)
      for (position, half) in words.flatMap({ [$0 & 0xFFFF_FFFF, $0 >> 32] }).enumerated() {
        #expect((mask[position] == 0) == (Double(half) < p * 0x1p32))
      }
    }
  }

  @Test(
    "the share that is dropped is p, among even and odd positions and between neighbours", arguments: [0.1, 0.5, 0.9])
  func frequency(p: Double) {
    let (n, ones) = (1_000_000, Buffer(.float, count: 1_000_000, repeating: 1))
    let y = Buffer(.float, count: n)
    dropOut(Region(ones), DropoutMask(key: 7, probability: p), rows: n, columns: 1, into: y)
    let isDropped = y.values.map { $0 == 0 }
    let deviation = (p * (1 - p) / Double(n / 2)).squareRoot()
    for parity in 0..<2 {
      let share = Double((0..<n / 2).count { isDropped[2 * $0 + parity] }) / Double(n / 2)
      #expect(abs(share - p) < 4 * deviation)
    }
    let pairs = Double((0..<n - 1).count { isDropped[$0] && isDropped[$0 + 1] }) / Double(n - 1)
    #expect(abs(pairs - p * p) < 8 * deviation)
  }

  @Test("NaN stays NaN, dropped or not")
  func undefined() {
    let (x, y) = (Buffer(.float, count: 50, repeating: .nan), Buffer(.float, count: 50))
    dropOut(Region(x), DropoutMask(key: 1, probability: 0.5), rows: 50, columns: 1, into: y)
    #expect(y.values.allSatisfy { $0.isNaN })
  }

  @Test("the result does not depend on the number of threads", arguments: [(300_007, 1), (3001, 100)])
  func threads(rows: Int, columns: Int) {
    let x = Region(Buffer(.float, count: rows * columns, repeating: 1))
    let mask = DropoutMask(key: 99, probability: 0.3)
    let expected = (0..<rows * columns).map { Double(Float(mask[$0 / columns])) }
    for threads in 1...3 {
      let y = Buffer(.float, count: rows * columns)
      ThreadLimit.$current.withValue(threads) { dropOut(x, mask, rows: rows, columns: columns, into: y) }
      #expect(y.values == expected)
    }
  }
}
