// The file in which a run saves its state, so that it can be killed at any moment and resumed.

import Files
import Foundation
import Synchronization
import Tensors

/// The file in which a run saves the training of its models, so that a killed run can be resumed and end with exactly
/// the same bits.
///
/// A run depends only on its arguments and its data. So a resumed run starts again from the beginning, and every
/// training run, identified by its number, continues from the state in the file: its end, or a state between two steps.
/// A class because it represents that one file.
public final class Checkpoint: Sendable {
  /// The checkpoint of the current run, if it has one.
  @TaskLocal package static var current: Checkpoint?

  /// The path of the file.
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

  /// Opens the checkpoint of a run, and creates its file if there is none, so that a file that cannot be written is
  /// reported at once.
  ///
  /// `command` says what the run does: only the command that made a file can resume it. `goOn` is the command that the
  /// reader types to resume. Writing takes at most the share `largestShare` of the time, and happens at most every
  /// `leastSeconds`. Throws a `DataError` if the file is damaged or belongs to another command.
  public init(
    path: String, command: String, goOn: String, tell: @escaping @Sendable (String) -> Void, leastSeconds: Double = 0.5,
    largestShare: Double = 0.01
  ) throws {
    (self.path, self.command, self.goOn, self.tell) = (path, command, goOn, tell)
    (self.leastSeconds, self.largestShare) = (leastSeconds, largestShare)
    AtomicFile.removeLeftovers(of: path)
    if SystemPath.exists(path) { try read() } else { try write() }
  }

  /// Whether the file at a path is a checkpoint, of any command.
  package static func isOne(_ path: String) -> Bool {
    (try? SafetensorsFile(path: path))?.metadata["saved as"]?.hasPrefix("checkpoint of ") == true
  }

  /// Runs `body` with this checkpoint.
  public func callAsFunction<R>(_ body: () throws -> R) rethrows -> R {
    try Self.$current.withValue(self) { try RandomLedger.$current.withValue(ledger, operation: body) }
  }

  /// The states of the first `count` random sources, or of all of them.
  func randomPage(below count: Int = .max) -> RandomPage { ledger.page(below: count) }
  /// Restores all random sources.
  func restore(_ page: RandomPage) { ledger.restore(page) }
  /// The number of random sources that the run has made.
  var randomSources: Int { ledger.count }

  /// The error that the data have changed since the file was made, so that the saved training no longer fits.
  package struct OtherContents: Error, CustomStringConvertible {
    package let description: String
  }

  /// Records what a run has read, as a name and a fingerprint of the contents. Throws if the file was made with other
  /// contents under that name.
  package func note(_ name: String, _ contents: String) throws {
    let old = state.withLock { state in
      let old = state.contents[name]
      state.contents[name] = old ?? contents
      return old ?? contents
    }
    if old != contents {
      throw OtherContents(
        description: "cannot resume from \(path): \(name) has changed since the checkpoint was made "
          + "(\(contents) instead of \(old)). Restore the old data, or name another file")
    }
  }

  // MARK: - Training

  /// The number of the training that begins now, counted from 1, and its state in the file.
  func begin() -> (number: Int, kept: KeptTraining?) {
    state.withLock { state in
      state.begun += 1
      return (state.begun, state.trainings[state.begun])
    }
  }

  /// Whether it is time to write the file. The slower the writing, the longer the wait.
  var isDue: Bool {
    Interruption.isAsked
      || state.withLock { Date().timeIntervalSince($0.written) >= max(leastSeconds, $0.cost / largestShare) }
  }

  /// Keeps the new state of a training instead of the old one.
  func keep(_ training: KeptTraining, number: Int) {
    state.withLock { state in
      state.trainings[number] = training
      state.isChanged = true
    }
  }

  /// Writes the file if anything has changed. If it cannot be written, the run continues and the old file stays.
  public func save() {
    guard state.withLock({ $0.isChanged }) else { return }
    do { try write() } catch {
      state.withLock { $0.written = Date() }
      tell("\(error)\nThe run continues, and will try again later.\n")
    }
  }

  /// Ends the process if it was asked to stop, and says how to resume.
  package func stopIfAsked() {
    if !Interruption.isAsked { return }
    save()
    end("Stopped. All completed work is saved in \(path). To resume, run:\n\n    \(goOn)\n", status: 130)
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
      DataError(attempted: "resume from \(path)", found: found, advice: advice)
    }
    guard file.metadata["saved as"] == Self.kind, let its = file.metadata["command"] else {
      throw error("it is not a \(Self.kind)", "Name another file")
    }
    guard its == command else {
      throw error("it belongs to '\(its)', but this is '\(command)'", "Use that command, or name another file")
    }
    let tensors = try file.names.map { (name: $0, tensor: try file.tensor($0)) }
    let groups = Dictionary(grouping: tensors) { $0.name.prefix { $0 != "/" } }
    for (key, text) in file.metadata where key.hasPrefix("contents of ") {
      state.withLock { $0.contents[String(key.dropFirst("contents of ".count))] = text }
    }
    for (key, json) in file.metadata.sorted(by: { $0.key < $1.key }) {
      guard let number = key.wholeMatch(of: /training ([0-9]+)/).flatMap({ Int($0.1) }) else { continue }
      let training = KeptTraining(json: json, tensors: groups[key[...]] ?? [])
      state.withLock { $0.trainings[number] = training }
    }
  }
}

/// A training run in a checkpoint: its state as JSON, and all its tensors.
struct KeptTraining: Sendable {
  let json: String
  let tensors: [(name: String, tensor: Tensor)]
}
