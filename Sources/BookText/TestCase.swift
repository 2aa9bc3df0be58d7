/// A test of a chapter, as its source text declares it.
public struct TestCase: Sendable {
  /// The test's module, its suite's type and its function.
  public let module, suite, function: String
  /// The name of the test.
  public let name: String
  /// The exercises that it holds, such as 3.2.
  public let exercises: Set<String>
  /// Its file.
  public let path: String

  /// The tests of a file, from top to bottom.
  ///
  /// A test holds the exercises that its name cites; if it cites none, those that the name of its suite cites.
  public static func all(path: String, text: String) -> [TestCase] {
    guard path.hasPrefix("Tests/") else { return [] }
    let module = String(path.split(separator: "/")[1])
    var (cases, attribute): ([TestCase], String?) = ([], nil)
    var suite: (type: String, exercises: Set<String>) = ("", [])
    for line in text.split(separator: "\n") {
      let words = trimmed(line)
      if words.hasPrefix("@Suite") || words.hasPrefix("@Test") {
        attribute = String(words)
      } else if let known = attribute {
        attribute = known + " " + words
      }
      guard let known = attribute else { continue }
      let name = quoted(known)
      if let type = declared("struct ", in: words) {
        suite = (type, exercises(in: name))
        attribute = nil
      } else if let function = declared("func ", in: words) {
        let own = exercises(in: name)
        cases.append(
          TestCase(
            module: module, suite: suite.type, function: function, name: name,
            exercises: own.isEmpty ? suite.exercises : own, path: path))
        attribute = nil
      }
    }
    return cases
  }

  /// The regular expression with which `swift test --filter` runs exactly the tests that hold an exercise; "" if there
  /// are none. `cases` are the tests of its chapter.
  public static func filter(for exercise: String, among cases: [TestCase]) -> String {
    let suites = cases.reduce(into: [String]()) { if !$0.contains($1.suite) { $0.append($1.suite) } }
    let patterns = suites.flatMap { suite -> [String] in
      let all = cases.filter { $0.suite == suite }
      let own = all.filter { $0.exercises.contains(exercise) }
      guard let module = own.first?.module else { return [] }
      if own.count == all.count { return ["\(module)\\.\(suite)/"] }
      return own.map { "\(module)\\.\(suite)/\($0.function)\\(" }
    }
    return patterns.joined(separator: "|")
  }

  /// The exercises, such as 3.2, that a text cites.
  static func exercises(in text: String) -> Set<String> {
    Set(NotesNumber.cited(in: text).filter { $0.kind == "Exercise" }.map { Hole.exercise(of: $0.number) })
  }

  /// The name that stands after a keyword, outside of texts.
  private static func declared(_ keyword: String, in line: Substring) -> String? {
    let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
    for code in parts.enumerated().filter({ $0.offset.isMultiple(of: 2) }).map(\.element) {
      guard let range = code.firstRange(of: keyword) else { continue }
      return String(code[range.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }
    return nil
  }

  /// The first text in quotation marks.
  private static func quoted(_ attribute: String) -> String {
    var (found, isEscaped) = ("", false)
    for character in attribute.drop(while: { $0 != "\"" }).dropFirst() {
      if character == "\"" && !isEscaped { break }
      isEscaped = character == "\\" && !isEscaped
      if !isEscaped { found.append(character) }
    }
    return found
  }
}
