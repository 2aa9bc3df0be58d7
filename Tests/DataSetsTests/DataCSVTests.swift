import Checking
import DataSets
import Files
import Tensors
import Testing

@Suite("Data: comma-separated values")
struct DataCSVTests {
  /// The rows of a table with this text.
  private func rows(_ text: String) throws -> [[String]] {
    try TemporaryFolder.temporary { folder in
      let table = try CSVTable(path: try folder.write(text, "table.csv"), hasHeader: false)
      return (0..<table.rowCount).map { table[$0] }
    }
  }

  @Test(
    "all that RFC 4180 allows is read",
    arguments: [
      ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
      ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
      ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
      ("\"a,1\",b\n", [["a,1", "b"]]),
      ("\"say \"\"so\"\"\",b\n", [["say \"so\"", "b"]]),
      ("\"two\nlines\",\"and\r\ntwo\"\r\n", [["two\nlines", "and\r\ntwo"]]),
      (",\n,x\n", [["", ""], ["", "x"]]),
      ("\"\"\n", [[""]]),
      ("a,\"\"", [["a", ""]]),
      ("a\n\nb\r\n\r\n", [["a"], ["b"]]),
      ("a\r", [["a"]]),
      ("\r\r\n", [["\r"]]),
      ("\r\r,x\n\r,\ra\n", [["\r\r", "x"], ["\r", "\ra"]]),
      ("é,Δ\n", [["é", "Δ"]]),
      ("\u{FEFF}a,b\n", [["a", "b"]]),
      (" a , b\n", [[" a ", " b"]]),
    ])
  func forms(text: String, expected: [[String]]) throws {
    #expect(try rows(text) == expected)
  }

  @Test(
    "other separators are reported, with the argument that reads them",
    arguments: [
      ("name;size\nant;1\n", "semicolons: CSVTable(path: …, hasHeader: …, separator: \";\")"),
      ("name;size\nant;1,5\n", "semicolons: CSVTable(path: …, hasHeader: …, separator: \";\")"),
      ("name\tsize\nant\t1\n", "tabs: CSVTable(path: …, hasHeader: …, separator: \"\\t\")"),
    ])
  func otherSeparators(text: String, advice: String) throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write(text, "table.csv")
      let error = dataError { try CSVTable(path: path, hasHeader: true).column("size") }
      #expect(error.contains("Its fields seem to be separated by \(advice)"), "\(error)")
      let separator: Character = text.contains(";") ? ";" : "\t"
      #expect(try CSVTable(path: path, hasHeader: true, separator: separator).column("size") == 1)
    }
  }

  @Test(
    "a comma in a number is reported, and a one-column table with a text in a field is not reported for its separator"
  )
  func decimalComma() throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write("a;b\n1,5;2\n", "table.csv")
      let table = try CSVTable(path: path, hasHeader: true, separator: ";")
      #expect(dataError { try table.number(0, 0) }.contains("Write numbers with a decimal point instead of a comma"))
      let single = try CSVTable(path: try folder.write("a\nx\n", "single.csv"), hasHeader: true)
      #expect(dataError { try single.number(0, 0) }.contains("Correct the field, or leave the row out"))
    }
  }

  @Test(
    "a malformed file is refused, with file, line and column",
    arguments: [
      ("a,b,c\n1,2,3\n4,5\n", "line 3, column 3 is missing: the row has 2 fields, the first has 3"),
      ("a,b\n\"x\ny\",2\n3\n", "line 4, column 2 is missing: the row has 1 field, the first has 2"),
      ("a,b\n1,2,3\n", "line 2, column 3 is one too many: the row has 3 fields, the first has 2"),
      ("a,b\n1,\"2\n\n", "line 2, column 2: the quote that opens here is never closed"),
      ("a,b\n\"1\"x,2\n", "line 2, column 1: something follows the closing quote of a field"),
      ("\n\n", "line 1, column 1: the file has no rows"),
      ("a\n\"b\"\r\"c\"\n", "line 2, column 1: something follows the closing quote of a field"),
      ("a\n\"b\"\r\r\n", "line 2, column 1: something follows the closing quote of a field"),
    ])
  func malformed(text: String, message: String) throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write(text, "table.csv")
      let error = dataError { try CSVTable(path: path, hasHeader: false) }
      #expect(error.contains("cannot read \(path): \(message)"), "\(error)")
    }
  }

  @Test("columns are found by name and read as numbers; a field that is not a number is named with line and column")
  func numbers() throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write("\"Date\";\"Temp\"\n1981-01-01; 20.7 \n1981-01-02;\n1981-01-03;?\n", "t.csv")
      let table = try CSVTable(path: path, hasHeader: true, separator: ";")
      let column = try table.column("Temp")
      #expect(table.rowCount == 3 && table.columnCount == 2 && column == 1)
      #expect(try table.number(0, column) == 20.7)
      let place = "cannot read \(path): line"
      #expect(
        dataError { try table.number(1, 1) }.contains(
          "\(place) 3, column 2 (Temp): expected a number, the field is empty"))
      #expect(
        dataError { try table.number(2, 1) }.contains(
          "\(place) 4, column 2 (Temp): expected a number, found \"?\""))
      let whole = dataError { try table.integer(0, 1, in: 0...9) }
      #expect(whole.contains("expected a whole number from 0 to 9, found \" 20.7 \""))
      #expect(dataError { try table.column("Rain") }.contains("the columns are Date, Temp. Use one of these names"))
    }
  }

  @Test("quoted text is read back, and no text makes the reader crash")
  func roundTrip() throws {
    let source = RandomSource(seed: 11)
    let characters = ["\"", ",", "\n", "\r", "a", "δ", " "]
    func field() -> String {
      (0..<source.integer(below: 6)).map { _ in characters[source.integer(below: 7)] }.joined()
    }
    for _ in 0..<40 {
      let table = (0..<3).map { _ in [field(), field(), field()] }
      let lines = table.map { row in row.map { "\"\($0.replacing("\"", with: "\"\""))\"" }.joined(separator: ",") }
      #expect(try rows(lines.joined(separator: "\r\n")) == table)
      do { _ = try rows(field() + field() + field()) } catch is DataError { continue }
    }
  }

  @Test("a long field is shown by its beginning")
  func long() throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write(String(repeating: "x", count: 5_000), "t.csv")
      let table = try CSVTable(path: path, hasHeader: false)
      #expect(dataError { try table.number(0, 0) }.contains("found \"" + String(repeating: "x", count: 100) + "…\""))
    }
  }

  @Test("a missing field is named by its header")
  func missingField() throws {
    try TemporaryFolder.temporary { folder in
      let path = try folder.write("x,y,label\n1,2,0\n3,4\n", "t.csv")
      let error = dataError { try CSVTable(path: path, hasHeader: true) }
      #expect(error.contains("line 3, column 3 (label) is missing"))
    }
  }
}
