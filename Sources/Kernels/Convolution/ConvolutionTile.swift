// The register tiles of the convolutions: the tile of the matrix product in three heights, because networks have 16, 32
// and 64 filters rather than multiples of twelve. A tile reads its columns from padded planes, or its rows from an
// image, in place.

/// The rows of the lowest tile: see `TileHeights`.
#if AVX512
  let lowTileRows = 4
#else
  let lowTileRows = 2
#endif
let middleTileRows = 2 * lowTileRows

/// Neighbouring pixels and their surroundings in padded planes, as the columns of a matrix with a row per channel and
/// tap.
///
/// A panel of patches has the same form, with one tap and a plane for each of its rows.
struct PlaneColumns<T> {
  /// The first pixel in the plane of the first channel.
  let base: UnsafePointer<T>
  let channels: Int
  /// The distance between channels, and the offset of each tap.
  let plane: Int
  let taps: UnsafeBufferPointer<Int>
}

/// The pixels of a block of images, or the tiles of Winograd's algorithm, as a matrix stored with gaps: pixel j of row
/// i is at `starts[i] + j · step`, and its numbers are contiguous.
struct PixelRows<T> {
  let base: UnsafePointer<T>
  /// The start of each row of pixels.
  let starts: UnsafeBufferPointer<Int>
  /// The number of pixels in a row, and their distance.
  let width, step: Int
}

/// A scalar type with the tiles of the convolutions.
protocol ConvolutionScalar: TileScalar {
  /// The number of lanes in one vector of the tile.
  static var tileLanes: Int { get }

  /// Tile[r, j] = Σₗ A[l, r] B[l, j] for a panel of `height` and `tileColumns` pixels, written to `c` or, with
  /// `adding`, added to it.
  static func computeTile(
    height: Int, _ a: UnsafePointer<Self>, _ b: PlaneColumns<Self>, into c: UnsafeMutablePointer<Self>, adding: Bool)

  /// Tile[r, j] = Σₗ X[l, r] B[l, j] over all pixels l, for the first `height` numbers of each pixel and a panel of
  /// `tileColumns` or, if `isNarrow`, of `tileLanes`.
  static func computeTile(
    height: Int, isNarrow: Bool, _ x: PixelRows<Self>, _ b: UnsafePointer<Self>, into c: UnsafeMutablePointer<Self>,
    rowStride: Int, adding: Bool)
}

extension Float: ConvolutionScalar {
  static var tileLanes: Int { FloatTileVector.scalarCount }

  static func computeTile(
    height: Int, _ a: UnsafePointer<Float>, _ b: PlaneColumns<Float>, into c: UnsafeMutablePointer<Float>, adding: Bool
  ) { tile(FloatTileVector.self, height, a, b, c, adding) }

  static func computeTile(
    height: Int, isNarrow: Bool, _ x: PixelRows<Float>, _ b: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>, rowStride: Int, adding: Bool
  ) { tile(FloatTileVector.self, height, isNarrow, x, b, c, rowStride, adding) }
}

extension Double: ConvolutionScalar {
  static var tileLanes: Int { DoubleTileVector.scalarCount }

  static func computeTile(
    height: Int, _ a: UnsafePointer<Double>, _ b: PlaneColumns<Double>, into c: UnsafeMutablePointer<Double>,
    adding: Bool
  ) { tile(DoubleTileVector.self, height, a, b, c, adding) }

  static func computeTile(
    height: Int, isNarrow: Bool, _ x: PixelRows<Double>, _ b: UnsafePointer<Double>,
    into c: UnsafeMutablePointer<Double>, rowStride: Int, adding: Bool
  ) { tile(DoubleTileVector.self, height, isNarrow, x, b, c, rowStride, adding) }
}

@inline(never)
private func tile<V: SIMD>(
  _: V.Type, _ height: Int, _ a: UnsafePointer<V.Scalar>, _ b: PlaneColumns<V.Scalar>,
  _ c: UnsafeMutablePointer<V.Scalar>, _ adding: Bool
) where V.Scalar: BinaryFloatingPoint {
  if height == tileRows {
    var sums = filledTile(V.zero)
    multiply(&sums, tileRows, tileVectors, a, b)
    writeTile(sums, tileRows, tileVectors, c, tileVectors * V.scalarCount, adding)
  } else if height == middleTileRows {
    var sums = filledTile(V.zero)
    multiply(&sums, middleTileRows, tileVectors, a, b)
    writeTile(sums, middleTileRows, tileVectors, c, tileVectors * V.scalarCount, adding)
  } else {
    var sums = filledTile(V.zero)
    multiply(&sums, lowTileRows, tileVectors, a, b)
    writeTile(sums, lowTileRows, tileVectors, c, tileVectors * V.scalarCount, adding)
  }
}

