// Comma-separated values by RFC 4180.
//
// A field may be in double quotes. Then it may contain commas, line breaks and quotes; each quote is written twice.
// Lines end in CR LF or LF; the end of the last line may be missing. Empty lines are skipped.

import Files
import Foundation
import Messages
import Tensors

/// A table of texts from a file. All rows have the same number of fields.
public struct CSVTable: Sendable {
  /// The path of the file.
  public let path: String
  /// The names of the columns, or an empty list if the file has none.
  public let header: [String]
  private let fields: CSVFields

  /// The table in a file.
  ///
  /// Throws a `DataError` with file, line and column if the file cannot be read, if a quote is not closed, if something
  /// follows a closing quote in its field, or if a row has more or fewer fields than the first.
  public init(path: String, hasHeader: Bool, separator: Character = ",") throws {
    require(
      separator.utf8.count == 1,
      "cannot separate the fields of a CSV file by \(separator): use one ASCII character")
    try self.init(DataFile(path: path), hasHeader: hasHeader, separator: separator.utf8.first ?? 44)
  }

  /// The table in a file that has already been read.
  package init(_ file: DataFile, hasHeader: Bool, separator: UInt8 = 44) throws {
    let fields = try CSVFields(
      file.utf8(), path: file.path, separator: separator, hasHeader: hasHeader)
    (path, self.fields) = (file.path, fields)
    header = hasHeader ? (0..<fields.width).map { fields[0, $0] } : []
  }

  /// The number of rows, without the header.
  public var rowCount: Int { fields.lines.count - headerRows }

  /// The number of fields in a row.
  public var columnCount: Int { fields.width }

  /// The text of one field, without its quotes.
  public subscript(row: Int, column: Int) -> String { fields[headerRows + row, column] }

  /// The fields of one row.
  public subscript(row: Int) -> [String] { (0..<columnCount).map { self[row, $0] } }

  private var headerRows: Int { header.isEmpty ? 0 : 1 }

  /// The index of the column with this name. Throws a `DataError` that lists the existing names if there is none.
  public func column(_ name: String) throws -> Int {
    if let place = header.firstIndex(of: name) { return place }
    throw DataError(
      attempted: "find the column \(name) in \(path)",
      found: "the columns are \(header.joined(separator: ", "))",
      advice: fields.advice ?? "Use one of these names")
  }

  /// The number in one field, without the spaces around it. Throws a `DataError` with file, line and column if there is
  /// none.
  public func number(_ row: Int, _ column: Int) throws -> Double {
    guard let number = Double(trimmed(self[row, column])), number.isFinite else {
      throw unexpected(row, column, "expected a number")
    }
    return number
  }

  /// The text in one field, without the spaces around it. Throws a `DataError` with file, line and column if there is
  /// none.
  public func text(_ row: Int, _ column: Int) throws -> String {
    let text = trimmed(self[row, column])
    if text.isEmpty { throw unexpected(row, column, "expected a text") }
    return text
  }

  /// The whole number in one field. Throws a `DataError` with file, line and column if it is not in `range`.
  public func integer(_ row: Int, _ column: Int, in range: ClosedRange<Int>) throws -> Int {
    guard let number = Int(trimmed(self[row, column])), range.contains(number) else {
      throw unexpected(
        row, column, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The position among `texts` of the text in one field, without spaces around it and without a full stop at its end.
  /// Throws a `DataError` with file, line and column if it is not among them.
  package func choice(_ row: Int, _ column: Int, among texts: [String]) throws -> Int {
    let text = trimmed(self[row, column])
    if let place = texts.firstIndex(of: text.hasSuffix(".") ? String(text.dropLast()) : text) { return place }
    throw unexpected(row, column, "expected one of \(texts.joined(separator: ", "))")
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
        + (trimmed(field).isEmpty ? "the field is empty" : "found \"\(field.excerpt)\""),
      advice: fields.advice ?? decimalComma(field) ?? "Correct the field, or leave the row out")
  }

  /// Advice for a number with a decimal comma.
  private func decimalComma(_ field: String) -> String? {
    let parts = trimmed(field).split(separator: ",", omittingEmptySubsequences: false)
    let isNumber = parts.count == 2 && Double(parts.joined(separator: ".")) != nil
    return isNumber ? "Write numbers with a decimal point instead of a comma" : nil
  }
}
