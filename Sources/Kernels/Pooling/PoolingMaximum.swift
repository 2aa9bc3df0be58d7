// Maximum pooling. The value remembers which position of each window has won; the derivative goes only there.
//
// Adjacent windows of two by two numbers are the common case. The compiler vectorizes its loops because they contain no
// branches: 0.2 ms for [32×64×32×32] on one thread of a Zen 4, 0.4 ms for the derivative (four times the writes).

/// Computes y[o] = the largest number in window o, and `winners[o]`, its position; among equals the first wins, and NaN
/// wins over all.
public func poolMaximum(_ x: Region, _ shape: PoolingShape, into y: Buffer, winners: Winners) {
  forEachPlane(of: shape) { plane in
    switch (y.scalarType, winners.isWide) {
    case (.float, false): maximum(Float.self, UInt8.self, x, shape, y, winners, plane)
    case (.double, false): maximum(Double.self, UInt8.self, x, shape, y, winners, plane)
    case (.float, true): maximum(Float.self, UInt32.self, x, shape, y, winners, plane)
    case (.double, true): maximum(Double.self, UInt32.self, x, shape, y, winners, plane)
    }
  }
}

/// Computes dx: zeros, to which y[o] is added at the winner of every window o.
public func scatterToWinners(_ y: Region, _ shape: PoolingShape, winners: Winners, into dx: Buffer) {
  forEachPlane(of: shape) { plane in
    switch (dx.scalarType, winners.isWide) {
    case (.float, false): scatter(Float.self, UInt8.self, y, shape, winners, dx, plane)
    case (.double, false): scatter(Double.self, UInt8.self, y, shape, winners, dx, plane)
    case (.float, true): scatter(Float.self, UInt32.self, y, shape, winners, dx, plane)
    case (.double, true): scatter(Double.self, UInt32.self, y, shape, winners, dx, plane)
    }
  }
}

/// Computes y[o] = the number at the winner of window o: the transpose of `scatterToWinners`.
public func gatherFromWinners(_ x: Region, _ shape: PoolingShape, winners: Winners, into y: Buffer) {
  forEachPlane(of: shape) { plane in
    switch (y.scalarType, winners.isWide) {
    case (.float, false): gather(Float.self, UInt8.self, x, shape, winners, y, plane)
    case (.double, false): gather(Double.self, UInt8.self, x, shape, winners, y, plane)
    case (.float, true): gather(Float.self, UInt32.self, x, shape, winners, y, plane)
    case (.double, true): gather(Double.self, UInt32.self, x, shape, winners, y, plane)
    }
  }
}

/// Visits all planes, on several threads if there is enough to do.
func forEachPlane(of shape: PoolingShape, _ body: @Sendable (Int) -> Void) {
  parallelChunks(of: shape.planes, atLeast: shape.grain) { $0.forEach(body) }
}

private func maximum<T: KernelScalar, W: WinningPlace>(
  _: T.Type, _: W.Type, _ x: Region, _ shape: PoolingShape, _ y: Buffer, _ winners: Winners, _ plane: Int
) {
  let x = x.pointer(T.self) + plane * shape.inputsPerPlane
  let outputs = plane * shape.outputsPerPlane
  for i in 0..<shape.rows.count {
    let first = outputs + i * shape.columns.count
    let (y, winners) = (y.pointer(T.self, at: first), winners.pointer(W.self) + first)
    if shape.isSquares {
      let rows = x + 2 * i * shape.columns.length
      maximumOfFour(rows, rows + shape.columns.length, shape.columns.count, y, winners)
    } else {
      maximum(x, shape, i, y, winners)
    }
  }
}

/// One row of adjacent windows of two by two numbers.
@inline(__always)
private func maximumOfFour<T: KernelScalar, W: WinningPlace>(
  _ upper: UnsafePointer<T>, _ lower: UnsafePointer<T>, _ count: Int, _ y: UnsafeMutablePointer<T>,
  _ winners: UnsafeMutablePointer<W>
) {
  for j in 0..<count {
    let left: (value: T, place: W) = contest(upper[2 &* j], 0, upper[2 &* j &+ 1], 1)
    let right: (value: T, place: W) = contest(lower[2 &* j], 2, lower[2 &* j &+ 1], 3)
    (y[j], winners[j]) = contest(left.value, left.place, right.value, right.place)
  }
}

/// The larger of two numbers, with its position: the held one if they are equal; NaN wins over all.
@inline(__always)
private func contest<T: KernelScalar, W: WinningPlace>(
  _ held: T, _ heldPlace: W, _ next: T, _ nextPlace: W
) -> (value: T, place: W) {
  let stays = (held != held) || (next <= held)
  return (stays ? held : next, stays ? heldPlace : nextPlace)
}

