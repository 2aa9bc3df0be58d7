/// Text measurement without a font: a cautious estimate of the width in common sans-serif fonts.
enum Lettering {
  /// The factor by which bold text is wider.
  static let bold = 1.13

  /// The width of `text` at the given font size, in SVG user units.
  static func width(_ text: String, size: Double = 12) -> Double {
    Typeset(text).runs.reduce(0) { sum, run in
      sum + run.text.unicodeScalars.reduce(0) { $0 + share($1) } * (run.isLowered ? Typeset.reduction : 1)
    } * size
  }

  /// `text`, or as much of it as fits into `room` with an ellipsis at the end.
  static func fitted(_ text: String, room: Double, size: Double = 12) -> String {
    if width(text, size: size) <= room { return text }
    var kept = Substring(text)
    while !kept.isEmpty && width(kept + "…", size: size) > room { kept.removeLast() }
    return kept + "…"
  }

  /// `text` broken between words into bold lines that fit into `room`.
  static func lines(_ text: String, room: Double, size: Double) -> [String] {
    wrapped(text, room: room / bold, size: size)
  }

  /// `text` broken between words into lines that fit into `room`. Only a word that is wider is shortened.
  static func wrapped(_ text: String, room: Double, size: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      if let last = lines.last, width("\(last) \(word)", size: size) <= room {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { fitted($0, room: room, size: size) }
  }

  /// The width of the widest word.
  static func widestWord(_ text: String, size: Double) -> Double {
    text.split(whereSeparator: \.isWhitespace).map { width($0, size: size) }.max() ?? 0
  }

  private static func width(_ text: Substring, size: Double) -> Double { width(String(text), size: size) }

  private static func share(_ scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "l", "j", "t", "f", "r", "I", ".", ",", ":", ";", "'", "|", "!", " ", "(", ")", "[", "]", "-": 0.36
    case "m", "w", "M", "W", "@", "%": 0.92
    case "A"..."Z": 0.7
    case "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹", "⁻": 0.42
    case "−", "+", "=", "×", "…": 0.75
    case _ where TerminalText.width(scalar) == 2: 1.05
    case _ where TerminalText.width(scalar) == 0: 0
    default: 0.6
    }
  }
}
