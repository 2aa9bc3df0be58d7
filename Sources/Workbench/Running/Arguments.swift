import Foundation

/// What the arguments of a chapter's program ask for.
enum Request {
  case list
  case help(Exercise)
  case run([Exercise], RunOptions)
}

/// Arguments that make no sense: what was found, and what to write instead.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Reads a program's arguments: a kind, a number, then options in any order.
struct Arguments {
  let program: String
  let items: [Exercise]

  func parse(_ arguments: [String]) throws -> Request {
    guard let first = arguments.first, !Self.asksForHelp(first) else { return .list }
    if first == "all" {
      let (options, help) = try parseOptions(arguments.dropFirst())
      return help ? .list : .run(items, options)
    }
    let item = try item(first, arguments.dropFirst().first)
    let (options, help) = try parseOptions(arguments.dropFirst(2))
    return help ? .help(item) : .run([item], options)
  }

  private static func asksForHelp(_ argument: String) -> Bool { ["--help", "-h", "help"].contains(argument) }

  // MARK: - Which item

  private func item(_ word: String, _ number: String?) throws -> Exercise {
    guard let kind = Exercise.Kind(rawValue: word) else {
      if let item = items.first(where: { $0.number == word }) {
        throw UsageError("'\(word)' needs a word before it: \(program) \(item.command)")
      }
      throw UsageError("unknown word '\(word)': \(suggestion(word, kinds + ["all"]) { "\(program) \($0)" })")
    }
    let numbers = items.filter { $0.kind == kind }.map(\.number)
    guard let number, !Self.asksForHelp(number) else {
      throw UsageError("which \(word)? There are \(numbers.joined(separator: ", ")): \(program) \(word) NUMBER")
    }
    guard let item = items.first(where: { $0.kind == kind && $0.number == number }) else {
      throw UsageError("no \(word) \(number) here: \(suggestion(number, numbers) { "\(program) \(word) \($0)" })")
    }
    return item
  }

  private var kinds: [String] {
    Exercise.Kind.allCases.map(\.rawValue).filter { k in items.contains { $0.kind.rawValue == k } }
  }

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
      guard let option = Self.options.first(where: { $0.name == name }) else {
        let near = suggestion(name, Self.options.map(\.name)) { $0 }
        throw UsageError("unknown option '\(name)': \(near)")
      }
      if option.value == nil && parts.count > 1 { throw UsageError("\(name) takes no value, found '\(argument)'") }
      let value = try option.value.map { try parts.count > 1 ? parts[1] : next(&rest, name, $0) } ?? ""
      switch name {
      case "--seed": options.seed = try seed(value)
      case "--data": options.data = try directory(value)
      case "--out": options.out = value
      case "--epochs": options.epochs = try epochs(value)
      case "--quick", "--full":
        options.budget = name == "--quick" ? .quick : .full
        budgets.append(name)
      case "--quiet": options.isQuiet = true
      case "--no-color": options.isPlain = true
      default: help = true
      }
    }
    if Set(budgets).count > 1 { throw UsageError("--quick and --full exclude each other: give one of them") }
    return (options, help)
  }

  private func next(_ rest: inout ArraySlice<String>, _ name: String, _ value: String) throws -> String {
    guard let found = rest.popFirst(), !found.hasPrefix("--") else {
      throw UsageError("\(name) needs a value: \(name) \(value)")
    }
    return found
  }

  private func seed(_ text: String) throws -> UInt64 {
    guard let seed = UInt64(text) else {
      throw UsageError("--seed needs a whole number of at least 0, found '\(text)': --seed 7")
    }
    return seed
  }

  private func epochs(_ text: String) throws -> Int {
    guard let epochs = Int(text), epochs >= 1 else {
      throw UsageError("--epochs needs a whole number of at least 1, found '\(text)': --epochs 10")
    }
    return epochs
  }

  private func directory(_ path: String) throws -> String {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
      throw UsageError("--data needs a folder, and there is none at '\(path)': check the path, or leave --data out")
    }
    return path
  }
}

/// The candidate that takes the fewest insertions, deletions and replacements to reach; nil if that is most of the word.
func nearest(to word: String, in candidates: [String]) -> String? {
  let best = candidates.map { (distance(word, $0), $0) }.min { $0.0 < $1.0 }
  guard let best, best.0 <= max(2, word.count / 2) else { return nil }
  return best.1
}

/// The edit distance of Levenshtein (1966).
private func distance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      (diagonal, row[j + 1]) = (row[j + 1], min(diagonal + (x == y ? 0 : 1), row[j] + 1, row[j + 1] + 1))
    }
  }
  return row[b.count]
}
