// The Adult census, or else invented people.

import Files
import Tensors

extension DataLibrary {
  /// Adult: 32,561 + 16,281 people of the census of 1994, and whether their income is above $50,000; or else `drawn` +
  /// `test` invented ones.
  ///
  /// Throws a `DataError` if a file is damaged, if the folder was given and does not hold them, or if they are too few
  /// for the run.
  public func adult(drawn train: Int = 20_000, _ test: Int = 10_000) throws -> Census {
    let census = try read(.adult).map { files, found in try AdultFile.census(files, found.name, found.origin) }
    let people = census ?? .drawn(train: train, test: test, remark: remark(.adult))
    try needs?.check(people, for: item)
    return people
  }
}

extension NamedSet {
  package static let adult = NamedSet(
    name: "Adult", folders: ["adult"], required: ["adult.data", "adult.test"], atLeastOneOf: [], optional: [],
    classNames: [], source: "its two files are published at https://archive.ics.uci.edu/dataset/2/adult",
    mistaken: [
      ("adult.zip", "the archive is there, and has to be unpacked: unzip adult.zip"),
      ("adult.csv", "one table is there, and the two published parts adult.data and adult.test are needed"),
    ],
    contents: [
      "adult.data": Fingerprint(value: 0xF01B_B182_2636_03CC),
      "adult.test": Fingerprint(value: 0x0052_BBE3_30EA_FA3F),
    ], others: "people in the format of")
}

/// The reader of Adult's files: fourteen entries and the label, separated by commas and spaces, without a header.
///
/// "?" stands for an unknown category. In the test part a line before the rows begins with "|", and labels end in a
/// full stop.
package enum AdultFile {
  /// The names of the fourteen columns, and their kinds; nil for columns that are not used.
  ///
  /// The weight of a row in the survey says nothing about the person, and the column education has the same information
  /// as the years.
  private static let columns: [(name: String, kind: Kind?)] = [
    ("age", .number), ("work class", .category), ("weight", nil), ("education", nil), ("years of education", .number),
    ("marital status", .category), ("occupation", .category), ("relationship", .category), ("race", .category),
    ("sex", .category), ("capital gain", .number), ("capital loss", .number), ("hours per week", .number),
    ("country", .category),
  ]
  private enum Kind { case number, category }
  private static let sexes = ["Male", "Female"]

  /// The census in the two files.
  package static func census(_ files: [String: DataFile], _ name: String, _ origin: String) throws -> Census {
    let parts = try ["adult.data", "adult.test"].map { try table(files[$0]) }
    let places = columns.indices.filter { columns[$0].kind != nil }
    let kinds = places.map { place -> CensusColumn in
      let name = columns[place].name
      if columns[place].kind != .category { return .number(name) }
      if name == "sex" { return .category(name, sexes) }
      let found = Set(parts.flatMap { part in part.map { $0.texts[place] } }).subtracting(["?"])
      return .category(name, found.sorted())
    }
    let people = parts.map { rows in
      CensusPart(
        entries: zip(places, kinds).map { place, column in
          rows.map { row in
            guard let categories = column.categories else { return row.numbers[place] }
            return categories.firstIndex(of: row.texts[place]).map(Double.init) ?? .nan
          }
        }, labels: rows.map(\.label), groups: rows.map(\.group))
    }
    return Census(
      name: name, columns: kinds, train: people[0], test: people[1], label: "an income above $50,000 a year",
      groupColumn: "sex", groupNames: sexes, origin: origin, isReal: true)
  }

  /// A person: texts of all columns, numbers of those that have them, label and group.
  private struct Row {
    var texts: [String] = []
    var numbers: [Double] = []
    var (label, group) = (0, 0)
  }

  /// The rows of a file.
  private static func table(_ file: DataFile?) throws -> [Row] {
    guard let file else { return [] }
    // A remark becomes an empty line, which is skipped, so that errors name the right lines.
    let lines = try file.utf8().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { $0.first == UInt8(ascii: "|") ? [] : $0 }
    let bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    let table = try CSVTable(DataFile(path: file.path, bytes: bytes), hasHeader: false)
    guard table.columnCount == columns.count + 1 else {
      throw file.error(
        "its rows have \(table.columnCount) fields, but fourteen entries and the label are expected",
        "Take the published files of Adult")
    }
    return try (0..<table.rowCount).map { number in
      var row = Row()
      row.texts = table[number].map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
      for (place, column) in columns.enumerated() {
        row.numbers.append(column.kind == .number ? Double(try table.integer(number, place, in: 0...9_999_999)) : .nan)
      }
      row.label = try table.choice(number, columns.count, among: ["<=50K", ">50K"])
      row.group = try table.choice(number, 9, among: sexes)
      return row
    }
  }
}
