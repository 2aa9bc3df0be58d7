public import Testing

/// A rule for every chapter: a sentence, and a search for violations.
public struct ChapterRule: Sendable, CustomTestStringConvertible {
  /// The rule.
  public let sentence: String
  /// The violations in a chapter, one text each.
  public let violations: @Sendable (TestedChapter) throws -> [String]
  /// The rule.
  public var testDescription: String { sentence }

  /// A rule.
  public init(_ sentence: String, _ violations: @escaping @Sendable (TestedChapter) throws -> [String]) {
    (self.sentence, self.violations) = (sentence, violations)
  }

  /// Records an issue for every violation in a chapter.
  public func check(_ chapter: TestedChapter, sourceLocation: SourceLocation = #_sourceLocation) throws {
    for violation in try violations(chapter) { Issue.record("\(violation)", sourceLocation: sourceLocation) }
  }

  /// All rules. Each chapter's tests apply all of them.
  public static let all: [ChapterRule] = guideRules + errataRules + extrasRules + galleryRules
}

/// The texts of conditions that do not hold.
func broken(_ conditions: (holds: Bool, text: String)...) -> [String] {
  conditions.filter { !$0.holds }.map(\.text)
}
