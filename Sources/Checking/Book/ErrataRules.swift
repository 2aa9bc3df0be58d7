public import BookText

/// The rules that keep the list of errata and a chapter's guide consistent.
let errataRules = [errataAreBoxed]

private let errataAreBoxed = ChapterRule(
  "every erratum of the chapter has a box in its guide, next to the place where the notes are wrong or naming it"
) { chapter in
  var (heading, boxes): (Substring, [String]) = ("", [])
  for line in try chapter.entry.guide().lines {
    if line.hasPrefix("#") { heading = line }
    if line.hasPrefix(">") { boxes.append(heading + " " + line + " ") }
  }
  return try Book.errata(of: chapter.entry).compactMap { place, row in
    guard let cited = row.firstMatch(of: /^\| ((?:§|\w+) \d+(?:\.\d+)+)/)?.1 else { return "\(place) cites no place" }
    let isBoxed = boxes.contains { box in [" ", ":", ","].contains { box.contains(cited + $0) } }
    return isBoxed ? nil : "\(place): no box for \(cited)"
  }
}

extension Book {
  /// The rows of Chapters/ERRATA.md that describe an erratum, of one chapter or of all, each with its place.
  public static func errata(of chapter: Chapter? = nil) throws -> [(place: String, row: Substring)] {
    var rows = try file("Chapters/ERRATA.md").numbered[...]
    if let chapter {
      let title = "## Chapter \(chapter.number), \(chapter.name)"
      rows = rows.drop { $0.line != title }.dropFirst().prefix { !$0.line.hasPrefix("## ") }
    }
    return rows.filter { $0.line.hasPrefix("| ") && !$0.line.hasPrefix("| --- ") && !$0.line.hasPrefix("| where ") }
      .map { (place: $0.place, row: $0.line) }
  }
}
