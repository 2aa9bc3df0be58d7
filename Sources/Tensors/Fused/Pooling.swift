@_exported public import enum Kernels.PoolingDivisor
import Kernels
import Messages

// Pooling: windows over planes or lines, reduced to their largest number or their mean. Two closed families: winners of
// windows are gathered and scattered, means are taken and spread; each operation is the derivative of the other.

// Sizes: H′ = ⌊(H + 2 padding − window) / stride⌋ + 1, or ⌈…⌉ + 1 if sizes are rounded up, where the last window may
// extend beyond the padding but not begin there. The default stride is the window.

extension Tensor {
  /// The largest number in each square window of a stack of planes. [… H×W] → [… H′×W′]
  ///
  /// Padding never wins; among equals the first wins, and gets the whole derivative; NaN wins over all.
  public func maxPooled2D(window: Int, stride: Int? = nil, padding: Int = 0, isRoundedUp: Bool = false) -> Tensor {
    let stride = stride ?? window
    return maxPooled2D(
      window: (window, window), stride: (stride, stride), padding: (padding, padding), isRoundedUp: isRoundedUp)
  }

  /// The largest number in each window of rows × columns of a stack of planes; see `maxPooled2D(window:)`. [… H×W] →
  /// [… H′×W′]
  public func maxPooled2D(
    window: (rows: Int, columns: Int), stride: (rows: Int, columns: Int)? = nil,
    padding: (rows: Int, columns: Int) = (0, 0), isRoundedUp: Bool = false
  ) -> Tensor {
    maxPooled(planes(window, stride ?? window, padding, isRoundedUp), axes: 2)
  }

  /// The largest number in each window of a stack of lines; see `maxPooled2D`. [… L] → [… L′]
  public func maxPooled1D(window: Int, stride: Int? = nil, padding: Int = 0, isRoundedUp: Bool = false) -> Tensor {
    maxPooled(lines(window, stride ?? window, padding, isRoundedUp), axes: 1)
  }

  /// The mean of each square window of a stack of planes: its sum, divided as `divisor` says. [… H×W] → [… H′×W′]
  public func averagePooled2D(
    window: Int, stride: Int? = nil, padding: Int = 0, isRoundedUp: Bool = false, divisor: PoolingDivisor = .padded
  ) -> Tensor {
    let stride = stride ?? window
    return averagePooled2D(
      window: (window, window), stride: (stride, stride), padding: (padding, padding), isRoundedUp: isRoundedUp,
      divisor: divisor)
  }

  /// The mean of each window of rows × columns of a stack of planes; see `averagePooled2D(window:)`. [… H×W] →
  /// [… H′×W′]
  public func averagePooled2D(
    window: (rows: Int, columns: Int), stride: (rows: Int, columns: Int)? = nil,
    padding: (rows: Int, columns: Int) = (0, 0), isRoundedUp: Bool = false, divisor: PoolingDivisor = .padded
  ) -> Tensor {
    averagePooled(planes(window, stride ?? window, padding, isRoundedUp, divisor), axes: 2)
  }

  /// The mean of each window of a stack of lines; see `averagePooled2D`. [… L] → [… L′]
  public func averagePooled1D(
    window: Int, stride: Int? = nil, padding: Int = 0, isRoundedUp: Bool = false, divisor: PoolingDivisor = .padded
  ) -> Tensor {
    averagePooled(lines(window, stride ?? window, padding, isRoundedUp, divisor), axes: 1)
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
    let target = shape.pooled(pooling, axes)
    let (buffer, winners) = (Buffer(scalarType, count: target.count), Winners(pooling))
    poolMaximum(elements, pooling, into: buffer, winners: winners)
    return Tensor(target, buffer).recorded(
      [Edge(self) { [shape] g in g.scattered(to: winners, pooling, shape) }])
  }

  /// Zeros in the shape of the planes, with each number added at the winner of its window.
  private func scattered(to winners: Winners, _ pooling: PoolingShape, _ target: Shape) -> Tensor {
    let buffer = Buffer(scalarType, count: target.count)
    scatterToWinners(elements, pooling, winners: winners, into: buffer)
    return Tensor(target, buffer).recorded(
      [Edge(self) { [shape] g in g.gathered(from: winners, pooling, shape) }])
  }

