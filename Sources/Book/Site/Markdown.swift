import BookText

/// Turns a guide in Markdown into HTML. It knows what the guides use: headings, paragraphs, lists, boxes, tables, code,
/// figures and formulas set apart.
struct Markdown {
  let inline: Inline
  /// A figure's HTML by its path as written, or nil if there is none.
  let figure: (_ path: String, _ alt: String) -> String?
  /// Code in a language as HTML.
  let code: (_ code: String, _ language: String) -> String

  /// The HTML of a guide, and its headings of the second level. Throws a `FormulaError` with the line's number.
  func html(_ text: String) throws -> (body: String, headings: [(title: String, anchor: String)]) {
    var (blocks, headings, lines) = ([String](), [(title: String, anchor: String)](), Lines(text))
    while let line = lines.next {
      do {
        if line.hasPrefix("#") {
          let level = line.prefix { $0 == "#" }.count
          let title = line.dropFirst(level + 1)
          let anchor = Heading.anchor(String(title))
          if level == 2 { headings.append((String(title), anchor)) }
          blocks.append("<h\(level) id=\"\(anchor)\">\(try inline.html(title))</h\(level)>")
          lines.advance()
        } else {
          blocks.append(try block(&lines))
        }
      } catch let error as FormulaError {
        throw FormulaError(description: "line \(lines.number): \(error)")
      }
    }
    return (blocks.filter { !$0.isEmpty }.joined(separator: "\n"), headings)
  }

  /// A block other than a heading.
  private func block(_ lines: inout Lines) throws -> String {
    guard let line = lines.next else { return "" }
    if line.allSatisfy(\.isWhitespace) {
      lines.advance()
      return ""
    }
    if line.hasPrefix("```") { return fence(&lines) }
    if line.hasPrefix("$$") { return try formula(&lines) }
    if line.hasPrefix("|") { return try table(&lines) }
    if line.hasPrefix("> ") || line == ">" {
      let inside = lines.take { $0.hasPrefix(">") }.map { $0.dropFirst($0.hasPrefix("> ") ? 2 : 1) }
      return "<blockquote>\(try html(inside.joined(separator: "\n")).body)</blockquote>"
    }
    if Self.mark(of: line) != nil { return try list(&lines) }
    if line.hasPrefix("!["), let image = try picture(line) {
      lines.advance()
      return image
    }
    let words = lines.take { line in
      !line.allSatisfy(\.isWhitespace) && !["```", "|", "> ", "#", "$$"].contains(where: line.hasPrefix)
        && Self.mark(of: line) == nil
    }
    return "<p>\(try inline.html(words.joined(separator: "\n")))</p>"
  }

  private func fence(_ lines: inout Lines) -> String {
    let first = lines.next ?? ""
    let ticks = first.prefix { $0 == "`" }
    lines.advance()
    let body = lines.take { $0 != ticks }
    lines.advance()
    return code(body.joined(separator: "\n"), String(first.dropFirst(ticks.count)))
  }

  private func formula(_ lines: inout Lines) throws -> String {
    let first = lines.next ?? ""
    lines.advance()
    var text = String(first.dropFirst(2))
    while !text.hasSuffix("$$"), let line = lines.next {
      text += " " + line
      lines.advance()
    }
    return "<p class=\"formula\">\(try mathML(String(text.dropLast(2)), isDisplay: true))</p>"
  }

  private func table(_ lines: inout Lines) throws -> String {
    let rows = lines.take { $0.hasPrefix("|") }.map(Self.cells)
    let isHeaded = rows.count > 1 && rows[1].allSatisfy { !$0.isEmpty && $0.allSatisfy { ":-".contains($0) } }
    func row(_ cells: [String], _ tag: String) throws -> String {
      let elements = try cells.map { cell in
        // On a narrow screen a column of sentences keeps a width at which they can be read; a link's address is unseen.
        let isLong = cells.count > 2 && cell.replacing(/\]\([^)]*\)/, with: "").count > 48
        return "<\(tag)\(isLong ? " class=\"l\"" : "")>\(try inline.html(cell))</\(tag)>"
      }
      return "<tr>\(elements.joined())</tr>"
    }
    let head = isHeaded ? "<thead>\(try row(rows[0], "th"))</thead>" : ""
    let body = try rows.dropFirst(isHeaded ? 2 : 0).map { try row($0, "td") }.joined(separator: "\n")
    return "<div class=\"wide\" tabindex=\"0\"><table>\(head)<tbody>\n\(body)\n</tbody></table></div>"
  }

  /// The cells of a table's row. A bar behind a backslash is a bar, except in formulas, where it is LaTeX.
  static func cells(_ row: Substring) -> [String] {
    var (cells, cell, isFormula, isCode) = ([String](), "", false, false)
    var characters = row.dropFirst()[...]
    while let character = characters.popFirst() {
      if character == "\\", characters.first == "|", !isFormula {
        cell.append("|")
        characters.removeFirst()
        continue
      }
      if character == "\\", let next = characters.first {
        cell += [character, next]
        characters.removeFirst()
        continue
      }
      if character == "`" { isCode.toggle() }
      if character == "$" && !isCode { isFormula.toggle() }
      if character == "|" && !isFormula && !isCode {
        cells.append(cell.trimmed)
        cell = ""
      } else {
        cell.append(character)
      }
    }
    return cells
  }

  private func list(_ lines: inout Lines) throws -> String {
    guard let line = lines.next, let first = Self.mark(of: line) else { return "" }
    var items = [String]()
    while let line = lines.next, let mark = Self.mark(of: line), mark.isNumbered == first.isNumbered {
      lines.advance()
      var parts = [String(line.dropFirst(mark.width))]
      parts += lines.take { $0.hasPrefix("  ") }.map { String($0.drop { $0 == " " }) }
      items.append("<li>\(try inline.html(parts.joined(separator: "\n")))</li>")
    }
    let tag = first.isNumbered ? "ol" : "ul"
    return "<\(tag)>\n\(items.joined(separator: "\n"))\n</\(tag)>"
  }

  private static func mark(of line: Substring) -> (isNumbered: Bool, width: Int)? {
    if line.hasPrefix("- ") || line.hasPrefix("* ") { return (false, 2) }
    let digits = line.prefix { $0.isNumber }
    return !digits.isEmpty && line.dropFirst(digits.count).hasPrefix(". ") ? (true, digits.count + 2) : nil
  }

  /// A line that is one figure, ![alt](path).
  private func picture(_ line: Substring) throws -> String? {
    guard let match = line.wholeMatch(of: /!\[(.*)\]\(([^()]+)\)\s*/) else { return nil }
    guard let drawing = figure(String(match.2), String(match.1)) else {
      throw FormulaError(description: "there is no figure \(match.2)")
    }
    let wide = "<div class=\"wide\" tabindex=\"0\">\(drawing)</div>"
    return "<figure>\(wide)<figcaption>\(try inline.html(match.1))</figcaption></figure>"
  }
}

/// The lines of a text, read one by one.
private struct Lines {
  private let lines: [Substring]
  private var place = 0

  init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// The line that comes next; nil at the end.
  var next: Substring? { place < lines.count ? lines[place] : nil }
  /// The number of that line, from 1.
  var number: Int { place + 1 }

  mutating func advance() { place += 1 }

  /// Reads lines as long as they satisfy a condition.
  mutating func take(while isIncluded: (Substring) -> Bool) -> [Substring] {
    let found = lines[min(place, lines.count)...].prefix(while: isIncluded)
    place += found.count
    return Array(found)
  }
}

extension String {
  /// The text without spaces at its ends.
  var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
