import Checking
import Foundation
import Testing
import fuzz

private final class Here {}

private let program = builtProgram("fuzz", beside: Here.self)

private func hunt(_ subject: Subject, _ numbers: Range<UInt32>, seed: UInt32 = 1) throws -> Findings {
  try Supervisor(program: program, seed: seed, patience: 1).hunt(subject, numbers)
}

/// The number of the first input of the faulty subject that begins with this byte.
private func first(_ byte: UInt8) throws -> UInt32 {
  let faulty = try #require(Subject.named("faulty"))
  let number = try (0..<1000 as Range<UInt32>).first { try faulty.input(seed: 1, number: $0)[0][0] == byte }
  return try #require(number)
}

@Suite("Fuzzing: the hunt for inputs that make a reader fail")
struct FuzzTests {
  @Test(
    "a reader that crashes, hangs, takes too much memory or accepts nonsense is found, with the number of the input",
    arguments: [
      (0, "crashes with signal"), (1, "hangs: no output for 1.0 seconds"), (2, "greedy: reading took"),
      (3, "nonsense: the sum is"), (4, "crashes with signal"), (5, "nonsense: unexpected error: "),
    ].filter { $0.0 != 2 || Worker.measuresMemory } as [(UInt8, String)])
  func faults(byte: UInt8, message: String) throws {
    let faulty = try #require(Subject.named("faulty"))
    let number = try first(byte)
    let findings = try hunt(faulty, number..<number + 1)
    #expect(findings.inputs == 1 && findings.faults.map(\.number) == [number])
    let what = try #require(findings.faults.first?.what)
    #expect(what.hasPrefix(message), "\(what)")
  }

  @Test("the hunt continues after an input that killed its reader, and counts every input once")
  func goesOn() throws {
    let faulty = try #require(Subject.named("faulty"))
    let firsts = try (0..<60 as Range<UInt32>).map { try faulty.input(seed: 1, number: $0)[0][0] }
    let end = try #require(firsts.indices.first { firsts[$0] == 1 } ?? firsts.indices.last)
    let findings = try hunt(faulty, 0..<UInt32(end))
    let before = firsts[..<end]
    #expect(findings.inputs == end && before.contains(0))
    #expect(findings.faults.map { Int($0.number) } == before.indices.filter { before[$0] < 6 })
    #expect(findings.accepted == before.count { $0 > 9 })
    #expect(findings.refused == ["byte is": before.count { 6...9 ~= $0 }])
  }

  @Test("an input depends only on its seed and its number, and most inputs differ")
  func reproducible() throws {
    for subject in Subject.all {
      let inputs = try (0..<200 as Range<UInt32>).map { try subject.input(seed: 7, number: $0) }
      #expect(try inputs.indices.reversed().allSatisfy { try subject.input(seed: 7, number: UInt32($0)) == inputs[$0] })
      #expect(Set(inputs).count > 150, "\(subject.name)")
      #expect(try subject.input(seed: 8, number: 0) != inputs[0], "\(subject.name)")
    }
  }

  @Test(
    "every reader survives its first inputs, accepts some, and refuses others for several reasons",
    arguments: Subject.all.map(\.name))
  func survives(name: String) throws {
    let subject = try #require(Subject.named(name))
    let findings = try hunt(subject, 0..<150)
    #expect(findings.faults == [], "\(name)")
    #expect(findings.inputs == 150 && findings.accepted > 10)
    #expect(findings.refused.count > 1 && findings.accepted + findings.refused.values.reduce(0, +) == 150)
  }

  @Test("the command reports a fault and how to repeat it, with status 1; it refuses wrong arguments with status 64")
  func command() throws {
    let number = try first(3)
    let wrong = try command("faulty", "--only", "\(number)")
    #expect(wrong.status == 1 && wrong.text.contains("fuzz faulty --seed 1 --only \(number)\n  nonsense: the sum is"))
    let clean = try command("idx", "--inputs", "30", "--seed", "5")
    #expect(clean.status == 0 && clean.text.contains("  inputs    30\n  faults    0\n"))
    #expect(clean.text.contains("  seed      5\n"))
    #expect(try command("nothing").status == 64)
    #expect(try command("--inputs", "0").status == 64)
  }

  private func command(_ arguments: String...) throws -> (status: Int32, text: String) {
    let (process, output) = (Process(), Pipe())
    (process.executableURL, process.arguments) = (program, arguments)
    (process.standardOutput, process.standardError) = (output, Pipe())
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
