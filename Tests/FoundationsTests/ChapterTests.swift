import Checking
import Testing
import ch01

@Suite("Chapter 1 keeps the rules of the book")
struct FoundationsChapterTests {
  private static let chapter = TestedChapter(
    chapter1, exercises: 5,
    digits: [
      Digits(
        "1.6", fused: "2,0.6885719073051035,0.8916666666666667", sse: "2,0.6885719126143551,0.8916666666666667")
    ])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, with these vector instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
