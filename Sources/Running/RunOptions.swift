// The options of a run, as values and as arguments.

import Figures
import Files
import Messages

/// How much a run may cost.
public enum Budget: String, CaseIterable, Sendable {
  /// A run of seconds, to see that everything works.
  case quick
  /// The run that the guide shows.
  case standard
  /// The sizes of the notes, however long they take.
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

/// The options of a run.
public struct RunOptions: Sendable, Equatable {
  /// The seed of all random numbers.
  public var seed: UInt64 = 1
  /// The folder with the data sets, if one is given.
  public var data: String?
  /// The folder for the results, if one is given.
  public var out: String?
  /// The number of epochs, if one is given.
  public var epochs: Int?
  /// The options for an item that generates text.
  public var generation = GenerationOptions()
  /// How much the run may cost.
  public var budget = Budget.standard
  /// The checkpoint file, if one is given.
  public var checkpoint: String?
  /// Whether the run resumes from that file.
  public var resumes = false
  /// Whether only the card is printed.
  public var isQuiet = false
  /// Whether colours are turned off.
  public var isPlain = false
  /// The background of figures.
  public var theme = Theme.light

  /// The defaults.
  public init() {}
}

extension RunOptions {
  /// The options that produce the same files again: all except those for the screen and for checkpoints.
  var repeated: RunOptions {
    var options = self
    (options.isQuiet, options.isPlain, options.checkpoint, options.resumes) = (false, false, nil, false)
    return options
  }

  /// The options that identify a checkpoint. The data folder is resolved, so that all spellings of its path give the
  /// same one.
  var canonical: RunOptions {
    var options = self
    options.data = data.map { SystemPath.resolved($0) ?? $0 }
    return options
  }

  /// The part of the file names that distinguishes this run from the default one, such as "-quick-seed-7". It keeps the
  /// default run's files from being overwritten.
  var ending: String {
    var parts = budget == .standard ? [] : [budget.rawValue]
    if seed != 1 { parts.append("seed-\(seed)") }
    if let epochs { parts.append("epochs-\(epochs)") }
    if let data {
      let name = (SystemPath.resolved(data) ?? data).split(separator: "/").last.map(String.init) ?? ""
      parts.append("data-" + String(name.unicodeScalars.prefix(40).map { plain.contains($0) ? Character($0) : "_" }))
    }
    return parts.map { "-" + $0 }.joined() + generation.ending
  }

  /// The options as arguments: those that determine the results and, on request, the others too.
  package func arguments(withOutput: Bool) -> [String] {
    var words = ["--seed", "\(seed)"]
    // A value that looks like an option is taken for one, unless it follows an equals sign.
    func add(_ name: String, _ value: String) {
      words += value.hasPrefix("-") ? ["\(name)=\(value)"] : [name, value]
    }
    if let data { add("--data", data) }
    if let epochs { words += ["--epochs", "\(epochs)"] }
    if budget != .standard { words.append("--\(budget.rawValue)") }
    words += generation.arguments
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

/// The characters that are kept in file names.
private let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-".unicodeScalars)
