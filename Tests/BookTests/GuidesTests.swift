import Foundation
import Synchronization
import Testing
import Workbench
import ch01

/// The programs of the written chapters.
private let programs = [chapter1]

@Suite("Guides, exercises and numbers hold together")
struct GuidesTests {
  @Test("every written chapter has a program")
  func all() { #expect(programs.map(\.program) == Book.written.map { "ch" + $0.folder.prefix(2) }) }

  @Test("every exercise of the notes is solved: a file, an item, a test that cites it, a heading in the guide")
  func exercises() throws {
    let exercisesOfTheNotes = [1: 5]
    for (chapter, program) in zip(Book.written, programs) {
      let guide = try Book.file("Chapters/\(chapter.folder)/README.md").text
      let tests = Book.swift.filter { $0.path.hasPrefix("Tests/\(chapter.name)Tests/") }.map(\.text).joined()
      for number in 1...(exercisesOfTheNotes[chapter.number] ?? 0) {
        let name = "\(chapter.number).\(number)"
        #expect(program.items.contains { $0.kind == .exercise && $0.number == name }, "no item for Exercise \(name)")
        #expect(guide.contains("### Exercise \(name) ★"), "no heading for Exercise \(name) in the guide")
        #expect(tests.contains("@Test(\"Exercise \(name)"), "no test whose name begins with Exercise \(name)")
        let path = "Chapters/\(chapter.folder)/Exercise\(chapter.number)_\(number).swift"
        #expect(FileManager.default.fileExists(atPath: Book.root + path), "no file \(path)")
      }
    }
  }

  @Test("every item of a program is in the guide, with its command")
  func itemsAreTold() throws {
    for (chapter, program) in zip(Book.written, programs) {
      let guide = try Book.file("Chapters/\(chapter.folder)/README.md").text
      for item in program.items {
        #expect(guide.contains("swift run -c release \(program.program) \(item.command)\n"), "\(item.command)")
      }
    }
  }

  @Test("every command in the guides and the README exists")
  func commands() throws {
    for file in Book.guides + [try Book.file("README.md")] {
      for line in file.lines where line.hasPrefix("swift run -c release ch") {
        var words = line.split(separator: "#")[0].split(separator: " ").dropFirst(4).map(String.init)
        let name = line.split(separator: " ")[4]
        words = words.dropFirst().filter { !["--data", "DIR"].contains($0) } + ["--help"]
        let program = try #require(programs.first { $0.program == name }, "\(file.path): \(line)")
        let errors = Mutex("")
        let console = Console(out: { _ in }, err: { text in errors.withLock { $0 += text } })
        #expect(program.run(words, console: console) == 0, "\(file.path): \(line): \(errors.withLock { $0 })")
      }
    }
  }

  @Test("every link and every figure of a guide is there, and every figure is shown in a guide")
  func links() throws {
    var shown: Set<String> = []
    for file in Book.guides + [try Book.file("README.md")] {
      let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
      for match in file.text.matches(of: /\]\(([^)#]+)\)/) where !match.1.contains("://") {
        let path = URL(filePath: Book.root + folder).appending(path: String(match.1)).standardizedFileURL
        #expect(FileManager.default.fileExists(atPath: path.path(percentEncoded: false)), "\(file.path): \(match.1)")
        shown.insert(path.lastPathComponent)
      }
    }
    let figures = Book.files("Chapters", ending: "svg")
    #expect(!figures.isEmpty)
    #expect(figures.map(\.name).filter { !shown.contains($0) } == [])
  }

  @Test("every erratum names test suites that exist, and stands in its chapter's guide")
  func errata() throws {
    let rows = try Book.file("Chapters/ERRATA.md").lines.filter { $0.hasPrefix("| ") && $0.contains("Tests`") }
    #expect(rows.count >= 11)
    let tests = Book.swift.filter { $0.path.hasPrefix("Tests/") }.map(\.text).joined()
    for row in rows {
      for match in row.matches(of: /`(\w+Tests)`/) {
        let exists = tests.contains("struct \(match.1) {")
        #expect(exists, "no suite \(match.1), which an erratum names: \(row)")
      }
    }
    for chapter in Book.written {
      #expect(try Book.file("Chapters/\(chapter.folder)/README.md").text.contains("> **Erratum.**"))
    }
  }

  @Test("every number that the sources of a chapter cite is cited by a test")
  func citations() {
    let pattern =
      /§ \d+\.\d+(?:\.\d+)?|\b(?:Definition|Theorem|Proposition|Remark|Example|Listing|Output) \d+\.\d+|\([1-9]\d*\.\d+\)/
    for chapter in Book.written {
      let tests = Book.swift.filter { $0.path.hasPrefix("Tests/\(chapter.name)Tests/") }.map(\.text).joined()
      for file in Book.swift where file.path.hasPrefix("Sources/\(chapter.folder)/") {
        let cited = Set(file.text.matches(of: pattern).map { String($0.output) })
        #expect(cited.filter { !tests.contains($0) }.sorted() == [], "\(file.path)")
        #expect(!cited.isEmpty || !file.text.hasPrefix("// §"), "\(file.path) cites nothing")
      }
    }
  }
}
