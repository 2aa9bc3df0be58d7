import Checking
import DataSets
import Tensors
import Testing

@Suite("Data: people of a census")
struct DataCensusTests {
  private static let rows = [
    "39, State-gov, 77516, Masters, 14, Never-married, Sales, Own-child, White, Male, 2174, 0, 40, Peru, <=50K",
    "50, ?, 83311, HS-grad, 9, Divorced, ?, Wife, Black, Female, 0, 1902, 13, ?, >50K",
  ]

  private func write(_ folder: TemporaryFolder, _ train: String, test: String? = nil) throws {
    try folder.write(train, "adult/adult.data")
    try folder.write(
      test ?? "|1x3 Cross validator\n" + Self.rows.map { $0 + ".\n" }.joined() + "\n", "adult/adult.test")
  }

  @Test("Exercise 12.5: Adult is read with its unknown entries, and in the test part with its remark and full stops")
  func adult() throws {
    try TemporaryFolder.temporary { folder in
      try write(folder, Self.rows.joined(separator: "\n") + "\n\n")
      let census = try DataLibrary(directory: folder.path, environment: [:]).adult()
      #expect(census.provenance == "people in the format of Adult from \(folder.path), 2 + 2 people" && census.isReal)
      #expect(census.train.labels == [0, 1] && census.train.groups == [0, 1] && census.test.labels == [0, 1])
      let columns = Dictionary(uniqueKeysWithValues: zip(census.columns.map(\.name), census.train.entries))
      #expect(census.columns.count == 12 && columns["weight"] == nil && columns["education"] == nil)
      #expect(columns["age"] == [39, 50] && columns["capital gain"] == [2174, 0] && columns["sex"] == [0, 1])
      let work = try #require(columns["work class"])
      #expect(work[0] == 0 && work[1].isNaN)
      #expect(census.columns.first { $0.name == "country" }?.categories == ["Peru"])
    }
  }

  @Test("Exercise 12.5: a damaged row of Adult is refused with its line and column")
  func damaged() throws {
    try TemporaryFolder.temporary { folder in
      let library = DataLibrary(directory: folder.path, environment: [:])
      let good = Self.rows[0]
      try write(folder, good, test: "|remark\n\(good).\n\(good.replacing("39", with: "old"))\n")
      #expect(dataError { try library.adult() }.contains("line 3, column 1: expected a whole number from 0 to 9999999"))
      try write(folder, good.replacing("<=50K", with: "50K"))
      #expect(dataError { try library.adult() }.contains("line 1, column 15: expected one of <=50K, >50K, found"))
      try write(folder, good.replacing(" Male", with: " ?"))
      #expect(dataError { try library.adult() }.contains("line 1, column 10: expected one of Male, Female"))
      try write(folder, "1,2\n")
      #expect(dataError { try library.adult() }.contains("its rows have 2 fields, but fourteen entries and the label"))
      try write(folder, good, test: "|only a remark\n")
      #expect(dataError { try library.adult() }.contains("adult.test"))
    }
  }

  @Test("Exercise 12.5: without Adult there are invented people, and too few of a label in a group are refused")
  func needs() throws {
    let library = DataLibrary(
      directory: nil, environment: [:], for: "exercise 12.5", needs: .people(train: 50, test: 9)
    ) {
      _, _ in
    }
    #expect(try library.adult(drawn: 2_000, 1_000).provenance == "invented people, 2,000 + 1,000 people")
    #expect(
      dataError { try library.adult(drawn: 40, 20) }.contains(
        "it needs at least 50 people to train and 9 to test on, but there are 40 and 20"))
    #expect(
      dataError { try library.adult(drawn: 60, 1_000) }.contains(
        "and 10 of each label and group, but of label 1 and group Female there are"))
  }

  @Test("an encoding standardizes numbers and has a feature for each category; unknown entries are zeros")
  func encoding() {
    let part = CensusPart(entries: [[1, 3, .nan], [0, .nan, 2], [0, 0, 3]], labels: [0, 1, 0], groups: [0, 0, 1])
    let columns = [
      CensusColumn.number("a"), .category("b", ["x", "y", "z"]), .number("c"),
    ]
    let encoding = CensusEncoding(columns: columns, for: part)
    #expect(encoding.names == ["a", "b: x", "b: y", "b: z", "c"] && encoding.features == [0..<1, 1..<4, 4..<5])
    let half = 0.5.squareRoot()
    expectClose(
      encoding(part, .double),
      Tensor([[-1, 1, 0, 0, -half], [1, 0, 0, 0, -half], [0, 0, 0, 1, 2 * half]], scalarType: .double),
      tolerance: 1e-14)
    let shorter = CensusEncoding(columns: columns, for: part, without: ["b"])
    #expect(shorter.width == 2 && shorter(part.subset([1]), .double).shape == [1, 2])
  }

  @Test("§ 12.6: invented people have labels of the stated chances, and mislabelling hides labels of one group")
  func drawn() {
    var census = DrawnCensus()
    census.mislabelling = 0.3
    let people = census.people(20_000, from: RandomSource(seed: 1))
    let (part, truth) = (people.part, people.truth)
    let excess = zip(truth, people.chances).reduce(0) { $0 + Double($1.0) - $1.1 }
    #expect(abs(excess) < 4 * 50)  // four standard errors: √(20,000 · 0.13) ≈ 50
    #expect(zip(part.labels, truth).allSatisfy { $0 <= $1 })
    func kept(_ group: Int) -> Double {
      let members = part.groups.indices.filter { part.groups[$0] == group && truth[$0] == 1 }
      return Double(members.count { part.labels[$0] == 1 }) / Double(members.count)
    }
    #expect(kept(0) == 1 && abs(kept(1) - 0.7) < 0.06)
    #expect(abs(Double(part.groups.count { $0 == 1 }) / 20_000 - 1 / 3) < 0.015)
    #expect(part.entries[5] == part.groups.map(Double.init))
  }
}
