// The two files of Adult. An accepted census must have an entry of every column for each person, and only known ones.

import DataSets
import Files

extension Subject {
  /// Both files: rows as published, with unknown entries, a remark before the test rows, and full stops behind labels.
  static let census = Subject(name: "census", share: 64) { random in
    let damage = Damage(random: random, words: censusWords)
    func row(_ end: String) -> String {
      let fields = censusFields.map { damage.one(of: $0) } + [damage.one(of: ["<=50K", ">50K"]) + end]
      return fields.joined(separator: ", ")
    }
    func rows(_ end: String) -> [String] {
      (0...random.integer(below: random.bernoulli(0.02) ? 300 : 4)).map { _ in row(end) }
    }
    let lineEnd = damage.one(of: ["\n", "\r\n"])
    var files = [rows(""), ["|1x3 Cross validator"] + rows(".") + [""]].map { lines in
      Array(lines.joined(separator: lineEnd).utf8)
    }
    damage(&files[random.integer(below: 2)])
    return files
  } read: { files in
    let named = try zip(["adult.data", "adult.test"], files).map { ($0, try DataFile(path: $0, bytes: $1)) }
    let census = try AdultFile.census(Dictionary(uniqueKeysWithValues: named), "census", "two files")
    let parts = [census.train, census.test]
    let bytes = parts.reduce(0) { $0 + $1.count * (census.columns.count + 2) * 8 }
    return Reading(bytes: bytes) {
      for part in parts {
        try Nonsense.unless(
          part.entries.count == census.columns.count && part.groups.count == part.count
            && part.labels.allSatisfy { 0...1 ~= $0 } && part.groups.allSatisfy { 0...1 ~= $0 },
          "\(part.entries.count) columns of \(part.count) people in \(part.groups.count) groups")
        for (entries, column) in zip(part.entries, census.columns) {
          try Nonsense.unless(entries.count == part.count, "\(column.name): \(entries.count) of \(part.count) entries")
          let most = column.categories.map { Double($0.count - 1) } ?? 9_999_999
          let isKnown = entries.allSatisfy { $0 >= 0 && $0 <= most || (column.categories != nil && $0.isNaN) }
          try Nonsense.unless(isKnown, "\(column.name): an entry is not among its values")
        }
      }
    }
  }
}

/// Values of the fourteen columns.
private let censusFields = [
  ["39", "17", "90"], ["State-gov", "Private", "?"], ["77516", "0"], ["Bachelors", "HS-grad"], ["13", "9"],
  ["Never-married", "Divorced"], ["Adm-clerical", "?", "Sales"], ["Husband", "Wife"], ["White", "Black"],
  ["Male", "Female"], ["2174", "0"], ["0", "1902"], ["40", "99"], ["United-States", "?", "Cuba"],
]

private let censusWords =
  ["?", ",", ", ", "\n", "\r\n", "|", ".", "<=50K", ">50K", ">50K..", "Male", "Female", "\"", "\u{0}", " ", "-1"]
  + Damage.numbers
