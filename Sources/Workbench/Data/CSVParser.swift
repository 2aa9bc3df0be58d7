// The reader of comma-separated values, one byte after the other.

/// One row of a CSV file and the line on which it starts, counted from 1.
struct CSVRow: Sendable {
  let line: Int
  let fields: [String]
}

/// Splits text into rows of fields; the bytes that matter are ASCII, so the others pass through as they are.
struct CSVParser {
  /// Where the next byte stands.
  private enum Place { case fieldStart, plainField, quotedField, afterQuote }

  let path: String
  let separator: UInt8
  private var place = Place.fieldStart
  private var line = 1
  private var rowLine = 1
  private var quoteLine = 1
  private var field: [UInt8] = []
  private var fields: [String] = []
  private var rows: [CSVRow] = []

  init(path: String, separator: UInt8) {
    (self.path, self.separator) = (path, separator)
  }

  mutating func rows(of text: String) throws -> [CSVRow] {
    for byte in text.utf8 {
      switch place {
      case .quotedField: readQuoted(byte)
      case .afterQuote where byte == quote:
        field.append(byte)
        place = .quotedField
      default: try readPlain(byte)
      }
      if byte == lineFeed { line += 1 }
    }
    if place == .quotedField {
      throw error(quoteLine, "the quote that opens there is never closed", "Close it")
    }
    endRow()
    if rows.isEmpty { throw error(1, "the file holds no row", "Take another file") }
    return rows
  }

  private mutating func readQuoted(_ byte: UInt8) {
    if byte == quote { place = .afterQuote } else { field.append(byte) }
  }

  private mutating func readPlain(_ byte: UInt8) throws {
    switch byte {
    case separator: endField()
    case lineFeed:
      endRow()
      rowLine = line + 1
    case quote where place == .fieldStart && field.isEmpty:
      (place, quoteLine) = (.quotedField, line)
    case carriageReturn where place == .afterQuote: break
    default:
      if place == .afterQuote {
        throw error(
          line, "something follows the closing quote of a field", "Write a quote inside a quoted field twice")
      }
      field.append(byte)
      place = .plainField
    }
  }

  private mutating func endField() {
    fields.append(String(decoding: field, as: UTF8.self))
    field.removeAll(keepingCapacity: true)
    place = .fieldStart
  }

  private mutating func endRow() {
    if place == .plainField, field.last == carriageReturn {
      field.removeLast()
    }
    let isEmptyLine = fields.isEmpty && field.isEmpty && (place == .fieldStart || place == .plainField)
    if !isEmptyLine {
      endField()
      rows.append(CSVRow(line: rowLine, fields: fields))
    }
    fields.removeAll()
    place = .fieldStart
  }

  private func error(_ line: Int, _ found: String, _ advice: String) -> DataError {
    DataError(
      attempted: "read \(path)", found: "line \(line), column \(fields.count + 1): \(found)", advice: advice)
  }
}

private let quote = UInt8(ascii: "\"")
private let lineFeed = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
