// The register tile: the innermost part of the matrix product.
//
//   Tile[r, j] = Σₗ A[r, l] B[l, j]
//
// A tile is as large as the registers allow: each number loaded from A then serves a row of the tile and each vector
// from B a column, and the processor multiplies twice per cycle instead of waiting for memory. The shape depends on the
// register file: 32 registers of 64 bytes hold 12 × 2 accumulators and the factors, 16 of 32 bytes hold 6 × 2, the 32
// of 16 bytes of arm64 hold 8 × 3.

#if AVX512
  let tileRows = 12
  let tileVectors = 2
  typealias Tile<Vector> = InlineArray<24, Vector>
  typealias FloatTileVector = SIMD16<Float>
  typealias DoubleTileVector = SIMD8<Double>
#elseif AVX2
  let tileRows = 6
  let tileVectors = 2
  typealias Tile<Vector> = InlineArray<12, Vector>
  typealias FloatTileVector = SIMD8<Float>
  typealias DoubleTileVector = SIMD4<Double>
#elseif arch(arm64)
  let tileRows = 8
  let tileVectors = 3
  typealias Tile<Vector> = InlineArray<24, Vector>
  typealias FloatTileVector = SIMD4<Float>
  typealias DoubleTileVector = SIMD2<Double>
#else
  let tileRows = 6
  let tileVectors = 2
  typealias Tile<Vector> = InlineArray<12, Vector>
  typealias FloatTileVector = SIMD4<Float>
  typealias DoubleTileVector = SIMD2<Double>
#endif

/// The part of a tile needed at the edges of C: rows in thirds (8 rows in halves), columns in vectors.
struct TilePart {
  let rows, vectors: Int

  /// The smallest part with at least this many rows and columns.
  init<T: TileScalar>(_: T.Type, rows: Int, columns: Int) {
    self.rows = (rows + tileStep - 1) / tileStep * tileStep
    vectors = columns <= T.tileColumns / tileVectors ? 1 : tileVectors
  }

  /// The number of columns in the part.
  func columns<T: TileScalar>(_: T.Type) -> Int { T.tileColumns / tileVectors * vectors }
}

private let tileStep = tileRows == 8 ? 4 : tileRows / 3

/// A scalar type with its tile.
protocol TileScalar: KernelScalar, ElementaryScalar where Lanes: KernelLanes {
  /// The numbers in a row of the tile.
  static var tileColumns: Int { get }

  /// Computes the tile, or a part of it, of one panel of A, `depth` columns of `tileRows` numbers, and one panel of B,
  /// `depth` rows of `tileColumns`. Writes it to C or, with `adding`, adds it.
  static func computeTile(
    _ part: TilePart, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, depth: Int,
    into c: UnsafeMutablePointer<Self>, rowStride: Int, adding: Bool)
}

extension Float: TileScalar {
  static var tileColumns: Int { tileVectors * FloatTileVector.scalarCount }

  static func computeTile(
    _ part: TilePart, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, depth: Int,
    into c: UnsafeMutablePointer<Float>, rowStride: Int, adding: Bool
  ) { chooseTile(FloatTileVector.self, part, a, b, depth, c, rowStride, adding) }
}

extension Double: TileScalar {
  static var tileColumns: Int { tileVectors * DoubleTileVector.scalarCount }

  static func computeTile(
    _ part: TilePart, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, depth: Int,
    into c: UnsafeMutablePointer<Double>, rowStride: Int, adding: Bool
  ) { chooseTile(DoubleTileVector.self, part, a, b, depth, c, rowStride, adding) }
}

/// Each part is a function of its own, whose loops have constant bounds.
@inline(__always)
private func chooseTile<V: SIMD>(
  _: V.Type, _ part: TilePart, _ a: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>, _ depth: Int,
  _ c: UnsafeMutablePointer<V.Scalar>, _ rowStride: Int, _ adding: Bool
) where V.Scalar: BinaryFloatingPoint {
  switch (part.rows, part.vectors) {
  case (tileStep, 1): tile(V.self, OneStep.self, OneVector.self, a, b, depth, c, rowStride, adding)
  case (tileStep, _): tile(V.self, OneStep.self, AllVectors.self, a, b, depth, c, rowStride, adding)
  case (2 * tileStep, 1): tile(V.self, TwoSteps.self, OneVector.self, a, b, depth, c, rowStride, adding)
  case (2 * tileStep, _): tile(V.self, TwoSteps.self, AllVectors.self, a, b, depth, c, rowStride, adding)
  case (_, 1): tile(V.self, AllRows.self, OneVector.self, a, b, depth, c, rowStride, adding)
  default: tile(V.self, AllRows.self, AllVectors.self, a, b, depth, c, rowStride, adding)
  }
}

