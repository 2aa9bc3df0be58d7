import DataSets
import Figures
import Files
import Messages
import Training

/// The request in the arguments of a chapter's program.
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

  /// The arguments of this program, which has these items.
  package init(program: String, items: [Exercise]) { (self.program, self.items) = (program, items) }

  /// Returns what the arguments ask for, or throws a `UsageError`. A request for help overrides everything else.
  package func parse(_ arguments: [String]) throws -> Request {
    if let length = arguments.map(\.utf8.count).first(where: { $0 > 4096 }) {
      throw UsageError("an argument has \(length) bytes, but a path has at most 4096: see \(program) --help")
    }
    if arguments.isEmpty { return .list }
    if Self.askForHelp(arguments) {
      let words = arguments.filter { !["--help", "-h", "help"].contains($0) }
      return items.first { words.starts(with: [$0.kind.rawValue, $0.number]) }.map(Request.help) ?? .list
    }
    if arguments[0] == "all" {
      let options = try parseOptions(arguments.dropFirst())
      guard let wish = options.generation.arguments.first else { return .run(items, options) }
      let name = wish.split(separator: "=")[0]
      throw UsageError(
        "\(name) is an option of single items that generate text: leave it out, or name one in place of all")
    }
    let item = try item(try kind(arguments[0], arguments.dropFirst().first), arguments.dropFirst().first)
    let options = try parseOptions(arguments.dropFirst(2))
    if item.needs == nil && options.data != nil {
      throw UsageError("\(item.command) reads no data set: leave --data out")
    }
    try check(options.generation, of: item, options)
    return .run([item], options)
  }

  private static func askForHelp(_ arguments: [String]) -> Bool {
    arguments.contains("--help") || arguments.contains("-h") || arguments.prefix(2).contains("help")
  }

  // MARK: - Which item

  private func kind(_ word: String, _ number: String?) throws -> Exercise.Kind {
    if let kind = Exercise.Kind(rawValue: word) {
      if kinds.contains(kind) { return kind }
      if let number { try refuseOtherChapters(kind, number) }
    }
    if let item = items.first(where: { $0.number == word }) {
      throw UsageError("'\(word)' needs a word before it: \(program) \(item.command)")
    }
    if word.hasPrefix("-") {
      throw UsageError("options such as '\(word)' come after the item, for example: \(program) all \(word)")
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
    try refuseOtherChapters(kind, number)
    if let other = items.first(where: { $0.number == number }) {
      throw UsageError("no \(kind) \(number) here: did you mean '\(program) \(other.command)'?")
    }
    throw UsageError("no \(kind) \(number) here: \(suggestion(number, numbers) { "\(program) \(kind) \($0)" })")
  }

  /// Refuses an item of another chapter, and names that chapter's program.
  private func refuseOtherChapters(_ kind: Exercise.Kind, _ number: String) throws {
    guard let chapter = number.split(separator: ".").first.flatMap({ Int($0) }), chapter != self.chapter else { return }
    guard 1...12 ~= chapter else { return }
    throw UsageError(
      "\(kind) \(number) is in chapter \(chapter): \(ChapterProgram.name(ofChapter: chapter)) \(kind) \(number)")
  }

  private var chapter: Int? { Int(program.dropFirst(2)) }

  private var kinds: [Exercise.Kind] { Exercise.Kind.allCases.filter { kind in items.contains { $0.kind == kind } } }

  private func suggestion(_ found: String, _ candidates: [String], _ spelled: (String) -> String) -> String {
    guard let nearest = nearest(to: found, in: candidates) else { return "see \(program) --help" }
    return "did you mean '\(spelled(nearest))'?"
  }

  // MARK: - Options

  static let options: [(name: String, value: String?, what: String)] = [
    ("--seed", "N", "the seed of all random numbers (default 1)"),
    ("--data", "DIR", "a folder with the real data sets (default $\(DataLibrary.variable), else the embedded sets)"),
    ("--out", "DIR", "the folder for tables and figures (default results/chNN)"),
    ("--epochs", "N", "train for N epochs, whatever the budget"),
    ("--quick", nil, "a run of seconds, to see that everything works"),
    ("--full", nil, "the sizes of the notes, however long they take"),
    ("--checkpoint", "FILE", "save the state of training in FILE, so that a killed run can be resumed"),
    ("--resume", nil, "resume the run saved in the checkpoint"),
    ("--quiet", nil, "print only the card"),
    ("--theme", "NAME", "the background of figures, light or dark (default light)"),
    ("--no-color", nil, "no colours (NO_COLOR does the same)"),
    ("--help", nil, "show what the command does, without running it"),
  ]

  private func parseOptions(_ arguments: ArraySlice<String>) throws -> RunOptions {
    var (options, rest, found) = (RunOptions(), arguments, [String: String]())
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let name = parts[0]
      if !name.hasPrefix("-") {
        throw UsageError(
          "unexpected argument '\(name)': \(program) runs one item, or all of them with '\(program) all'")
      }
      guard let option = (Self.options + Self.generating).first(where: { $0.name == name }) else {
        let near = suggestion(name, (Self.options + Self.generating).map(\.name)) { $0 }
        throw UsageError("unknown option '\(name)': \(near)")
      }
      if option.value == nil && parts.count > 1 { throw UsageError("\(name) takes no value, found '\(argument)'") }
      let value = try option.value.map { try parts.count > 1 ? parts[1] : next(&rest, name, $0) } ?? ""
      if let other = found.updateValue(value, forKey: name), other != value {
        throw UsageError("\(name) is given twice, with '\(other)' and '\(value)': give it once")
      }
      try set(name, value, in: &options)
    }
    if found["--quick"] != nil && found["--full"] != nil {
      throw UsageError("--quick and --full exclude each other: give one of them")
    }
    try check(options)
    return options
  }

  private func set(_ name: String, _ value: String, in options: inout RunOptions) throws {
    switch name {
    case "--seed": options.seed = try seed(value)
    case "--data": options.data = try directory(value)
    case "--out": options.out = try folderName(value)
    case "--epochs": options.epochs = try epochs(value)
    case "--quick": options.budget = .quick
    case "--full": options.budget = .full
    case "--checkpoint": options.checkpoint = try fileName(value)
    case "--resume": options.resumes = true
    case "--quiet": options.isQuiet = true
    case "--theme": options.theme = try theme(value)
    case "--no-color": options.isPlain = true
    default: try set(name, value, in: &options.generation)
    }
  }

  /// Checks the file for the checkpoint. An existing checkpoint may hold hours of work: it is resumed or left alone.
  private func check(_ options: RunOptions) throws {
    guard let path = options.checkpoint else {
      if options.resumes { throw UsageError("--resume needs the file to resume from: --checkpoint FILE --resume") }
      return
    }
    switch SystemPath.kind(path) {
    case .missing: return
    case .folder:
      let file = SystemPath.trimmed(path) + "/run.safetensors"
      throw UsageError("--checkpoint needs a file, but '\(path)' is a folder: try --checkpoint \(typed([file]))")
    case .other(let kind): throw UsageError("--checkpoint needs a file, but '\(path)' is a \(kind): name another file")
    case .brokenLink(let target):
      throw UsageError("--checkpoint needs a file, but '\(path)' is a link to '\(target)', which does not exist")
    case .unreachable(let reason): throw UsageError("cannot access the checkpoint '\(path)': \(reason)")
    case .file:
      if !Checkpoint.isOne(path) && !options.resumes {
        throw UsageError("'\(path)' already exists and is not a checkpoint: name another file")
      }
      if !options.resumes {
        throw UsageError("the checkpoint '\(path)' already exists: add --resume to resume it, or name another file")
      }
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

  private func theme(_ text: String) throws -> Theme {
    guard let theme = Theme(rawValue: text) else {
      let names = Theme.allCases.map(\.rawValue).joined(separator: " or ")
      throw UsageError("--theme needs \(names), found '\(text)': --theme dark")
    }
    return theme
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
    switch SystemPath.kind(path) {
    case .folder: return path
    case .missing:
      throw UsageError("--data needs a folder, but there is none at '\(path)': check the path, or leave --data out")
    case .file, .other:
      throw UsageError("--data needs a folder, but '\(path)' is not one: name the folder with the files")
    case .brokenLink(let target):
      throw UsageError("--data needs a folder, but '\(path)' is a link to '\(target)', which does not exist")
    case .unreachable(let reason): throw UsageError("--data needs a folder, but '\(path)' cannot be read: \(reason)")
    }
  }
}
