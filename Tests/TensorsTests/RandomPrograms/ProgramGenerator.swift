import Tensors

/// Writes a random program line by line, with the values so far.
struct ProgramGenerator {
  private let source: RandomSource
  private let table: [Definition]
  private var program = Program(lines: [])
  private var values = [Grid]()

  /// The program of a seed: one to six operations of the table.
  static func program(seed: UInt64, table: [Definition] = Definition.all) -> Program {
    var generator = ProgramGenerator(source: RandomSource(seed: seed), table: table)
    let length = 1 + generator.source.integer(below: 6)
    var attempts = 0
    while generator.program.names.count < length && attempts < 200 {
      generator.append(generator.choice(of: table))
      attempts += 1
    }
    return generator.program.pruned
  }

  private init(source: RandomSource, table: [Definition]) { (self.source, self.table) = (source, table) }

  private func choice<T>(of elements: [T]) -> T { elements[source.integer(below: elements.count)] }

  /// Appends the operation, after any new inputs that it needs; does nothing if it does not suit its operand.
  private mutating func append(_ definition: Definition) {
    let (oldProgram, oldValues) = (program, values)
    // Mostly the newest value, so that programs are deep.
    let isNew = program.lines.isEmpty || source.bernoulli(0.2)
    let first =
      isNew ? input(randomShape()) : source.bernoulli(0.75) ? values.count - 1 : choice(of: Array(values.indices))
    let numbers = definition.labels.map { _ in source.integer(below: 8) }
    let others = definition.partners(values[first].shape, numbers, source).map { operand($0) }
    program.lines.append(.call(definition, operands: [first] + others, numbers: numbers))
    if let value = definition.plain(([first] + others).map { values[$0] }, numbers) {
      values.append(value)
      if program.isTame(values.count - 1, values) { return }
    }
    (program, values) = (oldProgram, oldValues)
  }

  /// A value of this shape: an old one, if there is any, or a new input.
  private mutating func operand(_ shape: [Int]) -> Int {
    let old = values.indices.filter { values[$0].shape == shape }
    return old.isEmpty || source.bernoulli(0.5) ? input(shape) : choice(of: old)
  }

  private mutating func input(_ shape: [Int]) -> Int {
    var input = Input(
      shape: shape, layout: choice(of: Layout.allCases), start: source.integer(below: 1000),
      isPositive: source.bernoulli(0.4))
    if !input.isPossible { input.layout = .contiguous }
    program.lines.append(.input(input))
    values.append(input.view(input.stored))
    return values.count - 1
  }

  /// Up to four axes, mostly of length 1 to 5; sometimes one is empty, or the last is longer than a vector register.
  private func randomShape() -> [Int] {
    var shape = (0..<source.categorical([1, 3, 4, 3, 2])).map { _ in 1 + source.integer(below: 5) }
    if source.bernoulli(0.08) && shape.count < 3 && !shape.isEmpty { shape[shape.count - 1] = 17 }
    if source.bernoulli(0.03) && !shape.isEmpty { shape[source.integer(below: shape.count)] = 0 }
    return shape
  }
}
