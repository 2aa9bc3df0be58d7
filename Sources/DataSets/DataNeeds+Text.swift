// What an item needs of text, of labelled texts, of temperatures and of people.

import Files
import Messages

extension DataNeeds {
  /// What a data set consists of.
  public enum Kind: Sendable, Equatable {
    case images, characters, texts, days, people
  }

  /// Needs of a text of at least this many characters.
  public static func characters(_ count: Int) -> DataNeeds { needs(.characters, train: count) }

  /// Needs of texts to train and to test on, in at least this many classes.
  public static func texts(train: Int, test: Int, classes: Int = 2) -> DataNeeds {
    needs(.texts, train: train, test: test, classes: classes)
  }

  /// Needs of temperatures of at least this many days.
  public static func days(_ count: Int) -> DataNeeds { needs(.days, train: count) }

  /// Needs of people to train and to test on, at least ten of both labels in each of two groups of both parts.
  public static func people(train: Int, test: Int) -> DataNeeds { needs(.people, train: train, test: test) }

  private static func needs(_ kind: Kind, train: Int, test: Int = 0, classes: Int = 0) -> DataNeeds {
    var needs = DataNeeds(train: train, test: test, classes: classes)
    needs.kind = kind
    return needs
  }

  /// The needs in words: "a text of at least 2,000 characters".
  var textDescription: String {
    switch kind {
    case .images: ""
    case .characters: "a text of at least \(grouped(train)) characters"
    case .texts: "at least \(grouped(train)) training and \(grouped(test)) test texts, \(classes) classes"
    case .days: "temperatures of at least \(grouped(train)) days"
    case .people: "at least \(grouped(train)) people to train and \(grouped(test)) to test on"
    }
  }

  /// Throws a `DataError` unless the text is long enough for `item`.
  func check(_ corpus: TextCorpus, for item: String) throws {
    let count = corpus.train.unicodeScalars.count + corpus.validation.unicodeScalars.count
    if count < train { throw lacking("but it has \(grouped(count))", corpus.provenance, item) }
  }

  /// Throws a `DataError` unless there are enough texts and classes for `item`.
  func check(_ data: TextClassification, for item: String) throws {
    if data.train.count < train || data.test.count < test {
      throw lacking("but there are \(data.train.count) and \(data.test.count)", data.provenance, item)
    }
    let found = Set(data.train.map(\.label)).count
    if found < classes { throw lacking("but the training texts have \(found)", data.provenance, item) }
  }

  /// Throws a `DataError` unless there are enough days for `item`.
  func check(_ series: DailyTemperatures, for item: String) throws {
    if series.count < train { throw lacking("but there are \(series.count)", series.provenance, item) }
  }

  /// Throws a `DataError` unless there are enough people for `item`, with both labels in both groups.
  func check(_ census: Census, for item: String) throws {
    if census.train.count < train || census.test.count < test {
      throw lacking("but there are \(census.train.count) and \(census.test.count)", census.provenance, item)
    }
    for (part, name) in [(census.train, "training"), (census.test, "test")] {
      for group in 0...1 {
        for label in 0...1 {
          let found = part.labels.indices.count { part.labels[$0] == label && part.groups[$0] == group }
          if found >= 10 { continue }
          throw lacking(
            "and 10 of each label and group, but of label \(label) and group \(census.groupNames[group]) there are "
              + "\(found) among the \(name) people", census.provenance, item)
        }
      }
    }
  }

  private func lacking(_ found: String, _ data: String, _ item: String) -> DataError {
    DataError(
      attempted: "run \(item) on \(data)", found: "it needs \(textDescription), \(found)",
      advice: "Name a folder with other data with --data, or leave --data out")
  }
}
