// The number of rows in each tile of a convolution. Networks have 16, 32 and 64 filters rather than multiples of
// twelve, so there are tiles of three heights; the number of rows they write follows from the heights alone.

/// The heights of tiles, from the lowest to the one that fills the registers.
package struct TileHeights: Sendable {
  package let low, middle, full: Int

  package init(low: Int, middle: Int, full: Int) { (self.low, self.middle, self.full) = (low, middle, full) }

  /// The heights compiled into this program.
  package static var compiled: TileHeights { TileHeights(low: lowTileRows, middle: middleTileRows, full: tileRows) }

  /// The height of the next tile when `remaining` rows are left: the lowest that holds them, or a full one.
  package func height(_ remaining: Int) -> Int { remaining <= low ? low : remaining <= middle ? middle : full }

  /// The number of rows that all tiles together write for `count` rows: full tiles, and one for the rest.
  package func rows(_ count: Int) -> Int {
    let (tiles, rest) = count.quotientAndRemainder(dividingBy: full)
    return tiles * full + (rest == 0 ? 0 : height(rest))
  }
}
