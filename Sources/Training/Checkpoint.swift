// What a run keeps in a file while it goes on, so that it may be killed at any moment.

import Files
import Foundation
import Synchronization
import Tensors

/// The file in which a run keeps its trainings, so that the run can go on after it was killed, and end with the very same bits.
///
/// A run depends on nothing but its arguments and its data. So to go on it starts again from the beginning, and every training in
/// it, known by its place among all trainings of the run, takes from the file what it had reached: its end, or a state between two steps.
/// A class because it is that one file.
public final class Checkpoint: Sendable {
  /// The checkpoint of the run that goes on now, if it has one.
  @TaskLocal package static var current: Checkpoint?

  /// Where the file stands.
  public let path: String
  private let command: String
  private let tell: @Sendable (String) -> Void
  private let goOn: String
  private let leastSeconds, largestShare: Double
  private let ledger = RandomLedger()
  private let state = Mutex(State())

  private struct State {
    var begun = 0
    var trainings: [Int: KeptTraining] = [:]
    var contents: [String: String] = [:]
    var isChanged = false
    var written = Date()
    var cost = 0.0
  }

  /// Opens the checkpoint of a run, and makes its file if there is none: so one that cannot be written is known at once.
  ///
  /// `command` says what the run does: a file goes on only with the command that it was made by. `goOn` is what to type to go on.
  /// Writing takes at most `largestShare` of the time, and happens at most every `leastSeconds`.
  /// Throws a `DataError` if the file is damaged or belongs to another command.
  public init(
    path: String, command: String, goOn: String, tell: @escaping @Sendable (String) -> Void, leastSeconds: Double = 0.5,
    largestShare: Double = 0.01
  ) throws {
    (self.path, self.command, self.goOn, self.tell) = (path, command, goOn, tell)
    (self.leastSeconds, self.largestShare) = (leastSeconds, largestShare)
    AtomicFile.removeLeftovers(of: path)
    if SystemPath.exists(path) { try read() } else { try write() }
  }

  /// Whether the file at a path is a checkpoint, whatever command it belongs to.
  package static func isOne(_ path: String) -> Bool {
    (try? SafetensorsFile(path: path))?.metadata["saved as"]?.hasPrefix("checkpoint of ") == true
  }

  /// Runs `body` with this checkpoint.
  public func callAsFunction<R>(_ body: () throws -> R) rethrows -> R {
    try Self.$current.withValue(self) { try RandomLedger.$current.withValue(ledger, operation: body) }
  }

  /// Where all random sources stand that are older than `count` others, or all of them.
  func randomPage(below count: Int = .max) -> RandomPage { ledger.page(below: count) }
  /// Puts all random sources back to where they stood.
  func restore(_ page: RandomPage) { ledger.restore(page) }
  /// The number of random sources that the run has made.
  var randomSources: Int { ledger.count }

  /// What the run depends on was other when the file was made: its trainings fit nothing that is there now.
  package struct OtherContents: Error, CustomStringConvertible {
    package let description: String
  }

  /// Keeps what a run has read, by a name and what tells its contents apart. Throws if the file was made with others under that name.
  package func note(_ name: String, _ contents: String) throws {
    let old = state.withLock { state in
      let old = state.contents[name]
      state.contents[name] = old ?? contents
      return old ?? contents
    }
    if old != contents {
      throw OtherContents(
        description: "cannot resume from \(path): \(name) has other contents than when it was made "
          + "(\(contents) in place of \(old)). Put the old data back, or name another file")
    }
  }

  // MARK: - Trainings

  /// The number of the training that begins now, counted from 1, and what the file has of it.
  func begin() -> (number: Int, kept: KeptTraining?) {
    state.withLock { state in
      state.begun += 1
      return (state.begun, state.trainings[state.begun])
    }
  }

  /// Whether it is time to write: after a while, and after a longer one where writing takes long.
  var isDue: Bool {
    Interruption.isAsked
      || state.withLock { Date().timeIntervalSince($0.written) >= max(leastSeconds, $0.cost / largestShare) }
  }

  /// Keeps a training in place of what was kept of it.
  func keep(_ training: KeptTraining, number: Int) {
    state.withLock { state in
      state.trainings[number] = training
      state.isChanged = true
    }
  }

  /// Writes the file if anything has changed. If it cannot be written the run goes on, and the file stays as it was.
  public func save() {
    guard state.withLock({ $0.isChanged }) else { return }
    do { try write() } catch {
      state.withLock { $0.written = Date() }
      tell("\(error)\nThe run goes on without; the next try follows.\n")
    }
  }

  /// Ends the process if somebody has asked it to stop, and tells how to go on.
  package func stopIfAsked() {
    if !Interruption.isAsked { return }
    save()
    end("Stopped. \(path) has all that was done; to go on:\n\n    \(goOn)\n", status: 130)
  }

  /// Ends the process with a message.
  func end(_ message: String, status: Int32) -> Never {
    tell("\n\(message)\n")
    exit(status)
  }

  /// Writes a line to standard error.
  func say(_ line: String) { tell(line + "\n") }

  // MARK: - The file

  private static let kind = "checkpoint of \(SavedValue.version)"

  private func write() throws {
    let start = Date()
    let (trainings, contents) = state.withLock { state in
      state.isChanged = false
      return (state.trainings, state.contents)
    }
    var metadata = ["saved as": Self.kind, "command": command]
    for (name, text) in contents { metadata["contents of \(name)"] = text }
    for (number, training) in trainings { metadata["training \(number)"] = training.json }
    let tensors = trainings.sorted { $0.key < $1.key }.flatMap { $0.value.tensors.sorted { $0.name < $1.name } }
    try SafetensorsFile.write(tensors, metadata: metadata, to: path)
    state.withLock { ($0.written, $0.cost) = (Date(), Date().timeIntervalSince(start)) }
  }

  private func read() throws {
    let file = try SafetensorsFile(path: path)
    func error(_ found: String, _ advice: String) -> DataError {
      DataError(attempted: "go on from \(path)", found: found, advice: advice)
    }
    guard file.metadata["saved as"] == Self.kind, let its = file.metadata["command"] else {
      throw error("it is no \(Self.kind)", "Name another file")
    }
    guard its == command else {
      throw error("it belongs to '\(its)', and this is '\(command)'", "Give that command, or name another file")
    }
    let tensors = try file.names.map { (name: $0, tensor: try file.tensor($0)) }
    let groups = Dictionary(grouping: tensors) { $0.name.prefix { $0 != "/" } }
    for (key, text) in file.metadata where key.hasPrefix("contents of ") {
      state.withLock { $0.contents[String(key.dropFirst("contents of ".count))] = text }
    }
    for (key, json) in file.metadata {
      guard let number = key.wholeMatch(of: /training ([0-9]+)/).flatMap({ Int($0.1) }) else { continue }
      let training = KeptTraining(json: json, tensors: groups[key[...]] ?? [])
      state.withLock { $0.trainings[number] = training }
    }
  }
}

/// A training as a checkpoint keeps it: its state as JSON, and beside it all tensors.
struct KeptTraining: Sendable {
  let json: String
  let tensors: [(name: String, tensor: Tensor)]
}
