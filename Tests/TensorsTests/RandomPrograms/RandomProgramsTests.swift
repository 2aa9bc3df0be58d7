import Foundation
import Tensors
import Testing

@Suite("Random programs")
struct RandomProgramsTests {
  /// The number of programs and the seed of the first; the environment may set both.
  let count, first: Int

  init() throws {
    count = try Self.setting("DEEP_LEARNING_PROGRAMS", otherwise: 400)
    first = try Self.setting("DEEP_LEARNING_SEED", otherwise: 1)
  }

  private static func setting(_ name: String, otherwise standard: Int) throws -> Int {
    guard let text = ProcessInfo.processInfo.environment[name] else { return standard }
    return try #require(Int(text).flatMap { $0 >= 0 ? $0 : nil }, "\(name) is \"\(text)\", not a whole number")
  }

  private func program(_ position: Int) -> Program { ProgramGenerator.program(seed: UInt64(first + position)) }

  @Test("random programs agree with their definitions, and their derivatives to second order with central differences")
  func agreement() {
    var nearKinks = 0
    for position in 0..<count {
      switch program(position).compared() {
      case .agrees: break
      case .agreesNearKink: nearKinks += 1
      case .disagrees(let disagreement): report(program(position), disagreement, seed: first + position)
      }
    }
    #expect(nearKinks <= count / 10 + 1, "the derivatives of \(nearKinks) of \(count) programs were not compared")
  }

  private func report(_ program: Program, _ disagreement: Disagreement, seed: Int) {
    let (smallest, difference) = program.shrunk(disagreement)
    Issue.record(
      """
      \(difference)
      \(smallest)
      Shrunk from a program of \(program.names.count) operations. To see it again: DEEP_LEARNING_SEED=\(seed) DEEP_LEARNING_PROGRAMS=1
      """)
  }

  @Test("the same seed gives the same program, and another seed another one")
  func reproducible() {
    for seed in UInt64(1)...20 {
      #expect("\(ProgramGenerator.program(seed: seed))" == "\(ProgramGenerator.program(seed: seed))")
    }
    #expect(Set((UInt64(1)...20).map { "\(ProgramGenerator.program(seed: $0))" }).count == 20)
  }

  @Test("every operation of the table occurs, every view, and every rank")
  func coverage() {
    let programs = (UInt64(1)...1_000).map { ProgramGenerator.program(seed: $0) }
    #expect(Set(programs.flatMap(\.names)) == Set(Definition.all.map(\.name)))
    #expect(Set(Definition.all.map(\.name)).count == Definition.all.count)
    let inputs = programs.flatMap(\.inputs)
    #expect(Set(inputs.map(\.layout)) == Set(Layout.allCases))
    #expect(Set(inputs.map(\.shape.count)) == [0, 1, 2, 3, 4])
    #expect(Set(inputs.flatMap(\.shape)).isSuperset(of: [0, 1, 2, 3, 4, 5, 17]))
  }

  /// tanh, wrong in three ways. x − constant x is 0, but its derivative is that of x.
  private static let mistakes: [(kind: Disagreement.Kind, tanh: @Sendable (Tensor) -> Tensor)] = [
    (.double, { $0.tanh() * 1.001 }),
    (.gradient, { $0.tanh() + 0.01 * ($0 - $0.stopGradient) }),
    (
      .secondDerivative,
      {
        let y = $0.tanh().stopGradient
        return y + (1 - y * y) * ($0 - $0.stopGradient)
      }
    ),
  ]

  @Test("a wrong operation is found and shrunk to one operation on one number", arguments: 0..<3)
  func planted(_ number: Int) throws {
    let mistake = Self.mistakes[number]
    let table = Definition.all.map { line in
      line.name == "tanh" ? Definition.elementwise("tanh", mistake.tanh, { tanh($0) }) : line
    }
    var found = 0
    for seed in UInt64(1)...400 where found < 3 {
      let program = ProgramGenerator.program(seed: seed, table: table)
      guard program.names.contains("tanh"), let disagreement = program.compared().disagreement else { continue }
      let (smallest, difference) = program.shrunk(disagreement)
      #expect(difference.kind == mistake.kind)
      #expect("\(smallest)" == "v0 = input [], contiguous, numbers from 0\nv1 = tanh(v0)")
      found += 1
    }
    #expect(found == 3)
  }
}
