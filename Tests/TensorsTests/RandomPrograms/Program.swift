import Checking
import Tensors

/// A composition of operations: each line is an input or an operation on earlier lines; the last line is the result.
struct Program: Sendable {
  enum Line: Sendable {
    case input(Input)
    case call(Definition, operands: [Int], numbers: [Int])
  }

  var lines: [Line]

  /// The inputs, in order.
  var inputs: [Input] {
    lines.compactMap { line in
      if case .input(let input) = line { input } else { nil }
    }
  }

  /// The names of the operations, in order.
  var names: [String] {
    lines.compactMap { line in
      if case .call(let definition, _, _) = line { definition.name } else { nil }
    }
  }
}

/// An input: irregular numbers, seen through a view.
struct Input: Sendable, Equatable {
  var shape: [Int]
  var layout: Layout
  /// Where in the stream of numbers the input begins.
  var start: Int
  /// Whether the numbers lie in 0.4...1.5, rather than −1.5...1.5.
  var isPositive: Bool

  /// The numbers in memory, of which the program sees the view. `Float` represents them exactly.
  var stored: Grid {
    let shape = storedShape
    let numbers = spread(Shape(shape), offset: start).scalars.map { isPositive ? 0.95 + 0.55 * $0 : 1.5 * $0 }
    return Grid(shape, numbers.map { ($0 * 65536).rounded() / 65536 })
  }

  /// The shape in memory from which the layout makes the shape; the layout must admit it.
  private var storedShape: [Int] {
    guard let first = shape.first, let last = shape.last else { return [] }
    return switch layout {
    case .contiguous, .flipped: shape
    case .transposed: shape.reversed()
    case .sliced: shape.dropLast() + [2 * last]
    case .broadcast: [min(1, first)] + shape.dropFirst()
    }
  }

  /// Whether the layout can give the shape: not every second of no elements, or one row repeated zero times.
  var isPossible: Bool {
    switch layout {
    case .contiguous, .transposed, .flipped: true
    case .sliced: shape.last != 0
    case .broadcast: shape.first != 0
    }
  }

  /// The definition of the view.
  func view(_ stored: Grid) -> Grid {
    if shape.isEmpty { return stored }
    return switch layout {
    case .contiguous: stored
    case .transposed: stored.permuted(Array(shape.indices.reversed()))
    case .sliced: Grid(shape) { stored[$0.dropLast() + [2 * ($0.last ?? 0) + 1]] }
    case .flipped: Grid(shape) { index in stored[zip(shape, index).map { $0 - 1 - $1 }] }
    case .broadcast: Grid(shape) { stored[$0] }
    }
  }
}

// MARK: - The two interpreters

extension Program {
  /// The numbers in memory for each input.
  var stored: [Grid] { inputs.map(\.stored) }

  /// The values of all lines by the definitions; nil if operands are invalid.
  func values(at stored: [Grid]) -> [Grid]? {
    var (values, rest) = ([Grid](), stored[...])
    for line in lines {
      switch line {
      case .input(let input):
        values.append(input.view(rest.removeFirst()))
      case .call(let definition, let operands, let numbers):
        guard let value = definition.plain(operands.map { values[$0] }, numbers) else { return nil }
        values.append(value)
      }
    }
    return values
  }

  /// The value of the last line by the library.
  func result(at stored: [Tensor]) -> Tensor {
    var (values, rest) = ([Tensor](), stored[...])
    for line in lines {
      switch line {
      case .input(let input):
        values.append(input.layout.view(rest.removeFirst(), as: Shape(input.shape)))
      case .call(let definition, let operands, let numbers):
        values.append(definition.tensor(operands.map { values[$0] }, numbers))
      }
    }
    return values[values.count - 1]
  }
}

// MARK: - Tame programs

extension Program {
  /// The values of all lines if values and derivatives can be compared: no large numbers, no singularity nearby, and
  /// few elements.
  var tameValues: [Grid]? {
    guard inputs.allSatisfy(\.isPossible), let values = values(at: stored) else { return nil }
    return lines.indices.allSatisfy { isTame($0, values) } ? values : nil
  }

  /// Whether one line is tame, given the values of all lines up to it.
  func isTame(_ line: Int, _ values: [Grid]) -> Bool {
    let value = values[line]
    guard value.rank <= 5, value.values.count <= 200, value.values.allSatisfy({ abs($0) <= 8 }) else { return false }
    guard case .call(let definition, let operands, let numbers) = lines[line], let roughness = definition.roughness
    else {
      return true
    }
    let distance = roughness.distance(operands.map { values[$0] }, numbers)
    return switch roughness.kind {
    case .kink: true
    case .jump: distance > 0.01
    case .pole: distance > 0.3
    }
  }
}

// MARK: - Text

extension Program: CustomStringConvertible {
  /// The program as lines of code.
  var description: String {
    lines.enumerated().map { number, line in "v\(number) = \(line)" }.joined(separator: "\n")
  }
}

extension Program.Line: CustomStringConvertible {
  var description: String {
    switch self {
    case .input(let input):
      let sign = input.isPositive ? "positive " : ""
      return "\(sign)input \(Shape(input.shape)), \(input.layout), numbers from \(input.start)"
    case .call(let definition, let operands, let numbers):
      let named = zip(definition.labels, numbers).map { "\($0): \($1)" }
      return "\(definition.name)(\((operands.map { "v\($0)" } + named).joined(separator: ", ")))"
    }
  }
}
