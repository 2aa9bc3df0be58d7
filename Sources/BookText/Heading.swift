/// A part of a guide: a heading with what stands below it.
public struct Heading: Sendable {
  /// The guide's path.
  public let path: String
  /// The heading's words.
  public let title: String
  /// The lines below it, up to the next heading of the second level.
  public let lines: [Substring]

  /// The place for a link: README.md#anchor.
  public var link: String { path + "#" + Self.anchor(title) }

  /// The anchor of a heading: letters, digits, hyphens and underscores stay; a space becomes a hyphen.
  public static func anchor(_ title: String) -> String {
    title.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.replacing(" ", with: "-")
  }

  /// The parts of a file whose headings have two number signs.
  public static func all(of file: Book.File) -> [Heading] {
    var (headings, title, lines, isCode): ([Heading], Substring?, [Substring], Bool) = ([], nil, [], false)
    func finished() -> [Heading] {
      title.map { [Heading(path: file.path, title: String($0), lines: lines)] } ?? []
    }
    for line in file.lines {
      if line.hasPrefix("```") { isCode.toggle() }
      if line.hasPrefix("## ") && !isCode {
        headings += finished()
        (title, lines) = (line.dropFirst(3), [])
      } else {
        lines.append(line)
      }
    }
    return headings + finished()
  }
}
