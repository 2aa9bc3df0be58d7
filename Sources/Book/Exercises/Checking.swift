import BookText
import Foundation
import Messages

/// Runs a command in a folder and returns its status and everything it printed.
public typealias CommandRunner = (_ command: [String], _ folder: String) throws -> (status: Int32, output: String)

/// Runs a command in a process of its own. In a terminal, the last line shows which step of the build is running.
public func runProcess(_ command: [String], in folder: String) throws -> (status: Int32, output: String) {
  let (process, pipe) = (Process(), Pipe())
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = command
  process.currentDirectoryURL = URL(filePath: folder)
  (process.standardOutput, process.standardError) = (pipe, pipe)
  do {
    try process.run()
  } catch {
    throw BookError("cannot run '\(command.joined(separator: " "))': \(error.localizedDescription)")
  }
  var output = Data()
  let screen = isatty(FileHandle.standardError.fileDescriptor) == 1 ? FileHandle.standardError : nil
  while case let part = pipe.fileHandleForReading.availableData, !part.isEmpty {
    output += part
    let step = buildStep(in: String(decoding: part, as: UTF8.self))
    if let screen, let step { screen.write(Data("\r\(step)\u{1B}[K".utf8)) }
  }
  screen?.write(Data("\r\u{1B}[K".utf8))
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}

/// The last step of a build that a text names, such as "[12/345] Compiling Tensors", at most 78 columns wide.
public func buildStep(in text: String) -> String? {
  text.split(whereSeparator: \.isNewline).last { $0.hasPrefix("[") && $0.contains("] ") }.map { String($0.prefix(78)) }
}

/// What the tests of an exercise have shown.
public enum Verdict: Sendable, Equatable {
  /// All passed: how many.
  case passed(tests: Int)
  /// Some failed, or the program stopped or did not build: what the reader needs to know.
  case failed(tests: Int, reason: [String])

  /// Reads what `swift test` printed. Throws a `BookError` if no test has run, because that proves nothing.
  public init(status: Int32, output: String, filter: String) throws {
    let lines = output.split(whereSeparator: \.isNewline)
    let missing = lines.filter { $0.contains(" is yours: ") }.compactMap { line in
      line.firstRange(of: "Exercise ").map { String(line[$0.lowerBound...]) }
    }
    if let first = missing.min() {
      self = .failed(tests: 0, reason: [first])
      return
    }
    if let place = lines.firstIndex(where: { $0.contains(" recorded an issue ") }) {
      let details = lines[(place + 1)...].prefix { $0.hasPrefix("↳") || $0.hasPrefix("//") || $0.hasPrefix(" ") }
      self = .failed(tests: Self.count(in: lines), reason: [lines[place]].map(Self.plain) + details.map(Self.plain))
      return
    }
    if status != 0 {
      let errors = lines.filter { $0.contains("error: ") || $0.contains("Fatal error") }.prefix(3)
      self = .failed(
        tests: 0, reason: errors.isEmpty ? lines.suffix(3).map(String.init) : errors.map(String.init))
      return
    }
    let count = Self.count(in: lines)
    guard count > 0 else {
      throw BookError("no test ran: swift test --filter '\(filter)' found none, so nothing is known about the exercise")
    }
    self = .passed(tests: count)
  }

  /// The number of tests in the summary: "Test run with 9 tests in 2 suites passed after 3 seconds."
  private static func count(in lines: [Substring]) -> Int {
    lines.reduce(0) { count, line in
      guard let range = line.firstRange(of: "Test run with ") else { return count }
      return count + (Int(line[range.upperBound...].prefix(while: \.isNumber)) ?? 0)
    }
  }

  /// A line without the sign that the terminal shows before it.
  private static func plain(_ line: Substring) -> String {
    String(line.drop { !$0.isLetter && !$0.isNumber && $0 != "/" })
  }
}

extension ReaderExercises {
  /// Runs the tests of an exercise and keeps the result among the reader's progress.
  ///
  /// While all its functions are missing, nothing is built and run; and while one is missing, the exercise is not done,
  /// whatever the tests say.
  public func check(_ assignment: ReaderExercise, run: CommandRunner = runProcess) throws -> Verdict {
    let missing = assignment.holes.filter(\.isOpen).map {
      unsolvedMessage($0.number, path: $0.path, line: UInt($0.line))
    }
    var verdict = Verdict.failed(tests: 0, reason: missing)
    if missing.count < assignment.holes.count || missing.isEmpty {
      let filter = try filter(for: assignment)
      // The build leaves out the tests of the other chapters.
      let chapter = "DEEP_LEARNING_CHAPTER=\(assignment.number.prefix { $0 != "." })"
      let result = try run([chapter, "swift", "test", "--filter", filter], root)
      let found = try Verdict(status: result.status, output: result.output, filter: filter)
      if case .failed = found { verdict = found } else if missing.isEmpty { verdict = found }
    }
    var progress = try Progress.read(in: root)
    switch verdict {
    case .passed(let tests): progress.checks[assignment.number] = Progress.Check(done: true, tests: tests)
    case .failed(let tests, _): progress.checks[assignment.number] = Progress.Check(done: false, tests: tests)
    }
    try progress.write(in: root)
    return verdict
  }

  /// The filter of an exercise's tests. Throws a `BookError` if it has none.
  public func filter(for assignment: ReaderExercise) throws -> String {
    guard let chapter = Book.written.first(where: { $0.program == assignment.item.program }) else { return "" }
    let folder = "Tests/\(chapter.name)Tests"
    let names = try FileManager.default.contentsOfDirectory(atPath: root + folder).sorted()
    let cases = try names.filter { $0.hasSuffix(".swift") }.flatMap { name in
      let path = "\(folder)/\(name)"
      return TestCase.all(path: path, text: try String(contentsOfFile: root + path, encoding: .utf8))
    }
    let filter = TestCase.filter(for: assignment.number, among: cases)
    if filter.isEmpty {
      throw BookError("no test of \(folder) cites Exercise \(assignment.number), so it cannot be checked")
    }
    return filter
  }
}
