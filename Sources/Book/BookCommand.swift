import BookText
import Messages

/// A command of the program `book`.
public struct BookCommand: Sendable {
  /// The word after "book".
  public let name: String
  /// What follows it, as the list of commands shows it: NUMBER. Empty if nothing follows.
  public let usage: String
  /// What it does, in a few words.
  public let what: String
  /// Runs it with the words that follow; prints with the second argument, line by line.
  public let body: @Sendable ([String], (String) -> Void) throws -> Void

  /// A command.
  public init(
    _ name: String, _ usage: String, _ what: String,
    body: @escaping @Sendable ([String], (String) -> Void) throws -> Void
  ) {
    (self.name, self.usage, self.what, self.body) = (name, usage, what, body)
  }
}

/// What the reader typed and what to type instead; the program ends with status 64.
public struct UsageError: Error, CustomStringConvertible {
  /// What is wrong and what to do.
  public let description: String

  /// An error with this text.
  public init(_ description: String) { self.description = description }
}

/// Why a command failed; the program ends with status 1.
public struct BookError: Error, CustomStringConvertible {
  /// What was attempted, what was found, and what to do.
  public let description: String

  /// An error with this text.
  public init(_ description: String) { self.description = description }
}

/// All commands, in the order in which they are listed.
public let bookCommands = [
  startCommand, nextCommand, hintCommand, checkCommand, progressCommand, resetCommand, solutionCommand, whereCommand,
  indexCommand, siteCommand, tableCommand,
]

/// Runs the command that the arguments name, and returns the exit status: 0 for success, 1 if it failed, 64 for wrong
/// arguments.
public func runBook(_ arguments: [String], out: (String) -> Void, err: (String) -> Void) -> Int32 {
  guard let name = arguments.first, !["help", "--help", "-h"].contains(name) else {
    out("The tools of the book; run them with: swift run book …\n")
    let width = bookCommands.map { $0.name.count + $0.usage.count }.max() ?? 0
    for command in bookCommands {
      let words = command.usage.isEmpty ? command.name : "\(command.name) \(command.usage)"
      out("  " + words + String(repeating: " ", count: width + 3 - words.count) + command.what)
    }
    return 0
  }
  do {
    guard let command = bookCommands.first(where: { $0.name == name }) else {
      let meant = nearest(to: name, in: bookCommands.map(\.name)).map { " Did you mean \($0)?" } ?? ""
      throw UsageError("there is no command '\(name)'.\(meant) book help lists all commands")
    }
    try command.body(Array(arguments.dropFirst()), out)
    return 0
  } catch {
    err("book: \(error)")
    return error is UsageError ? 64 : 1
  }
}