/// One row of windows: first the first position of each, then one position at a time along the whole row.
@inline(__always)
private func maximum<T: KernelScalar, W: WinningPlace>(
  _ x: UnsafePointer<T>, _ shape: PoolingShape, _ i: Int, _ y: UnsafeMutablePointer<T>,
  _ winners: UnsafeMutablePointer<W>
) {
  let (rows, columns) = (shape.rows, shape.columns)
  let places = rows.places(of: i)
  let first = x + rows.start(of: i) * columns.length - columns.padding
  for j in 0..<columns.count {
    let b = columns.places(of: j).lowerBound
    y[j] = first[places.lowerBound * columns.length + j * columns.stride + b]
    winners[j] = W(places.lowerBound * columns.window + b)
  }
  for a in places {
    let row = first + a * columns.length
    for b in 0..<columns.window {
      let place = W(a * columns.window + b)
      let windows = columns.windows(withPlace: b)
      switch columns.stride {  // with a constant, the loop is vectorized
      case 1: contest(y, winners, row + b, windows, 1, place)
      case 2: contest(y, winners, row + b, windows, 2, place)
      default: contest(y, winners, row + b, windows, columns.stride, place)
      }
    }
  }
}

/// Compares one position of each window in a row with the best so far.
@inline(__always)
private func contest<T: KernelScalar, W: WinningPlace>(
  _ y: UnsafeMutablePointer<T>, _ winners: UnsafeMutablePointer<W>, _ x: UnsafePointer<T>, _ windows: Range<Int>,
  _ stride: Int, _ place: W
) {
  for j in windows {
    let best = contest(y[j], winners[j], x[stride &* j], place)
    y[j] = best.value
    winners[j] = best.place
  }
}

private func scatter<T: KernelScalar, W: WinningPlace>(
  _: T.Type, _: W.Type, _ y: Region, _ shape: PoolingShape, _ winners: Winners, _ dx: Buffer, _ plane: Int
) {
  let (dx, first) = (dx.pointer(T.self, at: plane * shape.inputsPerPlane), plane * shape.outputsPerPlane)
  let (y, winners) = (y.pointer(T.self) + first, winners.pointer(W.self) + first)
  if shape.isSquares { return scatterToFour(y, winners, shape, dx) }
  dx.update(repeating: 0, count: shape.inputsPerPlane)
  shape.forEachWinner(winners) { output, input in dx[input] += y[output] }
}

/// Adjacent windows of two by two numbers: the whole plane is written once.
@inline(__always)
private func scatterToFour<T: KernelScalar, W: WinningPlace>(
  _ y: UnsafePointer<T>, _ winners: UnsafePointer<W>, _ shape: PoolingShape, _ dx: UnsafeMutablePointer<T>
) {
  let (count, length) = (shape.columns.count, shape.columns.length)
  for i in 0..<shape.rows.count {
    let (y, winners, upper) = (y + i * count, winners + i * count, dx + 2 * i * length)
    let lower = upper + length
    for j in 0..<count {
      let (number, winner) = (y[j], winners[j])
      upper[2 &* j] = winner == 0 ? number : 0
      upper[2 &* j &+ 1] = winner == 1 ? number : 0
      lower[2 &* j] = winner == 2 ? number : 0
      lower[2 &* j &+ 1] = winner == 3 ? number : 0
    }
  }
  shape.clearRest(dx)
}

extension PoolingShape {
  /// Writes zeros to the last row and the last column of a plane that are left over by the windows of two.
  @inline(__always)
  func clearRest<T: KernelScalar>(_ plane: UnsafeMutablePointer<T>) {
    if columns.length % 2 == 1 {
      for row in 0..<rows.length { plane[row * columns.length + columns.length - 1] = 0 }
    }
    if rows.length % 2 == 1 { (plane + inputsPerPlane - columns.length).update(repeating: 0, count: columns.length) }
  }
}

private func gather<T: KernelScalar, W: WinningPlace>(
  _: T.Type, _: W.Type, _ x: Region, _ shape: PoolingShape, _ winners: Winners, _ y: Buffer, _ plane: Int
) {
  let (x, first) = (x.pointer(T.self) + plane * shape.inputsPerPlane, plane * shape.outputsPerPlane)
  let (y, winners) = (y.pointer(T.self, at: first), winners.pointer(W.self) + first)
  shape.forEachWinner(winners) { output, input in y[output] = x[input] }
}

extension PoolingShape {
  /// Visits the windows of a plane: the number of each, and that of its winning input.
  @inline(__always)
  fileprivate func forEachWinner<W: WinningPlace>(
    _ winners: UnsafePointer<W>, _ visit: (_ output: Int, _ input: Int) -> Void
  ) {
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
