import Foundation
import Messages

/// A table of results, which is printed aligned for people and saved as CSV with all digits.
public struct Table: Sendable {
  /// One entry of a table.
  public enum Cell: Sendable, ExpressibleByStringLiteral {
    case text(String)
    /// A whole number, printed with commas between groups of three digits.
    case integer(Int)
    /// A number, printed with this many decimals.
    case number(Double, decimals: Int)
    /// A number that was measured with a clock or derived from such a measurement, so that it differs from run to run.
    case measured(Double, decimals: Int)

    /// A text.
    public init(stringLiteral value: String) { self = .text(value) }
  }

  /// The title of the table.
  public let title: String
  /// The headings of the columns.
  public let columns: [String]
  /// The rows, each with one entry per column.
  public let rows: [[Cell]]

  /// A table with these rows.
  public init(_ title: String, columns: [String], rows: [[Cell]]) {
    for (place, row) in rows.enumerated() {
      require(
        row.count == columns.count,
        "cannot make the table '\(title)': row \(place) has \(row.count) entries for \(columns.count) columns")
    }
    (self.title, self.columns, self.rows) = (title, columns, rows)
  }

  /// The columns with measured numbers.
  package var measuredColumns: [String] {
    columns.indices.filter { j in rows.contains { $0[j].isMeasured } }.map { columns[$0] }
  }

  /// The table for people, with numbers aligned to the right and texts to the left.
  public var text: String {
    let texts = rows.map { $0.map { $0.text.replacing(/[\r\n]+/, with: " ") } }
    let widths = columns.indices.map { j in ([columns[j]] + texts.map { $0[j] }).map(TerminalText.width).max() ?? 0 }
    let isNumeric = columns.indices.map { j in !rows.isEmpty && rows.allSatisfy { $0[j].isNumber } }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { j in
        let space = String(repeating: " ", count: widths[j] - TerminalText.width(cells[j]))
        return isNumeric[j] ? space + cells[j] : cells[j] + space
      }
      return padded.joined(separator: "  ").trimmingTrailingSpaces
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    return ([title, line(columns), rule] + texts.map(line)).joined(separator: "\n") + "\n"
  }

  /// The table as CSV by RFC 4180, with enough digits to restore every number exactly.
  public var csv: String {
    ([columns] + rows.map { $0.map(\.exact) }).map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  /// A field in a form that is read back correctly: a single empty field would be read as no row, and a byte order mark
  /// as the file's own.
  private func quoted(_ field: String) -> String {
    let needsQuotes =
      field.isEmpty && columns.count == 1 || field.unicodeScalars.first == "\u{FEFF}"
      || field.unicodeScalars.contains { [",", "\"", "\n", "\r"].contains($0) }
    return needsQuotes ? "\"\(field.replacing(scalar: "\"", with: "\"\""))\"" : field
  }
}

extension Table.Cell {
  var isNumber: Bool { if case .text = self { false } else { true } }
  var isMeasured: Bool { if case .measured = self { true } else { false } }

  /// The printed entry.
  var text: String {
    switch self {
    case .text(let text): text
    case .integer(let value): grouped(value)
    case .number(let value, let decimals), .measured(let value, let decimals):
      value.isFinite ? NumberText.rounded(value, "%.\(decimals)f") : "\(value)"
    }
  }

  /// The entry without rounding.
  var exact: String {
    switch self {
    case .text(let text): text
    case .integer(let value): "\(value)"
    case .number(let value, _), .measured(let value, _): "\(value)"
    }
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    String(self[..<(lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex)])
  }
}

extension Table.Cell {
  /// A number with this many significant digits as a × 10ᵇ: 1.23e-05.
  public static func scientific(_ value: Double, digits: Int = 3) -> Table.Cell {
    .text(Messages.scientific(value, digits: digits))
  }
}
