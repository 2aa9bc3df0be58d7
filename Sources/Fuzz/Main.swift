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

    Damages files, command lines and typed lines, and tests that no reader crashes, hangs, takes more
    memory than its input justifies, or accepts nonsense.

    Names: \(Subject.all.map(\.name).joined(separator: " ")) (default: all)

    --inputs N    the number of inputs, shared equally among the names (100,000)
    --seed N      the seed of all inputs (1)
    --only N      show and read only the input with this number
    --reasons     list why inputs were refused

    An input depends only on its name, its seed and its number, so --only repeats it.
    Memory is measured on Linux only.
    """

  /// Reads the inputs that a supervisor asks for: name, seed, first number, end.
  private static func work(_ arguments: ArraySlice<String>) throws {
    let words = Array(arguments)
    guard words.count == 4, let subject = Subject.named(words[0]), let seed = UInt32(words[1]),
      let first = UInt32(words[2]),
      let end = UInt32(words[3]), first <= end
    else { throw UsageError("only the program itself starts workers; see fuzz --help") }
    var worker = Worker(subject, seed: seed)
    try worker.run(first..<end)
  }

  /// Runs the hunt; returns whether it found no fault.
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
        let count = "\(grouped(findings.inputs)) of \(grouped(numbers.count))"
        console.err("\r\(subject.name): \(count), \(findings.faults.count) faults\u{1B}[K")
      }
      if console.showsProgress { console.err("\r\u{1B}[K") }
      results.append((subject, findings))
    }
    let report = Report(results, seed: orders.seed)
    console.out(report.text(withReasons: orders.reasons || orders.only != nil))
    return report.isClean
  }

  /// Shows an input as text, with all other bytes escaped.
  private static func show(_ input: Input, _ console: Console) {
    for part in input {
      let text = part.prefix(1000).map { 0x20..<0x7F ~= $0 ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16) }
        .joined()
      console.out("\(part.count) bytes: \(text)\(part.count > 1000 ? " …" : "")\n")
    }
    console.out("\n")
  }
}

/// The options of the command line.
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
      throw UsageError("--only takes one input and --inputs many: give one of the two")
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
