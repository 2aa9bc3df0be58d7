// Pooling: planes of numbers reduced window by window. Here the shape of it and the definitions; the loops are in
// PoolingMaximum.swift and PoolingAverage.swift.

/// One axis of a plane and how windows move along it.
public struct PoolingAxis: Sendable {
  /// The length of the axis, and of the window.
  public let length, window: Int
  /// The distance between neighbouring windows, and how far the first begins before the axis.
  public let stride, padding: Int
  /// The number of windows.
  public let count: Int

  /// The axis of `length` numbers with windows at distance `stride`, of which the first begins at −`padding`.
  public init(length: Int, window: Int, stride: Int, padding: Int) {
    (self.length, self.window, self.stride, self.padding) = (length, window, stride, padding)
    count = length + 2 * padding < window ? 0 : (length + 2 * padding - window) / stride + 1
  }

  /// Where a window begins: before the axis if negative.
  func start(of window: Int) -> Int { window * stride - padding }

  /// The places of a window that lie on the axis.
  func places(of window: Int) -> Range<Int> {
    let start = start(of: window)
    return max(0, -start)..<min(self.window, length - start)
  }

  /// The windows whose place number `place` lies on the axis.
  func windows(withPlace place: Int) -> Range<Int> {
    let first = max(0, (padding - place + stride - 1) / stride)
    let last = length - 1 + padding - place
    return first..<max(first, last < 0 ? 0 : min(count, last / stride + 1))
  }

  /// Whether the windows are neighbouring pairs from the first number on.
  var isPairs: Bool { window == 2 && stride == 2 && padding == 0 }
}

/// A stack of planes of rows × columns numbers, and the windows that move over each.
///
/// Each window has a number of the plane inside: no padding is longer than half of the window.
public struct PoolingShape: Sendable {
  /// The number of planes: one for each example and channel.
  public let planes: Int
  /// The axes of a plane.
  public let rows, columns: PoolingAxis

  /// `planes` planes with these axes.
  public init(planes: Int, rows: PoolingAxis, columns: PoolingAxis) {
    (self.planes, self.rows, self.columns) = (planes, rows, columns)
  }

  /// The windows of all planes.
  public var outputs: Int { planes * outputsPerPlane }
  /// The places of a window.
  public var places: Int { rows.window * columns.window }

  var inputsPerPlane: Int { rows.length * columns.length }
  var outputsPerPlane: Int { rows.count * columns.count }

  /// How many planes are worth a thread.
  var grain: Int { max(1, cheapGrain / 2 / max(1, inputsPerPlane)) }
}

/// For every window, which of its places holds the largest number, counted row by row: one byte each.
public struct Winners: Sendable {
  private let memory: Buffer

  /// Room for the winners of `count` windows of at most 256 places.
  public init(count: Int) { memory = Buffer(.float, count: (count + 3) / 4) }

  var pointer: UnsafeMutablePointer<UInt8> { memory.address.assumingMemoryBound(to: UInt8.self) }

  /// The winning place of a window.
  public subscript(window: Int) -> Int {
    get { Int(pointer[window]) }
    nonmutating set { pointer[window] = UInt8(newValue) }
  }
}

/// y[o] = the largest number in window o, as it is written; of equals the first wins, and NaN before all.
///
/// The tests hold `poolMaximum` to this.
public func poolMaximumDefinition(_ x: Region, _ shape: PoolingShape, into y: Buffer, winners: Winners) {
  shape.forEachWindow { output, places in
    var best: (place: Int, value: Double)?
    for (place, input) in places {
      let value = x.buffer[x.offset + input]
      if let best, best.value.isNaN || value <= best.value { continue }
      best = (place, value)
    }
    (winners[output], y[output]) = (best?.place ?? 0, best?.value ?? -.infinity)
  }
}

/// y[o] = the mean of window o, where padding counts as zeros, as it is written.
///
/// The tests hold `poolAverage` to this.
public func poolAverageDefinition(_ x: Region, _ shape: PoolingShape, into y: Buffer) {
  shape.forEachWindow { output, places in
    y[output] = places.reduce(0) { $0 + x.buffer[x.offset + $1.input] } / Double(shape.places)
  }
}

extension PoolingShape {
  /// Visits every window: its number, and those of its places that lie on the plane, each with the number of its input.
  func forEachWindow(_ visit: (_ output: Int, _ places: [(place: Int, input: Int)]) -> Void) {
    for plane in 0..<planes {
      for i in 0..<rows.count {
        for j in 0..<columns.count {
          let places = rows.places(of: i).flatMap { a in
            columns.places(of: j).map { b in
              let (row, column) = (rows.start(of: i) + a, columns.start(of: j) + b)
              return (a * columns.window + b, (plane * rows.length + row) * columns.length + column)
            }
          }
          visit((plane * rows.count + i) * columns.count + j, places)
        }
      }
    }
  }
}
