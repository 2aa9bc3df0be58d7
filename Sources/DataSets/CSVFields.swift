// The contents of a CSV file, in as little memory as possible.

import Files

/// The fields of a CSV file without their quotes: one text, and the position where each field ends.
///
/// The file is read twice: first to check and count, then to store. So a refused file takes no memory, and memory for
/// an accepted one is allocated once.
struct CSVFields: Sendable {
  /// The number of fields in every row.
  private(set) var width = 0
  /// The line on which each row starts, counted from 1.
  private(set) var lines: [Int] = []
  /// Advice for the case that all rows have a single field and another separator seems to be used.
  private(set) var advice: String?
  private var text: [UInt8] = []
  private var ends: [Int] = []

  /// Reads the fields of a text. All rows must have the same width. Throws a `DataError` with the line and the column
  /// of the first mistake.
  init(_ text: ArraySlice<UInt8>, path: String, separator: UInt8, hasHeader: Bool) throws {
    let parser = CSVParser(path: path, separator: separator)
    var (bytes, rows, count) = (0, 0, 0)
    try parser.walk(through: text) { piece in
      switch piece {
      case .byte: bytes += 1
      case .fieldEnd: count += 1
      case .rowEnd(let line):
        if rows == 0 { width = count }
        if count != width {
          throw parser.wrongWidth(of: line, count, width, in: text, hasHeader: hasHeader)
        }
        (rows, count) = (rows + 1, 0)
      }
    }
    advice = width == 1 ? parser.otherSeparator(in: text) : nil
    self.text.reserveCapacity(bytes)
    ends.reserveCapacity(rows * width)
    lines.reserveCapacity(rows)
    try parser.walk(through: text) { piece in
      switch piece {
      case .byte(let byte): self.text.append(byte)
      case .fieldEnd: ends.append(self.text.count)
      case .rowEnd(let line): lines.append(line)
      }
    }
  }

  /// The text of one field.
  subscript(row: Int, column: Int) -> String {
    let place = row * width + column
    return String(decoding: text[(place == 0 ? 0 : ends[place - 1])..<ends[place]], as: UTF8.self)
  }
}

extension CSVParser {
  /// The error that a row has `count` fields but the first row has `width`.
  fileprivate func wrongWidth(
    of line: Int, _ count: Int, _ width: Int, in text: ArraySlice<UInt8>, hasHeader: Bool
  ) -> DataError {
    let name = hasHeader && count < width ? " (\(field(count, ofFirstRowIn: text).excerpt))" : ""
    let problem =
      count < width
      ? "column \(count + 1)\(name) is missing" : "column \(width + 1) is one too many"
    return DataError(
      attempted: "read \(path)",
      found:
        "line \(line), \(problem): the row has \(count) \(count == 1 ? "field" : "fields"), the first has \(width)",
      advice: otherSeparator(in: text)
        ?? "Complete the row; a field with a comma or a line break must be in double quotes")
  }

  /// Advice for a text with a first line that seems to use another separator; nil if it does not.
  func otherSeparator(in text: ArraySlice<UInt8>) -> String? {
    let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    func count(_ sign: UInt8) -> Int { line.count { $0 == sign } }
    let signs = [(";", "semicolons", ";"), ("\t", "tabs", "\\t"), ("|", "bars", "|"), (",", "commas", ",")]
    // A field has at most one decimal comma, so there are at most as many commas as fields.
    let found = signs.first { sign, _, _ in
      let byte = sign.utf8.first ?? 0
      return byte != separator && count(byte) > 0 && count(byte) + 1 >= count(separator)
        && !(sign == "," && count(separator) > 0)
    }
    return found.map { _, name, written in
      "Its fields seem to be separated by \(name): CSVTable(path: …, hasHeader: …, separator: \"\(written)\")"
    }
  }

  private func field(_ column: Int, ofFirstRowIn text: ArraySlice<UInt8>) -> String {
    var (field, fields): ([UInt8], Int) = ([], 0)
    try? walk(through: text) { piece in
      if case .byte(let byte) = piece, fields == column { field.append(byte) }
      if case .fieldEnd = piece { fields += 1 }
    }
    return String(decoding: field, as: UTF8.self)
  }
}
