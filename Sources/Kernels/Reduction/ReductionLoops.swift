// The loops behind `reduce`.

/// An array seen along its middle axis.
struct Lines: Sendable {
  let outer, length, inner: Int

  /// The number of elements in the pieces into which long lines are divided, a power of two. A short line is one piece.
  var pieceLength: Int {
    let wanted = max(32, 32_768 / max(1, inner))
    return length <= 2 * wanted ? max(1, length) : wanted
  }

  /// The number of pieces of each line.
  var pieces: Int { max(1, (length + pieceLength - 1) / pieceLength) }

  /// The positions of a piece along the line.
  func piece(_ p: Int) -> Range<Int> { p * pieceLength..<min(length, (p + 1) * pieceLength) }
}

/// Reduces every piece, and then, where a line has several pieces, their results.
func reduce<V: KernelLanes>(_ r: Reduction, _: V.Type, _ x: Region, _ lines: Lines, _ y: Buffer) {
  guard lines.pieces > 1 else { return reducePieces(r, V.self, x, lines, y) }
  let partial = Buffer(y.scalarType, count: lines.outer * lines.pieces * lines.inner)
  reducePieces(r, V.self, x, lines, partial)
  reduce(r, V.self, Region(partial), Lines(outer: lines.outer, length: lines.pieces, inner: lines.inner), y)
}

/// y[o, p, i] = the reduction of piece p of line (o, i). Threads divide the pieces, and the columns of wide arrays.
private func reducePieces<V: KernelLanes>(_ r: Reduction, _: V.Type, _ x: Region, _ lines: Lines, _ y: Buffer) {
  let tiles = (lines.inner + tileWidth - 1) / tileWidth
  let perTile = lines.pieceLength * min(tileWidth, lines.inner)
  parallelChunks(of: lines.outer * lines.pieces * tiles, atLeast: max(1, cheapGrain / max(1, perTile))) { range in
    switch r {
    case .sum: pieces(V.self, Sum.self, x, lines, y, range)
    case .product: pieces(V.self, Product.self, x, lines, y, range)
    case .maximum: pieces(V.self, Largest.self, x, lines, y, range)
    case .minimum: pieces(V.self, Smallest.self, x, lines, y, range)
    }
  }
}

/// A reduction as a type: unlike a closure, it is inlined wherever it is used.
private protocol Combination {
  static var neutral: Double { get }
  static func combine<V: KernelLanes>(_ a: V, _ b: V) -> V
}

private enum Sum: Combination {
  static var neutral: Double { 0 }
  @inline(__always)
  static func combine<V: KernelLanes>(_ a: V, _ b: V) -> V { a + b }
}

private enum Product: Combination {
  static var neutral: Double { 1 }
  @inline(__always)
  static func combine<V: KernelLanes>(_ a: V, _ b: V) -> V { a * b }
}

private enum Largest: Combination {
  static var neutral: Double { -.infinity }
  @inline(__always)
  static func combine<V: KernelLanes>(_ a: V, _ b: V) -> V { V.larger(a, b) }
}

private enum Smallest: Combination {
  static var neutral: Double { .infinity }
  @inline(__always)
  static func combine<V: KernelLanes>(_ a: V, _ b: V) -> V { V.smaller(a, b) }
}

/// The number of columns that a thread reduces at a time.
private let tileWidth = 1024

/// The tiles of a range, each a piece of up to `tileWidth` lines; tiles are numbered by line, piece and column.
@inline(__always)
private func pieces<V: KernelLanes, C: Combination>(
  _: V.Type, _: C.Type, _ x: Region, _ lines: Lines, _ y: Buffer, _ range: Range<Int>
) {
  let (x, y) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self))
  // Whole rows, often short ones: the divisions below would take longer.
  if lines.inner == 1 && lines.pieces == 1 {
    for row in range { y[row] = contiguous(V.self, C.self, x + row * lines.length, lines.length) }
    return
  }
  let tiles = (lines.inner + tileWidth - 1) / tileWidth
  for number in range {
    let (piece, tile) = number.quotientAndRemainder(dividingBy: tiles)
    let rows = lines.piece(piece % lines.pieces)
    let start = x + ((piece / lines.pieces) * lines.length + rows.lowerBound) * lines.inner
    let target = y + piece * lines.inner
    if lines.inner == 1 {
      target[0] = contiguous(V.self, C.self, start, rows.count)
    } else {
      let columns = tile * tileWidth..<min(lines.inner, (tile + 1) * tileWidth)
      reduceColumns(V.self, C.self, start, rows.count, lines.inner, columns, target)
    }
  }
}

