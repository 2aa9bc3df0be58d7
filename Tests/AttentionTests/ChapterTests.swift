import Checking
import Testing
import ch06

@Suite("Chapter 6 keeps the rules of the book")
struct AttentionChapterTests {
  private static let chapter = TestedChapter(
    chapter6, exercises: 5, exhibits: exhibits6,
    digits: [
      Digits("6.9a", onAll: "  5  0.262116"),
      Digits("6.9b", onAll: "masked   0.170562"),
    ])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, on these instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