/// The number of rows or vectors in a part of a tile, known when its function is compiled.
private protocol Extent { static var count: Int { get } }
private enum OneStep: Extent { static var count: Int { tileStep } }
private enum TwoSteps: Extent { static var count: Int { 2 * tileStep } }
private enum AllRows: Extent { static var count: Int { tileRows } }
private enum OneVector: Extent { static var count: Int { 1 } }
private enum AllVectors: Extent { static var count: Int { tileVectors } }

/// The loops over the tile are unrolled, so that it never leaves the registers. The loop over the depth is not:
/// unrolled, it would.
@inline(never)
private func tile<V: SIMD, Rows: Extent, Vectors: Extent>(
  _: V.Type, _: Rows.Type, _: Vectors.Type, _ a: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>, _ depth: Int,
  _ c: UnsafeMutablePointer<V.Scalar>, _ rowStride: Int, _ adding: Bool
) where V.Scalar: BinaryFloatingPoint {
  let (rows, vectors) = (Rows.count, Vectors.count)
  var tile = filledTile(V.zero)
  var (a, b) = (a, UnsafeRawPointer(b))
  for _ in 0..<depth {
    for r in 0..<rows {
      let x = V(repeating: a[r])
      for v in 0..<vectors {
        let y = b.load(fromByteOffset: v * MemoryLayout<V>.size, as: V.self)
        tile[r * vectors + v] = multiplyAdd(x, y, tile[r * vectors + v])
      }
    }
    a += tileRows
    b += tileVectors * MemoryLayout<V>.size
  }
  writeTile(tile, rows, vectors, c, rowStride, adding)
}

/// Writes a tile or, with `adding`, adds it.
///
/// Two loops without a branch are unrolled. A single loop with a branch wrote the tile to memory before and after the
/// sum, which cost 3 % of a product of depth 512 and more of a shallow one. A sum of tiny negative products is 0, as if
/// it had begun with 0.
@inline(__always)
func writeTile<V: SIMD>(
  _ tile: Tile<V>, _ rows: Int, _ vectors: Int, _ c: UnsafeMutablePointer<V.Scalar>, _ rowStride: Int,
  _ adding: Bool
) where V.Scalar: BinaryFloatingPoint {
  var row = UnsafeMutableRawPointer(c)
  if adding {
    for r in 0..<rows {
      for v in 0..<vectors {
        let place = v * MemoryLayout<V>.size
        let sum = row.loadUnaligned(fromByteOffset: place, as: V.self) + tile[r * vectors + v]
        row.storeBytes(of: sum, toByteOffset: place, as: V.self)
      }
      row += rowStride &* MemoryLayout<V.Scalar>.size
    }
  } else {
    for r in 0..<rows {
      for v in 0..<vectors {
        row.storeBytes(of: .zero + tile[r * vectors + v], toByteOffset: v * MemoryLayout<V>.size, as: V.self)
      }
      row += rowStride &* MemoryLayout<V.Scalar>.size
    }
  }
}

/// A tile with z everywhere. Written out, because a call of `init(repeating:)` would put the tile into memory.
@inline(__always)
func filledTile<V>(_ z: V) -> Tile<V> {
  #if AVX512 || arch(arm64)
    [z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z]
  #else
    [z, z, z, z, z, z, z, z, z, z, z, z]
  #endif
}

/// x y + z, rounded once where the processor supports it.
@inline(__always)
func multiplyAdd<V: SIMD>(_ x: V, _ y: V, _ z: V) -> V where V.Scalar: BinaryFloatingPoint {
  #if AVX512 || AVX2 || arch(arm64)
    z.addingProduct(x, y)
  #else
    z + x * y
  #endif
}
