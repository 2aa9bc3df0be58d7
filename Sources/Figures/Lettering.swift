/// What is known about a text without a font: a careful guess at its width in common sans-serif faces.
enum Lettering {
  /// The width of `text` at the given font size, in SVG user units.
  static func width(_ text: String, size: Double = 12) -> Double {
    text.unicodeScalars.reduce(0) { $0 + share($1) } * size
  }

  /// `text`, or as much of it as fits into `room`, ending with an ellipsis.
  static func fitted(_ text: String, room: Double, size: Double = 12) -> String {
    if width(text, size: size) <= room { return text }
    var kept = Substring(text)
    while !kept.isEmpty && width(kept + "…", size: size) > room { kept.removeLast() }
    return kept + "…"
  }

  /// `text` broken between words into bold lines that fit into `room`; at most two, the second shortened if it must be.
  static func lines(_ text: String, room regularRoom: Double, size: Double) -> [String] {
    let room = regularRoom / 1.13
    if text.isEmpty { return [] }
    var first: [Substring] = []
    var rest = text.split(whereSeparator: \.isWhitespace)[...]
    while let word = rest.first, first.isEmpty || width((first + [word]).joined(separator: " "), size: size) <= room {
      first.append(rest.removeFirst())
    }
    return [first, Array(rest)].filter { !$0.isEmpty }.map { fitted($0.joined(separator: " "), room: room, size: size) }
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