/// Reduces adjacent numbers in memory: as the columns of a matrix four vectors wide, then across.
@inline(__always)
private func contiguous<V: KernelLanes, C: Combination>(
  _: V.Type, _: C.Type, _ x: UnsafePointer<V.Scalar>, _ count: Int
) -> V.Scalar {
  let width = V.scalarCount
  let rows = count / (4 * width)
  var total = V(repeating: V.Scalar(C.neutral))
  if rows > 0 {
    let strip: InlineArray<4, V> = strip(C.self, x, rows, 4 * width)
    total = C.combine(C.combine(strip[0], strip[1]), C.combine(strip[2], strip[3]))
  }
  for i in stride(from: rows * 4 * width, to: count, by: width) {
    let rest = V(at: x + i)
    total = C.combine(total, i + width <= count ? rest : rest.first(count - i, else: V.Scalar(C.neutral)))
  }
  return total.folded { C.combine($0, $1) }
}

/// Reduces the columns of a matrix with `width` numbers per row, in strips of four vectors, then of one.
@inline(__always)
private func reduceColumns<V: KernelLanes, C: Combination>(
  _: V.Type, _: C.Type, _ x: UnsafePointer<V.Scalar>, _ rows: Int, _ width: Int, _ columns: Range<Int>,
  _ y: UnsafeMutablePointer<V.Scalar>
) {
  var column = columns.lowerBound
  while column + 4 * V.scalarCount <= columns.upperBound {
    let strip: InlineArray<4, V> = strip(C.self, x + column, rows, width)
    for i in 0..<4 { strip[i].store(to: y + column + i * V.scalarCount) }
    column += 4 * V.scalarCount
  }
  while column < columns.upperBound {
    let strip: InlineArray<1, V> = strip(C.self, x + column, rows, width)
    strip[0].store(to: y + column, atMost: columns.upperBound - column)
    column += V.scalarCount
  }
}

/// The reduction over the rows of n adjacent vectors: sixteen rows one after another, then these blocks pairwise.
///
/// Level l of `held` waits for its partner, another reduction of 2ˡ blocks, as in the carry of a binary counter.
@inline(__always)
private func strip<let n: Int, V: KernelLanes, C: Combination>(
  _: C.Type, _ x: UnsafePointer<V.Scalar>, _ rows: Int, _ width: Int
) -> InlineArray<n, V> {
  rows <= 32 ? block(C.self, x, 0..<rows, width) : longStrip(C.self, x, rows, width)
}

/// The same over more rows. Never inlined: several loops need it, and it takes long to compile.
@inline(never)
private func longStrip<let n: Int, V: KernelLanes, C: Combination>(
  _: C.Type, _ x: UnsafePointer<V.Scalar>, _ rows: Int, _ width: Int
) -> InlineArray<n, V> {
  withUnsafeTemporaryAllocation(of: InlineArray<n, V>.self, capacity: 16) { held in
    var sixteens = 0
    for start in stride(from: 0, to: rows, by: 16) {
      var sum: InlineArray<n, V> = block(C.self, x, start..<min(rows, start + 16), width)
      var level = 0
      while sixteens >> level & 1 == 1 {
        for i in 0..<n { sum[i] = C.combine(held[level][i], sum[i]) }
        level += 1
      }
      held[level] = sum
      sixteens += 1
    }
    var total = held[sixteens.trailingZeroBitCount]
    for level in sixteens.trailingZeroBitCount + 1..<16 where sixteens >> level & 1 == 1 {
      for i in 0..<n { total[i] = C.combine(held[level][i], total[i]) }
    }
    return total
  }
}

/// The reduction of a few rows of n adjacent vectors, one row after another.
@inline(__always)
private func block<let n: Int, V: KernelLanes, C: Combination>(
  _: C.Type, _ x: UnsafePointer<V.Scalar>, _ rows: Range<Int>, _ width: Int
) -> InlineArray<n, V> {
  var sum = InlineArray<n, V>(repeating: V(repeating: V.Scalar(C.neutral)))
  for row in rows {
    for i in 0..<n { sum[i] = C.combine(sum[i], V(at: x + row * width + i * V.scalarCount)) }
  }
  return sum
}
