public import Testing

/// What holds for every chapter, as a sentence, and what breaks it.
public struct ChapterRule: Sendable, CustomTestStringConvertible {
  /// The rule.
  public let sentence: String
  /// What in a chapter breaks the rule, one text each.
  public let violations: @Sendable (TestedChapter) throws -> [String]
  /// The rule.
  public var testDescription: String { sentence }

  /// A rule.
  public init(_ sentence: String, _ violations: @escaping @Sendable (TestedChapter) throws -> [String]) {
    (self.sentence, self.violations) = (sentence, violations)
  }

  /// Records an issue for everything in a chapter that breaks the rule.
  public func check(_ chapter: TestedChapter, sourceLocation: SourceLocation = #_sourceLocation) throws {
    for violation in try violations(chapter) { Issue.record("\(violation)", sourceLocation: sourceLocation) }
  }

  /// All rules. Each chapter's tests apply all of them to their chapter.
  public static let all: [ChapterRule] = guideRules + errataRules + galleryRules
}

/// The texts of conditions that do not hold.
func broken(_ conditions: (holds: Bool, text: String)...) -> [String] {
  conditions.filter { !$0.holds }.map(\.text)
}
