// What a row of tiles sees of a plane.

/// Some lines of a plane with zeros around it, its even and its odd numbers apart: the four that a row of tiles sees.
struct WinogradLines {
  private let shape: WinogradShape
  private let length: Int
  private let padded, even, odd: Buffer

  init(_ shape: WinogradShape) {
    self.shape = shape
    // A tile sees one number of each kind beyond its own, and vectors may read beyond the last tile.
    length = (shape.pitch + 1 + FloatTileVector.scalarCount + Half.scalarCount) / Half.scalarCount * Half.scalarCount
    padded = Buffer(.float, count: 2 * length, repeating: 0)
    even = Buffer(.float, count: 4 * length, repeating: 0)
    odd = Buffer(.float, count: 4 * length, repeating: 0)
  }

  private typealias Half = SIMD8<Float>

  /// Reads line `row` of a plane, counted with the zeros above it.
  func fill(_ row: Int, of plane: UnsafePointer<Float>) {
    let h = row - shape.rows.padding
    let place = row % 4 * length
    let (even, odd) = (even.pointer(Float.self, at: place), odd.pointer(Float.self, at: place))
    guard h >= 0 && h < shape.rows.source else {
      even.update(repeating: 0, count: length)
      return odd.update(repeating: 0, count: length)
    }
    let (source, line) = (plane + h * shape.columns.source, padded.pointer(Float.self))
    (line + shape.columns.padding).update(from: source, count: shape.columns.source)
    for t in stride(from: 0, to: shape.width + 1, by: Half.scalarCount) {
      let numbers = UnsafeRawPointer(line + 2 * t).loadUnaligned(as: SIMD16<Float>.self)
      UnsafeMutableRawPointer(even + t).storeBytes(of: numbers.evenHalf, as: Half.self)
      UnsafeMutableRawPointer(odd + t).storeBytes(of: numbers.oddHalf, as: Half.self)
    }
  }

  /// The four numbers that the tiles from `t` on see in line `row`.
  @inline(__always)
  subscript(row: Int, t: Int) -> Four<FloatTileVector> {
    let place = row % 4 * length + t
    let (even, odd) = (even.pointer(Float.self, at: place), odd.pointer(Float.self, at: place))
    @inline(__always)
    func vector(_ numbers: UnsafeMutablePointer<Float>) -> FloatTileVector {
      UnsafeRawPointer(numbers).loadUnaligned(as: FloatTileVector.self)
    }
    return (vector(even), vector(odd), vector(even + 1), vector(odd + 1))
  }
}
