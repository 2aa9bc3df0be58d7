import Checking
import Testing
import ch09

@Suite("Chapter 9 keeps the rules of the book")
struct VAEChapterTests {
  private static let chapter = TestedChapter(
    chapter9, exercises: 6, exhibits: exhibits9,
    digits: [
      Digits("9.8a", onAll: "Epoch [5/5] Loss: 283.94"),
      Digits("9.8b", onAll: "20  410.17          408.39  1.78"),
    ])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, on these instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
