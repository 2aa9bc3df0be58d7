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
}
