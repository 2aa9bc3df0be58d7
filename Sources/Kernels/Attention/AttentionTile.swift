// The register tile of attention, and the panels that it reads.
//
//   C[r, j] (+)= Σₗ A[r, l] B[l, j]
//
// Unlike the tile of the matrix product, it reads A anywhere in memory. The weights of attention are computed as a
// block [keys × queries] that serves three products: as B, as A by rows, and as A by columns. Each reads the block in
// place, and nothing is ever transposed. Eight rows divide every block, and keep the multipliers of Zen 4 as busy as
// twelve do.

#if AVX512
  let attentionRows = 8
  let attentionVectors = 2
  private typealias AttentionTile<Vector> = InlineArray<16, Vector>
#elseif AVX2 || arch(arm64)
  let attentionRows = 4
  let attentionVectors = 1
  private typealias AttentionTile<Vector> = InlineArray<4, Vector>
#else
  let attentionRows = 2
  let attentionVectors = 1
  private typealias AttentionTile<Vector> = InlineArray<2, Vector>
#endif

extension KernelLanes {
  /// The numbers in a row of the tile: the queries, or columns of a result, that are computed side by side.
  @inline(__always)
  static var attentionColumns: Int { attentionVectors * scalarCount }

  /// The tile where A[r, l] is stored at a[l · depthStride + r].
  @inline(never)
  static func multiplyColumns(
    _ a: UnsafePointer<Scalar>, depthStride: Int, _ b: UnsafePointer<Scalar>, depth: Int,
    into c: UnsafeMutablePointer<Scalar>, rowStride: Int, adding: Bool
  ) { multiplyTile(a, depthStride, 1, b, depth, c, rowStride, adding) }

  /// The tile where A[r, l] is stored at a[r · attentionColumns + l].
  @inline(never)
  static func multiplyRows(
    _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>, depth: Int,
    into c: UnsafeMutablePointer<Scalar>, rowStride: Int, adding: Bool
  ) { multiplyTile(a, 1, attentionColumns, b, depth, c, rowStride, adding) }

  /// Zeros, written out: a call that fills the tile would need it in memory.
  @inline(__always)
  private static var emptyTile: AttentionTile<Self> {
    #if AVX512
      [
        .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero,
      ]
    #elseif AVX2 || arch(arm64)
      [.zero, .zero, .zero, .zero]
    #else
      [.zero, .zero]
    #endif
  }

  /// The loops have constant bounds, so they are unrolled and the tile never leaves the registers.
  @inline(__always)
  private static func multiplyTile(
    _ a: UnsafePointer<Scalar>, _ depthStride: Int, _ rowDistance: Int, _ b: UnsafePointer<Scalar>, _ depth: Int,
    _ c: UnsafeMutablePointer<Scalar>, _ rowStride: Int, _ adding: Bool
  ) {
    var tile = emptyTile
    var (a, b) = (a, b)
    for _ in 0..<depth {
      for r in 0..<attentionRows {
        let x = Self(repeating: a[r * rowDistance])
        for v in 0..<attentionVectors {
          let place = r * attentionVectors + v
          tile[place] = multiplyAdd(x, Self(at: b + v * scalarCount), tile[place])
        }
      }
      a += depthStride
      b += attentionColumns
    }
    for r in 0..<attentionRows {
      for v in 0..<attentionVectors {
        let place = c + r * rowStride + v * scalarCount
        ((adding ? Self(at: place) : .zero) + tile[r * attentionVectors + v]).store(to: place)
      }
    }
  }
}

/// A matrix in memory, as the source of packed panels.
struct AttentionMatrix<V: KernelLanes> {
  /// The first number, the number of rows and columns, and their strides.
  let start: UnsafePointer<V.Scalar>
  let rows, columns, rowStride, columnStride: Int

  init(_ x: MatrixOperand, _ batch: Int, rows: Int, columns: Int) {
    start = UnsafePointer(x.buffer.pointer(V.Scalar.self, at: x.offsets[batch]))
    (self.rows, self.columns, rowStride, columnStride) = (rows, columns, x.rowStride, x.columnStride)
  }

  private init(_ start: UnsafePointer<V.Scalar>, _ rows: Int, _ columns: Int, _ rowStride: Int, _ columnStride: Int) {
    (self.start, self.rows, self.columns) = (start, rows, columns)
    (self.rowStride, self.columnStride) = (rowStride, columnStride)
  }

  /// Some of the rows and columns.
  func part(_ i: Range<Int>, _ j: Range<Int>) -> AttentionMatrix {
    AttentionMatrix(
      start + i.lowerBound * rowStride + j.lowerBound * columnStride, i.count, j.count, rowStride, columnStride)
  }

  func part(rows i: Range<Int>) -> AttentionMatrix { part(i, 0..<columns) }

  /// The transpose: the same numbers with rows and columns exchanged.
  var transposed: AttentionMatrix { AttentionMatrix(start, columns, rows, columnStride, rowStride) }

  /// Writes the matrix as panels of `width` columns, one after another; missing columns are filled with zeros.
  func pack(width: Int, into panels: UnsafeMutablePointer<V.Scalar>) {
    for first in stride(from: 0, to: columns, by: width) {
      let panel = panels + first * rows
      let used = min(width, columns - first)
      if used < width { panel.update(repeating: 0, count: rows * width) }
      let source = start + first * columnStride
      if columnStride == 1 && used == V.attentionColumns {
        for i in 0..<rows {
          for v in 0..<attentionVectors {
            V(at: source + i * rowStride + v * V.scalarCount).store(to: panel + i * width + v * V.scalarCount)
          }
        }
      } else if rowStride == 1 {
        transposeRows(source, columnStride, used, rows, width, panel)
      } else {
        for i in 0..<rows {
          for j in 0..<used { panel[i * width + j] = source[i * rowStride + j * columnStride] }
        }
      }
    }
  }
}
