import Checking
import DataSets
import Figures
import Foundation
import Testing

@Suite("Running: tables read back")
struct TableRoundTripTests {
  @Test("what a table writes as CSV is read back field by field")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let fields = ["plain", "a, b", "say \"hi\"", "two\nlines", "θ̂"]
    let table = Table("T", columns: ["field", "n"], rows: fields.map { [.text($0), .integer(-1234)] })
    try Data(table.csv.utf8).write(to: URL(filePath: folder.path + "/t.csv"))
    let read = try CSVTable(path: folder.path + "/t.csv", hasHeader: true)
    #expect(read.header == ["field", "n"])
    #expect((0..<read.rowCount).map { read[$0] } == fields.map { [$0, "-1234"] })
  }

  @Test(
    "a table that a careless CSV would lose is read back: empty rows of one column, accents on quotes, byte order marks"
  )
  func carefulRoundTrip() throws {
    let folder = try TemporaryFolder()
    for fields in [["", "a", ""], ["\"\u{301}", "a\"\u{301}b"], ["\u{FEFF}a", "\u{FEFF}"]] {
      let table = Table("T", columns: [fields[0]], rows: fields.map { [.text($0)] })
      try Data(table.csv.utf8).write(to: URL(filePath: folder.path + "/t.csv"))
      let read = try CSVTable(path: folder.path + "/t.csv", hasHeader: false)
      let texts = (0..<read.rowCount).map { Array(read[$0, 0].utf8) }
      #expect(texts == ([fields[0]] + fields).map { Array($0.utf8) })
    }
  }
}
