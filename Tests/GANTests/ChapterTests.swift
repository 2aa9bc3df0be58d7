import Checking
import Testing
import ch08

@Suite("Chapter 8 keeps the rules of the book")
struct GANChapterTests {
  private static let chapter = TestedChapter(
    chapter8, exercises: 6, exhibits: exhibits8,
    digits: [
      Digits(
        "8.7",
        onAll:
          "As printed: 837,504 + 431,872 parameters. First round, 16 images of noise: Loss_D: 1.6143 Loss_G: 1.7990")
    ])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, on these instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
