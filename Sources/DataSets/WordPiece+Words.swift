// § 7.6  Words, as BERT cuts a text

import Foundation

extension WordPiece {
  /// The words of a text, cleaned; each punctuation mark is one.
  ///
  /// Control characters are removed, and white space of any kind separates words. Accents are removed by canonical
  /// decomposition (Unicode's NFD) without its non-spacing marks: é → e + ´ → e. Lower case comes last.
  public func words(in text: String) -> [String] {
    var (words, word) = ([String](), String.UnicodeScalarView())
    func finish() {
      if !word.isEmpty { words.append(String(word)) }
      word.removeAll(keepingCapacity: true)
    }
    for scalar in cleaned(text) {
      if Self.isSpace(scalar) {
        finish()
      } else if Self.isPunctuation(scalar) {
        finish()
        words.append(String(scalar))
      } else {
        word.append(scalar)
      }
    }
    finish()
    return words
  }

  private func cleaned(_ text: String) -> String.UnicodeScalarView {
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !Self.isRemoved(scalar) {
      let isWord = cleaning.separatesIdeographs && Self.isIdeograph(scalar)
      if isWord { kept.append(" ") }
      kept.append(Self.isSpace(scalar) ? " " : scalar)
      if isWord { kept.append(" ") }
    }
    if cleaning.stripsAccents && !kept.allSatisfy(\.isASCII) {
      kept = String(kept).decomposedStringWithCanonicalMapping.unicodeScalars
        .filter { $0.properties.generalCategory != .nonspacingMark }
    }
    if !cleaning.lowercases { return kept }
    // Scalar by scalar: a Σ at the end of a word becomes σ, as in the published tokenizers.
    return kept.reduce(into: String.UnicodeScalarView()) { lower, scalar in
      lower.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
    }
  }

  /// Whether a scalar is a control character, of private use or a replacement for one that could not be read.
  private static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value == 0 || scalar.value == 0xFFFD { return true }
    if scalar == "\t" || scalar == "\n" || scalar == "\r" { return false }
    return [.control, .format, .privateUse].contains(scalar.properties.generalCategory)
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

  /// Whether a scalar is punctuation, or an ASCII sign that is neither letter nor digit, such as $ and +.
  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return 0x21..<0x7F ~= scalar.value && !scalar.properties.isAlphabetic && !("0"..."9" ~= scalar)
    }
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }

  /// Whether a scalar is a Chinese character; Japanese syllables and Korean letters are not.
  private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
      0x2B820...0x2CEAF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}
