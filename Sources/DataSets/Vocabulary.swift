// Characters and words as numbers.

import Files
import Messages

/// The symbols of a text, characters or words, and their numbers.
///
/// Characters are Unicode scalars, so that decoding an encoded text returns it byte by byte. Words are runs of letters,
/// digits and apostrophes, in lower case; the rest of a text is not kept. Special symbols have the first numbers, in
/// the order of `Special`.
public struct Vocabulary: Sendable, Equatable {
  /// What the symbols are.
  public enum Kind: String, Sendable { case characters, words }

  /// Symbols that do not occur in a text.
  public enum Special: String, Sendable, CaseIterable {
    /// Fills a batch beyond the end of a sequence.
    case padding
    /// Replaces a symbol that the vocabulary lacks.
    case unknown
    /// Precedes the first symbol.
    case start
    /// Follows the last symbol.
    case end
  }

  /// What the symbols are.
  public let kind: Kind
  /// The special symbols, which have the first numbers.
  public let specials: [Special]
  /// The other symbols, in the order of their numbers.
  public let symbols: [String]
  /// Compared by bytes, because different scalars may be equal as text.
  private let numbers: [[UInt8]: Int]

  /// The vocabulary of these symbols; stops if one occurs twice.
  public init(_ kind: Kind, specials: Set<Special> = [], symbols: [String]) {
    self.kind = kind
    self.specials = Special.allCases.filter(specials.contains)
    self.symbols = symbols
    let first = self.specials.count
    let pairs = symbols.enumerated().map { (Array($1.utf8), first + $0) }
    numbers = Dictionary(pairs) { old, _ in old }
    require(numbers.count == symbols.count, "cannot number \(symbols.count) symbols: one of them occurs twice")
  }

  /// The vocabulary of the characters of a text, in the order of their code points.
  public init(charactersOf text: String, specials: Set<Special> = []) {
    let symbols = Set(text.unicodeScalars).sorted().map { String($0) }
    self.init(.characters, specials: specials, symbols: symbols)
  }

  /// The vocabulary of the most frequent words of texts, at most `size` of them, each occurring at least `count` times;
  /// equally frequent words in alphabetical order.
  public init(
    wordsOf texts: some Sequence<[String]>, atMost size: Int = .max, atLeast count: Int = 1,
    specials: Set<Special> = [.padding, .unknown]
  ) {
    var counts: [String: Int] = [:]
    for words in texts { for word in words { counts[word, default: 0] += 1 } }
    let frequent = counts.filter { $0.value >= count }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    self.init(.words, specials: specials, symbols: frequent.prefix(size).map(\.key))
  }

  /// The number of all symbols, including special ones.
  public var count: Int { specials.count + symbols.count }
  /// The number of a special symbol; nil if the vocabulary lacks it.
  public func number(of special: Special) -> Int? { specials.firstIndex(of: special) }
  /// The number of a symbol, or that of the unknown one; nil if the vocabulary has neither.
  public func number(of symbol: String) -> Int? {
    numbers[Array(symbol.utf8)] ?? number(of: .unknown)
  }
  /// The symbol with a number, special ones in angle brackets: "<padding>".
  public subscript(number: Int) -> String {
    require((0..<count).contains(number), "cannot find symbol \(number) in a vocabulary of \(count)")
    return number < specials.count ? "<\(specials[number].rawValue)>" : symbols[number - specials.count]
  }

  // MARK: - Text

  /// The words of a text: runs of letters, digits and apostrophes within them, in lower case. `<br />` separates words.
  public static func words(in text: String) -> [String] {
    var (words, word): ([String], String.UnicodeScalarView) = ([], String.UnicodeScalarView())
    func finish() {
      while word.last == "'" { word.removeLast() }
      if !word.isEmpty { words.append(String(word).lowercased()) }
      word.removeAll(keepingCapacity: true)
    }
    for scalar in text.replacing("<br />", with: " ").unicodeScalars {
      if isPart(scalar) || scalar == "'" && !word.isEmpty { word.append(scalar) } else { finish() }
    }
    finish()
    return words
  }

  /// Whether a scalar is a letter, a mark on one, or a digit.
  private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.properties.isAlphabetic || "0"..."9" ~= scalar }
    switch scalar.properties.generalCategory {
    case .decimalNumber, .nonspacingMark, .spacingMark: return true
    default: return scalar.properties.isAlphabetic
    }
  }

  /// The symbols of a text.
  public func symbols(of text: String) -> [String] {
    kind == .words ? Self.words(in: text) : text.unicodeScalars.map { String($0) }
  }

  /// The numbers of a text's symbols.
  ///
  /// A symbol that is missing has the number of the unknown one; a vocabulary without that throws a `DataError` that
  /// names the symbol and its place.
  public func encode(_ text: String) throws -> [Int] {
    let found = symbols(of: text)
    return try found.enumerated().map { place, symbol in
      guard let number = number(of: symbol) else { throw missing(symbol, place, found) }
      return number
    }
  }

  private func missing(_ symbol: String, _ place: Int, _ all: [String]) -> DataError {
    let line = all[..<place].count { $0 == "\n" } + 1
    let name = kind == .words ? "word" : "character"
    let column = place - (all[..<place].lastIndex(of: "\n") ?? -1)
    let at = line > 1 ? "line \(line), place \(column)" : "place \(place + 1)"
    return DataError(
      attempted: "encode a text",
      found: "the \(name) \(symbol.debugDescription) at \(at) is not among the \(count) "
        + "\(kind.rawValue) of the vocabulary", advice: "Leave it out, or write another in its place")
  }

  /// The text of numbers; special symbols are left out, except an unknown one: "<unknown>". Words are separated by
  /// spaces.
  public func decode(_ numbers: some Sequence<Int>) -> String {
    let unknown = number(of: .unknown)
    let kept = numbers.filter { $0 >= specials.count || $0 == unknown }
    return kept.map { self[$0] }.joined(separator: kind == .words ? " " : "")
  }

  /// Equal if kind, special symbols and symbols are.
  public static func == (a: Vocabulary, b: Vocabulary) -> Bool {
    (a.kind, a.specials, a.numbers) == (b.kind, b.specials, b.numbers)
  }
}
