// Comma-separated values, as RFC 4180 has them.
//
// A field may stand in double quotes; it may then hold commas, line breaks and quotes, each quote written twice. Lines
// end in CR LF or LF; the last may lack its end. Empty lines are skipped.

import Foundation
import Tensors

/// A table of text read from a file; all rows have the same number of fields.
public struct CSVTable: Sendable {
  /// Where the file stands.
  public let path: String
  /// The names of the columns; empty if the file has none.
  public let header: [String]
  private let rows: [CSVRow]

  /// The table in a file.
  ///
  /// Throws a `DataError` that names file, line and column if the file cannot be read, if a quote is not closed or
  /// something follows it in its field, or if a row has more or fewer fields than the first.
  public init(path: String, hasHeader: Bool, separator: Character = ",") throws {
    require(
      separator.utf8.count == 1, "cannot separate the fields of a CSV file by \(separator): one ASCII character needed")
    let text = try DataFile(path: path).text()
    var parser = CSVParser(path: path, separator: separator.utf8.first ?? 44)
    var rows = try parser.rows(of: text)
    let width = rows.first?.fields.count ?? 0
    let names = hasHeader ? rows.removeFirst().fields : []
    (self.path, self.header, self.rows) = (path, names, rows)
    if let row = rows.firstIndex(where: { $0.fields.count != width }) { throw wrongWidth(rows[row], width) }
  }

  /// The number of rows, the header not counted.
  public var rowCount: Int { rows.count }

  /// The number of fields in a row.
  public var columnCount: Int { rows.first?.fields.count ?? header.count }

  /// The text of one field, without its quotes.
  public subscript(row: Int, column: Int) -> String { rows[row].fields[column] }

  /// The fields of one row.
  public subscript(row: Int) -> [String] { rows[row].fields }

  /// The place of the column with this name, or a `DataError` that lists the names there are.
  public func column(_ name: String) throws -> Int {
    if let place = header.firstIndex(of: name) { return place }
    throw DataError(
      attempted: "find the column \(name) in \(path)", found: "the columns are \(header.joined(separator: ", "))",
      advice: "Take one of these names")
  }

  /// The number in one field, spaces around it ignored, or a `DataError` that names file, line and column.
  public func number(_ row: Int, _ column: Int) throws -> Double {
    guard let number = Double(trimmed(self[row, column])), number.isFinite else {
      throw unexpected(row, column, "a number is expected")
    }
    return number
  }

  /// The whole number in one field, or a `DataError` that names file, line and column if it is not one in `range`.
  public func integer(_ row: Int, _ column: Int, in range: ClosedRange<Int>) throws -> Int {
    guard let number = Int(trimmed(self[row, column])), range.contains(number) else {
      throw unexpected(row, column, "a whole number from \(range.lowerBound) to \(range.upperBound) is expected")
    }
    return number
  }

  private func trimmed(_ field: String) -> String { field.trimmingCharacters(in: .whitespaces) }

  private func name(_ column: Int) -> String {
    header.indices.contains(column) ? "column \(column + 1) (\(header[column]))" : "column \(column + 1)"
  }

  private func unexpected(_ row: Int, _ column: Int, _ expectation: String) -> DataError {
    let field = self[row, column]
    return DataError(
      attempted: "read \(path)",
      found: "line \(rows[row].line), \(name(column)): \(expectation), "
        + (trimmed(field).isEmpty ? "the field is empty" : "\"\(field)\" is found"),
      advice: "Correct the field, or leave the row out")
  }

  private func wrongWidth(_ row: CSVRow, _ width: Int) -> DataError {
    let count = row.fields.count
    let problem = count < width ? "\(name(count)) is missing" : "column \(width + 1) is one too many"
    return DataError(
      attempted: "read \(path)",
      found:
        "line \(row.line), \(problem): the row has \(count) \(count == 1 ? "field" : "fields"), the first has \(width)",
      advice: "Complete the row; a field that holds a comma or a line break must stand in double quotes")
  }
}
