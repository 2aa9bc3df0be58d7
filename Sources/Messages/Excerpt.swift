extension String {
  /// The text as quoted in a message: its first hundred scalars, because longer text would hide the message.
  package var excerpt: String {
    let start = unicodeScalars.prefix(100)
    return start.endIndex == unicodeScalars.endIndex ? self : String(start) + "…"
  }

  /// The text with `other` in place of every occurrence of a scalar, even where a following accent makes the scalar
  /// part of a character.
  package func replacing(scalar: Unicode.Scalar, with other: String) -> String {
    unicodeScalars.map { $0 == scalar ? other : String($0) }.joined()
  }
}
