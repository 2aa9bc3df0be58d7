// The process that watches. It starts workers, counts what they say, and notes what each input did that killed or held up its worker.

import Foundation

/// What was found out about a subject.
package struct Findings: Sendable {
  /// An input that something is wrong with.
  package struct Fault: Sendable, Equatable {
    /// The number of the input.
    package let number: UInt32
    /// What happened.
    package let what: String
  }

  /// How many inputs were read, and how many of them were accepted.
  package var (inputs, accepted) = (0, 0)
  /// How many were refused, by the reason.
  package var refused: [String: Int] = [:]
  /// The most memory that an input took, in bytes.
  package var mostMemory = 0
  /// The most memory that an input took, as a multiple of the bytes of the input and of what was read, where these are 16 KiB or more.
  package var mostTimes = 0.0
  /// What is wrong.
  package var faults: [Fault] = []
  /// The seconds it took.
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

/// Hunts for inputs that a reader does not survive.
package struct Supervisor {
  /// The program that is its own worker.
  let program: URL
  /// The seed of all inputs.
  let seed: UInt32
  /// The seconds without a word after which a worker hangs.
  let patience: Double
  /// So many faults are enough.
  let mostFaults: Int

  /// A hunt with this program's workers.
  package init(program: URL, seed: UInt32, patience: Double = 10, mostFaults: Int = 20) {
    (self.program, self.seed, self.patience, self.mostFaults) = (program, seed, patience, mostFaults)
  }

  /// What comes of the inputs of these numbers. A worker that dies or hangs is replaced by one that goes on behind its last input.
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

  /// Runs one worker, and hands on what it says; returns how it ended, or nil if it was told to stop because `take` had enough.
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
    if reader.isSilent { return "hangs: nothing for \(patience) seconds" }
    worker.waitUntilExit()
    let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let how = worker.terminationReason == .uncaughtSignal ? "signal" : "status"
    let first = message.split(whereSeparator: \.isNewline).first.map { ": \($0)" } ?? ""
    return "crashes with \(how) \(worker.terminationStatus)\(first)"
  }
}

/// Reads lines from a file, and waits for each so long and no longer.
private struct LineReader {
  let file: Int32
  let patience: Double
  /// Whether nothing came in time.
  private(set) var isSilent = false
  private var lines: ArraySlice<String> = []
  private var rest: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  init(file: Int32, patience: Double) { (self.file, self.patience) = (file, patience) }

  /// The next line; nil at the end of the file, or if nothing comes.
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
