// A table of merges as text: a line for the splitting, one for the bytes, and one for each merge and special token.

import Files
import Messages

extension MergeTable {
  private static let head = "byte-pair-encoding"

  /// The table as text.
  ///
  /// The first line is "byte-pair-encoding" and the splitting; the second "bytes" and the number of each byte's token;
  /// then follow "merge", the numbers of two tokens and the number of the joined one, in the order in which the merges
  /// were learned; and "special", a number and a name.
  public var text: String {
    let numbers = bytes.map(String.init).joined(separator: " ")
    let lines =
      ["\(Self.head) \(splitting.rawValue)", "bytes \(numbers)"]
      + merges.map { "merge \($0.left) \($0.right) \($0.joined)" } + specials.map { "special \($0) \(spelled($0))" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The table of a text that `text` wrote; `source` is where it comes from, for messages.
  ///
  /// Throws a `DataError` that names the line if a line is of no known kind, if a merge joins a token that no earlier
  /// line makes, or if a number belongs to no token or to two.
  public init(text: String, source: String = "a text") throws {
    var (line, rest) = (0, text.utf8[...])
    func error(_ found: String, _ advice: String = "Write the table again") -> DataError {
      DataError(attempted: "read the merges in \(source)", found: "line \(max(1, line)): \(found)", advice: advice)
    }
    /// The words of the next line, or nil at the end.
    func next() -> [String]? {
      if rest.isEmpty { return nil }
      line += 1
      var text = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest[text.endIndex...].dropFirst()
      if text.last == UInt8(ascii: "\r") { text = text.dropLast() }
      // A line of four words: more are wrong.
      let most = line == 2 ? 300 : 4
      return text.split(separator: UInt8(ascii: " "), maxSplits: most, omittingEmptySubsequences: false)
        .map { String(Substring($0)) }
    }
    let first = next() ?? []
    guard first.count == 2, first[0] == Self.head, let splitting = Splitting(rawValue: first[1]) else {
      let kinds = Splitting.allCases.map { "\"\(Self.head) \($0.rawValue)\"" }.joined(separator: " or ")
      throw error("it is \"\(first.joined(separator: " ").excerpt)\"", "Begin with \(kinds)")
    }
    let second = next() ?? []
    let bytes = second.dropFirst().compactMap(Self.number)
    guard second.first == "bytes", second.count == 257, Set(bytes).count == 256 else {
      throw error("it is not \"bytes\" and 256 different numbers")
    }
    var parts = MergeParts(bytes: bytes)
    do throws(MergeParts.Mistake) {
      while let words = next() {
        if words.count == 4, words[0] == "merge", let left = Self.number(words[1]), let right = Self.number(words[2]),
          let joined = Self.number(words[3])
        {
          try parts.add(Merge(left, right, into: joined))
        } else if words.count == 3, words[0] == "special", let number = Self.number(words[1]) {
          try parts.add(special: words[2], number: number)
        } else {
          throw MergeParts.Mistake(
            found: "it is \"\(words.joined(separator: " ").excerpt)\", no \"merge\" and three numbers, and no "
              + "\"special\", a number and a name")
        }
      }
      try self.init(parts, splitting: splitting)
    } catch let mistake { throw error(mistake.found) }
  }

  /// Writes the table to a file; throws a `DataError` if it cannot be written.
  public func write(to path: String) throws { try AtomicFile.write([Array(text.utf8)], to: path) }

  /// The table in a file, or a `DataError` that names file and line.
  public init(path: String) throws { try self.init(text: DataFile(path: path).text(), source: path) }

  /// A number of at most nine digits.
  private static func number(_ word: String) -> Int? {
    let digits = word.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    return digits && word.utf8.count <= 9 ? Int(word) : nil
  }
}
