import BookText
import Checking
import Testing

@Suite("House rules")
struct HouseRulesTests {
  private let sources = Book.files("Sources", "Chapters", ending: "swift")
  private let product =
    Book.files("Sources", "Chapters", "Tests", ending: "swift", "md", "py", "json")
    + ["Package.swift", "README.md", ".ci/run"].compactMap { try? Book.file($0) }

  @Test("the repository is found, and holds what these tests read")
  func found() {
    #expect(Book.swift.count > 100)
    #expect(Book.chapters.count == 12)
    #expect(!Book.guides.isEmpty)
  }

  @Test("unsafe memory, SIMD types and threads occur in Sources/Kernels alone")
  func unsafe() {
    let others = sources.filter { !$0.path.hasPrefix("Sources/Kernels/") }
    let pattern = /\bUnsafe[A-Z]|[a-z]Unsafe|\bunsafe[A-Z]|\bSIMD\d*[<.:]|import Dispatch|concurrentPerform/
    #expect(Book.places(of: pattern, in: others) == [])
  }

  @Test("one file imports Dispatch")
  func dispatch() {
    let files = Set(
      Book.places(of: /^\s*(\S+ )*import (\w+ )?Dispatch\b/, in: Book.swift).map { $0.split(separator: ":")[0] })
    #expect(files == ["Sources/Kernels/Machine/Team.swift"])
  }

  @Test("nobody promises the compiler what it cannot check, except for memory and for recorded nodes")
  func unchecked() {
    let allowed = ["Sources/Kernels/Machine/Buffer.swift", "Sources/Tensors/Derivatives/History.swift"]
    let others = sources.filter { !allowed.contains($0.path) }
    #expect(Book.places(of: /@unchecked Sendable|nonisolated\(unsafe\)/, in: others) == [])
    #expect(Book.places(of: /\btry!|\bas!\s/, in: sources) == [])
  }

  @Test("files are at most 250 lines long")
  func length() { #expect(sources.filter { $0.lines.count > 251 }.map(\.path) == []) }

  @Test("lines have at most 120 columns, except tables and formulas set apart in comments, and texts of several lines")
  func columns() throws {
    let files = Book.swift + [try Book.file("Package.swift")]
    #expect(files.flatMap { file in longLines(file.lines).map { "\(file.path):\($0)" } } == [])
  }

  @Test("the rule for columns finds prose and code, and lets tables, formulas, fences, links and texts pass")
  func exceptions() {
    let (words, quotes) = (String(repeating: "word ", count: 30), String(repeating: "\"", count: 3))
    let long = ["/// \(words)", "  // \(words)", "let \(words)", "  \"\(words)\"", "x()  // \(words)"]
    #expect(longLines(long.map { $0[...] }) == [1, 2, 3, 4, 5])
    let link = words.filter { $0 != " " }
    let fine = [
      "///     \(words)", "/// | \(words)", "/// ```", "/// \(words)", "/// ```", "/// https://\(link)",
      "let text = \(quotes)", words, "  \(quotes)", "let none = 0",
    ]
    #expect(longLines(fine.map { $0[...] }) == [])
    #expect(longLines((fine + long).map { $0[...] }) == Array(11...15))
  }

  @Test("no empty line cuts a doc comment in two")
  func comments() {
    func isDoc(_ line: Substring) -> Bool { line.drop { $0 == " " }.hasPrefix("///") }
    let gaps = Book.swift.flatMap { file in
      file.lines.indices.dropFirst().dropLast().filter { line in
        file.lines[line].isEmpty && isDoc(file.lines[line - 1]) && isDoc(file.lines[line + 1])
      }.map { "\(file.path):\($0 + 1)" }
    }
    #expect(gaps == [])
  }

  @Test("no to-do is left, and no file collects odds and ends")
  func finished() {
    #expect(Book.places(of: /\b(TO[D]O|FIX[M]E|XX[X])\b/, in: Book.swift) == [])
    #expect(Book.swift.filter { $0.name.contains(/Utils|Helpers|Common/) }.map(\.path) == [])
  }

  @Test("no file names a path of one machine")
  func paths() { #expect(Book.places(of: /\/(work|tmp|root|opt|home)\/[a-z]|\bshared\/[a-z]/, in: product) == []) }

  @Test("names of files have letters of ASCII only, which every system and every tool writes alike")
  func names() {
    let paths = Book.paths("Sources", "Chapters", "Tests")
    #expect(paths.filter { !$0.utf8.allSatisfy { $0 < 128 } } == [])
  }

  @Test("the top level holds what a reader expects there, and no data but the embedded digits and golden files")
  func tree() {
    let kept = ["Chapters", "Package.swift", "README.md", "Sources", "Tests"]
    let ignored = ["Package.resolved", "results"]
    #expect(Book.entries("").filter { !ignored.contains($0) } == kept)
    let extensions = ["swift", "md", "svg", "png", "txt", "py", "json", "pyc"]
    let others = Book.paths("Sources", "Chapters", "Tests").filter { path in
      !extensions.contains { path.hasSuffix("." + $0) }
    }
    let golden = [
      "cnn_weights", "saving", "transformer_bert", "transformer_gpt2", "transformer_gpt2_bf16", "transformer_gpt2_f16",
    ].map { "Tests/Golden/\($0).safetensors" }
    #expect(others == ["Sources/DataSets/Resources/optical-digits.csv"] + golden)
  }

  @Test("tests import publicly")
  func publicly() {
    let tests = Book.swift.filter { $0.path.hasPrefix("Tests/") }
    #expect(Book.places(of: /^\s*(\S+ )*@testable\b/, in: tests) == [])
  }

  @Test("the comment of every class says why it is a class")
  func classes() {
    for file in sources where file.text.contains("class ") {
      for (number, line) in file.lines.enumerated() where line.contains(/^\s*(public |private )?(final )?class [A-Z]/) {
        let above = file.lines[max(0, number - 10)..<min(number + 3, file.lines.count)].joined(separator: " ")
        #expect(above.contains(/[Bb]ecause|[Ii]dentity/), "\(file.path):\(number + 1)")
      }
    }
  }
}

/// The numbers of the lines that have more than 120 columns and could have fewer.
///
/// Exempt are comments set apart by four spaces, by a table's bar or by a fence, comments of one word, and the lines
/// of a multi-line string literal.
private func longLines(_ lines: [Substring]) -> [Int] {
  guard lines.contains(where: { $0.utf8.count > 120 }) else { return [] }
  var (found, isText, isFenced): ([Int], Bool, Bool) = ([], false, false)
  for (number, line) in zip(1..., lines) {
    let isExempt: Bool
    if let comment = line.wholeMatch(of: /\s*\/\/+ ?(.*)/)?.1 {
      isExempt = isFenced || ["    ", "|"].contains { comment.hasPrefix($0) } || !comment.contains(" ")
      if comment.hasPrefix("```") { isFenced.toggle() }
    } else {
      isExempt = isText
      isFenced = false
      if !line.matches(of: /"{3}/).count.isMultiple(of: 2) { isText.toggle() }
    }
    if line.count > 120 && !isExempt { found.append(number) }
  }
  return found
}
