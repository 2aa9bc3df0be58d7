// Tiles in registers: squares of vectors, which hold the same numbers of neighbouring tiles. Loops over the lines of a
// square are written out, because vectors that are indexed in a loop stay in memory.

/// Up to five vectors, as many as a line of the largest tiles needs; the others are zero. A square is lines of lines.
typealias TileLine<V> = InlineArray<5, V>
typealias TileSquare<V> = TileLine<TileLine<V>>

protocol FloatVector: SIMD, BitwiseCopyable where Scalar == Float {}
extension SIMD2<Float>: FloatVector {}
extension SIMD4<Float>: FloatVector {}
extension SIMD8<Float>: FloatVector {}
extension SIMD16<Float>: FloatVector {}

/// The rows of a square.
protocol SquareRows<Vector> {
  associatedtype Vector: FloatVector
  subscript(row: Int) -> TileLine<Vector> { get }
}

/// A linear map of the numbers in a line.
protocol LineMap {
  static func of<V: FloatVector>(_ line: TileLine<V>) -> TileLine<V>
}

extension LineMap {
  /// Maps the rows, each as soon as it is read, and then the columns of what results; returns column after column.
  @inline(__always)
  static func of<V: FloatVector>(_ rows: some SquareRows<V>) -> TileSquare<V> {
    let (a, b, c, d, e) = (of(rows[0]), of(rows[1]), of(rows[2]), of(rows[3]), of(rows[4]))
    @inline(__always) func column(_ j: Int) -> TileLine<V> { of([a[j], b[j], c[j], d[j], e[j]]) }
    return [column(0), column(1), column(2), column(3), column(4)]
  }
}

@inline(__always)
func line<V: FloatVector>(_ a: V, _ b: V, _ c: V = .zero, _ d: V = .zero, _ e: V = .zero) -> TileLine<V> {
  [a, b, c, d, e]
}

/// `count` × `count` vectors in memory, with zeros around them.
struct StoredSquare: SquareRows {
  let count: Int
  let numbers: UnsafePointer<Float>
  let rowStep, columnStep: Int
  /// The distance to numbers that will be read soon and that the processor does not predict, or 0.
  var ahead = 0

  @inline(__always)
  subscript(row: Int) -> TileLine<FloatTileVector> {
    let row = (inside: row < count, numbers: numbers + row &* rowStep)
    @inline(__always) func vector(_ column: Int) -> FloatTileVector {
      if !row.inside || column >= count { return .zero }
      let numbers = row.numbers + column &* columnStep
      if ahead > 0 { prefetch(numbers + ahead) }
      return FloatTileVector(unaligned: numbers)
    }
    return [vector(0), vector(1), vector(2), vector(3), vector(4)]
  }
}

/// Writes the first n × n vectors of a square, 4 × 4 or 5 × 5, to memory.
@inline(__always)
func store<V: FloatVector>(
  _ square: TileSquare<V>, _ n: Int, _ numbers: UnsafeMutablePointer<Float>, rowStep: Int, columnStep: Int
) {
  @inline(__always) func row(_ i: Int) {
    if i >= n { return }
    let row = UnsafeMutableRawPointer(numbers + i &* rowStep)
    row.storeBytes(of: square[i][0], as: V.self)
    row.storeBytes(of: square[i][1], toByteOffset: 4 &* columnStep, as: V.self)
    row.storeBytes(of: square[i][2], toByteOffset: 8 &* columnStep, as: V.self)
    row.storeBytes(of: square[i][3], toByteOffset: 12 &* columnStep, as: V.self)
    if n > 4 { row.storeBytes(of: square[i][4], toByteOffset: 16 &* columnStep, as: V.self) }
  }
  row(0)
  row(1)
  row(2)
  row(3)
  row(4)
}

extension FloatVector {
  /// The vector at an address that need not be aligned.
  @inline(__always)
  init(unaligned address: UnsafePointer<Float>) { self = UnsafeRawPointer(address).loadUnaligned(as: Self.self) }
}

// MARK: - Numbers that alternate in memory

/// Up to eight vectors.
typealias Streams = InlineArray<8, FloatTileVector>

/// `count` vectors, 2 or 4, the first with the numbers 0, count, 2 count, …, the next with those after them, and so on.
@inline(__always)
func separated(_ numbers: UnsafePointer<Float>, _ count: Int) -> TileLine<FloatTileVector> {
  typealias V = FloatTileVector
  @inline(__always) func pair(_ low: V, _ high: V) -> (V, V) {
    (V(lowHalf: low.evenHalf, highHalf: high.evenHalf), V(lowHalf: low.oddHalf, highHalf: high.oddHalf))
  }
  @inline(__always) func pair(_ i: Int) -> (V, V) {
    pair(V(unaligned: numbers + i * V.scalarCount), V(unaligned: numbers + (i + 1) * V.scalarCount))
  }
  let first = pair(0)
  if count == 2 { return line(first.0, first.1) }
  let second = pair(2)
  let (even, odd) = (pair(first.0, second.0), pair(first.1, second.1))
  return line(even.0, odd.0, even.1, odd.1)
}

/// Writes the numbers of `count` vectors, 2, 4 or 8, alternately.
///
/// A number's position has bits for its vector and its lane; each round shifts all of them up by one.
@inline(__always)
func storeAlternately(_ streams: Streams, _ count: Int, _ target: UnsafeMutablePointer<Float>) {
  typealias V = FloatTileVector
  @inline(__always) func pair(_ streams: Streams, _ i: Int) -> (V, V) {
    let (left, right) = (streams[i], streams[i + count / 2])
    var (low, high) = (V.zero, V.zero)
    (low.evenHalf, low.oddHalf) = (left.lowHalf, right.lowHalf)
    (high.evenHalf, high.oddHalf) = (left.highHalf, right.highHalf)
    return (low, high)
  }
  @inline(__always) func round(_ s: Streams) -> Streams {
    let (a, b, c, d) = (pair(s, 0), pair(s, 1), pair(s, 2), pair(s, 3))
    return [a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1]
  }
  var streams = round(streams)
  if count > 2 { streams = round(streams) }
  if count > 4 { streams = round(streams) }
  for i in 0..<count {
    UnsafeMutableRawPointer(target + i * V.scalarCount).storeBytes(of: streams[i], as: V.self)
  }
}
