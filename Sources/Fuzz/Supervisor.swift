// The watching process. It starts workers, counts their verdicts, and records the inputs that crash or hang a worker.

import Foundation

/// The findings about a subject.
package struct Findings: Sendable {
  /// An input that shows a fault of its reader.
  package struct Fault: Sendable, Equatable {
    /// The number of the input.
    package let number: UInt32
    /// What happened.
    package let what: String
  }

  /// The number of inputs read, and of those accepted.
  package var (inputs, accepted) = (0, 0)
  /// The number of refused inputs by reason.
  package var refused: [String: Int] = [:]
  /// The maximum extra memory, in bytes, that reading an input took.
  package var mostMemory = 0
  /// The largest multiple of the memory of input and result, where that is 16 KiB or more, that reading took.
  package var mostTimes = 0.0
  /// The faults.
  package var faults: [Fault] = []
  /// The seconds of the hunt.
  package var seconds = 0.0

  mutating func count(_ verdict: Verdict, of number: UInt32) {
    inputs += 1
    mostMemory = max(mostMemory, verdict.memory)
    if verdict.size >= 16 << 10 { mostTimes = max(mostTimes, Double(verdict.memory) / Double(verdict.size)) }
    switch verdict.kind {
    case .accepted: accepted += 1
    case .refused: refused[verdict.text, default: 0] += 1
    case .nonsense, .greedy: faults.append(Fault(number: number, what: "\(verdict.kind): \(verdict.text)"))
    }
  }

  mutating func add(_ what: String, of number: UInt32) {
    inputs += 1
    faults.append(Fault(number: number, what: what))
  }
}

/// Hunts for inputs that make a reader fail.
package struct Supervisor {
  /// The program, which is its own worker.
  let program: URL
  /// The seed of all inputs.
  let seed: UInt32
  /// The seconds without output after which a worker is considered to hang.
  let patience: Double
  /// The hunt stops after this many faults.
  let mostFaults: Int

  /// A hunt with this program's workers.
  package init(program: URL, seed: UInt32, patience: Double = 10, mostFaults: Int = 20) {
    (self.program, self.seed, self.patience, self.mostFaults) = (program, seed, patience, mostFaults)
  }

  /// Reads the inputs with the given numbers. A worker that dies or hangs is replaced by one that continues after it.
  package func hunt(
    _ subject: Subject, _ numbers: Range<UInt32>, progress: (Findings) -> Void = { _ in }
  ) throws -> Findings {
    let start = Date()
    var (findings, next) = (Findings(), numbers.lowerBound)
    while next < numbers.upperBound && findings.faults.count < mostFaults {
      let end = try watch(subject, next..<numbers.upperBound) { verdict in
        findings.count(verdict, of: next)
        next += 1
        progress(findings)
        return findings.faults.count < mostFaults
      }
      if let end, next < numbers.upperBound {
        findings.add(end, of: next)
        next += 1
      }
    }
    findings.seconds = Date().timeIntervalSince(start)
    return findings
  }

  /// Runs one worker and passes on its verdicts; returns how it ended, or nil if `take` asked to stop.
  private func watch(
    _ subject: Subject, _ numbers: Range<UInt32>, _ take: (Verdict) throws -> Bool
  ) throws -> String? {
    let (worker, lines, errors) = (Process(), Pipe(), Pipe())
    worker.executableURL = program
    worker.arguments = ["worker", subject.name, "\(seed)", "\(numbers.lowerBound)", "\(numbers.upperBound)"]
    worker.environment = ProcessInfo.processInfo.environment.merging(Worker.environment) { $1 }
    (worker.standardOutput, worker.standardError) = (lines, errors)
    try worker.run()
    defer {
      if worker.isRunning { kill(worker.processIdentifier, SIGKILL) }
      worker.waitUntilExit()
    }
    var reader = LineReader(file: lines.fileHandleForReading.fileDescriptor, patience: patience)
    while let line = try reader.next() {
      guard let verdict = Verdict(line: line[...]) else { return "its reader wrote '\(line)'" }
      if !(try take(verdict)) { return nil }
    }
    if reader.isSilent { return "hangs: no output for \(patience) seconds" }
    worker.waitUntilExit()
    let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let how = worker.terminationReason == .uncaughtSignal ? "signal" : "status"
    let first = message.split(whereSeparator: \.isNewline).first.map { ": \($0)" } ?? ""
    return "crashes with \(how) \(worker.terminationStatus)\(first)"
  }
}

/// Reads lines from a file and waits at most `patience` seconds for each.
private struct LineReader {
  let file: Int32
  let patience: Double
  /// Whether no line arrived in time.
  private(set) var isSilent = false
  private var lines: ArraySlice<String> = []
  private var rest: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  init(file: Int32, patience: Double) { (self.file, self.patience) = (file, patience) }

  /// The next line; nil at the end of the file, or if none arrives in time.
  mutating func next() throws -> String? {
    while lines.isEmpty {
      var event = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      isSilent = poll(&event, 1, Int32(patience * 1000)) == 0
      if isSilent { return nil }
      let count = read(file, &buffer, buffer.count)
      if count <= 0 { return nil }
      rest += buffer[..<count]
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      lines = rest[..<end].split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }[...]
      rest.removeSubrange(...end)
    }
    return lines.popFirst()
  }
}
