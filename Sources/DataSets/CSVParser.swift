// The reader of comma-separated values, byte by byte.

import Files

/// Reads the text of a CSV file. All syntax is ASCII, so other bytes are passed on unchanged.
struct CSVParser {
  /// A piece of the text.
  enum Piece {
    case byte(UInt8)
    case fieldEnd
    case rowEnd(line: Int)
  }
  /// The position of the next byte.
  private enum Place {
    case fieldStart, plain, carriageReturn, quoted, afterQuote, carriageReturnAfterQuote
  }

  let path: String
  let separator: UInt8
  private var place = Place.fieldStart
  private var (line, rowLine, quoteLine, column, rows) = (1, 1, 1, 1, 0)
  /// Whether the line has been empty so far.
  private var isEmptyLine = true

  init(path: String, separator: UInt8) { (self.path, self.separator) = (path, separator) }

  /// Passes on the bytes of all fields without their quotes, and the ends of fields and rows.
  func walk(through text: ArraySlice<UInt8>, _ take: (Piece) throws -> Void) throws {
    var parser = self
    for byte in text { try parser.read(byte, take) }
    if parser.place == .quoted {
      throw error(
        parser.quoteLine, parser.column, "the quote that opens here is never closed", "Close it")
    }
    try parser.endRow(take)
    if parser.rows == 0 { throw error(1, 1, "the file has no rows", "Use another file") }
  }

  private mutating func read(_ byte: UInt8, _ take: (Piece) throws -> Void) throws {
    switch place {
    case .quoted where byte == quote: place = .afterQuote
    case .quoted: try take(.byte(byte))
    case .afterQuote where byte == quote:
      try take(.byte(byte))
      place = .quoted
    default: try readPlain(byte, take)
    }
    if byte == lineFeed { line += 1 }
  }

  private mutating func readPlain(_ byte: UInt8, _ take: (Piece) throws -> Void) throws {
    switch (byte, place) {
    case (lineFeed, _):
      try endRow(take)
      rowLine = line + 1
      return
    case (carriageReturn, .afterQuote): place = .carriageReturnAfterQuote
    case (_, .carriageReturnAfterQuote),
      (_, .afterQuote) where byte != separator:
      throw error(
        line, column, "something follows the closing quote of a field",
        "Write a quote inside a quoted field twice")
    case (_, .carriageReturn):  // not the end of a line, so part of the field
      try take(.byte(carriageReturn))
      (place, isEmptyLine) = (.plain, false)
      return try readPlain(byte, take)
    case (separator, _):
      try take(.fieldEnd)
      (place, column) = (.fieldStart, column + 1)
    case (carriageReturn, _):
      place = .carriageReturn
      return
    case (quote, .fieldStart): (place, quoteLine) = (.quoted, line)
    default:
      try take(.byte(byte))
      place = .plain
    }
    isEmptyLine = false
  }

  private mutating func endRow(_ take: (Piece) throws -> Void) throws {
    if !isEmptyLine {
      try take(.fieldEnd)
      try take(.rowEnd(line: rowLine))
      rows += 1
    }
    (place, column, isEmptyLine) = (.fieldStart, 1, true)
  }

  private func error(_ line: Int, _ column: Int, _ found: String, _ advice: String) -> DataError {
    DataError(
      attempted: "read \(path)", found: "line \(line), column \(column): \(found)", advice: advice)
  }
}

private let quote = UInt8(ascii: "\"")
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
