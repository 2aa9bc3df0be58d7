// The panels of patches.

/// Some channels and some taps: the rows of one panel of patches.
struct PatchPart: Sendable {
  let channels, taps: Range<Int>
  /// The rows of the parts before it.
  let start: Int
  var depth: Int { channels.count * taps.count }
}

/// A grid of results, with its taps in both directions.
struct PatchGrid: Sendable {
  let row, column: ConvolutionGrid
  /// The place of each tap in the kernel, and its distance in the padded planes.
  let taps: [(weight: Int, offset: Int)]
  /// Whether the rows of the kernel are parts of their own, so that those which see nothing but padding can be left out.
  let isSplit: Bool
  /// Channels and taps in parts whose panels stay in the cache; at least one, for somebody has to write sums of nothing.
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
/// If the grid is split, the first rows of all images come first, then the second rows, and so on.
struct PatchColumns {
  /// The number of pixels.
  let pixels: Int
  private let images, rows, width: Int
  private let pitch, image, scalarSize: Int
  private let offsets: [Int]
  private let isSplit: Bool
  /// For each row of the kernel, the rows of results for which it sees more than padding.
  private let seeing: [Range<Int>]

  init(_ grid: PatchGrid, _ block: PixelBlock, _ planes: PaddedPlanes, scalarSize: Int) {
    rows = max(0, min(grid.row.count, block.rows.upperBound) - block.rows.lowerBound)
    (images, width, isSplit) = (block.images.count, grid.column.count, grid.isSplit)
    pixels = images * rows * width
    (pitch, image, self.scalarSize) = (planes.pitch, planes.image, scalarSize)
    offsets = grid.taps.map { $0.offset * scalarSize }
    seeing = grid.row.taps.map { planes.rowsSeeing($0, band: block.rows) }
  }

  /// Whether some pixel of a range sees more than padding through the taps of a part.
  func isSeen(_ part: PatchPart, by range: Range<Int>) -> Bool {
    if !isSplit { return true }
    let rows = seeing[part.taps.lowerBound * seeing.count / offsets.count]
    return range.lowerBound / (width * images) < rows.upperBound
      && (range.upperBound - 1) / (width * images) >= rows.lowerBound
  }

  /// Calls `body` for the pixels of a range, row by row, or, with `merged`, image by image unless the grid is split: with the
  /// image, the row, the column and the number of the first pixel, and how many there are.
  @inline(__always)
  func forEachRun(
    _ range: Range<Int>, merged: Bool, _ body: (_ n: Int, _ i: Int, _ j: Int, _ pixel: Int, _ count: Int) -> Void
  ) {
    let (rows, width) = merged && !isSplit ? (1, rows * width) : (rows, width)
    var pixel = range.lowerBound
    while pixel < range.upperBound {
      let (line, j) = pixel.quotientAndRemainder(dividingBy: width)
      let (n, i) = isSplit ? (line % images, line / images) : (line / rows, line % rows)
      let count = min(range.upperBound - pixel, width - j)
      body(n, i, j, pixel, count)
      pixel += count
    }
  }

  /// Copies the patches of `width` pixels from `first` on: a row of the panel for every channel and tap.
  ///
  /// A run of pixels is copied by whole vectors. What the last one writes beyond its run, the next run overwrites.
  func copy<T>(
    _ first: Int, width: Int, _ source: UnsafePointer<T>, plane: Int, _ part: PatchPart,
    into panel: UnsafeMutablePointer<T>
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
      let panel = UnsafeMutableRawPointer(panel)
      let source = UnsafeRawPointer(source + part.channels.lowerBound * plane)
      let offsets = offsets[part.taps]
      let strides = (plane: plane * scalarSize, row: width * scalarSize)
      switch bytes {
      case 64: copyPatches(SIMD16<Float>.self, moves, source, part.channels.count, offsets, strides, panel)
      case 32: copyPatches(SIMD8<Float>.self, moves, source, part.channels.count, offsets, strides, panel)
      case 16: copyPatches(SIMD4<Float>.self, moves, source, part.channels.count, offsets, strides, panel)
      case 8: copyPatches(Double.self, moves, source, part.channels.count, offsets, strides, panel)
      default: copyPatches(Float.self, moves, source, part.channels.count, offsets, strides, panel)
      }
    }
  }
}

/// From where to where a vector is copied, in bytes.
private struct PatchMove {
  let source, target: Int
}

@inline(__always)
private func copyPatches<V: BitwiseCopyable>(
  _: V.Type, _ moves: UnsafeBufferPointer<PatchMove>, _ source: UnsafeRawPointer, _ channels: Int,
  _ offsets: ArraySlice<Int>,
  _ strides: (plane: Int, row: Int), _ panel: UnsafeMutableRawPointer
) {
  offsets.withUnsafeBufferPointer { offsets in
    // Most panels take two or three moves a row. As a constant, their number needs no loop and their places stay in registers.
    switch moves.count {
    case 2: copyRows(V.self, moves, 2, source, channels, offsets, strides, panel)
    case 3: copyRows(V.self, moves, 3, source, channels, offsets, strides, panel)
    case 4: copyRows(V.self, moves, 4, source, channels, offsets, strides, panel)
    default: copyRows(V.self, moves, moves.count, source, channels, offsets, strides, panel)
    }
  }
}

@inline(__always)
private func copyRows<V: BitwiseCopyable>(
  _: V.Type, _ moves: UnsafeBufferPointer<PatchMove>, _ count: Int, _ source: UnsafeRawPointer, _ channels: Int,
  _ offsets: UnsafeBufferPointer<Int>, _ strides: (plane: Int, row: Int), _ panel: UnsafeMutableRawPointer
) {
  var row = panel
  for c in 0..<channels {
    let plane = source + c * strides.plane
    for offset in offsets {
      let patch = plane + offset
      for m in 0..<count {
        let numbers = patch.loadUnaligned(fromByteOffset: moves[m].source, as: V.self)
        row.storeBytes(of: numbers, toByteOffset: moves[m].target, as: V.self)
      }
      row += strides.row
    }
  }
}

/// The rows of a panel of patches. From 64 to 576 the speed differs by 4 % only: what does not fit the first level streams from the second.
private let panelDepth = 288
