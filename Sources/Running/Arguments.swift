import DataSets
import Foundation
import Messages

/// What the arguments of a chapter's program ask for.
package enum Request {
  case list
  case help(Exercise)
  case run([Exercise], RunOptions)
}

/// Arguments that make no sense: what was found, and what to write instead.
package struct UsageError: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// Reads a program's arguments: a kind, a number, then options in any order.
package struct Arguments {
  let program: String
  let items: [Exercise]

  /// The arguments of this program, which offers these items.
  package init(program: String, items: [Exercise]) { (self.program, self.items) = (program, items) }

  /// What the arguments ask for, or a `UsageError`.
  package func parse(_ arguments: [String]) throws -> Request {
    if let length = arguments.map(\.utf8.count).first(where: { $0 > 4096 }) {
      throw UsageError("an argument has \(length) bytes, and a path has at most 4096: see \(program) --help")
    }
    guard let first = arguments.first, !Self.asksForHelp(first) else { return .list }
    if first == "all" {
      let (options, help) = try parseOptions(arguments.dropFirst())
      return help ? .list : .run(items, options)
    }
    let kind = try kind(first)
    if let second = arguments.dropFirst().first, Self.asksForHelp(second) { return .list }
    let item = try item(kind, arguments.dropFirst().first)
    let (options, help) = try parseOptions(arguments.dropFirst(2))
    return help ? .help(item) : .run([item], options)
  }

  private static func asksForHelp(_ argument: String) -> Bool { ["--help", "-h", "help"].contains(argument) }

  // MARK: - Which item

  private func kind(_ word: String) throws -> Exercise.Kind {
    if let kind = Exercise.Kind(rawValue: word), kinds.contains(kind) { return kind }
    if let item = items.first(where: { $0.number == word }) {
      throw UsageError("'\(word)' needs a word before it: \(program) \(item.command)")
    }
    if word.hasPrefix("-") {
      throw UsageError("options such as '\(word)' come after what is to run, for example: \(program) all \(word)")
    }
    throw UsageError(
      "unknown word '\(word)': \(suggestion(word, kinds.map(\.rawValue) + ["all"]) { "\(program) \($0)" })")
  }

  private func item(_ kind: Exercise.Kind, _ number: String?) throws -> Exercise {
    let numbers = items.filter { $0.kind == kind }.map(\.number)
    guard let number, !number.hasPrefix("-") else {
      throw UsageError("which \(kind)? There are \(numbers.joined(separator: ", ")): \(program) \(kind) NUMBER")
    }
    if let item = items.first(where: { $0.kind == kind && $0.number == number }) { return item }
    if let other = items.first(where: { $0.number == number }) {
      throw UsageError("no \(kind) \(number) here: did you mean '\(program) \(other.command)'?")
    }
    throw UsageError("no \(kind) \(number) here: \(suggestion(number, numbers) { "\(program) \(kind) \($0)" })")
  }

  private var kinds: [Exercise.Kind] { Exercise.Kind.allCases.filter { kind in items.contains { $0.kind == kind } } }

  private func suggestion(_ found: String, _ candidates: [String], _ spelled: (String) -> String) -> String {
    guard let nearest = nearest(to: found, in: candidates) else { return "see \(program) --help" }
    return "did you mean '\(spelled(nearest))'?"
  }

  // MARK: - Options

  static let options: [(name: String, value: String?, what: String)] = [
    ("--seed", "N", "the seed of all random numbers (1)"),
    ("--data", "DIR", "a folder with the real data sets (\(DataLibrary.variable), else what is embedded)"),
    ("--out", "DIR", "the folder for tables and figures (results/chNN)"),
    ("--epochs", "N", "train for N epochs, whatever the budget"),
    ("--quick", nil, "seconds: see that everything works"),
    ("--full", nil, "as the notes have it, however long it takes"),
    ("--checkpoint", "FILE", "keep trainings in FILE, so that the run can go on if it is killed"),
    ("--resume", nil, "go on from the checkpoint"),
    ("--quiet", nil, "print nothing but the card"),
    ("--no-color", nil, "no colours (NO_COLOR does the same)"),
    ("--help", nil, "what it does, without doing it"),
  ]

  private func parseOptions(_ arguments: ArraySlice<String>) throws -> (RunOptions, help: Bool) {
    var (options, help, rest) = (RunOptions(), false, arguments)
    var budgets: [String] = []
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let name = parts[0] == "-h" ? "--help" : parts[0]
      if !name.hasPrefix("-") {
        throw UsageError("'\(name)' is one too many: \(program) runs one item, or all of them with '\(program) all'")
      }
      guard let option = Self.options.first(where: { $0.name == name }) else {
        let near = suggestion(name, Self.options.map(\.name)) { $0 }
        throw UsageError("unknown option '\(name)': \(near)")
      }
      if option.value == nil && parts.count > 1 { throw UsageError("\(name) takes no value, found '\(argument)'") }
      let value = try option.value.map { try parts.count > 1 ? parts[1] : next(&rest, name, $0) } ?? ""
      switch name {
      case "--seed": options.seed = try seed(value)
      case "--data": options.data = try directory(value)
      case "--out": options.out = try folderName(value)
      case "--epochs": options.epochs = try epochs(value)
      case "--quick", "--full":
        options.budget = name == "--quick" ? .quick : .full
        budgets.append(name)
      case "--checkpoint": options.checkpoint = try fileName(value)
      case "--resume": options.resumes = true
      case "--quiet": options.isQuiet = true
      case "--no-color": options.isPlain = true
      default: help = true
      }
    }
    if Set(budgets).count > 1 { throw UsageError("--quick and --full exclude each other: give one of them") }
    try check(options)
    return (options, help)
  }

  /// A checkpoint that is there already is hours of work: it is gone on with, or left alone.
  private func check(_ options: RunOptions) throws {
    if options.resumes && options.checkpoint == nil {
      throw UsageError("--resume needs the file to go on from: --checkpoint FILE --resume")
    }
    if let path = options.checkpoint, !options.resumes, FileManager.default.fileExists(atPath: path) {
      throw UsageError("the checkpoint '\(path)' is there already: add --resume to go on from it, or remove it")
    }
  }

  private func next(_ rest: inout ArraySlice<String>, _ name: String, _ value: String) throws -> String {
    guard let found = rest.popFirst(), !found.hasPrefix("--") else {
      throw UsageError("\(name) needs a value: \(name) \(value)")
    }
    return found
  }

  private func seed(_ text: String) throws -> UInt64 {
    guard let seed = UInt64(text) else {
      throw UsageError("--seed needs a whole number from 0 to \(UInt64.max), found '\(text)': --seed 7")
    }
    return seed
  }

  private func epochs(_ text: String) throws -> Int {
    guard let epochs = Int(text), 1...1_000_000 ~= epochs else {
      throw UsageError("--epochs needs a whole number from 1 to 1000000, found '\(text)': --epochs 10")
    }
    return epochs
  }

  private func folderName(_ text: String) throws -> String {
    if text.isEmpty { throw UsageError("--out needs the name of a folder, found nothing: --out results") }
    return text
  }

  private func fileName(_ text: String) throws -> String {
    if text.isEmpty || text.hasSuffix("/") {
      throw UsageError("--checkpoint needs the name of a file, found '\(text)': --checkpoint run.safetensors")
    }
    return text
  }

  private func directory(_ path: String) throws -> String {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
      throw UsageError("--data needs a folder, and there is none at '\(path)': check the path, or leave --data out")
    }
    return path
  }
}

extension RunOptions {
  /// The options as arguments: those that decide about results, and, if asked for, the others too.
  package func arguments(withOutput: Bool) -> [String] {
    var words = ["--seed", "\(seed)"]
    // A value that looks like an option is taken for one unless it stands behind the sign of equality.
    func add(_ name: String, _ value: String) {
      words += value.hasPrefix("--") ? ["\(name)=\(value)"] : [name, value]
    }
    if let data { add("--data", data) }
    if let epochs { words += ["--epochs", "\(epochs)"] }
    if budget != .standard { words.append("--\(budget.rawValue)") }
    if !withOutput { return words }
    if let out { add("--out", out) }
    if isQuiet { words.append("--quiet") }
    if isPlain { words.append("--no-color") }
    if let checkpoint {
      add("--checkpoint", checkpoint)
      words.append("--resume")
    }
    return words
  }
}

/// A command as it is typed: words with unusual characters stand in quotes.
package func typed(_ words: [String]) -> String {
  words.map { word in
    word.wholeMatch(of: /[A-Za-z0-9_.,:=\/+-]+/) != nil ? word : "'" + word.replacing(scalar: "'", with: "'\\''") + "'"
  }.joined(separator: " ")
}
