// The gradient of the kernels of a depthwise convolution: an inner product over all pixels for every channel and tap.

/// weight[c, k, l] = Σ x[n, c, s i + d k − p, s j + d l − p] y[n, c, i, j] over n, i and j.
struct DepthwiseWeights<T: ConvolutionScalar>: Sendable {
  private let shape: ConvolutionShape
  private let x, y: Region
  private let weight: Buffer
  private let rows, columns: ConvolutionAxisPlan

  init(_ shape: ConvolutionShape, _ x: Region, _ y: Region, _ weight: Buffer) {
    (self.shape, self.x, self.y, self.weight) = (shape, x, y, weight)
    (rows, columns) = (ConvolutionAxisPlan(shape.rows), ConvolutionAxisPlan(shape.columns))
  }

  func compute() {
    // The planes are contiguous in memory, so the images are divided among the tasks, into fixed parts.
    let parts = min(shape.images, fewTasks)
    let size = shape.channels * shape.kernelPlane * T.Lanes.scalarCount
    let partial = Buffer(T.scalarType, count: parts * size, repeating: 0)
    let planes = PaddedPlanes(rows, columns, bandRows: rows.count)
    let grid = PatchGrid(rows.grids[0], columns.grids[0], planes, kernelColumns: shape.columns.kernel, channels: 1)
    let work = shape.images / parts * shape.channels * (2 * planes.plane + shape.outputPlane * grid.taps.count / 4)
    parallelChunks(of: parts, atLeast: depthwiseGrain / max(1, work)) { range in
      for part in range {
        let images = part * shape.images / parts..<(part + 1) * shape.images / parts
        let numbers = images.lowerBound * shape.channels..<images.upperBound * shape.channels
        add(numbers, planes, grid, partial.pointer(T.self, at: part * size))
      }
    }
    let (result, lanes) = (weight.pointer(T.self), UnsafePointer(partial.pointer(T.self)))
    for channel in 0..<shape.channels {
      for (t, tap) in grid.taps.enumerated() {
        let place = (channel * grid.taps.count + t) * T.Lanes.scalarCount
        var sum: T = 0
        for part in 0..<parts { for lane in 0..<T.Lanes.scalarCount { sum += lanes[part * size + place + lane] } }
        result[channel * shape.kernelPlane + tap.weight] = sum
      }
    }
    withExtendedLifetime(partial) {}
  }

  /// Adds the contributions of some planes to the sums of their channels, lane by lane.
  private func add(_ numbers: Range<Int>, _ planes: PaddedPlanes, _ grid: PatchGrid, _ sums: UnsafeMutablePointer<T>) {
    let width = shape.columns.output
    let atATime = max(1, planesTogether / max(1, planes.plane))
    // The rows of y are as far apart as those of x, with zeros in between and at the end: one long inner product for
    // every plane.
    let lineCount = rows.count * planes.pitch + T.Lanes.scalarCount
    let scratch = Buffer(T.scalarType, count: atATime * planes.plane + linePadding, repeating: 0)
    let spread = Buffer(T.scalarType, count: atATime * lineCount, repeating: 0)
    let (padded, lines) = (scratch.pointer(T.self), spread.pointer(T.self))
    for first in stride(from: numbers.lowerBound, to: numbers.upperBound, by: atATime) {
      let together = min(atATime, numbers.upperBound - first)
      for i in 0..<together {
        let source = y.pointer(T.self) + (first + i) * shape.outputPlane
        for r in 0..<rows.count { copyRow(source + r * width, width, lines + i * lineCount + r * planes.pitch) }
        planes.fill(
          x.pointer(T.self) + (first + i) * shape.inputPlane, band: 0..<rows.count, into: padded + i * planes.plane)
      }
      grid.taps.withUnsafeBufferPointer { taps in
        for i in 0..<together {
          let target = sums + (first + i) % shape.channels * taps.count * T.Lanes.scalarCount
          let count = (rows.count - 1) * planes.pitch + width
          addProducts(T.Lanes.self, taps, padded + i * planes.plane, lines + i * lineCount, count, target)
        }
      }
    }
    withExtendedLifetime((scratch, spread)) {}
  }
}

/// sums[t] += Σ x[i + offset of tap t] y[i], lane by lane; three taps at a time share each read of y.
@inline(__always)
private func addProducts<V: SIMD>(
  _: V.Type, _ taps: UnsafeBufferPointer<(weight: Int, offset: Int)>, _ x: UnsafePointer<V.Scalar>,
  _ y: UnsafePointer<V.Scalar>,
  _ count: Int, _ sums: UnsafeMutablePointer<V.Scalar>
) where V.Scalar: BinaryFloatingPoint {
  let width = V.scalarCount
  for first in stride(from: 0, to: taps.count, by: 3) {
    let (second, third) = (min(first + 1, taps.count - 1), min(first + 2, taps.count - 1))
    let (a, b, c) = (x + taps[first].offset, x + taps[second].offset, x + taps[third].offset)
    var (p, q, r) = (V.zero, V.zero, V.zero)
    for i in stride(from: 0, to: count, by: width) {
      let numbers = UnsafeRawPointer(y + i).loadUnaligned(as: V.self)
      p = multiplyAdd(numbers, UnsafeRawPointer(a + i).loadUnaligned(as: V.self), p)
      q = multiplyAdd(numbers, UnsafeRawPointer(b + i).loadUnaligned(as: V.self), q)
      r = multiplyAdd(numbers, UnsafeRawPointer(c + i).loadUnaligned(as: V.self), r)
    }
    // A tap that stands in for a missing one writes the same sum again.
    let before = (V(lanes: sums + first * width), V(lanes: sums + second * width), V(lanes: sums + third * width))
    UnsafeMutableRawPointer(sums + first * width).storeBytes(of: before.0 + p, as: V.self)
    UnsafeMutableRawPointer(sums + second * width).storeBytes(of: before.1 + q, as: V.self)
    UnsafeMutableRawPointer(sums + third * width).storeBytes(of: before.2 + r, as: V.self)
  }
}

extension SIMD {
  @inline(__always)
  fileprivate init(lanes address: UnsafePointer<Scalar>) {
    self = UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }
}

/// This many tasks keep the cores busy.
private let fewTasks = 16
