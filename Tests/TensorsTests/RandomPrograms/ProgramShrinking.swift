import Tensors

// Reduces a failing program to a small one that fails in the same way.

extension Program {
  /// The smallest program found that still disagrees with its definition in the same way.
  ///
  /// Greedy: of all programs that are simpler by one step, the first that still fails is the next. Each step makes the
  /// program smaller, so the search ends.
  func shrunk(_ disagreement: Disagreement) -> (program: Program, disagreement: Disagreement) {
    var smallest = (program: self, disagreement: disagreement)
    while let smaller = smallest.program.simpler().lazy.compactMap({ $0.failing(disagreement.kind) }).first {
      smallest = smaller
    }
    return smallest
  }

  private func failing(_ kind: Disagreement.Kind) -> (program: Program, disagreement: Disagreement)? {
    guard tameValues != nil, let found = compared().disagreement, found.kind == kind else { return nil }
    return (self, found)
  }

  /// The program without the lines that the last one does not need.
  var pruned: Program {
    var needed = Set([lines.count - 1])
    for number in lines.indices.reversed() where needed.contains(number) { needed.formUnion(operands(of: number)) }
    let kept = lines.indices.filter(needed.contains)
    var places = [Int: Int]()
    for (place, number) in kept.enumerated() { places[number] = place }
    return Program(lines: kept.map { number in lines[number].mapOperands { places[$0] ?? 0 } })
  }

  private func operands(of number: Int) -> [Int] {
    if case .call(_, let operands, _) = lines[number] { operands } else { [] }
  }

  // MARK: - Steps

  /// The programs that are simpler by one step, the boldest steps first.
  private func simpler() -> [Program] {
    fewerOperations() + fewerAxes() + shorterAxes() + plainerInputs() + smallerParameters()
  }

  /// Shorter, without an operation, or with an input instead of one.
  private func fewerOperations() -> [Program] {
    let calls = lines.indices.filter { !operands(of: $0).isEmpty }
    let prefixes = calls.dropLast().map { Program(lines: Array(lines[...$0])).pruned }
    let shortcuts = calls.flatMap { call in operands(of: call).map { redirecting(call, to: $0) } }
    let values = values(at: stored) ?? []
    let cuts = calls.dropLast().flatMap { call in
      [true, false].map { isPositive in
        let input = Input(shape: values[call].shape, layout: .contiguous, start: 0, isPositive: isPositive)
        return replacing(call, with: .input(input)).pruned
      }
    }
    return prefixes + shortcuts + cuts
  }

  private func redirecting(_ call: Int, to operand: Int) -> Program {
    if call == lines.count - 1 { return Program(lines: Array(lines[...operand])).pruned }
    return Program(lines: lines.map { $0.mapOperands { $0 == call ? operand : $0 } }).pruned
  }

  /// Every input of several axes without one of them.
  private func fewerAxes() -> [Program] {
    changingInputs { input in
      input.shape.indices.map { axis in
        var fewer = input
        fewer.shape.remove(at: axis)
        return fewer
      }
    }
  }

  /// All axes of one length shortened together, because operands must fit; or a single axis.
  private func shorterAxes() -> [Program] {
    let lengths = Set(inputs.flatMap(\.shape)).filter { $0 > 1 }.sorted(by: >)
    let together = lengths.flatMap { old in
      [1, 2, old - 1].filter { $0 < old }.map { new in
        Program(lines: lines.map { $0.mapInput { $0.shape = $0.shape.map { $0 == old ? new : $0 } } })
      }
    }
    let alone = changingInputs { input in
      input.shape.indices.flatMap { axis in
        [1, 2, input.shape[axis] - 1].filter { $0 < input.shape[axis] }.map { length in
          var shorter = input
          shorter.shape[axis] = length
          return shorter
        }
      }
    }
    return together + alone
  }

  /// An input with a plain layout, with the first numbers of the stream, or with both signs.
  private func plainerInputs() -> [Program] {
    changingInputs { input in
      var (contiguous, first, signed) = (input, input, input)
      contiguous.layout = .contiguous
      first.start = 0
      signed.isPositive = false
      return [contiguous, first, signed].filter { $0 != input }
    }
  }

  /// A parameter that is 0, half as large, or smaller by 1.
  private func smallerParameters() -> [Program] {
    lines.indices.flatMap { place -> [Program] in
      guard case .call(let definition, let operands, let numbers) = lines[place] else { return [] }
      return numbers.indices.flatMap { i in
        Set([0, numbers[i] / 2, numbers[i] - 1]).filter { 0 <= $0 && $0 < numbers[i] }.sorted().map { smaller in
          var fewer = numbers
          fewer[i] = smaller
          return replacing(place, with: .call(definition, operands: operands, numbers: fewer))
        }
      }
    }
  }

  private func changingInputs(_ changes: (Input) -> [Input]) -> [Program] {
    lines.indices.flatMap { place -> [Program] in
      guard case .input(let input) = lines[place] else { return [] }
      return changes(input).map { replacing(place, with: .input($0)) }
    }
  }

  private func replacing(_ place: Int, with line: Line) -> Program {
    var result = self
    result.lines[place] = line
    return result
  }
}

extension Program.Line {
  func mapOperands(_ transform: (Int) -> Int) -> Self {
    guard case .call(let definition, let operands, let numbers) = self else { return self }
    return .call(definition, operands: operands.map(transform), numbers: numbers)
  }

  func mapInput(_ transform: (inout Input) -> Void) -> Self {
    guard case .input(var input) = self else { return self }
    transform(&input)
    return .input(input)
  }
}
