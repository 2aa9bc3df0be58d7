// Text, labelled texts and temperatures: the published sets, or else generated ones whose truth is known.

import Files
import Tensors

extension DataLibrary {
  /// Tiny Shakespeare, 1,115,394 characters, of which the last tenth is kept for validation; or else about
  /// `generated` characters of `SmallLanguage.agreement`, whose entropy is known.
  ///
  /// Throws a `DataError` if the file is damaged, if the folder was given and does not hold it, or if it lacks what the
  /// run needs.
  public func tinyShakespeare(generated: Int = 200_000) throws -> TextCorpus {
    let corpus = try contents(of: .tinyShakespeare) { files, found in
      TextCorpus(name: found.name, text: try Self.text(files, "input.txt"), origin: found.origin)
    }
    let text = corpus ?? .generated(characters: generated, remark: remark(.tinyShakespeare))
    try needs?.check(text, for: item)
    return text
  }

  /// IMDB's film reviews in two classes, as many as the tables hold; or else `generated` + `test` generated reviews.
  ///
  /// Throws as `tinyShakespeare` does.
  public func imdb(generated: Int = 4_000, _ test: Int = 1_000) throws -> TextClassification {
    let reviews = try contents(of: .imdb) { files, found in
      try TextClassification(
        name: found.name, classNames: NamedSet.imdb.classNames,
        train: TextFile.reviews(files["imdb-train.csv"]), test: TextFile.reviews(files["imdb-test.csv"]),
        origin: found.origin, isReal: true)
    }
    return try checked(reviews ?? .generatedReviews(train: generated, test: test, remark: remark(.imdb)))
  }

  /// AG News in four classes; or else `generated` + `test` generated reviews. Of the published test part alone, 6,000
  /// texts are for training, drawn with a fixed seed.
  ///
  /// Throws as `tinyShakespeare` does.
  public func agNews(generated: Int = 4_000, _ test: Int = 1_000) throws -> TextClassification {
    let news = try contents(of: .agNews) { files, found in
      let names = try files["classes.txt"].map(TextFile.lines) ?? NamedSet.agNews.classNames
      func part(_ name: String) throws -> [LabeledText]? {
        try files[name].map { try TextFile.news($0, classes: names.count) }
      }
      let held = try part("test.csv") ?? []
      if let train = try part("train.csv") {
        return TextClassification(
          name: found.name, classNames: names, train: train, test: held, origin: found.origin, isReal: true)
      }
      let order = RandomSource(seed: 2015).permutation(held.count)
      let count = held.count * 60 / 76
      return TextClassification(
        name: found.name, classNames: names, train: order[..<count].map { held[$0] },
        test: order[count...].map { held[$0] }, origin: "the test part of " + found.origin, isReal: true)
    }
    return try checked(news ?? .generatedReviews(train: generated, test: test, remark: remark(.agNews)))
  }

  /// Those of IMDB and AG News that the folder holds; or else the generated reviews alone.
  ///
  /// Throws as `tinyShakespeare` does, and if the folder was given and holds neither.
  public func labeledTexts(generated: Int = 4_000, _ test: Int = 1_000) throws -> [TextClassification] {
    let isThere = [NamedSet.imdb, .agNews].map(holds)
    if isThere == [false, false] { return [try imdb(generated: generated, test)] }
    return try (isThere[0] ? [imdb()] : []) + (isThere[1] ? [agNews()] : [])
  }

  /// Melbourne's daily minimum temperatures, 1981 to 1990; or else `generated` days of `Weather.temperate`, whose
  /// smallest possible error is known.
  ///
  /// Throws as `tinyShakespeare` does.
  public func dailyTemperatures(generated: Int = 3_650) throws -> DailyTemperatures {
    let set = NamedSet.dailyTemperatures
    let series = try contents(of: set) { files, found in
      try TextFile.temperatures(files[set.required[0]], name: found.name, origin: found.origin)
    }
    let temperatures = series ?? .generated(days: generated, remark: remark(set))
    try needs?.check(temperatures, for: item)
    return temperatures
  }

  private func checked(_ data: TextClassification) throws -> TextClassification {
    try needs?.check(data, for: item)
    return data
  }

  private func contents<T>(of set: NamedSet, _ make: ([String: DataFile], Identity) throws -> T) throws -> T? {
    guard let (files, found) = try read(set) else { return nil }
    return try make(files, found)
  }

  private static func text(_ files: [String: DataFile], _ name: String) throws -> String {
    try files[name]?.text() ?? ""
  }
}

/// Readers of the tables that texts and temperatures are published in.
package enum TextFile {
  /// The lines of a file that are not empty.
  static func lines(_ file: DataFile) throws -> [String] {
    try file.text().split(whereSeparator: \.isNewline).map(String.init)
  }

  /// A table with the columns label (0 or 1) and text.
  package static func reviews(_ file: DataFile?) throws -> [LabeledText] {
    guard let file else { return [] }
    let table = try CSVTable(file, hasHeader: true)
    let (label, text) = (try table.column("label"), try table.column("text"))
    return try (0..<table.rowCount).map { row in
      LabeledText(text: table[row, text], label: try table.integer(row, label, in: 0...1))
    }
  }

  /// A table of class, title and description without a header; classes are counted from 1.
  package static func news(_ file: DataFile, classes: Int) throws -> [LabeledText] {
    let table = try CSVTable(file, hasHeader: false)
    guard table.columnCount == 3 else {
      throw file.error(
        "its rows have \(table.columnCount) fields, but class, title and description are expected",
        "Take the published test.csv of AG News")
    }
    return try (0..<table.rowCount).map { row in
      let label = try table.integer(row, 0, in: 1...classes) - 1
      return LabeledText(text: table[row, 1] + " " + table[row, 2].replacing("\\", with: " "), label: label)
    }
  }

  /// A table with the columns Date and Temp.
  package static func temperatures(_ file: DataFile?, name: String, origin: String) throws -> DailyTemperatures {
    guard let file else { return DailyTemperatures(name: name, days: [], values: [], origin: origin, isReal: true) }
    let table = try CSVTable(file, hasHeader: true)
    let (date, value) = (try table.column("Date"), try table.column("Temp"))
    var days: [CalendarDay] = []
    for row in 0..<table.rowCount {
      guard let day = CalendarDay(table[row, date]) else {
        throw file.error(
          "row \(row + 1) has the date \"\(table[row, date])\", but one such as 1981-01-31 is expected", "Correct it")
      }
      if let last = days.last, day <= last {
        throw file.error("row \(row + 1): \(day) follows \(last)", "Sort the rows by date, each date once")
      }
      days.append(day)
    }
    let values = try (0..<table.rowCount).map { try table.number($0, value) }
    return DailyTemperatures(name: name, days: days, values: values, origin: origin, isReal: true)
  }
}
