// JSON for the headers of files, for vocabularies and for the files next to published weights. Foundation's reader
// silently drops duplicate keys; this one refuses them.

/// A JSON value. The members of an object have the order of the text.
package enum JSONText: Equatable, Sendable {
  case object([Member])
  case array([JSONText])
  case string(String)
  /// A whole number from 0 to `Int.max`.
  case integer(Int)
  /// Any other number, or true, false or null, as text.
  case other(String)

  package struct Member: Equatable, Sendable {
    package let name: String
    package let value: JSONText
  }

  /// An error in a text, with its byte.
  package struct Mistake: Error {
    package let byte: Int
    package let found: String

    /// An error at a byte.
    package init(byte: Int, found: String) { (self.byte, self.found) = (byte, found) }
  }

  /// A text in quotes, with all characters escaped that JSON does not allow in strings.
  package static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\u{0}"..."\u{1F}":
        "\\u" + String(String(scalar.value + 0x1_0000, radix: 16).dropFirst())
      default: String(scalar)
      }
    }
    return "\"" + escaped.joined() + "\""
  }
}

/// Reads a JSON text, byte by byte.
package struct JSONReader {
  private let bytes: ArraySlice<UInt8>
  private var place: Int
  private var depth = 0
  private var longestList = 64

  /// The value in these bytes, whose lists have at most `longestList` values. Only white space may follow it.
  package static func value(
    _ bytes: ArraySlice<UInt8>, longestList: Int = 64
  ) throws(JSONText.Mistake) -> JSONText {
    var reader = JSONReader(bytes)
    reader.longestList = longestList
    let value = try reader.value()
    reader.skipSpace()
    if let byte = reader.next { throw reader.mistake("\(reader.shown(byte)) follows a complete value") }
    return value
  }

  /// Calls `visit` with every member of the object in these bytes and the byte where it begins, so that a large object
  /// is never in memory as a whole.
  package static func forEachMember(
    of bytes: ArraySlice<UInt8>, _ visit: (JSONText.Member, _ byte: Int) throws(JSONText.Mistake) -> Void
  ) throws(JSONText.Mistake) {
    var reader = JSONReader(bytes)
    reader.skipSpace()
    try reader.forEachMember(visit)
    reader.skipSpace()
    if let byte = reader.next { throw reader.mistake("\(reader.shown(byte)) follows a complete value") }
  }

  private init(_ bytes: ArraySlice<UInt8>) { (self.bytes, place) = (bytes, bytes.startIndex) }

  private var next: UInt8? { place < bytes.endIndex ? bytes[place] : nil }

  private func mistake(_ found: String) -> JSONText.Mistake {
    JSONText.Mistake(byte: place, found: found)
  }

  private func shown(_ byte: UInt8?) -> String {
    guard let byte else { return "the end" }
    return 0x21..<0x7F ~= byte ? "'\(Character(UnicodeScalar(byte)))'" : "the byte \(byte)"
  }

  private mutating func skipSpace() { while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { place += 1 } }

  private mutating func take(_ character: Character) throws(JSONText.Mistake) {
    skipSpace()
    guard next == character.asciiValue else { throw mistake("expected '\(character)', found \(shown(next))") }
    place += 1
  }

  /// Whether the next character is this one, which is then skipped.
  private mutating func takes(_ character: Character) -> Bool {
    skipSpace()
    if next != character.asciiValue { return false }
    place += 1
    return true
  }

  private mutating func value() throws(JSONText.Mistake) -> JSONText {
    skipSpace()
    if depth == 16 { throw mistake("more than 16 brackets are open") }
    depth += 1
    defer { depth -= 1 }
    switch next {
    case UInt8(ascii: "{"): return .object(try members())
    case UInt8(ascii: "["): return .array(try elements())
    case UInt8(ascii: "\""): return .string(try string())
    default: return try word()
    }
  }

  private mutating func members() throws(JSONText.Mistake) -> [JSONText.Member] {
    var members: [JSONText.Member] = []
    try forEachMember { member, _ in members.append(member) }
    return members
  }

  private mutating func forEachMember(
    _ visit: (JSONText.Member, _ byte: Int) throws(JSONText.Mistake) -> Void
  ) throws(JSONText.Mistake) {
    try take("{")
    if takes("}") { return }
    // Compared by bytes: different scalars may be equal as text.
    var names = Set<[UInt8]>()
    repeat {
      skipSpace()
      let start = place
      let name = try string()
      guard names.insert(Array(name.utf8)).inserted else {
        throw JSONText.Mistake(
          byte: start, found: "the name \(JSONText.quoted(name.excerpt)) appears twice")
      }
      try take(":")
      try visit(JSONText.Member(name: name, value: try value()), start)
    } while takes(",")
    try take("}")
  }

  private mutating func elements() throws(JSONText.Mistake) -> [JSONText] {
    try take("[")
    var elements: [JSONText] = []
    if takes("]") { return elements }
    repeat {
      if elements.count == longestList { throw mistake("a list has more than \(longestList) values") }
      elements.append(try value())
    } while takes(",")
    try take("]")
    return elements
  }

  private mutating func word() throws(JSONText.Mistake) -> JSONText {
    let start = place
    while let byte = next, byte < 0x80, "+-.0123456789abcdefghijklmnopqrstuvwxyzE".utf8.contains(byte) { place += 1 }
    let word = String(decoding: bytes[start..<place], as: UTF8.self)
    let isWhole = !word.isEmpty && word.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    if isWhole && (word == "0" || !word.hasPrefix("0")) {
      guard let number = Int(word) else {
        throw JSONText.Mistake(byte: start, found: "the number \(word.excerpt) is more than 2⁶³ − 1")
      }
      return .integer(number)
    }
    let isNumber = word.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil
    if isNumber || ["true", "false", "null"].contains(word) { return .other(word) }
    place = start
    throw mistake("expected a value, found \(shown(next))")
  }

  private mutating func string() throws(JSONText.Mistake) -> String {
    try take("\"")
    let start = place
    var text: [UInt8] = []
    text.reserveCapacity(endOfText - start)
    while let byte = next, byte != UInt8(ascii: "\"") {
      if byte < 0x20 { throw mistake("a string contains \(shown(byte))") }
      place += 1
      if byte == UInt8(ascii: "\\") { text += try escaped() } else { text.append(byte) }
    }
    try take("\"")
    guard let string = String(validating: text, as: UTF8.self) else {
      throw JSONText.Mistake(byte: start, found: "the string is not UTF-8")
    }
    return string
  }

  /// The position of the quote that ends the current string, or the end of the bytes.
  private var endOfText: Int {
    var end = place
    while end < bytes.endIndex, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
    return min(end, bytes.endIndex)
  }

  private mutating func escaped() throws(JSONText.Mistake) -> [UInt8] {
    let letters: [UInt8: UInt8] = [0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9]
    guard let letter = next else { throw mistake("a string has no end") }
    place += 1
    if let byte = letters[letter] { return [byte] }
    guard letter == UInt8(ascii: "u") else { throw mistake("\\ is followed by \(shown(letter))") }
    var code = try hexadecimal()
    if 0xD800..<0xDC00 ~= code, bytes[place...].starts(with: Array("\\u".utf8)) {
      place += 2
      let low = try hexadecimal()
      code = 0xDC00..<0xE000 ~= low ? 0x1_0000 + (code - 0xD800) << 10 + (low - 0xDC00) : 0xD800
    }
    guard let scalar = UnicodeScalar(code) else { throw mistake("an escape is half of a surrogate pair") }
    return Array(String(scalar).utf8)
  }

  private mutating func hexadecimal() throws(JSONText.Mistake) -> UInt32 {
    let digits = String(decoding: bytes[place...].prefix(4), as: UTF8.self)
    guard digits.wholeMatch(of: /[0-9a-fA-F]{4}/) != nil, let code = UInt32(digits, radix: 16) else {
      throw mistake("\\u needs four hexadecimal digits")
    }
    place += 4
    return code
  }
}
