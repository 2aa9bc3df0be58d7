import BookText

/// `book table`: all exercises for a teacher, as a page for Chapters/TEACHING.md.
public let tableCommand = BookCommand(
  "table", "", "prints all exercises for a teacher, with goals and times: Chapters/TEACHING.md"
) { words, out in
  if !words.isEmpty { throw UsageError("table takes nothing after it") }
  out(try teachingPage(try Citations()))
}

/// The page: for each chapter a table of its exercises.
public func teachingPage(_ citations: Citations) throws -> String {
  var lines = [
    "# For teachers",
    "",
    "All exercises: what a student can do afterwards, what to read before, minutes of work (without waiting for runs)",
    "and common mistakes. *Seconds* is the time of the command on two cores. `swift test --filter` runs a suite by its",
    "name. Goals, minutes and mistakes are the last lines of the solutions; `swift run book table` prints this",
    "page.",
  ]
  for chapter in Book.written {
    let assignments = try Assignment.all(of: chapter, citations: citations)
    let minutes = assignments.reduce(0) { $0 + $1.lesson.minutes }
    lines += [
      "", "## Chapter \(chapter.number). \(chapter.name)", "",
      "\(assignments.count) exercises, \(hours(minutes)) of work.", "",
      "| exercise | goal | read first | stars | suites | seconds | minutes | mistakes |",
      "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += assignments.map(\.row)
  }
  return lines.joined(separator: "\n")
}

/// Minutes as hours, rounded: about 9 hours.
private func hours(_ minutes: Int) -> String { "about \((minutes + 30) / 60) hours" }

extension Assignment {
  /// The exercise as a row of the table.
  fileprivate var row: String {
    let link = solution.link.dropFirst("Chapters/".count)
    let cells = [
      "[\(item.number)](\(link)) \(item.title)", lesson.goal,
      lesson.sections.map(\.description).joined(separator: ", "), String(repeating: "★", count: item.stars),
      suites.map { "[`\($0.name)`](../\($0.path))" }.joined(separator: ", "), "\(item.seconds)",
      "\(lesson.minutes)", lesson.mistakes.joined(separator: "; "),
    ]
    return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }
}
