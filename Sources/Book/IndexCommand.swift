import BookText

/// `book index`: where the book has each number of the notes, as a page for Chapters/INDEX.md.
public let indexCommand = BookCommand(
  "index", "", "prints where the book has every number of the notes: Chapters/INDEX.md"
) { words, out in
  if !words.isEmpty { throw UsageError("index takes nothing after it") }
  out(indexPage(try Citations()))
}

/// The page: for each chapter a table of its numbers with file, test, command and part of the guide. Lines have no
/// numbers in it, so that it changes with the book's contents only.
public func indexPage(_ citations: Citations) -> String {
  let index = NumberIndex(citations)
  var lines = [
    "# Index",
    "",
    "Where the book has each number of the notes: the code, one of the tests, the command, and the part of the guide.",
    "`swift run book where 11.14` also shows the lines, and all tests. `swift run book index` prints this page.",
  ]
  for chapter in Book.written {
    lines += ["", "## Chapter \(chapter.number). \(chapter.name)", ""]
    lines += ["| number | code | test | command | guide |", "| --- | --- | --- | --- | --- |"]
    for number in NotesNumber.all where number.chapter == chapter.number {
      let code = index.sources(number).first.map { citation in
        "[`\(citation.path.fileName)`](../\(citation.path)) `\(citation.name)`"
      }
      let test = index.tests(number).first.map(\.name)
      let command = index.commands(number).first.map { "`\($0)`" }
      let guide = index.guide(number).map { heading in
        "[\(heading.title.cell)](\(heading.link.replacing("Chapters/", with: "")))"
      }
      let cells = ["\(number)", code ?? "", test?.cell ?? "", command ?? "", guide ?? ""]
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
  }
  return lines.joined(separator: "\n")
}

extension String {
  /// The last part of a path, without its ending.
  fileprivate var fileName: String { String((split(separator: "/").last ?? "").prefix { $0 != "." }) }
  /// The text in a cell of a table.
  fileprivate var cell: String { replacing("|", with: "\\|") }
}
