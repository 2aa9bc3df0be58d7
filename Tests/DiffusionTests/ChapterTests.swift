import Checking
import Testing
import ch10

@Suite("Chapter 10 keeps the rules of the book")
struct DiffusionChapterTests {
  private static let chapter = TestedChapter(
    chapter10, exercises: 6, exhibits: exhibits10,
    digits: [
      Digits("10.8a", onAll: "all                     545,795      555,041   162,129"),
      Digits("10.8b", onAll: "Epoch 5, Loss: 0.2688   test loss of the average: 0.2898"),
      Digits("10.8c", onAll: "DDIM, 50 steps          16               0.8     0.07      0.05"),
    ])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, on these instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
