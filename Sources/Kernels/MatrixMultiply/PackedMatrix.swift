// Products with a matrix that is packed once and multiplied many times by a few rows: the weights of a recurrence.
//
// B is packed into panels, as for every product. The few rows of A are read in place: packing them would cost as much
// as it saves, since each is used for only a handful of panels.

/// A scalar type whose tile can also be computed from rows of A anywhere in memory.
protocol RowTileScalar: TileScalar {
  /// C[r, j] += Σₗ A[r, l] B[l, j] for `rows` rows of A, at most `tileRows`, and one packed panel of B.
  static func multiplyRows(
    _ a: UnsafePointer<Self>, rows: Int, rowStride: Int, _ b: UnsafePointer<Self>, depth: Int,
    addingTo c: UnsafeMutablePointer<Self>, resultStride: Int)
}

extension Float: RowTileScalar {
  static func multiplyRows(
    _ a: UnsafePointer<Float>, rows: Int, rowStride: Int, _ b: UnsafePointer<Float>, depth: Int,
    addingTo c: UnsafeMutablePointer<Float>, resultStride: Int
  ) { multiply(FloatTileVector.self, a, rows, rowStride, b, depth, c, resultStride) }
}

extension Double: RowTileScalar {
  static func multiplyRows(
    _ a: UnsafePointer<Double>, rows: Int, rowStride: Int, _ b: UnsafePointer<Double>, depth: Int,
    addingTo c: UnsafeMutablePointer<Double>, resultStride: Int
  ) { multiply(DoubleTileVector.self, a, rows, rowStride, b, depth, c, resultStride) }
}

/// Tiles of the largest heights that fit, one below another: a tile of 8 rows costs little more per row than one of 12.
@inline(__always)
private func multiply<V: SIMD>(
  _: V.Type, _ a: UnsafePointer<V.Scalar>, _ rows: Int, _ rowStride: Int, _ b: UnsafePointer<V.Scalar>, _ depth: Int,
  _ c: UnsafeMutablePointer<V.Scalar>, _ resultStride: Int
) where V.Scalar: BinaryFloatingPoint {
  var row = 0
  while row < rows {
    let (x, y) = (a + row * rowStride, c + row * resultStride)
    switch rows - row {
    case tileRows...:
      tile(V.self, height: tileRows, x, rowStride, b, depth, y, resultStride)
      row += tileRows
    case 8...:
      tile(V.self, height: 8, x, rowStride, b, depth, y, resultStride)
      row += 8
    case 4...:
      tile(V.self, height: 4, x, rowStride, b, depth, y, resultStride)
      row += 4
    case 2...:
      tile(V.self, height: 2, x, rowStride, b, depth, y, resultStride)
      row += 2
    default:
      tile(V.self, height: 1, x, rowStride, b, depth, y, resultStride)
      row += 1
    }
  }
}

/// A tile of constant height: after inlining, the unused part of `Tile` is gone.
@inline(__always)
private func tile<V: SIMD>(
  _: V.Type, height: Int, _ a: UnsafePointer<V.Scalar>, _ rowStride: Int, _ b: UnsafePointer<V.Scalar>, _ depth: Int,
  _ c: UnsafeMutablePointer<V.Scalar>, _ resultStride: Int
) where V.Scalar: BinaryFloatingPoint {
  var tile = filledTile(V.zero)
  var (a, b) = (a, UnsafeRawPointer(b))
  for _ in 0..<depth {
    for r in 0..<height {
      let x = V(repeating: a[r &* rowStride])
      for v in 0..<tileVectors {
        let y = b.load(fromByteOffset: v * MemoryLayout<V>.size, as: V.self)
        tile[r * tileVectors + v] = multiplyAdd(x, y, tile[r * tileVectors + v])
      }
    }
    a += 1
    b += tileVectors * MemoryLayout<V>.size
  }
  for r in 0..<height {
    let row = UnsafeMutableRawPointer(c + r &* resultStride)
    for v in 0..<tileVectors {
      let place = v * MemoryLayout<V>.size
      let before = row.loadUnaligned(fromByteOffset: place, as: V.self)
      row.storeBytes(of: before + tile[r * tileVectors + v], toByteOffset: place, as: V.self)
    }
  }
}

/// The number of elements that make a task worthwhile.
private let packingGrain = 1 << 16

/// Square matrices B₀, B₁, … of one size, packed so that a group of columns of all of them is contiguous.
struct PackedMatrices<T: RowTileScalar>: Sendable {
  /// The number of columns in a group: the width of a tile, or of several if a tile is narrow.
  static var groupWidth: Int { panelsInGroup * T.tileColumns }
  private static var panelsInGroup: Int { max(1, 32 / T.tileColumns) }

  private let panels: Buffer
  private let size, number: Int
  /// The number of groups of columns; the last may be partly empty.
  let groups: Int

  /// Packs the matrices; the `count` of each source is its number of columns.
  init(_ sources: [PanelSource<T>], size: Int) {
    let groups = (size + Self.groupWidth - 1) / Self.groupWidth
    let inGroup = sources.count * Self.panelsInGroup
    let panels = Buffer(T.scalarType, count: groups * inGroup * size * T.tileColumns)
    parallelChunks(of: groups, atLeast: max(1, packingGrain / max(1, inGroup * size * T.tileColumns))) { range in
      for place in range.lowerBound * inGroup..<range.upperBound * inGroup {
        let (group, matrix) = (place / inGroup, place % inGroup / Self.panelsInGroup)
        let column = group * Self.groupWidth + place % Self.panelsInGroup * T.tileColumns
        let target = panels.pointer(T.self, at: place * size * T.tileColumns)
        if column < size {
          sources[matrix].pack(column, width: T.tileColumns, 0..<size, into: target)
        } else {
          target.update(repeating: 0, count: size * T.tileColumns)
        }
      }
    }
    (self.panels, self.size, self.number, self.groups) = (panels, size, sources.count, groups)
  }

  /// C[r, j] += Σₗ A[r, l] B[l, j] for `rows` rows of A, at most `tileRows`, and a group of columns of a matrix.
  @inline(__always)
  func multiply(
    _ a: UnsafePointer<T>, rows: Int, rowStride: Int, matrix: Int, group: Int, addingTo c: UnsafeMutablePointer<T>
  ) {
    for panel in 0..<Self.panelsInGroup {
      let b = panels.pointer(
        T.self, at: ((group * number + matrix) * Self.panelsInGroup + panel) * size * T.tileColumns)
      T.multiplyRows(
        a, rows: rows, rowStride: rowStride, b, depth: size, addingTo: c + panel * T.tileColumns,
        resultStride: Self.groupWidth)
    }
  }
}
