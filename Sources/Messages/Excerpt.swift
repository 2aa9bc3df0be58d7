extension String {
  /// The text as a message shows what it has found: its first hundred scalars, for what is longer hides the message.
  package var excerpt: String {
    let start = unicodeScalars.prefix(100)
    return start.endIndex == unicodeScalars.endIndex ? self : String(start) + "…"
  }

  /// The text with another in place of every occurrence of a scalar, whether or not an accent that follows makes it part of a character.
  package func replacing(scalar: Unicode.Scalar, with other: String) -> String {
    unicodeScalars.map { $0 == scalar ? other : String($0) }.joined()
  }
}
