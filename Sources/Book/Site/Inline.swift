import BookText

/// The HTML of a guide's words without links. Throws a `FormulaError` for a formula that has no form in MathML.
public func words(of text: String) throws -> String {
  try Inline(address: { _ in nil }, number: { _ in nil }).html(text)
}

/// Turns the words of a guide into HTML: code, formulas, links, bold and italic words, and citations of the notes.
struct Inline {
  /// The address of a link's target on the site, from this page; nil if the target is not on the site.
  let address: (String) -> String?
  /// The address of a number of the notes; nil if the site has no such number.
  let number: (NotesNumber) -> String?
  /// The address of a declaration that code in the text names alone, such as `softThreshold`; nil if there is none.
  var declaration: (String) -> String? = { _ in nil }

  /// The HTML of a text. Throws a `FormulaError` for a formula that has no form in MathML.
  func html(_ text: some StringProtocol) throws -> String {
    var (result, plain, rest) = ("", "", Substring(text))
    func close() -> String {
      defer { plain = "" }
      return plain.isEmpty ? "" : Self.unbroken(linked(plain))
    }
    while let first = rest.first {
      if first == "\\", let next = rest.dropFirst().first, next.isPunctuation || next.isSymbol {
        plain.append(next)
        rest = rest.dropFirst(2)
      } else if first == "`" {
        let ticks = rest.prefix { $0 == "`" }
        let body = rest.dropFirst(ticks.count)
        guard let end = body.range(of: String(ticks)) else { throw FormulaError(description: "a ` without its pair") }
        result += close() + code(body[..<end.lowerBound])
        rest = body[end.upperBound...]
      } else if first == "$", let (formula, after) = Self.enclosed(rest, by: "$") {
        let (last, next) = (plain.last ?? (result.isEmpty ? " " : "x"), after.first ?? " ")
        let before = Self.unspaced(plain.reversed()).reversed()
        plain.removeLast(before.count)
        let behind = Self.unspaced(after)
        let element = Self.spaced(
          try mathML(String(formula)), last.isWhitespace || "([".contains(last),
          next.isWhitespace || ",.;:)]".contains(next))
        result += close() + Self.bound(String(before), formula, element, String(behind))
        rest = after.dropFirst(behind.count)
      } else if rest.hasPrefix("**"), let (words, after) = Self.enclosed(rest, by: "**") {
        result += close() + "<strong>\(try html(words))</strong>"
        rest = after
      } else if first == "*", let (words, after) = Self.enclosed(rest, by: "*") {
        result += close() + "<em>\(try html(words))</em>"
        rest = after
      } else if first == "[", let link = Self.link(rest) {
        let inner = try words(of: String(link.words))
        if let target = address(link.target) {
          result += close() + "<a href=\"\(escaped(target))\">\(inner)</a>"
        } else {
          result += close() + inner
        }
        rest = link.after
      } else if let match = rest.prefixMatch(of: /<(https?:\/\/[^<> ]+)>/) {
        result += close() + "<a href=\"\(escaped(match.1))\">\(escaped(match.1))</a>"
        rest = rest[match.range.upperBound...]
      } else {
        plain.append(first)
        rest.removeFirst()
      }
    }
    return result + close()
  }

  /// The letters and signs at the beginning of a text that touch the formula beside them: up to a space or to a sign of
  /// Markdown, and none if they are more than a word.
  private static func unspaced(_ text: some Sequence<Character>) -> [Character] {
    let found = Array(text.prefix { !$0.isWhitespace && !"`$*[\\".contains($0) })
    return found.count > 16 ? [] : found
  }

  /// A formula with what touches it, which a browser would otherwise move to another line. A long formula can be
  /// scrolled on a narrow screen.
  private static func bound(_ before: String, _ formula: Substring, _ element: String, _ behind: String) -> String {
    let whole = escaped(before) + element + escaped(behind)
    if formula.count > 24 { return "<span class=\"m\">\(whole)</span>" }
    return before.isEmpty && behind.isEmpty ? whole : "<span class=\"w\">\(whole)</span>"
  }

