import Checking
import Testing
import ch11

@Suite("Chapter 11 keeps the rules of the book")
struct TheoryChapterTests {
  private static let chapter = TestedChapter(
    chapter11, exercises: 7, exhibits: exhibits11,
    digits: [
      Digits("11.10a", onAll: "0.933128  1.639636  -0.315087  -1.719158"),
      Digits("11.10b", onAll: "400  2.86   0.641     0.453      0.904"),
    ])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, on these instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
