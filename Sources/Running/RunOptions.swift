// What the reader asked of a run, as values and as words.

import Figures
import Files
import Messages

/// How much a run may cost.
public enum Budget: String, CaseIterable, Sendable {
  /// Seconds: enough to see that everything works.
  case quick
  /// What the guide shows.
  case standard
  /// As the notes have it, however long it takes.
  case full

  /// The value for this budget.
  public func choose<T>(quick: T, standard: T, full: T) -> T {
    switch self {
    case .quick: quick
    case .standard: standard
    case .full: full
    }
  }
}

/// What the reader asked of a run.
public struct RunOptions: Sendable, Equatable {
  /// The seed of all random numbers.
  public var seed: UInt64 = 1
  /// The folder with data sets, if one was named.
  public var data: String?
  /// The folder for results, if one was named.
  public var out: String?
  /// The number of epochs, if one was named.
  public var epochs: Int?
  /// How much the run may cost.
  public var budget = Budget.standard
  /// The file that keeps what the run has done, if one was named.
  public var checkpoint: String?
  /// Whether the run goes on from that file.
  public var resumes = false
  /// Whether only the card is printed.
  public var isQuiet = false
  /// Whether colours are never used.
  public var isPlain = false
  /// The background that figures are drawn for.
  public var theme = Theme.light

  /// The defaults.
  public init() {}
}

extension RunOptions {
  /// The options that lead to the same files again: without those for the screen and for checkpoints.
  var repeated: RunOptions {
    var options = self
    (options.isQuiet, options.isPlain, options.checkpoint, options.resumes) = (false, false, nil, false)
    return options
  }

  /// The options that a checkpoint is made for: the data stand in the one folder that all ways of writing it lead to.
  var canonical: RunOptions {
    var options = self
    options.data = data.map { SystemPath.resolved($0) ?? $0 }
    return options
  }

  /// What the names of files say of a run that is not the usual one, so that it leaves the usual one's files alone: "-quick-seed-7".
  var ending: String {
    var parts = budget == .standard ? [] : [budget.rawValue]
    if seed != 1 { parts.append("seed-\(seed)") }
    if let epochs { parts.append("epochs-\(epochs)") }
    if let data {
      let name = (SystemPath.resolved(data) ?? data).split(separator: "/").last.map(String.init) ?? ""
      parts.append("data-" + String(name.unicodeScalars.prefix(40).map { plain.contains($0) ? Character($0) : "_" }))
    }
    return parts.map { "-" + $0 }.joined()
  }

  /// The options as arguments: those that decide about results, and, if asked for, the others too.
  package func arguments(withOutput: Bool) -> [String] {
    var words = ["--seed", "\(seed)"]
    // A value that looks like an option is taken for one unless it stands behind the sign of equality.
    func add(_ name: String, _ value: String) {
      words += value.hasPrefix("-") ? ["\(name)=\(value)"] : [name, value]
    }
    if let data { add("--data", data) }
    if let epochs { words += ["--epochs", "\(epochs)"] }
    if budget != .standard { words.append("--\(budget.rawValue)") }
    if !withOutput { return words }
    if let out { add("--out", out) }
    if isQuiet { words.append("--quiet") }
    if theme != .light { words += ["--theme", theme.rawValue] }
    if isPlain { words.append("--no-color") }
    if let checkpoint {
      add("--checkpoint", checkpoint)
      words.append("--resume")
    }
    return words
  }
}

/// The letters that stand in names of files as they are.
private let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-".unicodeScalars)
