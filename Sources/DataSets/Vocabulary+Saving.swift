// Vocabularies as text: a line for the kind and the special symbols, then a line for each symbol.

import Files
import Messages

extension Vocabulary {
  /// The vocabulary as text: "characters" or "words" with its special symbols, then one symbol a line.
  ///
  /// A backslash begins an escape: `\n`, `\t`, `\\`, and `\u{…}` with the hexadecimal code of any other invisible
  /// character, such as a space.
  public var text: String {
    let head = ([kind.rawValue] + specials.map(\.rawValue)).joined(separator: " ")
    return ([head] + symbols.map(Self.escaped)).joined(separator: "\n") + "\n"
  }

  /// The vocabulary of a text that `text` wrote; `source` is where it comes from, for messages.
  ///
  /// Throws a `DataError` that names the line if the first line names no kind, if an escape is unknown, or if a symbol
  /// occurs twice, is empty, or is not a symbol of the kind.
  public init(text: String, source: String = "a text") throws {
    var rest = text.unicodeScalars[...]
    func nextLine() -> Substring.UnicodeScalarView? {
      if rest.isEmpty { return nil }
      let line = rest.prefix { $0 != "\n" }
      rest = rest[line.endIndex...].dropFirst()
      return line.last == "\r" ? line.dropLast() : line
    }
    func error(_ line: Int, _ found: String, _ advice: String) -> DataError {
      DataError(
        attempted: "read a vocabulary from \(source)", found: "line \(line): \(found)", advice: advice)
    }
    let head = String(nextLine() ?? "".unicodeScalars[...]).split(separator: " ").map(String.init)
    guard let kind = head.first.flatMap(Kind.init) else {
      throw error(1, "it begins with \"\((head.first ?? "").excerpt)\"", "Begin with \"characters\" or \"words\"")
    }
    let specials = head.dropFirst().map(Special.init)
    if let place = specials.firstIndex(of: nil) {
      let names = Special.allCases.map(\.rawValue).joined(separator: ", ")
      throw error(1, "\"\(head[place + 1].excerpt)\" is not a special symbol", "The special symbols are \(names)")
    }
    guard Set(specials).count == specials.count else {
      throw error(1, "a special symbol is named twice", "Name each once")
    }
    var (symbols, seen) = ([String](), [[UInt8]: Int]())
    while let line = nextLine() {
      let place = symbols.count
      guard let symbol = Self.unescaped(line) else {
        throw error(
          place + 2, "\"\(String(line).excerpt)\" has an escape that is unknown", "Escapes are \\n, \\t, \\\\, \\u{20}")
      }
      let isSymbol = kind == .characters ? symbol.unicodeScalars.count == 1 : Self.words(in: symbol) == [symbol]
      if !isSymbol {
        throw error(
          place + 2, "\"\(String(line).excerpt)\" is not one of the \(kind.rawValue)",
          kind == .characters ? "Write one character a line" : "Write one word in lower case a line")
      }
      if let other = seen.updateValue(place + 2, forKey: Array(symbol.utf8)) {
        throw error(place + 2, "\"\(String(line).excerpt)\" is already on line \(other)", "Remove one of the two")
      }
      symbols.append(symbol)
    }
    self.init(kind, specials: Set(specials.compactMap { $0 }), symbols: symbols)
  }

  /// Writes the vocabulary to a file; throws a `DataError` if it cannot be written.
  public func write(to path: String) throws { try AtomicFile.write([Array(text.utf8)], to: path) }

  /// The vocabulary in a file, or a `DataError` that names file and line.
  public init(path: String) throws { try self.init(text: DataFile(path: path).text(), source: path) }

  private static func escaped(_ symbol: String) -> String {
    symbol.unicodeScalars.map { scalar in
      switch scalar {
      case "\n": "\\n"
      case "\t": "\\t"
      case "\\": "\\\\"
      default: shows(scalar) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
      }
    }.joined()
  }

  /// Whether a scalar can be seen, and stays itself, alone on a line.
  private static func shows(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter, .decimalNumber,
      .letterNumber, .otherNumber, .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol,
      .otherSymbol:
      true
    default: false
    }
  }

  private static func unescaped(_ line: Substring.UnicodeScalarView) -> String? {
    var (result, rest) = (String.UnicodeScalarView(), line)
    while let scalar = rest.popFirst() {
      guard scalar == "\\" else {
        result.append(scalar)
        continue
      }
      switch rest.popFirst() {
      case "n": result.append("\n")
      case "t": result.append("\t")
      case "\\": result.append("\\")
      case "u":
        guard rest.popFirst() == "{", let close = rest.firstIndex(of: "}"),
          let code = UInt32(String(rest[..<close]), radix: 16), let found = Unicode.Scalar(code)
        else { return nil }
        result.append(found)
        rest = rest[rest.index(after: close)...]
      default: return nil
      }
    }
    return String(result)
  }
}
