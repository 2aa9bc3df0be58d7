import BookText
import Checking
import Foundation
import Testing

@Suite("Guides and the README hold together")
struct GuidesTests {
  @Test("the tests of every written chapter apply the rules of the book to its program")
  func rules() {
    for chapter in Book.written {
      #expect(chapter.tests.contains("import \(chapter.program)\n"), "\(chapter)")
      #expect(chapter.tests.contains("arguments: ChapterRule.all"), "\(chapter)")
    }
  }

  @Test("every command of a chapter in the guides and the README names one that is written, as the table does")
  func commands() throws {
    let programs = Set(Book.written.map(\.program))
    let readme = try Book.file("README.md")
    for (place, line) in (Book.guides + [readme]).flatMap(\.numbered) {
      guard let command = line.prefixMatch(of: /swift run (ch\d+)\b/) else { continue }
      #expect(programs.contains(String(command.1)), "\(place): \(line)")
    }
    for chapter in Book.written {
      let row = "| \(chapter.number) | [`\(chapter.name)`](Chapters/\(chapter.folder)/README.md) |"
      #expect(readme.text.contains("\n" + row), "the table of the README has no row for \(chapter)")
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
    let errata = try Book.errata()
    #expect(errata.count > 50)
    for (place, row) in errata {
      let suites = row.matches(of: /`(\w+Tests)`/).map(\.1)
      #expect(!suites.isEmpty || row.hasSuffix("| a matter of words |"), "\(place) names no suite")
      for suite in suites {
        let exists = tests.contains("struct \(suite) {")
        #expect(exists, "\(place): no suite \(suite)")
      }
    }
  }

  private let tests = Book.swift.filter { $0.path.hasPrefix("Tests/") }

  @Test("EXTRAS.md has a row for each of the 164 additions, with a name of its own, a program and tests that exist")
  func extrasAreHeld() throws {
    let extras = try Extra.all()
    #expect(extras.count == 164)
    #expect(Extra.violations(of: extras, tests: tests) == [])
  }

  @Test("a row of EXTRAS.md with an unknown suite, test, program or item, or without a name of its own, is found")
  func extrasAreNotHeld() throws {
    let right = "| A 1, b | c | [`D`](D) | `swift run ch01 section 1.1` | `GuidesTests`, `GuidesTests/links` |"
    func found(_ lines: String...) -> [String] {
      Extra.violations(of: lines.map { Extra($0[...], place: "x:1") }, tests: tests)
    }
    #expect(found(right) == [])
    #expect(found(right.replacing("`swift run ch01 section 1.1`", with: "–")) == [])
    #expect(found(right.replacing("swift run", with: "run")) == ["x:1: A 1, b: neither a command nor a dash"])
    #expect(found(right, right) == ["x:1: A 1, b: a second row of this name"])
    #expect(found(right.replacing("`GuidesTests`", with: "`NoTests`")) == ["x:1: A 1, b: no suite NoTests"])
    #expect(found(right.replacing("links", with: "chains")) == ["x:1: A 1, b: no test chains in GuidesTests"])
    #expect(found(right.replacing("ch01", with: "ch99")) == ["x:1: A 1, b: no program ch99"])
    #expect(found("| A 1, b | c | d | – | a matter of words |") == ["x:1: A 1, b: no suite"])
    #expect(
      found("| A 1, b | `GuidesTests` |")
        == ["2 columns in place of 5", "neither a command nor a dash", "no suite"].map { "x:1: A 1, b: \($0)" })
    let extra = Extra(right[...], place: "x:1")
    #expect(extra.missingItem(of: "ch01", among: ["section 1.1"]) == nil)
    #expect(extra.missingItem(of: "ch01", among: ["section 1.2"]) == "x:1: A 1, b: ch01 has no item section 1.1")
    #expect(extra.missingItem(of: "ch02", among: []) == nil)
  }
}
