/// Text in a terminal, where a character is one or two columns wide.
package enum TerminalText {
  /// The number of columns of a character: 0 for combining marks, 2 for East Asian characters and emoji.
  package static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0..<32, 0x7F..<0xA0, 0x300..<0x370, 0x200B...0x200F, 0x20D0...0x20FF, 0xFE00...0xFE0F: 0
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }

  /// The number of columns of `text`.
  package static func width(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

  /// The number of columns of one character.
  package static func width(_ character: Character) -> Int { character.unicodeScalars.map(width).max() ?? 0 }

  /// `text` padded with spaces to at least `columns`.
  package static func padded(_ text: String, columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - width(text)))
  }

  /// `text` without control characters, shortened with an ellipsis to at most `columns`.
  package static func fitted(_ text: String, columns: Int) -> String {
    let clean = text.filter { width($0) > 0 }
    if width(clean) <= columns { return clean }
    if columns < 1 { return "" }
    var kept = clean
    while width(kept) > columns - 1 { kept.removeLast() }
    return kept + "…"
  }
}
