/// An exercise with all that a teacher needs to choose and judge it.
public struct Assignment: Sendable {
  /// Its item in the chapter's program: number, title, stars, seconds.
  public let item: Item
  /// Its solution.
  public let solution: Heading
  /// Goal, sections to read, minutes and mistakes: the last line of the solution.
  public let lesson: Lesson
  /// The test suites whose names or tests cite it, each once.
  public let suites: [Suite]

  /// A test suite.
  public struct Suite: Sendable, Equatable {
    /// The name of its type, as `swift test --filter` takes it.
    public let name: String
    /// The file that declares it.
    public let path: String
  }

  /// An exercise without a solution, or a solution whose last line is not a lesson.
  public struct MissingLesson: Error, CustomStringConvertible {
    /// The place, and what is missing there.
    public let description: String
  }

  /// The exercises of a chapter, in the order of its program. Throws a `MissingLesson` that names the place of an
  /// exercise without a lesson.
  public static func all(of chapter: Book.Chapter, citations: Citations) throws -> [Assignment] {
    let file = try Book.file("Chapters/\(chapter.folder)/SOLUTIONS.md")
    let headings = Heading.all(of: file)
    return try citations.items.filter { $0.program == chapter.program && $0.kind == "exercise" }.map { item in
      let number = NotesNumber(kind: "Exercise", number: item.number)
      guard let solution = headings.first(where: { $0.title.hasPrefix("\(number) ") }) else {
        throw MissingLesson(description: "\(file.path): there is no heading ## \(number)")
      }
      let lesson: Lesson
      do {
        lesson = try Lesson(solution.lines.last { !$0.isEmpty } ?? "")
      } catch {
        throw MissingLesson(description: "\(file.path), the last line of \(number): \(error)")
      }
      return Assignment(
        item: item, solution: solution, lesson: lesson, suites: suites(of: number, citations: citations))
    }
  }

  /// The chapters' suites that cite an exercise or one of its parts, those of its own chapter first.
  private static func suites(of number: NotesNumber, citations: Citations) -> [Suite] {
    let parts = (1...9).map { NotesNumber(kind: number.kind, number: "\(number.number).\($0)") }
    let cited = ([number] + parts).flatMap { citations.tests[$0] ?? [] }
    let chapters = Book.chapters.sorted { $0.number == number.chapter && $1.number != number.chapter }
    let folders = chapters.map { "Tests/\($0.name)Tests/" }
    let suites = folders.flatMap { folder in cited.filter { $0.path.hasPrefix(folder) } }.compactMap(suite)
    return suites.enumerated().filter { !suites.prefix($0.offset).contains($0.element) }.map(\.element)
  }

  private static let tests = Dictionary(
    Book.swift.filter { $0.path.hasPrefix("Tests/") }.map { ($0.path, $0.lines) }
  ) { first, _ in first }

  /// The suite that a line belongs to: the next one if the line is the name of a suite, else the last one before it.
  private static func suite(of citation: Citation) -> Suite? {
    guard let lines = tests[citation.path] else { return nil }
    let index = citation.line - 1
    func name(_ line: Substring) -> String? {
      guard let keyword = ["struct ", "extension "].first(where: line.hasPrefix) else { return nil }
      return String(line.dropFirst(keyword.count).prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }
    let isSuite = lines[...index].suffix(2).contains { $0.hasPrefix("@Suite") }
    let found = isSuite ? lines[index...].lazy.compactMap(name).first : lines[..<index].lazy.compactMap(name).last
    return found.map { Suite(name: $0, path: citation.path) }
  }
}