@inline(__always)
private func tile<V: SIMD>(
  _: V.Type, _ height: Int, _ isNarrow: Bool, _ x: PixelRows<V.Scalar>, _ b: UnsafePointer<V.Scalar>,
  _ c: UnsafeMutablePointer<V.Scalar>, _ rowStride: Int, _ adding: Bool
) where V.Scalar: BinaryFloatingPoint {
  if isNarrow {
    narrowTile(V.self, height, x, b, c, rowStride, adding)
  } else if height == tileRows {
    var sums = filledTile(V.zero)
    multiply(&sums, tileRows, tileVectors, x, b)
    writeTile(sums, tileRows, tileVectors, c, rowStride, adding)
  } else if height == middleTileRows {
    var sums = filledTile(V.zero)
    multiply(&sums, middleTileRows, tileVectors, x, b)
    writeTile(sums, middleTileRows, tileVectors, c, rowStride, adding)
  } else {
    var sums = filledTile(V.zero)
    multiply(&sums, lowTileRows, tileVectors, x, b)
    writeTile(sums, lowTileRows, tileVectors, c, rowStride, adding)
  }
}

@inline(__always)
private func narrowTile<V: SIMD>(
  _: V.Type, _ height: Int, _ x: PixelRows<V.Scalar>, _ b: UnsafePointer<V.Scalar>,
  _ c: UnsafeMutablePointer<V.Scalar>, _ rowStride: Int, _ adding: Bool
) where V.Scalar: BinaryFloatingPoint {
  if height == tileRows {
    var sums = filledTile(V.zero)
    multiply(&sums, tileRows, 1, x, b)
    writeTile(sums, tileRows, 1, c, rowStride, adding)
  } else if height == middleTileRows {
    var sums = filledTile(V.zero)
    multiply(&sums, middleTileRows, 1, x, b)
    writeTile(sums, middleTileRows, 1, c, rowStride, adding)
  } else {
    var sums = filledTile(V.zero)
    multiply(&sums, lowTileRows, 1, x, b)
    writeTile(sums, lowTileRows, 1, c, rowStride, adding)
  }
}

/// sums[r, j] += Σ A[l, r] B[l, j], channel by channel and tap by tap.
@inline(__always)
private func multiply<let n: Int, V: SIMD>(
  _ sums: inout InlineArray<n, V>, _ rows: Int, _ vectors: Int, _ a: UnsafePointer<V.Scalar>,
  _ b: PlaneColumns<V.Scalar>
) where V.Scalar: BinaryFloatingPoint {
  var (a, channel) = (a, b.base)
  for _ in 0..<b.channels {
    for tap in b.taps {
      multiply(&sums, rows, vectors, a, rows, channel + tap, 1)
      a += rows
    }
    channel += b.plane
  }
}

/// sums[r, j] += Σ X[l, r] B[l, j], one row of pixels after another.
@inline(__always)
private func multiply<let n: Int, V: SIMD>(
  _ sums: inout InlineArray<n, V>, _ rows: Int, _ vectors: Int, _ x: PixelRows<V.Scalar>, _ b: UnsafePointer<V.Scalar>
) where V.Scalar: BinaryFloatingPoint {
  var b = b
  for start in x.starts {
    multiply(&sums, rows, vectors, x.base + start, x.step, b, x.width)
    b += x.width * vectors * V.scalarCount
  }
}

/// sums[r, j] += Σₗ a[l · step + r] B[l, j] with constant bounds, so that the sums stay in registers.
@inline(__always)
private func multiply<let n: Int, V: SIMD>(
  _ sums: inout InlineArray<n, V>, _ rows: Int, _ vectors: Int, _ a: UnsafePointer<V.Scalar>, _ step: Int,
  _ b: UnsafePointer<V.Scalar>, _ depth: Int
) where V.Scalar: BinaryFloatingPoint {
  var (a, b) = (a, UnsafeRawPointer(b))
  for _ in 0..<depth {
    for r in 0..<rows {
      let factor = V(repeating: a[r])
      for v in 0..<vectors {
        let y = b.loadUnaligned(fromByteOffset: v * MemoryLayout<V>.size, as: V.self)
        sums[r * vectors + v] = multiplyAdd(factor, y, sums[r * vectors + v])
      }
    }
    a += step
    b += vectors * MemoryLayout<V>.size
  }
}
