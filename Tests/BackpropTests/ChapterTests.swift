import Checking
import Testing
import ch02

@Suite("Chapter 2 keeps the rules of the book")
struct BackpropChapterTests {
  private static let chapter = TestedChapter(
    chapter2, exercises: 5, exhibits: exhibits2,
    digits: [
      Digits("2.3", onAll: #""loss" : 0.534446645388523"#),
      Digits("2.5", onAll: "1.00e-03,1406,4.00e-09"),
      Digits(
        "2.6", fused: "all,0.2675840384006407,0.2675840384006407,39.615436189163184,1.0000000271069984",
        sse: "all,0.26758403535657777,0.26758403535657777,39.61543526274277,1.0000000033122094"),
      Digits(
        "2.7", fused: #""loss at epoch 80" : 0.1998387966206178"#,
        sse: #""loss at epoch 80" : 0.19983879662061776"#),
    ])

  @Test("what holds for every chapter", arguments: ChapterRule.all)
  func rules(rule: ChapterRule) throws { try rule.check(Self.chapter) }

  @Test("a listing ends with these digits, with these vector instructions and seed 1", arguments: chapter.digits)
  func listingDigits(digits: Digits) throws { try digits.check(Self.chapter) }
}
