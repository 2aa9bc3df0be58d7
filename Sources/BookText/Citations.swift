/// A line of the repository that cites a number of the notes.
public struct Citation: Sendable {
  /// The file, and the line from 1.
  public let path: String, line: Int
  /// What the line belongs to: a declaration's name, or a test's.
  public let name: String

  /// The place, as path:line.
  public var place: String { "\(path):\(line)" }
}

/// Every citation of the notes' numbers in the repository's Swift files and guides.
public struct Citations: Sendable {
  /// The lines of source files, by number: first the comments of declarations of the number's own chapter.
  public private(set) var sources: [NotesNumber: [Citation]] = [:]
  /// The names of tests and suites.
  public private(set) var tests: [NotesNumber: [Citation]] = [:]
  /// The parts of the guides that cite a number, in a heading or below it.
  public private(set) var guides: [NotesNumber: [Heading]] = [:]
  /// The parts of the guides whose headings have a number.
  public private(set) var titles: [NotesNumber: [Heading]] = [:]
  /// The section that the first line of a source file names, by path.
  public private(set) var sections: [String: NotesNumber] = [:]
  /// The items of all programs.
  public let items: [Item]

  /// Reads the whole repository.
  public init() throws {
    items = try Book.written.flatMap(Item.all)
    for file in Book.swift {
      // The tests of this package of texts cite numbers as examples.
      if file.path.hasPrefix("Tests/") && !file.path.hasPrefix("Tests/BookTests/") { add(testsOf: file) }
      if file.path.contains(/^(?:Sources|Chapters)\/\d/) { add(sourcesOf: file) }
    }
    for (number, citations) in sources {
      let folder = Book.chapters.first { $0.number == number.chapter }?.folder ?? ""
      func rank(_ citation: Citation) -> Int {
        // What is wrong on purpose comes after what is right.
        if citation.path.contains(/\/(?:Mistakes|Gallery)/) && citation.path.contains("/\(folder)/") { return 2 }
        if citation.path.hasPrefix("Sources/\(folder)/") { return 0 }
        return citation.path.hasPrefix("Chapters/\(folder)/") ? 1 : 3
      }
      sources[number] = citations.enumerated()
        .sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
    }
    for chapter in Book.written {
      for name in ["README", "SOLUTIONS"] {
        let file = try Book.file("Chapters/\(chapter.folder)/\(name).md")
        for heading in Heading.all(of: file) { add(heading) }
      }
    }
  }

  private mutating func add(sourcesOf file: Book.File) {
    let lines = file.lines
    sections[file.path] = NotesNumber.cited(in: lines.first ?? "").first { $0.kind == "§" }
    for (index, line) in lines.enumerated() {
      guard let start = line.range(of: "//") else { continue }
      for number in Set(NotesNumber.cited(in: line[start.upperBound...])) {
        let name = Self.declaration(from: index, in: lines) ?? String(file.name.dropLast(6))
        sources[number, default: []].append(Citation(path: file.path, line: index + 1, name: name))
      }
    }
  }

  /// Adds the names of tests and suites; other texts in quotes cite nothing.
  private mutating func add(testsOf file: Book.File) {
    var isName = false
    for (index, line) in file.lines.enumerated() {
      let begins = line.contains("@Test(") || line.contains("@Suite(")
      defer { isName = begins && line.hasSuffix("(") }
      guard begins || isName else { continue }
      let quoted = line.drop { $0 != "\"" }.dropFirst().replacing("\\\"", with: "”")
      for number in Set(NotesNumber.cited(in: quoted)) {
        let name = String(quoted.prefix { $0 != "\"" }).replacing("”", with: "\"")
        tests[number, default: []].append(Citation(path: file.path, line: index + 1, name: name))
      }
    }
  }

  private mutating func add(_ heading: Heading) {
    var cited = Set(NotesNumber.cited(in: heading.title))
    for number in cited { titles[number, default: []].append(heading) }
    for line in heading.lines { cited.formUnion(NotesNumber.cited(in: line)) }
    for number in cited { guides[number, default: []].append(heading) }
  }

  private static let keywords: Set<Substring> = [
    "func", "struct", "class", "enum", "protocol", "var", "let", "typealias", "extension", "case",
  ]

  /// The name of what is declared at a line or soon after it, above the next empty line.
  private static func declaration(from index: Int, in lines: [Substring]) -> String? {
    for line in lines[index..<min(index + 16, lines.count)] {
      let words = line.prefix { $0 != "/" && $0 != "{" }.split(separator: " ")
      if let place = words.firstIndex(where: keywords.contains), place + 1 < words.count {
        let name = words[place + 1].filter { $0 != "`" }
        let end = name.firstIndex { "(<:=,[".contains($0) } ?? name.endIndex
        return end == name.startIndex ? name : String(name[..<end])
      }
      if let word = words.first(where: { $0.hasPrefix("init") || $0.hasPrefix("subscript") }) {
        return String(word.prefix { $0.isLetter })
      }
      if words.isEmpty && !line.contains("/") { return nil }
    }
    return nil
  }
}
