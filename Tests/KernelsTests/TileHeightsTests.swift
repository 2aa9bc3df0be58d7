import Kernels
import Testing

/// Every set of heights up to 16 rows, those of no processor too.
private let sets = (1...16).flatMap { full in
  (1...full).flatMap { middle in (1...middle).map { TileHeights(low: $0, middle: middle, full: full) } }
}

@Suite("Tiles of convolutions")
struct TileHeightsTests {
  @Test("exactly the counted rows are written by tiles, for all heights")
  func counted() {
    for heights in sets + [.compiled] {
      let wrong = (0...100).filter { count in
        let ends = stride(from: 0, to: count, by: heights.full).map { $0 + heights.height(count - $0) }
        return heights.rows(count) != ends.max() ?? 0
      }
      #expect(wrong == [], "\(heights)")
    }
  }

  @Test("the tiles cover every row, and none is higher than necessary")
  func lowest() {
    for heights in sets + [.compiled] {
      let wrong = (1...100).filter { count in
        let highest = [heights.low, heights.middle, heights.full].first { $0 >= min(count, heights.full) }
        return heights.height(count) != highest || heights.rows(count) < count
      }
      #expect(wrong == [], "\(heights)")
    }
  }

  /// The heights and the columns of the tiles for AVX-512, AVX2, SSE and NEON.
  private static let processors: [(TileHeights, columns: Int)] = [
    (TileHeights(low: 4, middle: 8, full: 12), 32), (TileHeights(low: 2, middle: 4, full: 6), 16),
    (TileHeights(low: 2, middle: 4, full: 6), 8), (TileHeights(low: 2, middle: 4, full: 8), 12),
  ]

  @Test("tiles never need more rows than the filters rounded up to whole panels: the room that Winograd reserves")
  func panels() {
    for (heights, columns) in Self.processors {
      let wrong = (1...200).filter { heights.rows($0) > ($0 + columns - 1) / columns * columns }
      #expect(wrong == [], "\(heights)")
    }
  }
}
