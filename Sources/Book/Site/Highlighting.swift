/// Swift code with the kinds of its words marked: comments, strings, numbers, keywords and types.
struct Highlighting {
  /// What the text of a comment or a string becomes.
  let words: (Substring) -> String

  private static let keywords: Set<Substring> = [
    "actor", "any", "as", "associatedtype", "await", "break", "case", "catch", "class", "consuming", "continue",
    "default", "defer", "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "final",
    "for", "func", "get", "guard", "if", "import", "in", "indirect", "init", "inout", "internal", "is", "lazy", "let",
    "mutating", "nil", "nonisolated", "open", "operator", "override", "package", "precedencegroup", "private",
    "protocol", "public", "repeat", "rethrows", "return", "self", "Self", "set", "some", "static", "struct",
    "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "var", "weak", "where", "while",
  ]

  /// The lines of a file as HTML.
  func lines(of text: String) -> [String] {
    var isText = false
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line(of: $0, isText: &isText) }
  }

  /// One line; `isText` says whether it begins inside a string of several lines.
  private func line(of line: Substring, isText: inout Bool) -> String {
    let quotes = "\"\"\""
    if isText || line.contains(quotes) {
      let count = line.matches(of: /"{3}/).count
      defer { if !count.isMultiple(of: 2) { isText.toggle() } }
      if isText { return span("s", words(line)) }
    }
    var (result, rest, last) = ("", line, Character(" "))
    while let first = rest.first {
      let word: Substring
      if rest.hasPrefix("//") {
        return result + span("c", words(rest))
      } else if first == "\"" {
        word = rest.prefix(stringLength(rest))
        result += span("s", words(word))
      } else if first.isLetter || first == "_" || first == "@" || first == "#" {
        word = rest.prefix(1) + rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        let isMember = last == "."
        let isKeyword = Self.keywords.contains(word) && !isMember || first == "@" || (first == "#" && word.count > 1)
        result += isKeyword ? span("k", escaped(word)) : first.isUppercase ? span("t", escaped(word)) : escaped(word)
      } else if first.isNumber {
        word = rest.prefix { $0.isNumber || $0.isLetter || "._".contains($0) }
        result += span("d", escaped(word))
      } else {
        word = rest.prefix(1)
        result += escaped(word)
      }
      last = word.last ?? " "
      rest = rest.dropFirst(word.count)
    }
    return result
  }

  /// The characters of a string literal at the beginning, with escaped quotes and interpolated code.
  private func stringLength(_ text: Substring) -> Int {
    var (count, depth, isEscaped) = (1, 0, false)
    for character in text.dropFirst() {
      count += 1
      if isEscaped {
        if character == "(" { depth += 1 }
        isEscaped = false
      } else if depth > 0 {
        depth += character == "(" ? 1 : character == ")" ? -1 : 0
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        return count
      }
    }
    return count
  }

  private func span(_ kind: String, _ html: String) -> String { "<i class=\"\(kind)\">\(html)</i>" }
}