  /// The number at the winner of each window: the transpose of `scattered`.
  private func gathered(from winners: Winners, _ pooling: PoolingShape, _ target: Shape) -> Tensor {
    let buffer = Buffer(scalarType, count: target.count)
    gatherFromWinners(elements, pooling, winners: winners, into: buffer)
    return Tensor(target, buffer).recorded(
      [Edge(self) { [shape] g in g.scattered(to: winners, pooling, shape) }])
  }
}

// MARK: - The mean

extension Tensor {
  private func averagePooled(_ pooling: PoolingShape, axes: Int) -> Tensor {
    let target = shape.pooled(pooling, axes)
    let buffer = Buffer(scalarType, count: target.count)
    poolAverage(elements, pooling, into: buffer)
    return Tensor(target, buffer).recorded(
      [Edge(self) { [shape] g in g.spread(pooling, shape, axes) }])
  }

  /// Zeros in the shape of the planes, with each number's share added at every position of its window: the transpose of
  /// the mean.
  private func spread(_ pooling: PoolingShape, _ target: Shape, _ axes: Int) -> Tensor {
    let buffer = Buffer(scalarType, count: target.count)
    spreadOverWindows(elements, pooling, into: buffer)
    return Tensor(target, buffer).recorded([Edge(self) { g in g.averagePooled(pooling, axes: axes) }])
  }
}

// MARK: - Shapes

extension Tensor {
  /// The last two axes with the windows that move over them.
  private func planes(
    _ window: (rows: Int, columns: Int), _ stride: (rows: Int, columns: Int), _ padding: (rows: Int, columns: Int),
    _ isRoundedUp: Bool, _ divisor: PoolingDivisor = .padded
  ) -> PoolingShape {
    requireAxes(2, divisor)
    let rows = axis(-2, window.rows, stride.rows, padding.rows, isRoundedUp)
    let columns = axis(-1, window.columns, stride.columns, padding.columns, isRoundedUp)
    let planes = shape.lengths.dropLast(2).reduce(1, *)
    return PoolingShape(planes: planes, rows: rows, columns: columns, divisor: divisor)
  }

  /// The last axis with the windows that move over it: a line is a plane of one row.
  private func lines(
    _ window: Int, _ stride: Int, _ padding: Int, _ isRoundedUp: Bool, _ divisor: PoolingDivisor = .padded
  ) -> PoolingShape {
    requireAxes(1, divisor)
    let single = PoolingAxis(length: 1, window: 1, stride: 1, padding: 0)
    let columns = axis(-1, window, stride, padding, isRoundedUp)
    return PoolingShape(planes: shape.lengths.dropLast().reduce(1, *), rows: single, columns: columns, divisor: divisor)
  }

  private func requireAxes(_ axes: Int, _ divisor: PoolingDivisor) {
    require(rank >= axes, "cannot pool \(shape) over its last \(axes) axes: it has \(rank)")
    if case .constant(let number) = divisor {
      require(number != 0, "cannot divide the sums of windows by 0")
    }
  }

  private func axis(
    _ number: Int, _ window: Int, _ stride: Int, _ padding: Int, _ isRoundedUp: Bool
  ) -> PoolingAxis {
    require(
      window >= 1 && stride >= 1 && padding >= 0 && 2 * padding <= window,
      "cannot pool with window \(window), stride \(stride) and padding \(padding): padding is half a window at most"
    )
    let axis = PoolingAxis(
      length: shape[number], window: window, stride: stride, padding: padding, isRoundedUp: isRoundedUp)
    require(
      axis.length > 0 && axis.count > 0,
      "cannot pool \(shape) with window \(window) and padding \(padding): axis \(number) is too short")
    return axis
  }
}

extension Shape {
  /// The shape of the pooled tensor.
  fileprivate func pooled(_ pooling: PoolingShape, _ axes: Int) -> Shape {
    Shape(lengths.dropLast(axes) + [pooling.rows.count, pooling.columns.count].suffix(axes))
  }
}
