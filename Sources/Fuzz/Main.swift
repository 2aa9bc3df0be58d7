import Foundation
import Messages
import Running

@main
struct Fuzz {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      if arguments.first == "help" || arguments.contains("-h") || arguments.contains("--help") { return print(usage) }
      try checkThreads(ProcessInfo.processInfo.environment)
      if arguments.first == "worker" { return try work(arguments.dropFirst()) }
      exit(try hunt(Orders(arguments)) ? 0 : 1)
    } catch {
      FileHandle.standardError.write(Data("fuzz: \(error)\n".utf8))
      exit(64)
    }
  }

  static let usage = """
    Usage: fuzz [NAME …] [OPTION …]

    Damages files and command lines in all ways it knows, and has the readers read them. None may crash, hang, take memory that the input does
    not account for, or accept what makes no sense.

    Names: \(Subject.all.map(\.name).joined(separator: " ")); all of them if none is given.

    --inputs N    so many inputs, shared alike (100,000)
    --seed N      the seed of all inputs (1)
    --only N      the input of this number alone, and show it
    --reasons     tell why inputs were refused

    An input depends on its name, its seed and its number: what a run has found, --only finds again.
    Memory is measured on Linux only.
    """

  /// Reads inputs as a supervisor asks: name, seed, first number, end.
  private static func work(_ arguments: ArraySlice<String>) throws {
    let words = Array(arguments)
    guard words.count == 4, let subject = Subject.named(words[0]), let seed = UInt32(words[1]),
      let first = UInt32(words[2]),
      let end = UInt32(words[3]), first <= end
    else { throw UsageError("a worker is started by the program itself; see fuzz --help") }
    var worker = Worker(subject, seed: seed)
    try worker.run(first..<end)
  }

  /// Does what was ordered; returns whether nothing was found.
  private static func hunt(_ orders: Orders) throws -> Bool {
    let console = Console.standard()
    guard let program = Bundle.main.executableURL else { throw UsageError("cannot find the program's own file") }
    let supervisor = Supervisor(program: program, seed: orders.seed)
    let share = orders.inputs / UInt32(orders.subjects.count)
    var results: [(subject: Subject, findings: Findings)] = []
    for subject in orders.subjects {
      let numbers = orders.only.map { $0..<$0 + 1 } ?? 0..<share
      if let only = orders.only { show(try subject.input(seed: orders.seed, number: only), console) }
      let findings = try supervisor.hunt(subject, numbers) { findings in
        guard console.showsProgress, findings.inputs.isMultiple(of: 1000) else { return }
        console.err(
          "\r\(subject.name): \(grouped(findings.inputs)) of \(grouped(numbers.count)), \(findings.faults.count) faults\u{1B}[K"
        )
      }
      if console.showsProgress { console.err("\r\u{1B}[K") }
      results.append((subject, findings))
    }
    let report = Report(results, seed: orders.seed)
    console.out(report.text(withReasons: orders.reasons || orders.only != nil))
    return report.isClean
  }

  /// Shows an input as text, with everything escaped that is none.
  private static func show(_ input: Input, _ console: Console) {
    for part in input {
      let text = part.prefix(1000).map { 0x20..<0x7F ~= $0 ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16) }
        .joined()
      console.out("\(part.count) bytes: \(text)\(part.count > 1000 ? " …" : "")\n")
    }
    console.out("\n")
  }
}

/// What the arguments ask for.
struct Orders {
  var subjects: [Subject] = []
  var inputs: UInt32 = 100_000
  var seed: UInt32 = 1
  var only: UInt32?
  var reasons = false

  init(_ arguments: [String]) throws {
    var (rest, found) = (arguments[...], Set<String>())
    while let argument = rest.popFirst() {
      if !found.insert(argument).inserted { throw UsageError("'\(argument)' is given twice: give it once") }
      switch argument {
      case "--inputs": inputs = try Self.number(rest.popFirst(), argument, least: 1)
      case "--seed": seed = try Self.number(rest.popFirst(), argument, least: 0)
      case "--only": only = try Self.number(rest.popFirst(), argument, least: 0)
      case "--reasons": reasons = true
      default:
        guard let subject = Subject.named(argument) else {
          throw UsageError("unknown name '\(argument)'; see fuzz --help")
        }
        subjects.append(subject)
      }
    }
    if only != nil && found.contains("--inputs") {
      throw UsageError("--only takes one input, so --inputs has no meaning beside it: leave one of them out")
    }
    if subjects.isEmpty { subjects = Subject.all }
    inputs = max(inputs, UInt32(subjects.count))
  }

  private static func number(_ text: String?, _ name: String, least: UInt32) throws -> UInt32 {
    guard let number = text.flatMap({ UInt32($0) }), least..<UInt32.max ~= number else {
      throw UsageError("\(name) needs a whole number from \(least) to \(UInt32.max - 1), found '\(text ?? "nothing")'")
    }
    return number
  }
}
