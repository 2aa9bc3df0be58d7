// The rows of a table as examples for a classifier.

import Files
import Messages
import Tensors

/// How the rows of a table become the inputs of a network. It is saved with a model that is used for new rows:
/// `save(model, with: ["encoding": table.encoding], to: file)`.
public struct TableEncoding: Codable, Equatable, Sendable {
  /// The names of the columns with numbers, in the order of a row.
  public let columns: [String]
  /// The names of the classes, in the order of their numbers.
  public let classNames: [String]
  /// The scale of every column.
  public let scales: [ColumnScale]

  /// The rows with every column standardized. Stops the program unless each row has one number per column. [N×D]
  public func callAsFunction(_ rows: [[Double]]) -> Tensor {
    let wrong = rows.first { $0.count != columns.count }
    require(
      wrong == nil,
      "cannot encode a row of \(wrong?.count ?? 0) numbers: the columns are \(columns.joined(separator: ", "))")
    let numbers = rows.flatMap { row in zip(scales, row).map { $0.standardized($1) } }
    return Tensor(numbers, shape: [rows.count, columns.count], scalarType: .float)
  }
}

/// A table for classification: one column names the class of a row, and the others have numbers.
public struct TableClassification: Sendable {
  /// The encoding, with the scales of the training rows.
  public let encoding: TableEncoding
  /// The training rows, standardized, with their classes. [N×D]
  public let train: Examples
  /// The test rows, standardized like the training rows, with their classes. [N×D]
  public let test: Examples

  /// The names of the classes, in the order of their numbers.
  public var classNames: [String] { encoding.classNames }

  /// The rows of the file at `path`, which has a header, with the column `target` as the class.
  ///
  /// Four fifths of the rows, drawn by `random`, are for training and the others for testing, with the same proportion
  /// of classes. Throws a `DataError` with file, line and column if the file cannot be read, a class is missing or a
  /// field has no number, and one with the counts if there are fewer than 2 classes, 5 rows for each class on average
  /// or one other column.
  public init(path: String, target: String, random: RandomSource) throws {
    try self.init(CSVTable(path: path, hasHeader: true), target: target, random: random)
  }

  /// The rows of a table that has already been read, for example with another separator.
  public init(_ table: CSVTable, target: String, random: RandomSource) throws {
    let place = try table.column(target)
    let others = (0..<table.columnCount).filter { $0 != place }
    let names = try (0..<table.rowCount).map { try table.text($0, place) }
    let classNames = Set(names).sorted()
    let (rowCount, classCount) = (names.count, classNames.count)
    guard classCount >= 2, rowCount >= 5 * classCount, !others.isEmpty else {
      throw DataError(
        attempted: "learn the column \(target.excerpt) of \(table.path)",
        found: "it has \(counted(classCount, "different value")) in \(counted(rowCount, "row")), and there "
          + "\(others.count == 1 ? "is" : "are") \(counted(others.count, "other column"))",
        advice: "Name a column of at least 2 classes with about 5 rows for each; another column must have numbers")
    }
    let rows = try (0..<rowCount).map { row in try others.map { try table.number(row, $0) } }
    let numbers = Dictionary(uniqueKeysWithValues: zip(classNames, 0...))
    let labels = names.map { numbers[$0] ?? 0 }

    let parts = stratifiedParts(of: labels, first: rowCount * 4 / 5, from: random)
    let encoding = TableEncoding(
      columns: others.map { table.header[$0] }, classNames: classNames,
      scales: others.indices.map { column in ColumnScale(of: parts.first.map { rows[$0][column] }) })
    func part(_ places: [Int]) -> Examples {
      Examples(encoding(places.map { rows[$0] }), labels: places.map { labels[$0] })
    }
    (self.encoding, train, test) = (encoding, part(parts.first), part(parts.rest))
  }
}

private func counted(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }
