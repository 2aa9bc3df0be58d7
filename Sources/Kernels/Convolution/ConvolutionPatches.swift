// The panels of patches.

/// Some channels and some taps: the rows of one panel of patches.
struct PatchPart: Sendable {
  let channels, taps: Range<Int>
  /// The number of rows in the parts before it.
  let start: Int
  var depth: Int { channels.count * taps.count }
}

/// A grid of results, with its taps in both directions.
struct PatchGrid: Sendable {
  let row, column: ConvolutionGrid
  /// The position of each tap in the kernel, and its offset in the padded planes.
  let taps: [(weight: Int, offset: Int)]
  /// Whether the rows of the kernel are separate parts, so that parts that see only padding can be left out.
  let isSplit: Bool
  /// Channels and taps in parts whose panels stay in the cache; at least one part, so that even empty sums are written.
  let parts: [PatchPart]
  /// The rows of the deepest panel.
  var mostDepth: Int { parts.map(\.depth).max() ?? 0 }

  init(
    _ row: ConvolutionGrid, _ column: ConvolutionGrid, _ planes: PaddedPlanes, kernelColumns: Int, channels: Int,
    isSplit: Bool = false
  ) {
    (self.row, self.column, self.isSplit) = (row, column, isSplit && row.taps.count > 1 && !column.taps.isEmpty)
    taps = row.taps.flatMap { i in
      column.taps.map { j in (weight: i.kernel * kernelColumns + j.kernel, offset: planes.offset(i, j)) }
    }
    let sections = self.isSplit ? row.taps.count : 1
    let width = taps.count / sections
    let number = max(1, (channels * width + panelDepth - 1) / panelDepth)
    parts = (0..<sections * number).map { index in
      let (section, i) = index.quotientAndRemainder(dividingBy: number)
      let range = i * channels / number..<(i + 1) * channels / number
      return PatchPart(
        channels: range, taps: section * width..<(section + 1) * width,
        start: (section * channels + range.lowerBound) * width)
    }
  }
}

/// The columns of the matrix of patches: the pixels of a grid in a block.
///
/// If the grid is split, the first rows of all images come first, then the second rows, and so on. With few filters,
/// copying does not pay: the columns are then the numbers of the padded planes in place, with those between the rows.
struct PatchColumns {
  /// The number of pixels.
  let pixels: Int
  /// Whether the columns are the numbers of the padded planes in place.
  private let areInPlace: Bool
  private let images, rows, width: Int
  /// The distance in pixels from one row to the next.
  private let length: Int
  private let pitch, image, scalarSize: Int
  private let offsets: [Int]
  private let isSplit: Bool
  /// For each row of the kernel, the rows of results for which it sees more than padding.
  private let seeing: [Range<Int>]

  init(_ grid: PatchGrid, _ block: PixelBlock, _ planes: PaddedPlanes, filters: Int, scalarSize: Int) {
    rows = max(0, min(grid.row.count, block.rows.upperBound) - block.rows.lowerBound)
    (images, width) = (block.images.count, grid.column.count)
    areInPlace =
      !planes.isInPlace && planes.pitch == images * planes.image
      && TileHeights.compiled.rows(filters) * (planes.image - width) <= mostWaste * width
    isSplit = grid.isSplit || areInPlace
    length = areInPlace ? planes.image : width
    pixels = images * rows * length
    (pitch, image, self.scalarSize) = (planes.pitch, planes.image, scalarSize)
    offsets = grid.taps.map(\.offset)
    seeing = grid.row.taps.map { planes.rowsSeeing($0, band: block.rows) }
  }

  /// Whether any pixel of a range sees more than padding through the taps of a part.
  func isSeen(_ part: PatchPart, by range: Range<Int>) -> Bool {
    if part.taps.count == offsets.count { return true }
    let rows = seeing[part.taps.lowerBound * seeing.count / offsets.count]
    return range.lowerBound / (length * images) < rows.upperBound
      && (range.upperBound - 1) / (length * images) >= rows.lowerBound
  }

  /// Calls `body` for the pixels of a range, row by row, or, with `merged`, image by image unless the grid is split. It
  /// receives the image, row, column and number of the first pixel, and the number of pixels.
  @inline(__always)
  func forEachRun(
    _ range: Range<Int>, merged: Bool, _ body: (_ n: Int, _ i: Int, _ j: Int, _ pixel: Int, _ count: Int) -> Void
  ) {
    let isMerged = merged && !isSplit
    let (rows, width, length) = isMerged ? (1, rows * width, rows * width) : (rows, width, length)
    var pixel = range.lowerBound
    while pixel < range.upperBound {
      let (line, j) = pixel.quotientAndRemainder(dividingBy: length)
      let (n, i) = isSplit ? (line % images, line / images) : (line / rows, line % rows)
      let count = min(range.upperBound - pixel, width - j)
      if count > 0 { body(n, i, j, pixel, count) }
      pixel += length - j
    }
  }

  /// Calls `body` with the patches of as many pixels as a tile takes, starting at `first`: in the planes themselves or
  /// in `panel`.
  @inline(__always)
  func withColumns<T: ConvolutionScalar>(
    _ first: Int, _ source: UnsafePointer<T>, _ plane: Int, _ part: PatchPart, _ panel: Buffer,
    _ body: (PlaneColumns<T>) -> Void
  ) {
    let source = source + part.channels.lowerBound * plane
    offsets.withUnsafeBufferPointer { offsets in
      let taps = UnsafeBufferPointer(rebasing: offsets[part.taps])
      if areInPlace {
        body(PlaneColumns(base: source + first, channels: part.channels.count, plane: plane, taps: taps))
      } else {
        copy(first, width: T.tileColumns, source, part.channels.count, plane, taps, into: panel.pointer(T.self))
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 1) { tap in
          tap.initialize(repeating: 0)
          body(
            PlaneColumns(
              base: panel.pointer(T.self), channels: part.depth, plane: T.tileColumns, taps: UnsafeBufferPointer(tap)))
        }
      }
    }
  }

  /// Copies the patches of `width` pixels, starting at `first`: a row of the panel for every channel and tap.
  ///
  /// A run of pixels is copied in whole vectors. The next run overwrites what the last vector writes beyond its run.
  private func copy<T>(
    _ first: Int, width: Int, _ source: UnsafePointer<T>, _ channels: Int, _ plane: Int,
    _ taps: UnsafeBufferPointer<Int>, into panel: UnsafeMutablePointer<T>
  ) {
    withUnsafeTemporaryAllocation(of: PatchMove.self, capacity: width + 1) { moves in
      let bytes =
        self.width * scalarSize > 32 ? 64 : self.width * scalarSize > 16 ? 32 : self.width > 1 ? 16 : scalarSize
      var count = 0
      forEachRun(first..<min(pixels, first + width), merged: self.width == pitch) { n, i, j, pixel, length in
        let (start, column) = ((n * image + i * pitch + j) * scalarSize, (pixel - first) * scalarSize)
        for place in stride(from: 0, to: length * scalarSize, by: bytes) {
          moves[count] = PatchMove(source: start + place, target: column + place)
          count += 1
        }
      }
      let moves = UnsafeBufferPointer(rebasing: moves[..<count])
      let (panel, row) = (UnsafeMutableRawPointer(panel), width * scalarSize)
      switch bytes {
      case 64: copyPatches(SIMD16<Float>.self, moves, source, channels, plane, taps, panel, row)
      case 32: copyPatches(SIMD8<Float>.self, moves, source, channels, plane, taps, panel, row)
      case 16: copyPatches(SIMD4<Float>.self, moves, source, channels, plane, taps, panel, row)
      case 8: copyPatches(Double.self, moves, source, channels, plane, taps, panel, row)
      default: copyPatches(Float.self, moves, source, channels, plane, taps, panel, row)
      }
    }
  }
}

/// The source and target of a vector copy, in bytes.
private struct PatchMove {
  let source, target: Int
}

@inline(__always)
private func copyPatches<V: BitwiseCopyable, T>(
  _: V.Type, _ moves: UnsafeBufferPointer<PatchMove>, _ source: UnsafePointer<T>, _ channels: Int, _ plane: Int,
  _ taps: UnsafeBufferPointer<Int>, _ panel: UnsafeMutableRawPointer, _ row: Int
) {
  // Most panels take two or three moves per row. A constant count needs no loop, and the offsets stay in registers.
  switch moves.count {
  case 2: copyRows(V.self, moves, 2, source, channels, plane, taps, panel, row)
  case 3: copyRows(V.self, moves, 3, source, channels, plane, taps, panel, row)
  case 4: copyRows(V.self, moves, 4, source, channels, plane, taps, panel, row)
  default: copyRows(V.self, moves, moves.count, source, channels, plane, taps, panel, row)
  }
}

@inline(__always)
private func copyRows<V: BitwiseCopyable, T>(
  _: V.Type, _ moves: UnsafeBufferPointer<PatchMove>, _ count: Int, _ source: UnsafePointer<T>, _ channels: Int,
  _ plane: Int, _ taps: UnsafeBufferPointer<Int>, _ panel: UnsafeMutableRawPointer, _ row: Int
) {
  var (channel, target) = (source, panel)
  for _ in 0..<channels {
    for tap in taps {
      let patch = UnsafeRawPointer(channel + tap)
      for m in 0..<count {
        let numbers = patch.loadUnaligned(fromByteOffset: moves[m].source, as: V.self)
        target.storeBytes(of: numbers, toByteOffset: moves[m].target, as: V.self)
      }
      target += row
    }
    channel += plane
  }
}

/// Copying pays only where the rows of tiles times the share of the planes between the rows exceed this.
private let mostWaste = 4

/// The rows of a panel of patches. From 64 to 576 the speed differs by only 4 %: what does not fit the first-level
/// cache streams from the second.
private let panelDepth = 288
