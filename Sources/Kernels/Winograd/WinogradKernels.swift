// The kernels, transformed: G g Gᵀ.

/// The kernels of all filters and channels, with their grids and phases.
struct WinogradKernels<Tiles: WinogradTiles>: Sendable {
  private let weight: Region
  private let filters, channels: KernelPlanes
  /// The position of a kernel's first number, and the distances between its rows and between its columns.
  private let start, rowStep, columnStep: Int

  init(_ weight: Region, _ shape: ConvolutionShape, isTransposed: Bool) {
    let (length, step) = (shape.columns.kernel, shape.columns.stride)
    let outer = KernelPlanes(count: shape.filters, stride: shape.channels * shape.kernelPlane, parts: 1, length)
    let inner = KernelPlanes(count: shape.channels, stride: shape.kernelPlane, parts: step, length)
    self.weight = weight
    (filters, channels) = isTransposed ? (inner, outer) : (outer, inner)
    // A transposed convolution uses the kernel rotated by 180°.
    start = isTransposed ? (length - step) * (length + 1) : 0
    (rowStep, columnStep) = isTransposed ? (-step * length, -step) : (step * length, step)
  }

  /// The number of filters with all grids, rounded up to whole panels.
  var filterRows: Int { (filters.all + tileRows - 1) / tileRows * tileRows }

  /// The distance between positions, which should not share lines of the first-level cache.
  var place: Int { filterRows * channels.all + Float.tileColumns }

  /// For each position, the filters in panels in the order of the register tile.
  func transformed() -> Buffer {
    let transformed = Buffer(.float, count: Tiles.places * place)
    parallelChunks(of: filterRows / tileRows, atLeast: max(1, 4096 / (tileRows * channels.all))) { range in
      for first in range.map({ $0 * tileRows }) {
        for c in 0..<channels.all {
          for r in stride(from: 0, to: tileRows, by: KernelVector.scalarCount) {
            let target = transformed.pointer(Float.self, at: first * channels.all + c * tileRows + r)
            transformKernels(first + r, c, into: target, placeStride: place)
          }
        }
      }
    }
    return transformed
  }

  /// Transforms some kernels side by side, with zeros for filters that do not exist.
  @inline(__always)
  private func transformKernels(
    _ filter: Int, _ channel: Int, into target: UnsafeMutablePointer<Float>, placeStride: Int
  ) {
    let kernels: UnsafePointer<Float> = weight.pointer(Float.self) + start + channels.offset(channel)
    let count = max(0, min(KernelVector.scalarCount, filters.all - filter))
    var columns = KernelColumns()
    for lane in 0..<count {
      let kernel = kernels + filters.offset(filter + lane)
      for k in 0..<Tiles.r {
        for l in 0..<Tiles.r { columns.columns[l][k][lane] = kernel[k * rowStep + l * columnStep] }
      }
    }
    store(Tiles.Kernel.of(columns), Tiles.n, target, rowStep: Tiles.n * placeStride, columnStep: placeStride)
  }
}

/// Some kernels side by side, column by column.
private struct KernelColumns: SquareRows {
  var columns: TileSquare<KernelVector> = [
    line(.zero, .zero), line(.zero, .zero), line(.zero, .zero), line(.zero, .zero), line(.zero, .zero),
  ]

  @inline(__always)
  subscript(column: Int) -> TileLine<KernelVector> { columns[column] }
}

/// The positions in the weight of the kernels of filters or channels, each of which has parts × parts grids or phases.
private struct KernelPlanes: Sendable {
  private let stride, parts, length: Int
  /// The number of planes with all their parts.
  let all: Int

  init(count: Int, stride: Int, parts: Int, _ length: Int) {
    (self.stride, self.parts, self.length, all) = (stride, parts, length, count * parts * parts)
  }

  @inline(__always)
  func offset(_ index: Int) -> Int {
    if parts == 1 { return index * stride }
    let (plane, part) = index.quotientAndRemainder(dividingBy: parts * parts)
    return plane * stride + part / parts * length + part % parts
  }
}

/// The number of filters transformed at a time; it divides every height of the register tile.
#if AVX512
  private typealias KernelVector = SIMD4<Float>
#else
  private typealias KernelVector = SIMD2<Float>
#endif
