import Kernels
import Messages

// Pooling: windows over planes or lines, reduced to their largest number or their mean. Two closed families: the winners of windows
// are gathered and scattered, means are taken and spread, and each is the other's derivative.

extension Tensor {
  /// The largest number in each square window of a stack of planes, H′ = ⌊(H + 2 padding − window) / stride⌋ + 1. [… H×W] → [… H′×W′]
  ///
  /// The stride is the window if none is given. Padding never wins; of equals the first wins, and gets the whole derivative; NaN
  /// wins against all.
  public func maxPooled2D(window: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    maxPooled(poolingShape(axes: 2, window, stride ?? window, padding), axes: 2)
  }

  /// The largest number in each window of a stack of lines; see `maxPooled2D`. [… L] → [… L′]
  public func maxPooled1D(window: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    maxPooled(poolingShape(axes: 1, window, stride ?? window, padding), axes: 1)
  }

  /// The mean of each square window of a stack of planes, padding counted as zeros; sizes as in `maxPooled2D`. [… H×W] → [… H′×W′]
  public func averagePooled2D(window: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    averagePooled(poolingShape(axes: 2, window, stride ?? window, padding), axes: 2)
  }

  /// The mean of each window of a stack of lines, padding counted as zeros; see `averagePooled2D`. [… L] → [… L′]
  public func averagePooled1D(window: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    averagePooled(poolingShape(axes: 1, window, stride ?? window, padding), axes: 1)
  }

  /// The mean of each plane of a stack. [… H×W] → […]
  public func globalAveragePooled2D() -> Tensor {
    require(rank >= 2, "cannot pool \(shape): planes have two axes")
    return mean(axes: [-2, -1])
  }
}

// MARK: - The largest number

extension Tensor {
  private func maxPooled(_ pooling: PoolingShape, axes: Int) -> Tensor {
    require(
      pooling.places <= 256, "cannot keep the winner among the \(pooling.places) places of a window: 256 are possible")
    let target = shape.pooled(pooling, axes)
    let (buffer, winners) = (Buffer(scalarType, count: target.count), Winners(count: target.count))
    poolMaximum(elements, pooling, into: buffer, winners: winners)
    return Tensor(target, buffer).recorded(
      Edge(self) { [shape] g in g.scattered(to: winners, pooling, shape) })
  }

  /// Zeros in the shape of the planes, with each number added at the winner of its window.
  private func scattered(to winners: Winners, _ pooling: PoolingShape, _ target: Shape) -> Tensor {
    let buffer = Buffer(scalarType, count: target.count)
    scatterToWinners(elements, pooling, winners: winners, into: buffer)
    return Tensor(target, buffer).recorded(
      Edge(self) { [shape] g in g.gathered(from: winners, pooling, shape) })
  }

  /// The number at the winner of each window: the transpose of `scattered`.
  private func gathered(from winners: Winners, _ pooling: PoolingShape, _ target: Shape) -> Tensor {
    let buffer = Buffer(scalarType, count: target.count)
    gatherFromWinners(elements, pooling, winners: winners, into: buffer)
    return Tensor(target, buffer).recorded(
      Edge(self) { [shape] g in g.scattered(to: winners, pooling, shape) })
  }
}

// MARK: - The mean

extension Tensor {
  private func averagePooled(_ pooling: PoolingShape, axes: Int) -> Tensor {
    let target = shape.pooled(pooling, axes)
    let buffer = Buffer(scalarType, count: target.count)
    poolAverage(elements, pooling, into: buffer)
    return Tensor(target, buffer).recorded(
      Edge(self) { [shape] g in g.spread(pooling, shape, axes) })
  }

  /// Zeros in the shape of the planes, with each number's share added at every place of its window: the transpose of the mean.
  private func spread(_ pooling: PoolingShape, _ target: Shape, _ axes: Int) -> Tensor {
    let buffer = Buffer(scalarType, count: target.count)
    spreadOverWindows(elements, pooling, into: buffer)
    return Tensor(target, buffer).recorded(Edge(self) { g in g.averagePooled(pooling, axes: axes) })
  }
}

// MARK: - Shapes

extension Tensor {
  /// The last axis or the last two with the windows that move over them. A line is a plane of one row.
  private func poolingShape(axes: Int, _ window: Int, _ stride: Int, _ padding: Int) -> PoolingShape {
    require(rank >= axes, "cannot pool \(shape) over its last \(axes) axes: it has \(rank)")
    require(
      window >= 1 && stride >= 1 && padding >= 0 && 2 * padding <= window,
      "cannot pool with window \(window), stride \(stride) and padding \(padding): padding may be half a window at most"
    )
    func axis(_ number: Int) -> PoolingAxis {
      let length = shape[number]
      require(
        length > 0 && length + 2 * padding >= window,
        "cannot pool \(shape) with window \(window) and padding \(padding): axis \(number) is too short")
      return PoolingAxis(length: length, window: window, stride: stride, padding: padding)
    }
    let single = PoolingAxis(length: 1, window: 1, stride: 1, padding: 0)
    let planes = shape.lengths.dropLast(axes).reduce(1, *)
    return PoolingShape(planes: planes, rows: axes == 2 ? axis(-2) : single, columns: axis(-1))
  }
}

extension Shape {
  /// The shape of the pooled tensor.
  fileprivate func pooled(_ pooling: PoolingShape, _ axes: Int) -> Shape {
    Shape(lengths.dropLast(axes) + [pooling.rows.count, pooling.columns.count].suffix(axes))
  }
}
