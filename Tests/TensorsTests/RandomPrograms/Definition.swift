import Tensors

/// One line of the table of random programs: an operation, and its definition on plain arrays.
///
/// Parameters are numbers from 0 to 7 for all operands. Each operation takes them modulo a sensible number, so axis 5
/// of a matrix is axis 1. Any numbers then suit any operands, also while a failing program is being shrunk.
struct Definition: Sendable {
  let name: String
  /// The name of each parameter.
  var labels: [String] = []
  /// The shapes of the other operands, drawn to suit the first and the parameters.
  var partners: @Sendable (_ first: [Int], _ numbers: [Int], RandomSource) -> [[Int]] = { _, _, _ in [] }
  /// The places where the operation is not smooth.
  var roughness: Roughness?
  /// The operation in the library.
  let tensor: @Sendable (_ operands: [Tensor], _ numbers: [Int]) -> Tensor
  /// Its definition; nil for invalid operands.
  let plain: @Sendable (_ operands: [Grid], _ numbers: [Int]) -> Grid?
}

/// Places where an operation has no derivative.
struct Roughness: Sendable {
  enum Kind {
    /// The slope jumps: values can be compared there, but not derivatives.
    case kink
    /// The value jumps: programs avoid it, because rounding would decide the value.
    case jump
    /// The value goes to infinity: programs stay far away.
    case pole
  }

  let kind: Kind
  /// The distance of the operands from the nearest such place.
  let distance: @Sendable (_ operands: [Grid], _ numbers: [Int]) -> Double

  /// Where the operand has one of these values.
  static func at(_ kind: Kind, _ places: Double..., operand: Int = 0) -> Roughness {
    Roughness(kind: kind) { grids, _ in
      grids[operand].values.reduce(.infinity) { nearest, x in places.reduce(nearest) { min($0, abs(x - $1)) } }
    }
  }

  /// Where the first two operands are equal.
  static func whereEqual(_ kind: Kind) -> Roughness {
    Roughness(kind: kind) { grids, _ in
      Grid.combine(grids[0], grids[1]) { abs($0 - $1) }?.values.min() ?? .infinity
    }
  }

  /// Where the two largest numbers are equal.
  static func ties(in numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    return sorted.count < 2 ? .infinity : sorted[sorted.count - 1] - sorted[sorted.count - 2]
  }

  /// The distance of the closest two numbers.
  static func neighbours(in numbers: [Double]) -> Double {
    let sorted = numbers.sorted()
    return zip(sorted, sorted.dropFirst()).map { $1 - $0 }.min() ?? .infinity
  }
}

extension Definition {
  /// A function of every element.
  static func elementwise(
    _ name: String, rough roughness: Roughness? = nil, _ tensor: @escaping @Sendable (Tensor) -> Tensor,
    _ plain: @escaping @Sendable (Double) -> Double
  ) -> Definition {
    Definition(name: name, roughness: roughness) { x, _ in
      tensor(x[0])
    } plain: { x, _ in
      x[0].map(plain)
    }
  }

  /// A function of the elements of two operands whose shapes are broadcast.
  static func pairwise(
    _ name: String, rough roughness: Roughness? = nil, _ tensor: @escaping @Sendable (Tensor, Tensor) -> Tensor,
    _ plain: @escaping @Sendable (Double, Double) -> Double
  ) -> Definition {
    Definition(name: name, partners: { [broadcastable($0, $2)] }, roughness: roughness) { x, _ in
      tensor(x[0], x[1])
    } plain: { x, _ in
      .combine(x[0], x[1], plain)
    }
  }

  /// A function that combines the elements over some axes, at least the given number of them.
  static func reduction(
    _ name: String, atLeast least: Int = 0,
    roughness: (kind: Roughness.Kind, distance: @Sendable ([Double]) -> Double)? = nil,
    _ tensor: @escaping @Sendable (_ x: Tensor, _ axes: [Int]?, _ keepsAxes: Bool) -> Tensor,
    _ plain: @escaping @Sendable ([Double]) -> Double
  ) -> Definition {
    let rough = roughness.map { rough in
      Roughness(kind: rough.kind) { x, numbers in
        x[0].groups(over: namedAxes(numbers, x[0].rank) ?? Array(0..<x[0].rank)).members.map(rough.distance).min()
          ?? .infinity
      }
    }
    return Definition(name: name, labels: ["axes", "keeping"], roughness: rough) { x, numbers in
      tensor(x[0], namedAxes(numbers, x[0].rank), numbers[1] % 2 == 1)
    } plain: { x, numbers in
      let axes = namedAxes(numbers, x[0].rank) ?? Array(0..<x[0].rank)
      if x[0].groups(over: axes).members.contains(where: { $0.count < least }) { return nil }
      return x[0].reduced(over: axes, keeping: numbers[1] % 2 == 1, plain)
    }
  }

  /// A function of each line along an axis, with the parameters after the axis.
  static func along(
    _ name: String, labels: [String] = [], rough kind: Roughness.Kind? = nil,
    _ tensor: @escaping @Sendable (_ x: Tensor, _ axis: Int, _ rest: [Int]) -> Tensor,
    _ plain: @escaping @Sendable (_ line: [Double], _ rest: [Int]) -> [Double]?
  ) -> Definition {
    let rough = kind.map { kind in  // where two numbers of a line are equal
      Roughness(kind: kind) { x, numbers in
        guard let axis = unsignedAxis(numbers[0], x[0].rank) else { return .infinity }
        return x[0].groups(over: [axis]).members.map { Roughness.neighbours(in: $0) }.min() ?? .infinity
      }
    }
    return Definition(name: name, labels: ["axis"] + labels, roughness: rough) { x, numbers in
      tensor(x[0], signedAxis(numbers[0], x[0].rank), Array(numbers[1...]))
    } plain: { x, numbers in
      let rest = Array(numbers[1...])
      guard let axis = unsignedAxis(numbers[0], x[0].rank) else { return nil }
      guard plain([Double](repeating: 1, count: x[0].shape[axis]), rest) != nil else { return nil }
      return x[0].lines(along: axis) { plain($0, rest) ?? [] }
    }
  }

  // MARK: - Parameters

  /// The axis of a number; a scalar has none.
  static func unsignedAxis(_ number: Int, _ rank: Int) -> Int? { rank == 0 ? nil : number % rank }

  /// The same axis; for numbers from 4 on, counted from the end.
  static func signedAxis(_ number: Int, _ rank: Int) -> Int { number % rank - (number < 4 ? 0 : rank) }

  /// The axes given by the bits of the first parameter; for 7 all axes, without an argument.
  static func namedAxes(_ numbers: [Int], _ rank: Int) -> [Int]? {
    numbers[0] == 7 ? nil : (0..<min(rank, 3)).filter { numbers[0] >> $0 & 1 == 1 }
  }

  /// A shape that broadcasts with another: axes of length 1, axes left out, and longer ones where the other has 1.
  static func broadcastable(_ shape: [Int], _ source: RandomSource) -> [Int] {
    var result = shape.map { length in
      if length == 1 { return source.bernoulli(0.7) ? 1 : 1 + source.integer(below: 4) }
      return source.bernoulli(0.7) ? length : 1
    }
    if source.bernoulli(0.25) { result.removeFirst(source.integer(below: result.count + 1)) }
    if result.count < 4 && source.bernoulli(0.1) { result.insert(1 + source.integer(below: 3), at: 0) }
    return result
  }
}