  /// A formula whose first sign, as in $=2$, and last one have no space of their own beside a space of the text.
  private static func spaced(_ element: String, _ isFirst: Bool, _ isLast: Bool) -> String {
    let (start, end) = ("<math><mo>", "</mo></math>")
    var element = element
    if isFirst && element.hasPrefix(start) { element = "<math><mo lspace=\"0\">" + element.dropFirst(start.count) }
    if isLast && element.hasSuffix(end), let last = element.ranges(of: "<mo").last, element[last.upperBound] == ">" {
      element.replaceSubrange(last, with: "<mo rspace=\"0\"")
    }
    return element
  }

  /// Code between words; a declaration's name is a link to it.
  private func code(_ text: Substring) -> String {
    let words = "<code>\(Self.unbrokenOptions(text))</code>"
    guard let target = declaration(String(text.prefix { $0 != "(" })) else { return words }
    return "<a class=\"n\" href=\"\(target)\">\(words)</a>"
  }

  /// Code whose lines may break at its spaces, and not behind the hyphens of an option.
  static func unbrokenOptions(_ code: some StringProtocol) -> String {
    escaped(code).replacing(/(^|[\s\[|])(--?[A-Za-z0-9][A-Za-z0-9-]*|--(?!\S))/) {
      "\($0.1)<span class=\"w\">\($0.2)</span>"
    }
  }

  /// A text with its citations as links.
  func linked(_ text: some StringProtocol) -> String {
    let bytes = Array(text.utf8)
    var (result, end) = ("", 0)
    for (place, cited) in NotesNumber.places(in: bytes) {
      guard let target = number(cited) else { continue }
      result += escaped(String(decoding: bytes[end..<place.lowerBound], as: UTF8.self))
      result += "<a class=\"n\" href=\"\(target)\">\(String(decoding: bytes[place], as: UTF8.self))</a>"
      end = place.upperBound
    }
    return result + escaped(String(decoding: bytes[end...], as: UTF8.self))
  }

  /// A text whose lines do not break behind §, before %, or beside the × between two numbers.
  private static func unbroken(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0xC2 || $0 == 0xC3 || $0 == UInt8(ascii: "%") }) else { return text }
    return text.replacing("§ ", with: "§\u{A0}").replacing(/([0-9]) %/) { "\($0.1)\u{A0}%" }
      .replacing(/([0-9]) × (?=[0-9])/) { "\($0.1)\u{A0}×\u{A0}" }
  }

  /// What stands between a sign and its next occurrence, and what follows. The inside must not begin or end with a
  /// space.
  private static func enclosed(_ text: Substring, by sign: String) -> (Substring, Substring)? {
    let body = text.dropFirst(sign.count)
    guard let end = body.range(of: sign), end.lowerBound > body.startIndex else { return nil }
    let inside = body[..<end.lowerBound]
    guard inside.first != " ", inside.last != " " else { return nil }
    return (inside, body[end.upperBound...])
  }

  /// A link [words](target) at the beginning of a text.
  private static func link(_ text: Substring) -> (words: Substring, target: String, after: Substring)? {
    var (depth, isCode) = (0, false)
    for index in text.indices {
      switch text[index] {
      case "`": isCode.toggle()
      case "[" where !isCode: depth += 1
      case "]" where !isCode: depth -= 1
      default: break
      }
      guard depth == 0 else { continue }
      let rest = text[text.index(after: index)...]
      guard rest.first == "(", let end = rest.firstIndex(of: ")") else { return nil }
      let target = String(rest[rest.index(after: rest.startIndex)..<end])
      return (text[text.index(after: text.startIndex)..<index], target, rest[rest.index(after: end)...])
    }
    return nil
  }
}
