import Checking
import DataSets
import Files
import Tensors
import Testing

@Suite("Data: a table for classification")
struct DataTableTests {
  /// A table of `count` rows with columns x = row, kind = b, a, b, a, … and one that is always 7.
  private func written(_ count: Int, in folder: TemporaryFolder) throws -> String {
    let rows = (0..<count).map { "\($0), \($0 % 2 == 0 ? "b" : "a") ,7\n" }
    return try folder.write("x,kind,same\n" + rows.joined(), "table.csv")
  }

  private func table(_ count: Int, seed: UInt64 = 1) throws -> TableClassification {
    try TemporaryFolder.temporary {
      try TableClassification(path: written(count, in: $0), target: "kind", random: RandomSource(seed: seed))
    }
  }

  /// The column x of standardized rows, in the units of the table.
  private func x(_ part: Examples, _ table: TableClassification) -> [Int] {
    let scale = table.encoding.scales[0]
    return part.inputs.transposed[0].scalars.map { Int(($0 * scale.deviation + scale.mean).rounded()) }
  }

  @Test("every row is in one part, four fifths in the first, with its own class and the same share of each class")
  func parts() throws {
    let table = try table(100)
    #expect(table.encoding.columns == ["x", "same"] && table.classNames == ["a", "b"])
    let (train, test) = (x(table.train, table), x(table.test, table))
    #expect(train.count == 80 && (train + test).sorted() == Array(0..<100))
    #expect(zip(train + test, table.train.labels + table.test.labels).allSatisfy { $0 % 2 == 1 - $1 })
    #expect(table.test.labels.count { $0 == 0 } == 10)
    let (same, other) = (try self.table(100), try self.table(100, seed: 2))
    #expect(x(same.test, same) == test && x(other.test, other) != test)
  }

  @Test("training rows alone standardize every column; a column of equal numbers becomes zeros")
  func standardized() throws {
    let table = try table(50)
    let train = table.train.inputs.converted(to: .double)
    #expect(train.mean(axes: [0]).abs().max().item < 1e-6)
    #expect(abs(train.transposed[0].variance().item - 1) < 1e-6)
    #expect(train.transposed[1].scalars.allSatisfy { $0 == 0 })
    let numbers = x(table.train, table).map(Double.init)
    #expect(table.encoding.scales[0] == ColumnScale(of: numbers))
    #expect(ColumnScale(of: [1, .nan, 3]) == ColumnScale(of: [1, 3]))
    #expect(ColumnScale(of: [1, 3]).mean == 2 && ColumnScale(of: [1, 3]).deviation == 1)
    #expect(ColumnScale(of: [4, 4]).deviation == 1 && ColumnScale(of: []).mean == 0)
  }

  @Test("an encoding that was saved encodes new rows as before")
  func saved() throws {
    let table = try table(30)
    let rows = (0..<30).map { [Double($0), 7] }
    let inputs = table.encoding(rows)
    #expect(inputs.gathered(x(table.test, table)) == table.test.inputs)
    let again = try TemporaryFolder.temporary { folder in
      let file = folder.path + "/model.safetensors"
      try save(Tensor([1.0]), with: ["encoding": table.encoding], to: file)
      return try load(TableEncoding.self, named: "encoding", from: file)
    }
    #expect(again == table.encoding && again(rows) == inputs)
  }

  @Test(
    "a table that teaches nothing is refused, with the counts",
    arguments: [
      (9, "kind", "it has 2 different values in 9 rows, and there are 2 other columns. Name a column of at least 2"),
      (10, "same", "it has 1 different value in 10 rows, and there are 2 other columns"),
      (100, "x", "it has 100 different values in 100 rows"),
    ])
  func refused(count: Int, target: String, message: String) throws {
    try TemporaryFolder.temporary { folder in
      let path = try written(count, in: folder)
      let error = dataError { try TableClassification(path: path, target: target, random: RandomSource(seed: 1)) }
      #expect(error.hasPrefix("cannot learn the column \(target) of \(path): \(message)"), "\(error)")
    }
  }

  @Test("no column of numbers, a text among numbers, a missing class and an unknown column are errors with the place")
  func places() throws {
    try TemporaryFolder.temporary { folder in
      func error(_ text: String, _ target: String = "kind") throws -> String {
        let path = try folder.write(text, "table.csv")
        return dataError { try TableClassification(path: path, target: target, random: RandomSource(seed: 1)) }
      }
      let rows = (0..<15).map { "\($0),\($0 % 3)\n" }.joined()
      #expect(try error("kind\n" + String(repeating: "a\nb\n", count: 9)).contains("and there are 0 other columns"))
      #expect(try error("x,kind\n" + rows + "?,1\n").contains("line 17, column 1 (x): expected a number, found \"?\""))
      let missing = try error("x,kind\n" + rows + "3, \n")
      #expect(missing.contains("line 17, column 2 (kind): expected a text, the field is empty"))
      #expect(try error("x,kind\n" + rows, "sort").contains("the columns are x, kind. Use one of these names"))
      #expect(try error("x,kind\n1,a\n2,b\n").contains("2 different values in 2 rows, and there is 1 other column."))
    }
  }
}
