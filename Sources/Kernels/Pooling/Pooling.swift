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
  ///
  /// If `isRoundedUp`, a last window may reach beyond the padding, as long as it begins before the padding behind the
  /// axis.
  public init(length: Int, window: Int, stride: Int, padding: Int, isRoundedUp: Bool = false) {
    (self.length, self.window, self.stride, self.padding) = (length, window, stride, padding)
    let room = length + 2 * padding - window + (isRoundedUp ? stride - 1 : 0)
    let most = room < 0 ? 0 : room / stride + 1
    count = isRoundedUp && (most - 1) * stride >= length + padding ? most - 1 : most
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
  var isPairs: Bool { window == 2 && stride == 2 && padding == 0 && 2 * count <= length }

  /// How many places of a window count for its mean: those on the axis, or those in the padding too.
  func counted(in window: Int, withPadding: Bool) -> Int {
    let start = start(of: window)
    return withPadding ? min(start + self.window, length + padding) - start : places(of: window).count
  }
}

/// What the sum of a window is divided by.
public enum PoolingDivisor: Sendable {
  /// The places on the plane and in its padding, whose zeros count.
  case padded
  /// The places on the plane.
  case inside
  /// One number for all windows.
  case constant(Int)
}

/// A stack of planes of rows × columns numbers, and the windows that move over each.
///
/// Each window has a number of the plane inside: no padding is longer than half of the window.
public struct PoolingShape: Sendable {
  /// The number of planes: one for each example and channel.
  public let planes: Int
  /// The axes of a plane.
  public let rows, columns: PoolingAxis
  /// What the sums of windows are divided by where the mean is taken.
  public let divisor: PoolingDivisor

  /// `planes` planes with these axes.
  public init(planes: Int, rows: PoolingAxis, columns: PoolingAxis, divisor: PoolingDivisor = .padded) {
    (self.planes, self.rows, self.columns, self.divisor) = (planes, rows, columns, divisor)
  }

  /// The windows of all planes.
  public var outputs: Int { planes * outputsPerPlane }
  /// The places of a window.
  public var places: Int { rows.window * columns.window }

  /// What the sum of the windows in row i is divided by is the product of the two: one for the row, one for the column
  /// j.
  func divisor(ofRow i: Int) -> Int {
    switch divisor {
    case .padded: rows.counted(in: i, withPadding: true)
    case .inside: rows.counted(in: i, withPadding: false)
    case .constant(let number): number
    }
  }
  func divisor(ofColumn j: Int) -> Int {
    switch divisor {
    case .padded: columns.counted(in: j, withPadding: true)
    case .inside: columns.counted(in: j, withPadding: false)
    case .constant: 1
    }
  }

  /// Whether the windows are squares of two by two numbers, side by side.
  var isSquares: Bool { rows.isPairs && columns.isPairs }

  var inputsPerPlane: Int { rows.length * columns.length }
  var outputsPerPlane: Int { rows.count * columns.count }

  /// How many planes are worth a thread.
  var grain: Int { max(1, cheapGrain / 2 / max(1, inputsPerPlane)) }
}

/// For every window, which of its places holds the largest number, counted row by row: one byte each, or four bytes in
/// windows of more than 256 places.
public struct Winners: Sendable {
  private let memory: Buffer
  /// Whether a winner takes four bytes.
  let isWide: Bool

  /// Room for the winners of all windows.
  public init(_ shape: PoolingShape) {
    isWide = shape.places > 256
    memory = Buffer(.float, count: isWide ? shape.outputs : (shape.outputs + 3) / 4)
  }

  func pointer<W: WinningPlace>(_: W.Type) -> UnsafeMutablePointer<W> { memory.address.assumingMemoryBound(to: W.self) }

  /// The winning place of a window.
  public subscript(window: Int) -> Int {
    get { isWide ? Int(pointer(UInt32.self)[window]) : Int(pointer(UInt8.self)[window]) }
    nonmutating set {
      if isWide {
        pointer(UInt32.self)[window] = UInt32(newValue)
      } else {
        pointer(UInt8.self)[window] = UInt8(newValue)
      }
    }
  }
}

/// The integers that a winner is kept in.
protocol WinningPlace: FixedWidthInteger, UnsignedInteger {}
extension UInt8: WinningPlace {}
extension UInt32: WinningPlace {}

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

/// y[o] = the sum of window o, divided by what counts of it, as it is written. The tests hold `poolAverage` to this.
public func poolAverageDefinition(_ x: Region, _ shape: PoolingShape, into y: Buffer) {
  shape.forEachWindow { output, places in
    let (i, j) = (output % shape.outputsPerPlane).quotientAndRemainder(dividingBy: shape.columns.count)
    let divisor = Double(shape.divisor(ofRow: i) * shape.divisor(ofColumn: j))
    y[output] = places.reduce(0) { $0 + x.buffer[x.offset + $1.input] } / divisor
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
