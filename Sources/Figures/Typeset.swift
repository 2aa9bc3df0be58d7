/// A typeset text: subscripts of symbols, written x_l, λ_max or h_{t−1}, are lowered.
struct Typeset: Sendable {
  /// A part of the text.
  struct Run: Sendable, Hashable {
    var text: String
    var isLowered: Bool
  }

  /// The size and the depth of subscripts, as shares of the normal size.
  static let reduction = 0.72
  static let depth = 0.22

  /// The parts in order. A text without symbols has one part, an empty text none.
  let runs: [Run]

  /// The parts of `text`. A symbol is a single letter: names in snake_case keep their underscores.
  init(_ text: String) {
    var (runs, plain, rest) = ([Run](), "", Substring(text))
    while let next = rest.first {
      if next == "_", Self.endsWithSymbol(plain), let index = Self.index(rest.dropFirst()) {
        runs += [Run(text: plain, isLowered: false), Run(text: String(index.text), isLowered: true)]
        (plain, rest) = ("", index.rest)
      } else {
        plain.append(next)
        rest.removeFirst()
      }
    }
    self.runs = runs + (plain.isEmpty ? [] : [Run(text: plain, isLowered: false)])
  }

  private static func endsWithSymbol(_ text: String) -> Bool {
    guard let last = text.last, last.isLetter else { return false }
    return text.dropLast().last.map { !$0.isLetter && !$0.isNumber && $0 != "_" } ?? true
  }

  /// The subscript, in braces or as far as letters and digits go, and the rest; nil if there is no subscript.
  private static func index(_ text: Substring) -> (text: Substring, rest: Substring)? {
    if text.first == "{", let end = text.firstIndex(of: "}") {
      return (text[text.index(after: text.startIndex)..<end], text[text.index(after: end)...])
    }
    let found = text.prefix { $0.isLetter || $0.isNumber }
    return found.isEmpty ? nil : (found, text[found.endIndex...])
  }
}
