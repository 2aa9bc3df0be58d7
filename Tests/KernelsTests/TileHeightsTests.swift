import Kernels
import Testing

/// Every set of heights up to 16 rows, those of no processor too.
private let sets = (1...16).flatMap { full in
  (1...full).flatMap { middle in (1...middle).map { TileHeights(low: $0, middle: middle, full: full) } }
}

@Suite("Tiles of convolutions")
struct TileHeightsTests {
  @Test("every row that a tile writes was counted, and no others, whatever the heights are")
  func counted() {
    for heights in sets + [.compiled] {
      for count in 0...100 {
        let ends = stride(from: 0, to: count, by: heights.full).map { $0 + heights.height(count - $0) }
        #expect(heights.rows(count) == ends.max() ?? 0, "\(heights), \(count) rows")
      }
    }
  }

  @Test("the tiles hold every row, and none is higher than it need be")
  func lowest() {
    for heights in sets + [.compiled] {
      for count in 1...100 {
        let highest = [heights.low, heights.middle, heights.full].first { $0 >= min(count, heights.full) }
        #expect(heights.height(count) == highest, "\(heights), \(count) rows")
        #expect(heights.rows(count) >= count)
      }
    }
  }
}
