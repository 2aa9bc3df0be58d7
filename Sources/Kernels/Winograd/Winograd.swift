// Convolution with a kernel of 3 × 3 by fewer multiplications: Winograd's algorithm (Lavin and Gray, 2016).
//
// Four neighbouring results, a tile of 2 × 2, see 4 × 4 numbers of each channel. The sum takes 36 multiplications per
// channel by the definition, and 16 in this order:
//
//   Y = Aᵀ [ Σ over channels (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//
// with the numbers d, the kernel g, and ⊙ element by element. For each of the 16 positions this is a product of
// matrices, filters × channels times channels × tiles. The other sums cost little where many filters share them. Where
// they do not, or where tiles extend past the image, the direct sum is used; so it is for `Double`, which serves to
// check. An infinite number or NaN spoils its whole tile, up to two positions further than in the direct sum.

/// How the results of a convolution with a kernel of 3 × 3 are divided into tiles.
struct WinogradShape: Sendable {
  let images, channels, filters: Int
  /// The lengths of the source and the result, and the number of zeros before the source, for both axes.
  let rows, columns: (source: Int, result: Int, padding: Int)

  /// y from x.
  init?(_ shape: ConvolutionShape) {
    self.init(
      shape, shape.channels, shape.filters, (shape.rows.input, shape.rows.output, shape.rows.padding),
      (shape.columns.input, shape.columns.output, shape.columns.padding))
  }

  /// x from y: a convolution with the kernel rotated by 180°, with filters and channels exchanged.
  init?(transposed shape: ConvolutionShape) {
    self.init(
      shape, shape.filters, shape.channels, (shape.rows.output, shape.rows.input, 2 - shape.rows.padding),
      (shape.columns.output, shape.columns.input, 2 - shape.columns.padding))
  }

  private init?(
    _ shape: ConvolutionShape, _ channels: Int, _ filters: Int, _ rows: (source: Int, result: Int, padding: Int),
    _ columns: (source: Int, result: Int, padding: Int)
  ) {
    (images, self.channels, self.filters, self.rows, self.columns) = (shape.images, channels, filters, rows, columns)
    let isSuitable = shape.groups == 1 && [shape.rows, shape.columns].allSatisfy(\.suitsWinograd)
    guard isSuitable && min(channels, filters) >= fewestPlanes && isWorthIt else { return nil }
  }

  /// The number of tiles in a row, and the room reserved for them: whole vectors, or a smaller power of two.
  var width: Int { (columns.result + 1) / 2 }
  var pitch: Int {
    let lanes = FloatTileVector.scalarCount
    if width >= lanes { return (width + lanes - 1) / lanes * lanes }
    var part = 1
    while part < width { part *= 2 }
    return part
  }
  /// The number of rows of tiles in an image, and in all images.
  var bandsPerImage: Int { (rows.result + 1) / 2 }
  var bands: Int { images * bandsPerImage }

  /// Whether enough multiplications are saved: 16 per tile instead of 9 per existing result.
  private var isWorthIt: Bool { 16 * bandsPerImage * pitch * 4 <= 9 * rows.result * columns.result * 3 }
}

extension ConvolutionAxis {
  fileprivate var suitsWinograd: Bool {
    kernel == 3 && stride == 1 && dilation == 1 && padding <= 2 && output == input + 2 * padding - 2
  }
}

/// With fewer channels or filters, the sums around the products cost more than they save.
private let fewestPlanes = 32

// MARK: - The transformations, for four numbers each; a tile needs them along its columns and along its rows

typealias Four<V> = (V, V, V, V)

/// Bᵀ d
@inline(__always)
func transformedSource<V: SIMD>(_ d: Four<V>) -> Four<V> where V.Scalar == Float {
  (d.0 - d.2, d.1 + d.2, d.2 - d.1, d.1 - d.3)
}

/// G g
@inline(__always)
func transformedKernel<V: SIMD>(_ g: (V, V, V)) -> Four<V> where V.Scalar == Float {
  let (outer, inner) = (0.5 * (g.0 + g.2), 0.5 * g.1)
  return (g.0, outer + inner, outer - inner, g.2)
}

/// Aᵀ m
@inline(__always)
func transformedSums<V: SIMD>(_ m: Four<V>) -> (V, V) where V.Scalar == Float {
  (m.0 + m.1 + m.2, m.1 - m.2 - m.3)
}

/// A y
@inline(__always)
func transformedCotangent<V: SIMD>(_ y: (V, V)) -> Four<V> where V.Scalar == Float {
  (y.0, y.0 + y.1, y.0 - y.1, -y.1)
}

/// Gᵀ u
@inline(__always)
func kernelGradient<V: SIMD>(_ u: Four<V>) -> (V, V, V) where V.Scalar == Float {
  let (sum, difference) = (0.5 * (u.1 + u.2), 0.5 * (u.1 - u.2))
  return (u.0 + sum, difference, sum + u.3)
}

/// Writes the 16 positions of a tile, given column by column.
@inline(__always)
func store(
  _ columns: Four<Four<FloatTileVector>>, _ target: UnsafeMutablePointer<Float>, _ placeStride: Int
) {
  @inline(__always) func store(_ column: Int, _ v: Four<FloatTileVector>) {
    let place = UnsafeMutableRawPointer(target + column * placeStride)
    place.storeBytes(of: v.0, as: FloatTileVector.self)
    place.storeBytes(of: v.1, toByteOffset: 16 * placeStride, as: FloatTileVector.self)
    place.storeBytes(of: v.2, toByteOffset: 32 * placeStride, as: FloatTileVector.self)
    place.storeBytes(of: v.3, toByteOffset: 48 * placeStride, as: FloatTileVector.self)
  }
  store(0, columns.0)
  store(1, columns.1)
  store(2, columns.2)
  store(3, columns.3)
}
