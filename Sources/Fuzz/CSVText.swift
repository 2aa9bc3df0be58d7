// Comma-separated values. Accepted input, when written as a table and read again, must give the same table.

import DataSets
import Figures
import Files
import Tensors

extension Subject {
  /// A text with a header if its length is even.
  static let csv = Subject(name: "csv") { random in
    let damage = Damage(random: random, words: csvWords)
    let columns = 1 + random.integer(below: 4)
    let rows = (0...random.integer(below: random.bernoulli(0.02) ? 600 : 5)).map { _ in
      (0..<columns).map { _ in damage.one(of: csvFields) }.joined(separator: ",")
    }
    var text = Array(rows.joined(separator: damage.one(of: ["\n", "\r\n"])).utf8)
    damage(&text)
    return [text]
  } read: { files in
    let table = try CSVTable(
      DataFile(path: "table", bytes: files[0]), hasHeader: files[0].count.isMultiple(of: 2))
    let names = table.header.reduce(0) { $0 + $1.utf8.count + 24 }
    let bytes = (0..<table.rowCount).reduce(names) { bytes, row in
      (0..<table.columnCount).reduce(bytes + 8) { $0 + table[row, $1].utf8.count + 8 }
    }
    return Reading(bytes: bytes) { try checkTable(table) }
  }
}

private let csvFields = [
  "", "a", "7", "-1.5e3", "\"quoted\"", "\"a,b\"", "\"two\nlines\"", "\"say \"\"so\"\"\"", "größe", " 12 ", "nan",
  "\"\"", "1e999",
]

private let csvWords =
  ["\"", "\"\"", ",", "\n", "\r\n", "\r", "\u{0}", "\u{FEFF}", "\u{301}", "\"\u{301}", "\",\"", ";", " ", "\"\r", "🙂"]
  + Damage.numbers

private func checkTable(_ table: CSVTable) throws {
  let rows = (0..<table.rowCount).map { table[$0] }
  for row in 0..<table.rowCount {
    try Nonsense.unless(
      rows[row].count == table.columnCount, "row \(row) has \(rows[row].count) of \(table.columnCount) fields")
    for column in 0..<table.columnCount {
      if let number = accepted({ try table.number(row, column) }) {
        try Nonsense.unless(number.isFinite, "a number is \(number)")
      }
      if let number = accepted({ try table.integer(row, column, in: 0...9) }) {
        try Nonsense.unless((0...9).contains(number), "a whole number from 0 to 9 is \(number)")
      }
    }
  }
  let columns = table.header.isEmpty ? rows[0] : table.header
  let others = table.header.isEmpty ? Array(rows.dropFirst()) : rows
  let written = Table("again", columns: columns, rows: others.map { $0.map { .text($0) } }).csv
  let again = try CSVTable(DataFile(path: "again", bytes: Array(written.utf8)), hasHeader: true)
  try Nonsense.unless(
    again.header.same(as: columns) && (0..<again.rowCount).map { again[$0] }.joined().same(as: others.joined()),
    "\([columns] + others) written again are \([again.header] + (0..<again.rowCount).map { again[$0] })")
}

private func accepted<Value>(_ read: () throws -> Value) -> Value? { try? read() }

extension Sequence<String> {
  /// Whether two lists of texts have the same bytes. Equality of strings is weaker: it ignores how accents are encoded.
  fileprivate func same(as other: some Sequence<String>) -> Bool {
    map { Array($0.utf8) } == other.map { Array($0.utf8) }
  }
}
