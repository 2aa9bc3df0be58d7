// What a CSV file holds, in as little memory as it takes.

import Files

/// The fields of a CSV file without their quotes: one text, and where each of them ends.
///
/// The file is walked through twice, to check and count, and then to keep: what is refused takes no memory, and the rest is asked for once.
struct CSVFields: Sendable {
  /// The number of fields in every row.
  private(set) var width = 0
  /// The line on which each row starts, counted from 1.
  private(set) var lines: [Int] = []
  /// What to do about fields that seem to be separated by something else, if all rows have a single field.
  private(set) var advice: String?
  private var text: [UInt8] = []
  private var ends: [Int] = []

  /// The fields of a text, all rows of the same width. A `DataError` names line and column of the first mistake.
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
  /// A row has `count` fields, and the first has `width`.
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
        ?? "Complete the row; a field that holds a comma or a line break must stand in double quotes")
  }

  /// What to do about a text whose fields seem to be separated by something else, by what stands in its first line; nil if they do not.
  func otherSeparator(in text: ArraySlice<UInt8>) -> String? {
    let line = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    func count(_ sign: UInt8) -> Int { line.count { $0 == sign } }
    let signs = [(";", "semicolons", ";"), ("\t", "tabs", "\\t"), ("|", "bars", "|"), (",", "commas", ",")]
    // A decimal comma stands in every field at most once, so that there are at most as many as fields.
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
