// Depthwise convolution: every channel has its own kernel, so there is no matrix product, only sums of a few numbers.
//
// A plane is padded in scratch memory, where every tap is at a fixed distance. The rows of results then form one long
// line, computed in whole vectors whatever the width of the map; the few numbers between the rows are discarded.

/// A depthwise convolution or its transpose.
struct DepthwiseConvolution<T: ConvolutionScalar>: Sendable {
  private let source, weight: Region
  private let bias: Region?
  private let result: Buffer
  private let rows, columns: ConvolutionAxisPlan
  private let images, channels, kernelRows, kernelColumns: Int

  /// The convolution of x, or the transposed one of y.
  init(
    _ shape: ConvolutionShape, _ source: Region, _ weight: Region, _ bias: Region?, _ result: Buffer,
    isTransposed: Bool = false
  ) {
    (self.source, self.weight, self.bias, self.result) = (source, weight, bias, result)
    rows = ConvolutionAxisPlan(shape.rows, isTransposed: isTransposed)
    columns = ConvolutionAxisPlan(shape.columns, isTransposed: isTransposed)
    (images, channels) = (shape.images, shape.channels)
    (kernelRows, kernelColumns) = (shape.rows.kernel, shape.columns.kernel)
  }

  func compute() {
    let planes = PaddedPlanes(rows, columns, bandRows: rows.count)
    let grids = rows.grids.flatMap { row in
      columns.grids.map { PatchGrid(row, $0, planes, kernelColumns: kernelColumns, channels: 1) }
    }
    let work = 2 * planes.plane + rows.count * planes.pitch * grids.map(\.taps.count).reduce(0, +) / 4
    // Several planes are padded, then computed, then written: a vector read right after its parts were written would
    // have to wait.
    let atATime = max(1, planesTogether / max(1, planes.plane))
    let lineCount = rows.count * planes.pitch + T.Lanes.scalarCount * 4
    parallelChunks(of: images * channels, atLeast: depthwiseGrain / max(1, work)) { range in
      let scratch = Buffer(T.scalarType, count: atATime * planes.plane + linePadding, repeating: 0)
      let lines = Buffer(T.scalarType, count: atATime * lineCount)
      for first in stride(from: range.lowerBound, to: range.upperBound, by: atATime) {
        let together = first..<min(range.upperBound, first + atATime)
        var padded = source.pointer(T.self) + first * rows.source * columns.source
        if !planes.isInPlace {
          let target = scratch.pointer(T.self)
          for i in 0..<together.count {
            planes.fill(
              padded + i * rows.source * columns.source, band: 0..<rows.count, into: target + i * planes.plane)
          }
          padded = UnsafePointer(target)
        }
        for grid in grids { compute(grid, together, padded, planes, lines.pointer(T.self), lineCount) }
      }
      withExtendedLifetime((scratch, lines)) {}
    }
  }

  /// Computes one grid of the results of some planes.
  @inline(__always)
  private func compute(
    _ grid: PatchGrid, _ numbers: Range<Int>, _ padded: UnsafePointer<T>, _ planes: PaddedPlanes,
    _ lines: UnsafeMutablePointer<T>, _ lineCount: Int
  ) {
    let count = (grid.row.count - 1) * planes.pitch + grid.column.count
    grid.taps.withUnsafeBufferPointer { taps in
      for number in numbers {
        let (channel, i) = (number % channels, number - numbers.lowerBound)
        addTaps(
          T.Lanes.self, taps, weight.pointer(T.self) + channel * kernelRows * kernelColumns,
          bias.map { $0.pointer(T.self)[channel] } ?? 0, padded + i * planes.plane, count, lines + i * lineCount)
      }
    }
    for number in numbers {
      let line = lines + (number - numbers.lowerBound) * lineCount
      var row = result.pointer(T.self, at: number * rows.result * columns.result)
      row += grid.row.start * columns.result + grid.column.start
      for i in 0..<grid.row.count {
        if grid.column.step == 1 {
          copyRow(line + i * planes.pitch, grid.column.count, row)
        } else {
          for j in 0..<grid.column.count { row[j * grid.column.step] = line[i * planes.pitch + j] }
        }
        row += grid.row.step * columns.result
      }
    }
  }
}

/// y[i] = bias + Σ weight[tap] x[i + offset of the tap], rounded up to whole vectors.
@inline(__always)
private func addTaps<V: SIMD>(
  _: V.Type, _ taps: UnsafeBufferPointer<(weight: Int, offset: Int)>, _ weight: UnsafePointer<V.Scalar>,
  _ bias: V.Scalar,
  _ x: UnsafePointer<V.Scalar>, _ count: Int, _ y: UnsafeMutablePointer<V.Scalar>
) where V.Scalar: BinaryFloatingPoint {
  let width = V.scalarCount
  var i = 0
  while i + 3 * width < count {
    var sums = InlineArray<4, V>(repeating: V(repeating: bias))
    for tap in taps {
      let (factor, place) = (V(repeating: weight[tap.weight]), UnsafeRawPointer(x + i + tap.offset))
      for v in 0..<4 {
        let numbers = place.loadUnaligned(fromByteOffset: v * MemoryLayout<V>.size, as: V.self)
        sums[v] = multiplyAdd(factor, numbers, sums[v])
      }
    }
    for v in 0..<4 { UnsafeMutableRawPointer(y + i + v * width).storeBytes(of: sums[v], as: V.self) }
    i += 4 * width
  }
  while i < count {
    var sum = V(repeating: bias)
    for tap in taps {
      let numbers = UnsafeRawPointer(x + i + tap.offset).loadUnaligned(as: V.self)
      sum = multiplyAdd(V(repeating: weight[tap.weight]), numbers, sum)
    }
    UnsafeMutableRawPointer(y + i).storeBytes(of: sum, as: V.self)
    i += width
  }
}

/// The numbers of padded planes worked on together: half the first-level cache.
let planesTogether = 4096

/// The numbers that vectors may read and write beyond the end of a line.
let linePadding = 64

/// The numbers copied, or four times as many multiplied, that make a task worthwhile.
let depthwiseGrain = 1 << 17
