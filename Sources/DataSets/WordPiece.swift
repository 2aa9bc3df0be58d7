// § 7.6  The tokens of BERT: pieces of words

import Files
import Messages

/// BERT's tokenizer: texts as pieces of words, each with its number. § 7.6
///
/// `words(in:)` cleans a text and cuts it into words. Of a word it takes the longest piece with which the word begins,
/// then the same for the rest, where pieces begin with "##": "unaffable" → un ##aff ##able. A word that leaves a rest
/// without a piece, or of more than 100 Unicode scalars, becomes [UNK]. Wu et al. (2016), Devlin et al. (2019).
public struct WordPiece: Sendable {
  /// The pieces, in the order of their numbers.
  public let pieces: [String]
  /// How a text is cleaned.
  public let cleaning: Cleaning
  /// The numbers of [PAD], [UNK], [CLS] and [SEP].
  public let padding, unknown, start, end: Int
  /// The number of [MASK]; nil if there is none.
  public let mask: Int?
  /// The numbers of pieces at the beginning of a word, and behind it, without "##". Compared by bytes, because
  /// different scalars may be equal as text.
  private let heads, tails: [[UInt8]: Int]
  private let longestPiece: Int
  /// What a text may contain as it is: "[MASK]".
  private let specials: [(text: [Unicode.Scalar], number: Int)]

  /// How a text is cleaned before it is cut.
  public struct Cleaning: Sendable, Equatable {
    /// Whether letters become lower-case ones.
    public var lowercases = true
    /// Whether accents are removed.
    public var stripsAccents = true
    /// Whether each Chinese character is a word.
    public var separatesIdeographs = true

    /// That of the models called "uncased".
    public init() {}
  }

  /// The most scalars of a word that is cut into pieces.
  public static let longestWord = 100
  private static let names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

  /// The tokenizer with these pieces; `source` is where they come from, for messages.
  ///
  /// Throws a `DataError` if a piece occurs twice, or if [PAD], [UNK], [CLS] or [SEP] is missing.
  public init(pieces: [String], cleaning: Cleaning = Cleaning(), source: String = "a list") throws {
    func error(_ found: String, _ advice: String) -> DataError {
      DataError(attempted: "take the pieces of words in \(source)", found: found, advice: advice)
    }
    var (heads, tails) = ([[UInt8]: Int](), [[UInt8]: Int]())
    for (number, piece) in pieces.enumerated() {
      let bytes = Array(piece.utf8)
      let isTail = bytes.starts(with: Self.mark) && bytes.count > Self.mark.count
      let other =
        isTail
        ? tails.updateValue(number, forKey: Array(bytes.dropFirst(Self.mark.count)))
        : heads.updateValue(number, forKey: bytes)
      if let other {
        throw error(
          "\"\(piece.excerpt)\" has the numbers \(other) and \(number)",
          "Take the file that the model was published with")
      }
    }
    let found = Self.names.map { heads[Array($0.utf8)] }
    guard let padding = found[0], let unknown = found[1], let start = found[2], let end = found[3] else {
      let missing = zip(Self.names, found).filter { $0.1 == nil }.map(\.0).joined(separator: ", ")
      throw error(
        "\(missing) is not among its \(grouped(pieces.count)) pieces",
        "Take the vocabulary of a BERT-like model: vocab.txt or tokenizer.json")
    }
    (self.pieces, self.cleaning, self.heads, self.tails) = (pieces, cleaning, heads, tails)
    (self.padding, self.unknown, self.start, self.end, mask) = (padding, unknown, start, end, found[4])
    longestPiece = max(heads.keys.map(\.count).max() ?? 0, tails.keys.map(\.count).max() ?? 0)
    specials = zip(Self.names, found).compactMap { name, number in
      number.map { (Array(name.unicodeScalars), $0) }
    }
  }

  private static let mark = Array("##".utf8)

  /// The number of pieces.
  public var count: Int { pieces.count }

  // MARK: - Encoding

  /// [CLS], the pieces of the text, [SEP]: at most `longest` numbers; pieces beyond that are cut off.
  public func encode(_ text: String, longest: Int = 512) -> [Int] {
    require(longest >= 2, "cannot encode a text in \(longest) numbers: [CLS] and [SEP] need 2")
    return [start] + numbers(of: text).prefix(longest - 2) + [end]
  }

  /// [CLS], the first text, [SEP], the second one, [SEP], with the type of each: 0 up to the first [SEP], then 1.
  ///
  /// If there are more than `longest` numbers, the longer text is cut to the length of the other, then both.
  public func encode(_ first: String, _ second: String, longest: Int = 512) -> (numbers: [Int], types: [Int]) {
    require(longest >= 3, "cannot encode two texts in \(longest) numbers: [CLS] and two [SEP] need 3")
    var (a, b) = (numbers(of: first), numbers(of: second))
    let room = longest - 3
    if a.count + b.count > room {
      // The shorter one keeps all it can up to half of the room; an odd place goes to the longer one.
      let shorter = min(a.count, b.count, room / 2)
      let isFirstShorter = a.count <= b.count
      a = Array(a.prefix(isFirstShorter ? shorter : room - shorter))
      b = Array(b.prefix(isFirstShorter ? room - shorter : shorter))
    }
    let (head, tail) = ([start] + a + [end], b + [end])
    return (head + tail, head.map { _ in 0 } + tail.map { _ in 1 })
  }

  /// The numbers of a text's pieces, without [CLS] and [SEP]. "[MASK]" and the others, written so, are what they name.
  public func numbers(of text: String) -> [Int] {
    var (numbers, part, rest) = ([Int](), String.UnicodeScalarView(), Array(text.unicodeScalars)[...])
    func finish() {
      numbers += words(in: String(part)).flatMap(cut)
      part.removeAll(keepingCapacity: true)
    }
    while let scalar = rest.first {
      if scalar == "[", let special = specials.first(where: { rest.starts(with: $0.text) }) {
        finish()
        numbers.append(special.number)
        rest = rest.dropFirst(special.text.count)
      } else {
        part.append(scalar)
        rest = rest.dropFirst()
      }
    }
    finish()
    return numbers
  }

  /// The pieces of a word.
  private func cut(_ word: String) -> [Int] {
    if word.unicodeScalars.count > Self.longestWord { return [unknown] }
    let bytes = Array(word.utf8)
    var (found, first) = ([Int](), 0)
    while first < bytes.count {
      let table = first == 0 ? heads : tails
      var (end, number) = (min(bytes.count, first + longestPiece), Int?.none)
      while end > first {
        // A piece ends between two scalars.
        let isWhole = end == bytes.count || bytes[end] & 0xC0 != 0x80
        if isWhole { number = table[Array(bytes[first..<end])] }
        if number != nil { break }
        end -= 1
      }
      guard let number else { return [unknown] }
      found.append(number)
      first = end
    }
    return found
  }

  // MARK: - Decoding

  /// The text of numbers: words separated by spaces, pieces that begin with "##" joined to what is before them. [PAD],
  /// [CLS] and [SEP] are left out.
  public func decode(_ numbers: some Sequence<Int>) -> String {
    numbers.reduce(into: "") { text, number in
      if [padding, start, end].contains(number) { return }
      let piece = self[number]
      if piece.hasPrefix("##") {
        text += piece.dropFirst(2)
      } else {
        text += (text.isEmpty ? "" : " ") + piece
      }
    }
  }

  /// The piece with a number.
  public subscript(number: Int) -> String {
    require(pieces.indices.contains(number), "cannot find piece \(number) of a word among \(pieces.count)")
    return pieces[number]
  }
}
