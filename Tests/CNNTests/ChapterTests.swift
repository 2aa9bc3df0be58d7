import Checking
import Testing
import ch04

@Suite("Chapter 4 keeps the rules of the book")
struct CNNChapterTests {
  private static let chapter = TestedChapter(
    chapter4, exercises: 5, exhibits: exhibits4,
    digits: [
      Digits("4.6", onAll: "Epoch   1 | Train Loss: 2.3695 | Train Acc: 0.0781 | Test Acc: 0.1000"),
      Digits(
        "4.7", avx: "2,1,1.6407848596572876,0.2", neon: "2,1,1.6407828330993652,0.2", sse: "2,1,1.640781283378601,0.2"),
    ])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, with these vector instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
