import BookText

/// The page of letters, Chapters/NOTATION.md, as text: a table for the whole book and one for each chapter.
public struct Notation: Sendable {
  /// A row of a table.
  public struct Row: Sendable {
    /// The letters: of each formula in the first cell the first letter.
    public let letters: [String]
    /// The cells.
    public let cells: [String]
    /// The part of the guide that the column "first" names.
    public var place: String { cells.count > 3 ? cells[3] : "" }
    /// The names in Swift.
    public var names: [String] {
      let parts = (cells.last ?? "").split(separator: "`", omittingEmptySubsequences: false)
      return parts.indices.filter { !$0.isMultiple(of: 2) }.map { String(parts[$0]) }
    }
  }

  /// The rows that are the same in all chapters.
  public let common: [Row]
  /// The rows of each chapter, by its number.
  public let chapters: [Int: [Row]]
  /// The table of letters with several meanings: the letters, and for each chapter a cell for each of them.
  public let compared: (letters: [String], cells: [Int: [String]])

  /// Reads the page.
  public init(_ file: Book.File) {
    var (common, chapters, compared): ([Row], [Int: [Row]], (letters: [String], cells: [Int: [String]])) =
      ([], [:], ([], [:]))
    for heading in Heading.all(of: file) {
      let table = heading.lines.filter { $0.hasPrefix("| ") && !$0.hasPrefix("| ---") }.map(cells)
      func rows() -> [Row] {
        table.dropFirst().map { cells in
          Row(letters: formulas(in: cells[0]).compactMap { letters(in: $0).first }, cells: cells)
        }
      }
      if heading.title.hasPrefix("Letters") {
        compared.letters = (table.first ?? []).dropFirst().compactMap { letters(in: $0).first }
        for cells in table.dropFirst() { compared.cells[Int(cells[0]) ?? 0] = Array(cells.dropFirst()) }
      } else if heading.title.hasPrefix("Chapter ") {
        chapters[Int(heading.title.dropFirst(8).prefix { $0 != "." }) ?? 0] = rows()
      } else {
        common += rows()
      }
    }
    (self.common, self.chapters, self.compared) = (common, chapters, compared)
  }
}

/// The cells of a table's row.
private func cells(_ line: Substring) -> [String] {
  line.dropFirst(2).dropLast(2).split(separator: " | ", omittingEmptySubsequences: false).map(String.init)
}
