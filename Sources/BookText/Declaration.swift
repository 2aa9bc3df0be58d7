/// A public function, initializer or computed property with its body, as the text of a formatted file has it.
struct Declaration {
  let name, signature, head, tail: String
  let body: [String]
  let place: Range<Int>

  /// The declaration that begins at a line; nil if there is none with a body.
  init?(_ lines: [Substring], at start: Int) {
    let words = lines[start].split(separator: " ")
    guard words.first == "public", let keyword = words.firstIndex(where: Self.isKeyword) else { return nil }
    guard let brace = Self.brace(lines, from: start, isProperty: words[keyword] == "var") else { return nil }
    let indentation = String(lines[start].prefix { $0 == " " })
    let (line, opening) = (brace.line, lines[brace.line])
    let rest = trimmed(opening[opening.index(after: brace.place)...])
    if rest.isEmpty {
      guard let end = lines[(line + 1)...].firstIndex(where: { $0 == indentation + "}" }) else { return nil }
      (body, place) = (lines[(line + 1)..<end].map(String.init), line..<end + 1)
    } else {
      guard rest.hasSuffix("}") else { return nil }
      (body, place) = ([indentation + "  " + trimmed(rest.dropLast())], line..<line + 1)
    }
    head = String(opening[...brace.place])
    tail = indentation + "}"
    signature = (lines[start..<line].map { trimmed($0) } + [trimmed(Substring(head.dropLast()))])
      .filter { !$0.isEmpty }.joined(separator: " ")
    let name = keyword + 1 < words.count ? words[keyword + 1].prefix { $0.isLetter || $0.isNumber || $0 == "_" } : ""
    self.name = words[keyword].hasPrefix("init") ? "init" : String(name)
  }

  private static func isKeyword(_ word: Substring) -> Bool {
    ["func", "var"].contains(word) || ["init(", "init?(", "init<"].contains { word.hasPrefix($0) }
  }

  /// The brace that opens the body: the first outside of brackets and texts. A stored property has none.
  private static func brace(
    _ lines: [Substring], from start: Int, isProperty: Bool
  ) -> (line: Int, place: Substring.Index)? {
    var (depth, isText) = (0, false)
    for number in start..<min(start + (isProperty ? 1 : 24), lines.count) {
      let line = lines[number]
      for place in line.indices {
        switch line[place] {
        case "\"": isText.toggle()
        case _ where isText: break
        case "(", "[": depth += 1
        case ")", "]": depth -= 1
        case "=" where isProperty && depth == 0: return nil
        case "{" where depth == 0: return (number, place)
        default: break
        }
      }
    }
    return nil
  }
}
