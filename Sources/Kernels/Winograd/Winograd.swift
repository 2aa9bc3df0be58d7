// Convolution by fewer multiplications: Winograd's algorithm (Lavin and Gray, 2016).
//
// A tile of m × m neighbouring results sees n × n numbers of each channel, n = m + r − 1 for a kernel of r × r. The sum
// takes m² r² multiplications per channel by the definition, and n² in this order:
//
//   Y = Aᵀ [ Σ over channels (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//
// with the numbers d, the kernel g, and ⊙ element by element. For each of the n² positions this is a product of
// matrices, filters × channels times channels × tiles. The other sums cost little where many filters share them. Where
// they do not, or where tiles extend far past the image, the direct sum is used; so it is for `Double`, which serves to
// check. In tiles of four an infinite number or NaN reaches results, or those of one grid, up to two positions further
// than in the direct sum. An infinite number may give NaN where the direct sum is infinite.
//
// With a stride of 2 a kernel of 2r × 2r is one of r × r: see WinogradShape.swift.

/// Tiles of m × m results of kernels of r × r, with their transformations of one line.
protocol WinogradTiles: SendableMetatype {
  static var m: Int { get }
  static var r: Int { get }
  /// With fewer tiles, transforming the kernels costs more than is saved.
  static var fewest: Int { get }
  /// The number of channels and phases whose terms are added up at a time: partial sums round better.
  static var mostDepth: Int { get }
  /// Bᵀ d, and A y
  associatedtype Source: LineMap
  associatedtype Cotangent: LineMap
  /// G g, and Gᵀ u
  associatedtype Kernel: LineMap
  associatedtype KernelGradient: LineMap
  /// Aᵀ s
  associatedtype Sums: LineMap
}

extension WinogradTiles {
  /// The numbers in a line of a tile, and in the whole tile.
  static var n: Int { m + r - 1 }
  static var places: Int { n * n }
}

/// F(2×2, 3×3): 16 instead of 36 multiplications. The matrices belong to polynomials given at 0, 1, −1 and ∞.
/// The errors are 1.1 to 1.9 times those of the direct sums, on average over layers of 64 and 128 planes.
enum TilesOfTwo: WinogradTiles {
  static var m: Int { 2 }
  static var r: Int { 3 }
  static var fewest: Int { 1 }
  static var mostDepth: Int { 1 << 20 }

  enum Source: LineMap {
    @inline(__always)
    static func of<V: FloatVector>(_ d: TileLine<V>) -> TileLine<V> {
      line(d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3])
    }
  }
  enum Cotangent: LineMap {
    @inline(__always)
    static func of<V: FloatVector>(_ y: TileLine<V>) -> TileLine<V> { line(y[0], y[0] + y[1], y[0] - y[1], -y[1]) }
  }
  enum Kernel: LineMap {
    @inline(__always)
    static func of<V: FloatVector>(_ g: TileLine<V>) -> TileLine<V> {
      let (outer, inner) = (0.5 * (g[0] + g[2]), 0.5 * g[1])
      return line(g[0], outer + inner, outer - inner, g[2])
    }
  }
  enum KernelGradient: LineMap {
    @inline(__always)
    static func of<V: FloatVector>(_ u: TileLine<V>) -> TileLine<V> {
      let (sum, difference) = (0.5 * (u[1] + u[2]), 0.5 * (u[1] - u[2]))
      return line(u[0] + sum, difference, sum + u[3])
    }
  }
  enum Sums: LineMap {
    @inline(__always)
    static func of<V: FloatVector>(_ s: TileLine<V>) -> TileLine<V> {
      line(s[0] + s[1] + s[2], s[1] - s[2] - s[3])
    }
  }
}

/// F(4×4, 2×2): 25 instead of 64 multiplications. The matrices belong to polynomials given at 0, −1, ½, 2 and ∞. The
/// errors are 2.8 to 3.9 times those of the direct sums on average, and at most 1.2 · 10⁻⁵ of the size of the results.
/// With 1 in place of ½, or of 2, they are half as large again. They double with sums of 512 terms at a time instead
/// of 128.
enum TilesOfFour: WinogradTiles {
  static var m: Int { 4 }
  static var r: Int { 2 }
  static var fewest: Int { 32 }
  static var mostDepth: Int { 128 }

  enum Source: LineMap {
    @inline(__always)
    static func of<V: FloatVector>(_ d: TileLine<V>) -> TileLine<V> {
      line(
        d[0] + d[3] - 1.5 * (d[1] + d[2]), d[1] + d[3] - 2.5 * d[2], d[3] - d[2] - 2 * d[1],
        d[3] + 0.5 * (d[2] - d[1]), d[1] + d[4] - 1.5 * (d[2] + d[3]))
    }
  }
  enum Cotangent: LineMap {
    @inline(__always)
    static func of<V: FloatVector>(_ y: TileLine<V>) -> TileLine<V> {
      line(
        y[0], (y[0] + y[2]) - (y[1] + y[3]), y[0] + 0.5 * y[1] + 0.25 * y[2] + 0.125 * y[3],
        y[0] + 2 * y[1] + 4 * y[2] + 8 * y[3], y[3])
    }
  }
  enum Kernel: LineMap {
    @inline(__always)
    static func of<V: FloatVector>(_ g: TileLine<V>) -> TileLine<V> {
      line(g[0], (2 / 9) * (g[1] - g[0]), (-4 / 9) * (2 * g[0] + g[1]), (1 / 9) * (g[0] + 2 * g[1]), g[1])
    }
  }
  enum KernelGradient: LineMap {
    @inline(__always)
    static func of<V: FloatVector>(_ u: TileLine<V>) -> TileLine<V> {
      let (first, second, third) = ((2 / 9) * u[1], (4 / 9) * u[2], (1 / 9) * u[3])
      return line(u[0] - first - 2 * second + third, first - second + 2 * third + u[4])
    }
  }
  enum Sums: LineMap {
    @inline(__always)
    static func of<V: FloatVector>(_ s: TileLine<V>) -> TileLine<V> {
      line(
        s[0] + s[1] + s[2] + s[3], 0.5 * s[2] + 2 * s[3] - s[1], 0.25 * s[2] + 4 * s[3] + s[1],
        0.125 * s[2] + 8 * s[3] - s[1] + s[4])
    }
  }
}
