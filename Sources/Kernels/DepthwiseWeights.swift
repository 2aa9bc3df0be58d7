// The gradient of the kernels of a depthwise convolution: for every channel and tap an inner product over all pixels.

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
    // Few channels are not enough for all cores: then the images are shared out too, in an order that nothing changes.
    let parts = max(1, min(shape.images, fewTasks / shape.channels))
    let partial = Buffer(T.scalarType, count: parts * shape.weightCount)
    let planes = PaddedPlanes(rows, columns, channels: 1, groups: 1, bandRows: rows.count)
    let grid = PatchGrid(rows.grids[0], columns.grids[0], planes, kernelColumns: shape.columns.kernel, channels: 1)
    let work = shape.images / parts * (2 * planes.plane + shape.outputPlane * grid.taps.count / 4)
    parallelChunks(of: parts * shape.channels, atLeast: depthwiseGrain / max(1, work)) { range in
      for task in range {
        let (part, channel) = task.quotientAndRemainder(dividingBy: shape.channels)
        let images = part * shape.images / parts..<(part + 1) * shape.images / parts
        compute(channel, images, planes, grid, partial.pointer(T.self, at: task * shape.kernelPlane))
      }
    }
    let (sum, partial0) = (weight.pointer(T.self), UnsafePointer(partial.pointer(T.self)))
    for i in 0..<shape.weightCount {
      sum[i] = partial0[i]
      for part in 1..<max(1, parts) { sum[i] += partial0[part * shape.weightCount + i] }
    }
    withExtendedLifetime(partial) {}
  }

  /// The sums of one channel over some images.
  private func compute(
    _ channel: Int, _ images: Range<Int>, _ planes: PaddedPlanes, _ grid: PatchGrid, _ result: UnsafeMutablePointer<T>
  ) {
    let width = shape.columns.output
    let scratch = Buffer(T.scalarType, count: planes.plane + linePadding, repeating: 0)
    // y with the rows as far apart as those of x, and zeros in between: one long inner product.
    let line = Buffer(T.scalarType, count: rows.count * planes.pitch + linePadding, repeating: 0)
    let sums = Buffer(T.scalarType, count: grid.taps.count * T.Lanes.scalarCount, repeating: 0)
    for n in images {
      let plane = n * shape.channels + channel
      let (source, target) = (y.pointer(T.self) + plane * shape.outputPlane, line.pointer(T.self))
      for i in 0..<rows.count { (target + i * planes.pitch).update(from: source + i * width, count: width) }
      planes.fill(x.pointer(T.self) + plane * shape.inputPlane, band: 0..<rows.count, into: scratch.pointer(T.self))
      let count = (rows.count - 1) * planes.pitch + width
      addProducts(T.Lanes.self, grid.taps, scratch.pointer(T.self), target, count, sums.pointer(T.self))
    }
    for (t, tap) in grid.taps.enumerated() {
      let lanes = sums.pointer(T.self, at: t * T.Lanes.scalarCount)
      var sum: T = 0
      for lane in 0..<T.Lanes.scalarCount { sum += lanes[lane] }
      result[tap.weight] = sum
    }
  }
}

/// sums[t] += Σ x[i + offset of tap t] y[i], lane by lane; three taps at a time share what is read of y.
@inline(__always)
private func addProducts<V: SIMD>(
  _: V.Type, _ taps: [(weight: Int, offset: Int)], _ x: UnsafePointer<V.Scalar>, _ y: UnsafePointer<V.Scalar>,
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
    for (tap, sum) in [(first, p), (second, q), (third, r)].prefix(min(3, taps.count - first)) {
      let place = UnsafeMutableRawPointer(sums + tap * width)
      place.storeBytes(of: place.loadUnaligned(as: V.self) + sum, as: V.self)
    }
  }
}

/// So many tasks keep the cores busy.
private let fewTasks = 16
