import Checking
import Testing
import ch12

@Suite("Chapter 12 keeps the rules of the book")
struct ApplicationsChapterTests {
  private static let chapter = TestedChapter(
    chapter12, exercises: 5, exhibits: exhibits12,
    digits: [
      Digits("12.5.2", onAll: "disc    stripes               0.2484  0.1397             1.000  1.000")
    ])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }
}
