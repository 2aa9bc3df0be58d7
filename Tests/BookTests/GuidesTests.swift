import Foundation
import Running
import Synchronization
import Testing
import ch01
import ch02
import ch03
import ch04

/// The programs of the written chapters.
private let programs = [chapter1, chapter2, chapter3, chapter4]

@Suite("Guides, exercises and numbers hold together")
struct GuidesTests {
  @Test("every written chapter has a program")
  func all() { #expect(programs.map(\.program) == Book.written.map { "ch" + $0.folder.prefix(2) }) }

  @Test("every exercise of the notes is solved: a file, an item, a test that cites it, a heading in the guide")
  func exercises() throws {
    let exercisesOfTheNotes = [1: 5, 2: 5, 3: 5, 4: 5]
    for (chapter, program) in zip(Book.written, programs) {
      let guide = try Book.file("Chapters/\(chapter.folder)/README.md").text
      let tests = Book.swift.filter { $0.path.hasPrefix("Tests/\(chapter.name)Tests/") }.map(\.text).joined()
      let count = try #require(exercisesOfTheNotes[chapter.number], "how many exercises has \(chapter)?")
      for number in 1...count {
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
      for (place, line) in file.numbered where line.hasPrefix("swift run -c release ch") {
        var words = line.split(separator: "#")[0].split(separator: " ").dropFirst(4).map(String.init)
        let name = line.split(separator: " ")[4]
        words = words.dropFirst().filter { !["--data", "DIR"].contains($0) } + ["--help"]
        let program = try #require(programs.first { $0.program == name }, "\(place): \(line)")
        let errors = Mutex("")
        let console = Console(out: { _ in }, err: { text in errors.withLock { $0 += text } })
        #expect(program.run(words, console: console) == 0, "\(place): \(line): \(errors.withLock { $0 })")
      }
    }
  }

  @Test("every link and every figure of a guide is there, and every figure is shown in a guide")
  func links() throws {
    var shown: Set<String> = []
    for file in Book.guides + [try Book.file("README.md")] {
      let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
      for (place, line) in file.numbered {
        for match in line.matches(of: /\]\(([^)#]+)(?:#[^)]*)?\)/) where !match.1.contains("://") {
          let url = URL(filePath: Book.root + folder).appending(path: String(match.1)).standardizedFileURL
          let path = url.path(percentEncoded: false)
          #expect(FileManager.default.fileExists(atPath: path), "\(place): \(match.1)")
          if line.hasPrefix("![") { shown.insert(String(path.dropFirst(Book.root.count))) }
        }
      }
    }
    let figures = Book.paths("Chapters").filter { $0.contains("/figures/") }
    #expect(!figures.isEmpty)
    #expect(figures.filter { !shown.contains($0) } == [])
  }

  @Test("every erratum names test suites that exist")
  func errataAreHeld() throws {
    let tests = Book.swift.filter { $0.path.hasPrefix("Tests/") }.map(\.text).joined()
    for (place, row) in try Book.file("Chapters/ERRATA.md").numbered where row.isErratum {
      let suites = row.matches(of: /`(\w+Tests)`/).map(\.1)
      #expect(!suites.isEmpty || row.hasSuffix("| a matter of words |"), "\(place) names no suite")
      for suite in suites {
        let exists = tests.contains("struct \(suite) {")
        #expect(exists, "\(place): no suite \(suite)")
      }
    }
  }

  @Test("every erratum of a chapter is boxed in its guide, where the notes are wrong or with the place named")
  func errataAreBoxed() throws {
    let errata = try Book.file("Chapters/ERRATA.md")
    for chapter in Book.written {
      var (heading, boxes): (Substring, [String]) = ("", [])
      for line in try Book.file("Chapters/\(chapter.folder)/README.md").lines {
        if line.hasPrefix("#") { heading = line }
        if line.hasPrefix(">") { boxes.append(heading + " " + line + " ") }
      }
      let title = "## Chapter \(chapter.number), \(chapter.name)"
      let rows = errata.numbered.drop { $0.line != title }.dropFirst().prefix { !$0.line.hasPrefix("## ") }
      #expect(!rows.isEmpty, "Chapters/ERRATA.md has no heading \(title)")
      for (place, row) in rows where row.isErratum {
        let cited = try #require(row.firstMatch(of: /^\| ((?:§|\w+) \d+\.\d+)/), "\(place) cites no place").1
        #expect(
          boxes.contains { $0.contains(cited + " ") || $0.contains(cited + ":") }, "\(place): no box for \(cited)")
      }
    }
  }

  @Test("every number that the sources of a chapter cite is cited by a test")
  func citations() {
    let pattern =
      /§ \d+\.\d+(?:\.\d+)?|\b(?:Definition|Theorem|Proposition|Remark|Example|Listing|Output) \d+\.\d+|\([1-9]\d*\.\d+\)/
    for chapter in Book.written {
      let tests = Book.swift.filter { $0.path.hasPrefix("Tests/\(chapter.name)Tests/") }.map(\.text).joined()
      let tested = Set(tests.matches(of: pattern).map(\.output))
      for file in Book.swift where file.path.hasPrefix("Sources/\(chapter.folder)/") {
        var cited: Set<Substring> = []
        for (place, line) in file.numbered {
          for number in line.matches(of: pattern).map(\.output) where cited.insert(number).inserted {
            #expect(tested.contains(number), "\(place): no test cites \(number)")
          }
        }
        #expect(!cited.isEmpty || !file.text.hasPrefix("// §"), "\(file.path) cites nothing")
      }
    }
  }
}

extension Substring {
  /// Whether this line of a table tells an erratum, and is not the table's head.
  fileprivate var isErratum: Bool { hasPrefix("| ") && !hasPrefix("| --- ") && !hasPrefix("| where ") }
}
