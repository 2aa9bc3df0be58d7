import Checking
import Testing
import ch03

@Suite("Chapter 3 keeps the rules of the book")
struct RegularizationChapterTests {
  private static let chapter = TestedChapter(
    chapter3, exercises: 5, exhibits: exhibits3,
    digits: [
      Digits(
        "3.10", fused: "2,1.3985854512572842,1.0022077560424805,0.8811188811188811",
        sse: "2,1.398796214570955,1.0023194551467896,0.8811188811188811")
    ])

  @Test("the rules for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, with these vector instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
