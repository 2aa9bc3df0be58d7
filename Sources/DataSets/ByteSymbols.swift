// GPT-2's visible character for each byte.

/// The characters that stand for bytes in GPT-2's files: visible ones, so that a token is a word in a text file.
///
/// The bytes of "!" to "~", "¡" to "¬" and "®" to "ÿ" are the characters with their numbers. The 68 others, in
/// ascending order, are the characters from U+0100: a space is "Ġ", a line break "Ċ".
public enum ByteSymbols {
  /// The bytes that are characters with their own number.
  private static func isVisible(_ byte: UInt8) -> Bool {
    0x21...0x7E ~= byte || 0xA1...0xAC ~= byte || 0xAE...0xFF ~= byte
  }

  /// The character of each byte.
  public static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0...255).map { (byte: UInt8) in
      if isVisible(byte) { return Unicode.Scalar(byte) }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? "?"
    }
  }()

  /// The bytes in the order in which GPT-2 numbers them: first those that are characters with their own number.
  public static let order: [UInt8] = (0...255).filter(isVisible) + (0...255).filter { !isVisible($0) }

  private static let numbers = Dictionary(uniqueKeysWithValues: zip(scalars, 0...255 as ClosedRange<UInt8>))

  /// The bytes of a name; nil if it has other characters.
  static func bytes(of name: String) -> [UInt8]? {
    let bytes = name.unicodeScalars.compactMap { numbers[$0] }
    return bytes.count == name.unicodeScalars.count ? bytes : nil
  }

  /// The characters of bytes.
  public static func spelled(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }
}

extension MergeTable {
  /// The name of a token in GPT-2's files: its bytes' characters, or the name of a special one.
  public func spelled(_ number: Int) -> String {
    isSpecial(number) ? String(decoding: tokens[number], as: UTF8.self) : ByteSymbols.spelled(tokens[number])
  }

  /// Whether the token with a number occurs in no text.
  public func isSpecial(_ number: Int) -> Bool {
    let place = specials.partitioningIndex { $0 >= number }
    return place < specials.count && specials[place] == number
  }
}

extension [Int] {
  /// The first place from which on a condition holds, in a list where it holds from some place on.
  fileprivate func partitioningIndex(where condition: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
