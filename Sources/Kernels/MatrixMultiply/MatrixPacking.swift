// Packing: the numbers of an operand in the order in which the register tile reads them.
//
// A panel holds `width` rows of A (or columns of B) side by side: entry (l, p) is number l of row p. The tile then
// reads both panels from front to back, aligned, whatever the strides of the operands: all four combinations of
// transposed operands cost the same.

/// The layout of an operand, seen from its panels: A by rows, B by columns.
struct PanelSource<T: TileScalar>: Sendable {
  /// The position of the first number.
  let region: Region
  /// The number of rows (columns) to divide into panels, and their distance.
  let count, stride: Int
  /// The distance between neighbours within a row (column).
  let depthStride: Int

  /// Writes all panels, one after another, starting at `start`; threads divide them.
  func packAll(width: Int, _ depth: Range<Int>, into panels: Buffer, at start: Int = 0) {
    let number = panelCount(width: width)
    parallelChunks(of: number, atLeast: max(1, packingGrain / (width * depth.count))) { range in
      let first = panels.pointer(T.self, at: start + range.lowerBound * width * depth.count)
      pack(range, width: width, depth, into: first)
    }
  }

  /// Writes some panels, one after another.
  func pack(_ range: Range<Int>, width: Int, _ depth: Range<Int>, into panels: UnsafeMutablePointer<T>) {
    var index = range.lowerBound
    while index < range.upperBound {
      let panel = panels + (index - range.lowerBound) * width * depth.count
      // Four panels read long stretches of each row: rows may be a memory page apart.
      if stride == 1 && width == T.tileColumns && index + 4 <= range.upperBound && (index + 4) * width <= count {
        let source = region.pointer(T.self) + index * width + depth.lowerBound * depthStride
        copyRows(source, depth.count, T.tileColumns, 4, panel)
        index += 4
      } else {
        pack(index * width, width: width, depth, into: panel)
        index += 1
      }
    }
  }

  /// The number of panels of this width; the last may be partly empty.
  func panelCount(width: Int) -> Int { (count + width - 1) / width }

  /// Writes the panel of `width` rows starting at `first`, entries `depth` of each; missing rows are filled with zeros.
  @inline(__always)
  func pack(_ first: Int, width: Int, _ depth: Range<Int>, into panel: UnsafeMutablePointer<T>) {
    let source = region.pointer(T.self) + first * stride + depth.lowerBound * depthStride
    let used = min(width, count - first)
    if used < width { panel.update(repeating: 0, count: width * depth.count) }
    if stride == 1 && used == width {
      // Two constants instead of one variable: copying a row then takes a few vector moves.
      if width == tileRows {
        copyRows(source, depth.count, tileRows, 1, panel)
      } else {
        copyRows(source, depth.count, T.tileColumns, 1, panel)
      }
    } else if depthStride == 1 {
      transposeRows(source, stride, used, depth.count, width, panel)
    } else {
      for l in 0..<depth.count {
        for p in 0..<used { panel[l * width + p] = source[p * stride + l * depthStride] }
      }
    }
  }

  /// Neighbours in the panel are neighbours in memory.
  @inline(__always)
  private func copyRows(
    _ source: UnsafePointer<T>, _ depth: Int, _ width: Int, _ panels: Int, _ panel: UnsafeMutablePointer<T>
  ) {
    for l in 0..<depth {
      for q in 0..<panels {
        let (from, to) = (source + l * depthStride + q * width, panel + (q * depth + l) * width)
        prefetch(from + 4 * depthStride)
        prefetch(from + 4 * depthStride + 16)
        UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: width * MemoryLayout<T>.size)
      }
    }
  }
}

/// The numbers that make a task worthwhile: a few microseconds of work, enough because helping threads are awake.
private let packingGrain = 1 << 14

/// Panel[l, p] = rows[p, l] for `used` rows at distance `stride`: squares of 4 × 4 are transposed in registers.
@inline(__always)
func transposeRows<T: KernelScalar>(
  _ rows: UnsafePointer<T>, _ stride: Int, _ used: Int, _ depth: Int, _ width: Int, _ panel: UnsafeMutablePointer<T>
) {
  let (wholeRows, wholeDepth) = (used & ~3, depth & ~3)
  // One cache line at a time: rows a page apart share few lines of the cache.
  for line in Swift.stride(from: 0, to: wholeDepth, by: 16) {
    let end = min(line + 16, wholeDepth)
    for p in Swift.stride(from: 0, to: wholeRows, by: 4) {
      for l in Swift.stride(from: line, to: end, by: 4) {
        transposeSquare(rows + p * stride + l, stride, panel + l * width + p, width)
      }
    }
    for p in wholeRows..<used {
      for l in line..<end { panel[l * width + p] = rows[p * stride + l] }
    }
  }
  for l in wholeDepth..<depth {
    for p in 0..<used { panel[l * width + p] = rows[p * stride + l] }
  }
}

/// y[i, j] = x[j, i] for i, j < 4.
@inline(__always)
func transposeSquare<T: KernelScalar>(
  _ x: UnsafePointer<T>, _ xStride: Int, _ y: UnsafeMutablePointer<T>, _ yStride: Int
) {
  func row(_ i: Int) -> SIMD4<T> { UnsafeRawPointer(x + i * xStride).loadUnaligned(as: SIMD4<T>.self) }
  let (a, b, c, d) = (row(0), row(1), row(2), row(3))
  for i in 0..<4 {
    UnsafeMutableRawPointer(y + i * yStride).storeBytes(of: SIMD4(a[i], b[i], c[i], d[i]), as: SIMD4<T>.self)
  }
}
