/// What a teacher needs to know about an exercise: the last line of its solution.
///
///     **Goal.** Count the parameters. **Read first.** § 1.2.2. **Work.** 20 minutes. **Mistakes.** no biases; no layers.
public struct Lesson: Sendable, Equatable {
  /// What a student can do afterwards, in one sentence.
  public let goal: String
  /// The sections of the notes to read before.
  public let sections: [NotesNumber]
  /// The minutes of work.
  public let minutes: Int
  /// Two or three mistakes that are often made.
  public let mistakes: [String]

  /// Why a line is not a lesson.
  public struct FormError: Error, Equatable, CustomStringConvertible {
    /// What was expected and what was found.
    public let description: String
  }

  private static let form = "**Goal.** …. **Read first.** § N.M. **Work.** N minutes. **Mistakes.** …; …."

  /// Reads the line. Throws a `FormError` if a part is missing or has another form.
  public init(_ line: some StringProtocol) throws(FormError) {
    var rest = Substring(line)
    func part(_ label: String, before next: String?) throws(FormError) -> Substring {
      guard rest.hasPrefix("**\(label).** ") else {
        throw FormError(description: "\(label) is expected at \"\(rest.prefix(40))\". The form is: \(Self.form)")
      }
      rest = rest.dropFirst(label.count + 6)
      let end = next.flatMap { rest.range(of: " **\($0).** ") }
      guard next == nil || end != nil else {
        throw FormError(description: "\(next ?? "") is missing after \(label). The form is: \(Self.form)")
      }
      let text = rest[..<(end?.lowerBound ?? rest.endIndex)]
      rest = rest[text.endIndex...].drop { $0 == " " }
      guard text.hasSuffix("."), text.count > 1 else {
        throw FormError(description: "\(label) must end with a full stop: \(text)")
      }
      return text.dropLast()
    }
    let goal = try part("Goal", before: "Read first")
    let sections = try part("Read first", before: "Work")
    let work = try part("Work", before: "Mistakes")
    let mistakes = try part("Mistakes", before: nil)
    if goal.contains(". ") { throw FormError(description: "Goal must be one sentence: \(goal)") }
    self.goal = goal + "."
    self.sections = NotesNumber.cited(in: sections).filter { $0.kind == "§" && NotesNumber.all.contains($0) }
    guard !self.sections.isEmpty, self.sections.map(\.description).joined(separator: " and ") == sections else {
      throw FormError(description: "Read first must name sections of the notes, as in § 1.2 and § 1.3: \(sections)")
    }
    guard work.hasSuffix(" minutes"), let minutes = Int(work.dropLast(8)), (5...600).contains(minutes) else {
      throw FormError(description: "Work must be 5 to 600 minutes: \(work)")
    }
    self.minutes = minutes
    self.mistakes = mistakes.split(separator: "; ", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(self.mistakes.count), !self.mistakes.contains("") else {
      throw FormError(description: "Mistakes must be two or three, with semicolons between them: \(mistakes)")
    }
  }
}
