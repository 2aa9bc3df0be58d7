import Checking
import Testing
import ch07

@Suite("Chapter 7 keeps the rules of the book")
struct TransformerChapterTests {
  private static let chapter = TestedChapter(
    chapter7, exercises: 6, exhibits: exhibits7,
    digits: [
      Digits("7.8", onAll: "Loss: 0.7216, Logits shape: [32×2]")
    ])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, on these instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
