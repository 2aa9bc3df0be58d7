public import BookText

/// The rule that keeps Chapters/EXTRAS.md and the chapters' programs consistent.
let extrasRules = [extrasRun]

private let extrasRun = ChapterRule("every command of Chapters/EXTRAS.md for the chapter's program is one of its items")
{
  chapter in
  let items = Set(chapter.program.items.map(\.command))
  return try Extra.all().compactMap { $0.missingItem(of: chapter.program.program, among: items) }
}

/// A row of Chapters/EXTRAS.md: something that a document adds to the notes, and where it is carried.
public struct Extra: Sendable {
  /// Where the row is, as path:line.
  public let place: String
  /// The document, its section and a word for what it adds: a name that no other row has.
  public let name: String
  /// The number of columns.
  let columns: Int
  /// The command that runs it, as program and item, if the row has one.
  let command: (program: String, item: String)?
  /// Whether the row has a dash in the place of a command.
  let isTestedOnly: Bool
  /// The tests that hold it: a suite, or a suite and one of its functions.
  let tests: [(suite: String, function: String?)]

  /// The row in a line of the table.
  public init(_ line: Substring, place: String) {
    let cells = line.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
    let (run, held) = (cells.count > 3 ? cells[3] : "", cells.count > 4 ? cells[4] : "")
    (self.place, name, columns) = (place, cells.first ?? "", cells.count)
    command = run.firstMatch(of: /`swift run (ch\d+) ([^`]+)`/).map { (String($0.1), String($0.2)) }
    isTestedOnly = run == "–"
    tests = held.matches(of: /`(\w+Tests)(?:\/(\w+))?`/).map { (String($0.1), $0.2.map(String.init)) }
  }

  /// All rows of the file.
  public static func all() throws -> [Extra] {
    try Book.file("Chapters/EXTRAS.md").numbered.filter { _, line in
      line.hasPrefix("| ") && !line.hasPrefix("| --- ") && !line.hasPrefix("| what the document adds ")
    }.map { Extra($0.line, place: $0.place) }
  }

  /// What is wrong if the row runs an item that this program does not offer.
  public func missingItem(of program: String, among items: Set<String>) -> String? {
    guard let command, command.program == program, !items.contains(command.item) else { return nil }
    return "\(place): \(name): \(program) has no item \(command.item)"
  }

  /// What is wrong with rows: a column, a name that occurs twice, a program that is not written, a test that is in none
  /// of these files.
  public static func violations(of extras: [Extra], tests files: [Book.File]) -> [String] {
    let programs = Set(Book.written.map(\.program))
    let suites = functions(in: files)
    var names: Set<String> = []
    return extras.flatMap { extra in
      let isNew = names.insert(extra.name).inserted
      var found = broken(
        (extra.columns == 5, "\(extra.columns) columns in place of 5"), (isNew, "a second row of this name"),
        (extra.command != nil || extra.isTestedOnly, "neither a command nor a dash"),
        (!extra.tests.isEmpty, "no suite"))
      if let program = extra.command?.program, !programs.contains(program) { found.append("no program \(program)") }
      for (suite, function) in extra.tests {
        guard let functions = suites[suite] else { found.append("no suite \(suite)"); continue }
        if let function, !functions.contains(function) { found.append("no test \(function) in \(suite)") }
      }
      return found.map { "\(extra.place): \(extra.name): \($0)" }
    }
  }

  /// The functions of the suites in these files, by suite.
  private static func functions(in files: [Book.File]) -> [String: Set<String>] {
    var suites: [String: Set<String>] = [:]
    for file in files where file.text.contains("Tests {") {
      var suite = ""
      for line in file.lines {
        if line.hasPrefix("struct "), line.hasSuffix("Tests {") {
          suite = String(line.dropFirst(7).dropLast(2))
          suites[suite] = suites[suite] ?? []
        } else if line.hasPrefix("  func ") {
          suites[suite, default: []].insert(String(line.dropFirst(7).prefix { $0 != "(" }))
        }
      }
    }
    return suites
  }
}
