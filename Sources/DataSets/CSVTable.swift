// Comma-separated values, as RFC 4180 has them.
//
// A field may stand in double quotes; it may then hold commas, line breaks and quotes, each quote written twice. Lines
// end in CR LF or LF; the last may lack its end. Empty lines are skipped.

import Files
import Foundation
import Messages
import Tensors

/// A table of text read from a file; all rows have the same number of fields.
public struct CSVTable: Sendable {
  /// Where the file stands.
  public let path: String
  /// The names of the columns; empty if the file has none.
  public let header: [String]
  private let fields: CSVFields

  /// The table in a file.
  ///
  /// Throws a `DataError` that names file, line and column if the file cannot be read, if a quote is not closed or
  /// something follows it in its field, or if a row has more or fewer fields than the first.
  public init(path: String, hasHeader: Bool, separator: Character = ",") throws {
    require(
      separator.utf8.count == 1,
      "cannot separate the fields of a CSV file by \(separator): one ASCII character needed")
    try self.init(DataFile(path: path), hasHeader: hasHeader, separator: separator.utf8.first ?? 44)
  }

  /// The table in a file that is read already.
  package init(_ file: DataFile, hasHeader: Bool, separator: UInt8 = 44) throws {
    let fields = try CSVFields(
      file.utf8(), path: file.path, separator: separator, hasHeader: hasHeader)
    (path, self.fields) = (file.path, fields)
    header = hasHeader ? (0..<fields.width).map { fields[0, $0] } : []
  }

  /// The number of rows, the header not counted.
  public var rowCount: Int { fields.lines.count - headerRows }

  /// The number of fields in a row.
  public var columnCount: Int { fields.width }

  /// The text of one field, without its quotes.
  public subscript(row: Int, column: Int) -> String { fields[headerRows + row, column] }

  /// The fields of one row.
  public subscript(row: Int) -> [String] { (0..<columnCount).map { self[row, $0] } }

  private var headerRows: Int { header.isEmpty ? 0 : 1 }

  /// The place of the column with this name, or a `DataError` that lists the names there are.
  public func column(_ name: String) throws -> Int {
    if let place = header.firstIndex(of: name) { return place }
    throw DataError(
      attempted: "find the column \(name) in \(path)",
      found: "the columns are \(header.joined(separator: ", "))",
      advice: fields.advice ?? "Take one of these names")
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
      throw unexpected(
        row, column, "a whole number from \(range.lowerBound) to \(range.upperBound) is expected")
    }
    return number
  }

  private func trimmed(_ field: String) -> String { field.trimmingCharacters(in: .whitespaces) }

  private func name(_ column: Int) -> String {
    header.indices.contains(column)
      ? "column \(column + 1) (\(header[column].excerpt))" : "column \(column + 1)"
  }

  private func unexpected(_ row: Int, _ column: Int, _ expectation: String) -> DataError {
    let field = self[row, column]
    return DataError(
      attempted: "read \(path)",
      found: "line \(fields.lines[headerRows + row]), \(name(column)): \(expectation), "
        + (trimmed(field).isEmpty ? "the field is empty" : "\"\(field.excerpt)\" is found"),
      advice: fields.advice ?? decimalComma(field) ?? "Correct the field, or leave the row out")
  }

  /// What to do about a number with a comma where a point belongs.
  private func decimalComma(_ field: String) -> String? {
    let parts = trimmed(field).split(separator: ",", omittingEmptySubsequences: false)
    let isNumber = parts.count == 2 && Double(parts.joined(separator: ".")) != nil
    return isNumber ? "Write numbers with a point in place of the comma" : nil
  }
}
