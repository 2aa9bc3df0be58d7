// Lehaut, § 3.3  The pieces of a text between which no tokens are merged

import DataSets

extension MergeTable.Splitting {
  /// The pieces of a text; concatenated they give the text again.
  ///
  /// GPT-2 cuts by the pattern `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`: the ends
  /// of English contractions; runs of letters, of digits or of other characters, each with an optional space before it;
  /// and runs of spaces, whose last one goes to the following word. Bytes that are not UTF-8 count as other characters.
  public func pieces(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    switch self {
    case .none: return text.isEmpty ? [] : [text[...]]
    case .gpt2:
      var (pieces, start) = ([ArraySlice<UInt8>](), 0)
      pieces.reserveCapacity(text.count / 4)
      while start < text.count {
        let end = Self.end(of: text, from: start)
        pieces.append(text[start..<end])
        start = end
      }
      return pieces
    }
  }

  /// The kinds of characters that the pattern distinguishes.
  private enum Kind { case letter, digit, space, other }

  /// The position after the piece that starts at a position.
  private static func end(of text: [UInt8], from start: Int) -> Int {
    if text[start] == UInt8(ascii: "'") {
      for ending in ["s", "t", "re", "ve", "m", "ll", "d"] where text[(start + 1)...].starts(with: ending.utf8) {
        return start + 1 + ending.utf8.count
      }
    }
    // A space belongs to the word after it.
    let first = text[start] == UInt8(ascii: " ") && start + 1 < text.count ? start + 1 : start
    let (kind, _) = character(text, at: first)
    if kind != .space { return run(of: kind, text, from: first).end }
    let (end, last) = run(of: .space, text, from: start)
    // The last of several spaces goes to what follows them.
    return end == text.count || last == start ? end : last
  }

  /// The position after the characters of a kind from a position on, and the position of the last of them.
  private static func run(of kind: Kind, _ text: [UInt8], from start: Int) -> (end: Int, last: Int) {
    var (end, last) = (start, start)
    while end < text.count {
      let (next, length) = character(text, at: end)
      if next != kind { break }
      (last, end) = (end, end + length)
    }
    return (end, last)
  }

  /// The kind of the character at a position, and its bytes.
  private static func character(_ text: [UInt8], at place: Int) -> (kind: Kind, length: Int) {
    let byte = text[place]
    if byte < 0x80 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): return (.letter, 1)
      case UInt8(ascii: "0")...UInt8(ascii: "9"): return (.digit, 1)
      case 0x20, 0x09...0x0D: return (.space, 1)
      default: return (.other, 1)
      }
    }
    var (parser, rest) = (Unicode.UTF8.ForwardParser(), text[place..<min(text.count, place + 4)].makeIterator())
    guard case .valid(let code) = parser.parseScalar(from: &rest) else { return (.other, 1) }
    let scalar = Unicode.UTF8.decode(code)
    if scalar.properties.isWhitespace { return (.space, code.count) }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return (.letter, code.count)
    case .decimalNumber, .letterNumber, .otherNumber: return (.digit, code.count)
    default: return (.other, code.count)
    }
  }
}
