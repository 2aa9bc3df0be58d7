// The loops behind `reduce`.

/// An array seen along its middle axis.
struct Lines: Sendable {
  let outer, length, inner: Int

  /// Long lines are cut into pieces of so many numbers each; a whole line if it is short. A power of two.
  var pieceLength: Int {
    let wanted = max(32, 32_768 / max(1, inner))
    return length <= 2 * wanted ? max(1, length) : wanted
  }

  /// The number of pieces of each line.
  var pieces: Int { max(1, (length + pieceLength - 1) / pieceLength) }

  /// The places along the line of a piece.
  func piece(_ p: Int) -> Range<Int> { p * pieceLength..<min(length, (p + 1) * pieceLength) }
}

/// Reduces every piece, then, where a line has several, their results.
func reduce<V: KernelLanes>(_ r: Reduction, _: V.Type, _ x: Region, _ lines: Lines, _ y: Buffer) {
  guard lines.pieces > 1 else { return reducePieces(r, V.self, x, lines, y) }
  let partial = Buffer(y.scalarType, count: lines.outer * lines.pieces * lines.inner)
  reducePieces(r, V.self, x, lines, partial)
  reduce(r, V.self, Region(partial), Lines(outer: lines.outer, length: lines.pieces, inner: lines.inner), y)
}

/// y[o, p, i] = the reduction of piece p of line (o, i). Threads share the pieces, and the columns of wide arrays.
private func reducePieces<V: KernelLanes>(_ r: Reduction, _: V.Type, _ x: Region, _ lines: Lines, _ y: Buffer) {
  let tiles = (lines.inner + tileWidth - 1) / tileWidth
  let perTile = lines.pieceLength * min(tileWidth, lines.inner)
  parallelChunks(of: lines.outer * lines.pieces * tiles, atLeast: max(1, cheapGrain / max(1, perTile))) { range in
    switch r {
    case .sum: pieces(V.self, x, lines, y, range, 0) { $0 + $1 }
    case .product: pieces(V.self, x, lines, y, range, 1) { $0 * $1 }
    case .maximum: pieces(V.self, x, lines, y, range, -.infinity) { V.larger($0, $1) }
    case .minimum: pieces(V.self, x, lines, y, range, .infinity) { V.smaller($0, $1) }
    }
  }
}

/// How many columns a thread reduces at a time.
private let tileWidth = 1024

/// The tiles of a range, each a piece of up to `tileWidth` lines; tiles are numbered by line, piece and column.
@inline(__always)
private func pieces<V: KernelLanes>(
  _: V.Type, _ x: Region, _ lines: Lines, _ y: Buffer, _ range: Range<Int>, _ neutral: V.Scalar, _ f: (V, V) -> V
) {
  let (x, y) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self))
  let tiles = (lines.inner + tileWidth - 1) / tileWidth
  for number in range {
    let (piece, tile) = number.quotientAndRemainder(dividingBy: tiles)
    let rows = lines.piece(piece % lines.pieces)
    let start = x + ((piece / lines.pieces) * lines.length + rows.lowerBound) * lines.inner
    let target = y + piece * lines.inner
    if lines.inner == 1 {
      target[0] = contiguous(start, rows.count, neutral, f)
    } else {
      let columns = tile * tileWidth..<min(lines.inner, (tile + 1) * tileWidth)
      reduceColumns(start, rows.count, lines.inner, columns, target, neutral, f)
    }
  }
}

/// The reduction of neighbours in memory: as the columns of a matrix four vectors wide, then across.
@inline(__always)
private func contiguous<V: KernelLanes>(
  _ x: UnsafePointer<V.Scalar>, _ count: Int, _ neutral: V.Scalar, _ f: (V, V) -> V
) -> V.Scalar {
  let width = V.scalarCount
  let rows = count / (4 * width)
  var total = V(repeating: neutral)
  if rows > 0 {
    let strip: InlineArray<4, V> = strip(x, rows, 4 * width, neutral, f)
    total = f(f(strip[0], strip[1]), f(strip[2], strip[3]))
  }
  for i in stride(from: rows * 4 * width, to: count, by: width) {
    total = f(total, V(at: x + i).first(count - i, else: neutral))
  }
  return total.folded { f(V(repeating: $0), V(repeating: $1))[0] }
}

/// The reduction of the columns of a matrix with `width` numbers a row, in strips of four vectors, then of one.
@inline(__always)
private func reduceColumns<V: KernelLanes>(
  _ x: UnsafePointer<V.Scalar>, _ rows: Int, _ width: Int, _ columns: Range<Int>, _ y: UnsafeMutablePointer<V.Scalar>,
  _ neutral: V.Scalar, _ f: (V, V) -> V
) {
  var column = columns.lowerBound
  while column + 4 * V.scalarCount <= columns.upperBound {
    let strip: InlineArray<4, V> = strip(x + column, rows, width, neutral, f)
    for i in 0..<4 { strip[i].store(to: y + column + i * V.scalarCount) }
    column += 4 * V.scalarCount
  }
  while column < columns.upperBound {
    let strip: InlineArray<1, V> = strip(x + column, rows, width, neutral, f)
    strip[0].store(to: y + column, atMost: columns.upperBound - column)
    column += V.scalarCount
  }
}

/// The reduction over the rows of n neighbouring vectors: eight rows one after the other, the eights pairwise.
///
/// Level l of `held` waits for its partner, another reduction of 2ˡ eights, as a digit waits for the carry of a binary counter.
@inline(__always)
private func strip<let n: Int, V: KernelLanes>(
  _ x: UnsafePointer<V.Scalar>, _ rows: Int, _ width: Int, _ neutral: V.Scalar, _ f: (V, V) -> V
) -> InlineArray<n, V> {
  var held = InlineArray<20, InlineArray<n, V>>(repeating: InlineArray(repeating: V(repeating: neutral)))
  var eights = 0
  for start in stride(from: 0, to: rows, by: 8) {
    var sum = InlineArray<n, V>(repeating: V(repeating: neutral))
    for row in start..<min(rows, start + 8) {
      for i in 0..<n { sum[i] = f(sum[i], V(at: x + row * width + i * V.scalarCount)) }
    }
    var level = 0
    while eights >> level & 1 == 1 {
      for i in 0..<n { sum[i] = f(held[level][i], sum[i]) }
      level += 1
    }
    held[level] = sum
    eights += 1
  }
  var total = InlineArray<n, V>(repeating: V(repeating: neutral))
  for level in 0..<20 where eights >> level & 1 == 1 {
    for i in 0..<n { total[i] = f(held[level][i], total[i]) }
  }
  return total
}
