import Foundation
import Running
import Synchronization
import Testing
import ch02
import ch03
import ch04

@Suite("The galleries of mistakes")
struct GalleryTests {
  /// The galleries, each with its program and its exhibits.
  private static let galleries = [(chapter2, exhibits2), (chapter3, exhibits3), (chapter4, exhibits4)]
  private static let exhibits = galleries.flatMap(\.1)

  @Test("every mistake shows on the one input and hides in the other")
  func showAndHide() {
    for exhibit in Self.exhibits {
      #expect(exhibit.shows.distance > 1e-3, "\(exhibit.mistake)")
      #expect(exhibit.hides.distance < 1e-6, "\(exhibit.mistake)")
    }
    #expect(Self.exhibits.count > 15)
  }

  @Test(
    "every line of code on show stands in the sources, the wrong one among the mistakes and the right one elsewhere")
  func code() {
    let isMistake = { (file: Book.File) in file.path.contains(/^Sources\/.*\/Mistakes\.swift/) }
    let mistakes = Book.swift.filter(isMistake).map(\.text).joined()
    let others = Book.swift.filter { !isMistake($0) }.map(\.text).joined()
    for exhibit in Self.exhibits {
      #expect(mistakes.contains(exhibit.wrong), "\(exhibit.mistake)")
      let isUsed = others.replacing("\"\(exhibit.right)\"", with: "").contains(exhibit.right)
      #expect(isUsed, "\(exhibit.mistake): nothing is written as \(exhibit.right)")
    }
  }

  @Test("every mistake on show is caught by a test that exists")
  func caught() {
    let tests = Book.swift.filter { $0.path.hasPrefix("Tests/") }.map(\.text).joined()
    for exhibit in Self.exhibits {
      let exists = tests.contains("\"\(exhibit.test)")
      #expect(exists, "no test “\(exhibit.test) …”")
    }
  }

  @Test("every mistake of the sources is on show")
  func complete() {
    let galleries = Book.swift.filter { $0.path.contains("/Gallery") }.map(\.text).joined()
    for file in Book.swift where file.path.contains(/^Sources\/.*\/Mistakes\.swift/) {
      for match in file.text.matches(of: /public static func (\w+)/) {
        #expect(galleries.contains("Mistake.\(match.1)"), "\(match.1)")
      }
    }
  }

  @Test("every gallery's guide shows what its command prints")
  func guides() throws {
    for (program, _) in Self.galleries {
      let item = try #require(program.items.first { $0.kind == .gallery })
      let chapter = try #require(Book.written.first { program.program == "ch" + $0.folder.prefix(2) })
      let guide = try Book.file("Chapters/\(chapter.folder)/README.md").text
      let printed = Mutex("")
      let console = Console(out: { text in printed.withLock { $0 += text } }, err: { _ in })
      let folder = FileManager.default.temporaryDirectory.appending(path: "gallery-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: folder) }
      let status = program.run(["gallery", item.number, "--out", folder.path(percentEncoded: false)], console: console)
      #expect(status == 0)
      let lines = printed.withLock { $0 }.split(separator: "\n").dropFirst(2)
      for line in lines.prefix(while: { !$0.hasPrefix("── gallery") }) {
        let isShown = guide.contains("\n\(line)\n")
        #expect(isShown, "the guide of \(program.program) does not show: \(line)")
      }
    }
  }
}
