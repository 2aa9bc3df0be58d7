import BookText
import Checking
import Foundation
import Testing

@Suite("The book: its figures")
struct PicturesTests {
  private static let figures = Book.paths("Chapters").filter { $0.contains("/figures/") && $0.hasSuffix(".svg") }

  /// The text in a figure, without the title for screen readers.
  private func texts(_ svg: String) -> [String] {
    svg.matches(of: /<text [^>]*>(.*?)<\/text>/).map { String($0.1) }
  }

  @Test("no figure is wider than a page, so that its letters keep their size", arguments: figures)
  func width(path: String) throws {
    let svg = try Book.file(path).text
    let width = try #require(svg.firstMatch(of: /<svg [^>]*?width="([0-9.]+)"/).flatMap { Double($0.1) })
    #expect(width <= 720)
  }

  @Test(
    "no figure has a letter that looks like a missing one, an underscore in place of an index, or a text that is cut",
    arguments: figures)
  func words(path: String) throws {
    for text in texts(try Book.file(path).text) {
      #expect(!text.contains { "□▯�".contains($0) }, "\(text)")
      #expect(!text.contains(/(^|[^\p{L}\p{N}_])\p{L}_[\p{L}\p{N}\{]/), "\(text)")
      #expect(!text.hasSuffix("…"), "\(text)")
    }
  }
}
