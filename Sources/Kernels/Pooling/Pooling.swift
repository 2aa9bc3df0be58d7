// Pooling: planes of numbers reduced window by window. The shape and the definitions are here; the loops are in
// PoolingMaximum.swift and PoolingAverage.swift.

/// One axis of a plane, and how windows move along it.
public struct PoolingAxis: Sendable {
  /// The length of the axis, and of the window.
  public let length, window: Int
  /// The distance between adjacent windows, and how far before the axis the first begins.
  public let stride, padding: Int
  /// The number of windows.
  public let count: Int

  /// Creates the axis of `length` numbers with windows at distance `stride`, of which the first begins at −`padding`.
  ///
  /// If `isRoundedUp`, a last window may extend beyond the padding, as long as it begins before the padding at the end
  /// of the axis.
  public init(length: Int, window: Int, stride: Int, padding: Int, isRoundedUp: Bool = false) {
    (self.length, self.window, self.stride, self.padding) = (length, window, stride, padding)
    let room = length + 2 * padding - window + (isRoundedUp ? stride - 1 : 0)
    let most = room < 0 ? 0 : room / stride + 1
    count = isRoundedUp && (most - 1) * stride >= length + padding ? most - 1 : most
  }

  /// The start of a window; negative if it begins before the axis.
  func start(of window: Int) -> Int { window * stride - padding }

  /// The positions of a window that are on the axis.
  func places(of window: Int) -> Range<Int> {
    let start = start(of: window)
    return max(0, -start)..<min(self.window, length - start)
  }

  /// The windows whose position number `place` is on the axis.
  func windows(withPlace place: Int) -> Range<Int> {
    inside(length, from: place - padding, step: stride, count: count)
  }

  /// Whether the windows are adjacent pairs, starting at the first number.
  var isPairs: Bool { window == 2 && stride == 2 && padding == 0 && 2 * count <= length }

  /// How many positions of a window count for its mean: those on the axis, or also those in the padding.
  func counted(in window: Int, withPadding: Bool) -> Int {
    let start = start(of: window)
    return withPadding ? min(start + self.window, length + padding) - start : places(of: window).count
  }
}

/// The number by which the sum of a window is divided.
public enum PoolingDivisor: Sendable {
  /// The positions on the plane and in its padding, whose zeros count.
  case padded
  /// The positions on the plane.
  case inside
  /// The same number for all windows.
  case constant(Int)
}

/// A stack of planes of rows × columns numbers, and the windows that move over each.
///
/// Every window contains a number of the plane: no padding is longer than half of the window.
public struct PoolingShape: Sendable {
  /// The number of planes: one for each example and channel.
  public let planes: Int
  /// The axes of a plane.
  public let rows, columns: PoolingAxis
  /// The number by which the sums of windows are divided when the mean is taken.
  public let divisor: PoolingDivisor

  /// Creates a stack of `planes` planes with these axes.
  public init(planes: Int, rows: PoolingAxis, columns: PoolingAxis, divisor: PoolingDivisor = .padded) {
    (self.planes, self.rows, self.columns, self.divisor) = (planes, rows, columns, divisor)
  }

  /// The number of windows of all planes.
  public var outputs: Int { planes * outputsPerPlane }
  /// The number of positions in a window.
  public var places: Int { rows.window * columns.window }

  /// The sum of a window is divided by the product of two factors: one for its row i, one for its column j.
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

  /// Whether the windows are adjacent squares of two by two numbers.
  var isSquares: Bool { rows.isPairs && columns.isPairs }

  var inputsPerPlane: Int { rows.length * columns.length }
  var outputsPerPlane: Int { rows.count * columns.count }

  /// How many planes make a thread worthwhile.
  var grain: Int { max(1, cheapGrain / 2 / max(1, inputsPerPlane)) }
}

/// For every window, the position of its largest number, counted row by row: one byte each, or four bytes in windows of
/// more than 256 positions.
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

  /// The winning position of a window.
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

/// The integers in which winners are stored.
protocol WinningPlace: FixedWidthInteger, UnsignedInteger {}
extension UInt8: WinningPlace {}
extension UInt32: WinningPlace {}

/// Computes y[o] = the largest number in window o by the definition; the first of equals wins, and NaN wins over all.
///
/// Tests compare `poolMaximum` with this function.
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

/// Computes y[o] = the sum of window o, divided by the count of the divisor, by the definition. Tests compare
/// `poolAverage` with this function.
public func poolAverageDefinition(_ x: Region, _ shape: PoolingShape, into y: Buffer) {
  shape.forEachWindow { output, places in
    let (i, j) = (output % shape.outputsPerPlane).quotientAndRemainder(dividingBy: shape.columns.count)
    let divisor = Double(shape.divisor(ofRow: i) * shape.divisor(ofColumn: j))
    y[output] = places.reduce(0) { $0 + x.buffer[x.offset + $1.input] } / divisor
  }
}

extension PoolingShape {
  /// Visits every window: its number, and its positions on the plane, each with the number of its input.
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
