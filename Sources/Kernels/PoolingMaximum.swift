// Maximum pooling. The value remembers which place of each window has won; the derivative goes there and nowhere else.

/// y[o] = the largest number in window o, and `winners[o]` its place; of equals the first wins, and NaN before all.
public func poolMaximum(_ x: Region, _ shape: PoolingShape, into y: Buffer, winners: Winners) {
  forEachPlane(of: shape) { plane in
    switch y.scalarType {
    case .float: maximum(Float.self, x, shape, y, winners, plane)
    case .double: maximum(Double.self, x, shape, y, winners, plane)
    }
  }
}

/// dx = zeros, to which y[o] is added at the winner of every window o.
public func scatterToWinners(_ y: Region, _ shape: PoolingShape, winners: Winners, into dx: Buffer) {
  forEachPlane(of: shape) { plane in
    switch dx.scalarType {
    case .float: scatter(Float.self, y, shape, winners, dx, plane)
    case .double: scatter(Double.self, y, shape, winners, dx, plane)
    }
  }
}

/// y[o] = the number at the winner of window o: the transpose of `scatterToWinners`.
public func gatherFromWinners(_ x: Region, _ shape: PoolingShape, winners: Winners, into y: Buffer) {
  forEachPlane(of: shape) { plane in
    switch y.scalarType {
    case .float: gather(Float.self, x, shape, winners, y, plane)
    case .double: gather(Double.self, x, shape, winners, y, plane)
    }
  }
}

/// Visits all planes, on several threads if there is enough to do.
func forEachPlane(of shape: PoolingShape, _ body: @Sendable (Int) -> Void) {
  parallelChunks(of: shape.planes, atLeast: shape.grain) { $0.forEach(body) }
}

private func maximum<T: KernelScalar>(
  _: T.Type, _ x: Region, _ shape: PoolingShape, _ y: Buffer, _ winners: Winners, _ plane: Int
) {
  let x = x.pointer(T.self) + plane * shape.inputsPerPlane
  let outputs = plane * shape.outputsPerPlane
  for i in 0..<shape.rows.count {
    let first = outputs + i * shape.columns.count
    let (y, winners) = (y.pointer(T.self, at: first), winners.pointer + first)
    if shape.rows.isPairs && shape.columns.isPairs {
      let rows = x + 2 * i * shape.columns.length
      maximumOfFour(rows, rows + shape.columns.length, shape.columns.count, y, winners)
    } else {
      maximum(x, shape, i, y, winners)
    }
  }
}

/// One row of windows of two by two numbers that lie side by side.
@inline(__always)
private func maximumOfFour<T: KernelScalar>(
  _ upper: UnsafePointer<T>, _ lower: UnsafePointer<T>, _ count: Int, _ y: UnsafeMutablePointer<T>,
  _ winners: UnsafeMutablePointer<UInt8>
) {
  for j in 0..<count {
    let left = contest(upper[2 &* j], 0, upper[2 &* j &+ 1], 1)
    let right = contest(lower[2 &* j], 2, lower[2 &* j &+ 1], 3)
    (y[j], winners[j]) = contest(left.value, left.place, right.value, right.place)
  }
}

/// The larger of two numbers with its place: the held one if they are equal, and NaN before all.
@inline(__always)
private func contest<T: KernelScalar>(
  _ held: T, _ heldPlace: UInt8, _ next: T, _ nextPlace: UInt8
) -> (value: T, place: UInt8) {
  let stays = (held != held) || (next <= held)
  return (stays ? held : next, stays ? heldPlace : nextPlace)
}

/// One row of windows: first the first place of each, then place by place along the whole row.
@inline(__always)
private func maximum<T: KernelScalar>(
  _ x: UnsafePointer<T>, _ shape: PoolingShape, _ i: Int, _ y: UnsafeMutablePointer<T>,
  _ winners: UnsafeMutablePointer<UInt8>
) {
  let (rows, columns) = (shape.rows, shape.columns)
  let places = rows.places(of: i)
  func row(_ a: Int) -> UnsafePointer<T> { x + (rows.start(of: i) + a) * columns.length - columns.padding }
  for j in 0..<columns.count {
    let b = columns.places(of: j).lowerBound
    y[j] = row(places.lowerBound)[j * columns.stride + b]
    winners[j] = UInt8(places.lowerBound * columns.window + b)
  }
  for a in places {
    for b in 0..<columns.window {
      let place = UInt8(a * columns.window + b)
      alongRow(columns, b) { j, offset in (y[j], winners[j]) = contest(y[j], winners[j], row(a)[offset], place) }
    }
  }
}

/// Visits the windows of a row that have place b on the plane, with its offset; strides of 1 and 2 get loops of their own.
@inline(__always)
func alongRow(_ columns: PoolingAxis, _ b: Int, _ visit: (_ window: Int, _ offset: Int) -> Void) {
  let windows = columns.windows(withPlace: b)
  switch columns.stride {
  case 1: for j in windows { visit(j, j &+ b) }
  case 2: for j in windows { visit(j, 2 &* j &+ b) }
  default: for j in windows { visit(j, columns.stride &* j &+ b) }
  }
}

private func scatter<T: KernelScalar>(
  _: T.Type, _ y: Region, _ shape: PoolingShape, _ winners: Winners, _ dx: Buffer, _ plane: Int
) {
  let (dx, first) = (dx.pointer(T.self, at: plane * shape.inputsPerPlane), plane * shape.outputsPerPlane)
  let (y, winners) = (y.pointer(T.self) + first, winners.pointer + first)
  dx.update(repeating: 0, count: shape.inputsPerPlane)
  shape.forEachWinner(winners) { output, input in dx[input] += y[output] }
}

private func gather<T: KernelScalar>(
  _: T.Type, _ x: Region, _ shape: PoolingShape, _ winners: Winners, _ y: Buffer, _ plane: Int
) {
  let (x, first) = (x.pointer(T.self) + plane * shape.inputsPerPlane, plane * shape.outputsPerPlane)
  let (y, winners) = (y.pointer(T.self, at: first), winners.pointer + first)
  shape.forEachWinner(winners) { output, input in y[output] = x[input] }
}

extension PoolingShape {
  /// Visits the windows of a plane: the number of each, and that of the input which has won it.
  @inline(__always)
  fileprivate func forEachWinner(_ winners: UnsafePointer<UInt8>, _ visit: (_ output: Int, _ input: Int) -> Void) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: places) { offsets in
      for place in 0..<places {
        offsets[place] = place / columns.window * columns.length + place % columns.window
      }
      for i in 0..<rows.count {
        let start = rows.start(of: i) * columns.length - columns.padding
        for j in 0..<columns.count {
          let output = i &* columns.count &+ j
          visit(output, start &+ j &* columns.stride &+ offsets[Int(winners[output])])
        }
      }
    }
  }
}
