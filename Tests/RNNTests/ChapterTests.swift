import Checking
import Testing
import ch05

@Suite("Chapter 5 keeps the rules of the book")
struct RNNChapterTests {
  private static let chapter = TestedChapter(
    chapter5, exercises: 5, exhibits: exhibits5,
    digits: [Digits("5.8", onAll: "Epoch  1 | Loss: 0.6940 | Val Acc: 0.4531")])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, with these vector instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
