/// Something that the notes number: a section, an equation, a theorem, an exercise.
public struct NotesNumber: Hashable, Sendable, CustomStringConvertible {
  /// What is numbered: "§" for a section, "" for an equation, or a word such as Theorem.
  public let kind: String
  /// The number: 3.13.
  public let number: String

  /// A number of this kind.
  public init(kind: String, number: String) { (self.kind, self.number) = (kind, number) }

  /// The number as the book cites it: § 3.1, (3.13), Theorem 3.4.
  public var description: String { kind.isEmpty ? "(\(number))" : "\(kind) \(number)" }

  /// The chapter, from 1.
  public var chapter: Int { number.split(separator: ".").first.flatMap { Int($0) } ?? 0 }

  /// The words of numbered things.
  public static let kinds = [
    "Definition", "Theorem", "Proposition", "Remark", "Example", "Listing", "Output", "Table", "Exercise",
  ]

  /// The numbers that a text cites, alone or in lists such as "Theorems 8.4, 8.5 and 8.8".
  public static func cited(in text: some StringProtocol) -> [NotesNumber] {
    places(in: Array(text.utf8)).map(\.number)
  }

  /// The numbers that a text in UTF-8 cites, each with the place of its digits.
  public static func places(in bytes: [UInt8]) -> [(place: Range<Int>, number: NotesNumber)] {
    guard bytes.contains(UInt8(ascii: ".")) else { return [] }
    var (found, kind, end): ([(place: Range<Int>, number: NotesNumber)], String?, Int) = ([], nil, 0)
    for token in tokens(in: bytes) {
      let between = String(decoding: bytes[end..<token.lowerBound], as: UTF8.self)
      let number = String(decoding: bytes[token], as: UTF8.self)
      let isEnclosed = between.hasSuffix("(") && bytes[token.upperBound...].first == UInt8(ascii: ")")
      if isEnclosed {
        kind = nil
        if number.count(where: { $0 == "." }) == 1 { found.append((token, NotesNumber(kind: "", number: number))) }
      } else {
        let isListed = [", ", " and ", " or ", " to ", "–"].contains(between)
        if !(isListed && kind != nil) { kind = word(before: between) }
        if let kind { found.append((token, NotesNumber(kind: kind, number: number))) }
      }
      end = token.upperBound
    }
    return found
  }

  /// The authors of other documents, whose sections are cited as "Lehaut, § 3.3".
  private static let authors = ["Lehaut", "Fleuret", "Groudiev", "Lelarge", "Sun"]

  /// The kind that the last word of a text names: Theorem for "by Theorems ". A section of another document has none.
  private static func word(before text: String) -> String? {
    if text.hasSuffix("§ ") || text.hasSuffix("§") {
      let source = String(text.reversed().drop { "§ ,".contains($0) }.prefix(while: \.isLetter).reversed())
      return authors.contains(source) ? nil : "§"
    }
    guard text.hasSuffix(" ") else { return nil }
    let word = String(text.dropLast().reversed().prefix { $0.isLetter }.reversed()).lowercased()
    return kinds.first { $0.lowercased() == word || $0.lowercased() + "s" == word }
  }

  /// The places of numbers with dots: 3.13, 4.3.2, 10.8a.
  private static func tokens(in bytes: [UInt8]) -> [Range<Int>] {
    func isDigit(_ place: Int) -> Bool { place < bytes.count && (48...57).contains(bytes[place]) }
    func isWord(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (65...90).contains(byte) || byte == 95 }
    var (found, place): ([Range<Int>], Int) = ([], 0)
    while place < bytes.count {
      guard isDigit(place), place == 0 || !(isWord(bytes[place - 1]) || bytes[place - 1] == 46) else {
        place += 1
        continue
      }
      var (end, dots) = (place, 0)
      while isDigit(end) { end += 1 }
      while end < bytes.count, bytes[end] == 46, isDigit(end + 1) {
        (end, dots) = (end + 1, dots + 1)
        while isDigit(end) { end += 1 }
      }
      let hasLetter =
        end < bytes.count && (97...122).contains(bytes[end]) && !(end + 1 < bytes.count && isWord(bytes[end + 1]))
      if hasLetter { end += 1 }
      if dots > 0 { found.append(place..<end) }
      place = max(end, place + 1)
    }
    return found
  }

  /// The number that a reader types: "11.14", "(11.14)", "theorem 8.4", "§ 3.1", "exercise 4.3.2". All things of that
  /// number if there is no word before it, the exact ones first.
  public static func meant(by words: [String]) -> [NotesNumber] {
    let text = words.joined(separator: " ")
    guard let number = text.firstMatch(of: /\d+(?:\.\d+)+[a-z]?/)?.output else { return [] }
    let word = text.prefix { !$0.isNumber && $0 != "(" }.filter { $0 != " " }.lowercased()
    return all.filter { candidate in
      let isKind =
        word.isEmpty
        ? !text.contains("(") || candidate.kind.isEmpty
        : candidate.kind.lowercased() == word || (candidate.kind == "§" && word == "section")
          || (candidate.kind.isEmpty && word == "equation")
      return isKind && candidate.number == number
    }
  }

  /// All numbers of the notes, chapter by chapter: sections, equations, then the words in the order of `kinds`.
  public static let all: [NotesNumber] = chapters.enumerated().flatMap { index, text in
    text.split(separator: "\n").flatMap { line -> [NotesNumber] in
      let parts = line.split(separator: ":", maxSplits: 1)
      let kind = parts[0] == "()" ? "" : String(parts[0])
      return parts[1].split(separator: " ").flatMap { item -> [NotesNumber] in
        let bounds = item.split(separator: "–").compactMap { Int($0) }
        let numbers = bounds.count == 2 ? (bounds[0]...bounds[1]).map(String.init) : [String(item)]
        return numbers.map { NotesNumber(kind: kind, number: "\(index + 1).\($0)") }
      }
    }
  }
}
