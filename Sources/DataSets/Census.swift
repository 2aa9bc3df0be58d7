// People: a table of numbers and categories, with a label and a group for everybody.

import Messages
import Tensors

/// A column of a census: numbers, or one of several categories.
public struct CensusColumn: Sendable, Equatable {
  /// The name of the column.
  public let name: String
  /// The categories, or nil for a column of numbers.
  public let categories: [String]?

  /// A column of numbers.
  public static func number(_ name: String) -> CensusColumn { CensusColumn(name: name, categories: nil) }

  /// A column of categories.
  public static func category(_ name: String, _ categories: [String]) -> CensusColumn {
    CensusColumn(name: name, categories: categories)
  }
}

/// People with their entries, labels and groups.
public struct CensusPart: Sendable, Equatable {
  /// The entries of each column: numbers, or the numbers of categories; NaN where the entry is unknown.
  public let entries: [[Double]]
  /// The label of everybody: 0 or 1.
  public let labels: [Int]
  /// The group of everybody, counted from 0.
  public let groups: [Int]

  /// The people with these entries. Stops the program unless every column has an entry for everybody.
  public init(entries: [[Double]], labels: [Int], groups: [Int]) {
    require(
      entries.allSatisfy { $0.count == labels.count } && groups.count == labels.count,
      "cannot make \(labels.count) people of columns of \(entries.map(\.count)) entries and \(groups.count) groups")
    (self.entries, self.labels, self.groups) = (entries, labels, groups)
  }

  /// The number of people.
  public var count: Int { labels.count }

  /// The people with these indices, in this order.
  public func subset(_ indices: [Int]) -> CensusPart {
    CensusPart(
      entries: entries.map { column in indices.map { column[$0] } }, labels: indices.map { labels[$0] },
      groups: indices.map { groups[$0] })
  }

  /// The first people, or all if there are fewer.
  public func prefix(_ length: Int) -> CensusPart { subset(Array(0..<min(length, count))) }

  /// The labels as numbers. [N]
  public func targets(_ scalarType: ScalarType = .float) -> Tensor {
    Tensor(labels.map(Double.init), scalarType: scalarType)
  }
}

/// A census in two parts, and its origin.
public struct Census: Sendable {
  /// The name of the census.
  public let name: String
  /// The columns, in the order of the entries.
  public let columns: [CensusColumn]
  /// The people to train on.
  public let train: CensusPart
  /// The people to test on.
  public let test: CensusPart
  /// The meaning of the label 1.
  public let label: String
  /// The name of the column with the group.
  public let groupColumn: String
  /// The names of the two groups.
  public let groupNames: [String]
  /// Which census this is, and where it came from.
  public let origin: String
  /// Whether real people were asked.
  public let isReal: Bool

  /// The census with these parts.
  public init(
    name: String, columns: [CensusColumn], train: CensusPart, test: CensusPart, label: String, groupColumn: String,
    groupNames: [String], origin: String, isReal: Bool
  ) {
    (self.name, self.columns, self.train, self.test) = (name, columns, train, test)
    (self.label, self.groupColumn, self.groupNames) = (label, groupColumn, groupNames)
    (self.origin, self.isReal) = (origin, isReal)
  }

  /// One line for the card of a run: the origin of the census, and how many people it has.
  public var provenance: String { "\(origin), \(grouped(train.count)) + \(grouped(test.count)) people" }

  /// The same census with other people.
  public func with(train: CensusPart, test: CensusPart) -> Census {
    Census(
      name: name, columns: columns, train: train, test: test, label: label, groupColumn: groupColumn,
      groupNames: groupNames, origin: origin, isReal: isReal)
  }
}

/// The encoding of people as numbers: standardized numbers, and one feature for each category.
///
/// Numbers have mean 0 and variance 1 among the people that the encoding is made for. An unknown number is encoded as
/// their mean, an unknown category as zeros.
public struct CensusEncoding: Sendable {
  /// The encoded columns.
  public let columns: [CensusColumn]
  /// The features of each column.
  public let features: [Range<Int>]
  private let places: [Int]
  private let scales: [ColumnScale]

  /// The encoding of a census for its training people, without the columns in `left`.
  public init(of census: Census, without left: [String] = []) {
    self.init(columns: census.columns, for: census.train, without: left)
  }

  /// The encoding of these columns for these people, without the columns in `left`.
  public init(columns all: [CensusColumn], for people: CensusPart, without left: [String] = []) {
    let missing = left.filter { name in !all.contains { $0.name == name } }
    require(missing.isEmpty, "cannot leave out the columns \(missing): the columns are \(all.map(\.name))")
    places = all.indices.filter { !left.contains(all[$0].name) }
    columns = places.map { all[$0] }
    let ends = columns.reduce(into: [0]) { ends, column in ends.append((ends.last ?? 0) + column.width) }
    features = zip(ends, ends.dropFirst()).map { $0..<$1 }
    scales = places.map { ColumnScale(of: people.entries[$0]) }
  }

  /// The number of features.
  public var width: Int { features.last?.upperBound ?? 0 }

  /// The names of the features: "age", "occupation: sales".
  public var names: [String] {
    columns.flatMap { column in column.categories?.map { "\(column.name): \($0)" } ?? [column.name] }
  }

  /// The features of people. [N×D]
  public func callAsFunction(_ people: CensusPart, _ scalarType: ScalarType = .float) -> Tensor {
    let D = width
    var features = [Double](repeating: 0, count: people.count * D)
    for (index, column) in columns.enumerated() {
      let (first, scale) = (self.features[index].lowerBound, scales[index])
      for (person, entry) in people.entries[places[index]].enumerated() where !entry.isNaN {
        if column.categories == nil {
          features[person * D + first] = scale.standardized(entry)
        } else {
          features[person * D + first + Int(entry)] = 1
        }
      }
    }
    return Tensor(features, shape: [people.count, D], scalarType: scalarType)
  }
}

extension CensusColumn {
  /// The number of features of a column.
  fileprivate var width: Int { categories?.count ?? 1 }
}
