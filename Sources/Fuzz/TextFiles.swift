// Texts, tables of texts and of temperatures, and vocabularies. Accepted input must be the same text when it is written
// again, number by number or row by row.

import DataSets
import Files

extension Subject {
  /// A text to learn a language from, and one to write with the characters of the first.
  static let text = Subject(name: "text", share: 64) { random in
    let damage = Damage(random: random, words: textWords)
    func text(_ most: Int) -> [UInt8] {
      let lines = (0...random.integer(below: most)).map { _ in damage.one(of: sentences) }
      return Array(lines.joined(separator: damage.one(of: ["\n", "\r\n", " "])).utf8)
    }
    var files = [Array(sentences.joined(separator: "\n").utf8) + text(random.bernoulli(0.02) ? 600 : 8), text(4)]
    damage(&files[random.integer(below: 2)])
    return files
  } read: { files in
    let known = try DataFile(path: "input.txt", bytes: files[0]).text()
    let corpus = TextCorpus(name: "text", text: known, origin: "a file")
    let vocabulary = Vocabulary(charactersOf: known)
    let texts = [known, try DataFile(path: "prompt.txt", bytes: files[1]).text()]
    let numbers = try texts.map(vocabulary.encode)
    let bytes = texts.reduce(0) { $0 + 10 * $1.utf8.count } + 100 * vocabulary.count
    return Reading(bytes: bytes) {
      for (text, numbers) in zip(texts, numbers) {
        try Nonsense.unless(
          same(vocabulary.decode(numbers), text), "\(text.debugDescription) decoded is \(vocabulary.decode(numbers))")
      }
      try Nonsense.unless(same(corpus.train + corpus.validation, known), "the parts of a text are not the text")
      try Nonsense.unless(
        corpus.train.unicodeScalars.count == known.unicodeScalars.count * 9 / 10, "the first part is no nine tenths")
    }
  }

  /// A table of reviews as IMDB's, and one of news as AG News.
  static let reviews = Subject(name: "reviews") { random in
    let damage = Damage(random: random, words: tableWords)
    func table(_ header: [String], _ row: () -> [String]) -> [UInt8] {
      let rows = (0...random.integer(below: random.bernoulli(0.02) ? 200 : 4)).map { _ in row().joined(separator: ",") }
      return Array((header + rows).joined(separator: damage.one(of: ["\n", "\r\n"])).utf8)
    }
    func field() -> String { damage.one(of: fields) }
    var files = [
      table(["label,text"]) { ["\(random.integer(below: 2))", field()] },
      table([]) { ["\"\(1 + random.integer(below: 4))\"", field(), field()] },
    ]
    damage(&files[random.integer(below: 2)])
    return files
  } read: { files in
    let reviews = try TextFile.reviews(DataFile(path: "imdb-train.csv", bytes: files[0]))
    let news = try TextFile.news(DataFile(path: "test.csv", bytes: files[1]), classes: 4)
    let all = reviews + news
    let bytes = all.reduce(0) { $0 + 2 * $1.text.utf8.count + 64 }
    return Reading(bytes: bytes) {
      try Nonsense.unless(reviews.allSatisfy { (0...1).contains($0.label) }, "a review is neither good nor bad")
      try Nonsense.unless(news.allSatisfy { (0...3).contains($0.label) }, "news belong to none of four classes")
      let vocabulary = Vocabulary(wordsOf: all.map(\.words))
      for text in all {
        let words = text.words
        let again = vocabulary.decode(try vocabulary.encode(text.text))
        try Nonsense.unless(same(again, words.joined(separator: " ")), "the words \(words) decoded are \(again)")
      }
    }
  }

  /// A table of days and their temperatures.
  static let temperatures = Subject(name: "temperatures", share: 64) { random in
    let damage = Damage(random: random, words: tableWords)
    let first = random.integer(below: 40_000) - 10_000
    let rows = (0...random.integer(below: 12)).map { day in
      "\"\(CalendarDay(number: first + day))\",\(random.integer(below: 400) - 100).\(random.integer(below: 10))"
    }
    var table = Array((["\"Date\",\"Temp\""] + rows).joined(separator: "\n").utf8)
    damage(&table)
    return [table]
  } read: { files in
    let series = try TextFile.temperatures(DataFile(path: "temperatures.csv", bytes: files[0]), name: "", origin: "")
    return Reading(bytes: 16 * series.count + 64) {
      try Nonsense.unless(
        zip(series.days, series.days.dropFirst()).allSatisfy { $0 < $1 }, "the days \(series.days) are not in order")
      try Nonsense.unless(
        series.days.allSatisfy { CalendarDay("\($0)") == $0 },
        "a day of \(series.days) is another when it is read again"
      )
      try Nonsense.unless(series.values.allSatisfy { $0.isFinite }, "a temperature is no number: \(series.values)")
    }
  }

  /// The vocabulary beside a saved model.
  static let vocabulary = Subject(name: "vocabulary", share: 64) { random in
    let damage = Damage(random: random, words: vocabularyWords)
    let specials = Set(Vocabulary.Special.allCases.filter { _ in random.bernoulli(0.3) })
    let texts = (0...random.integer(below: 5)).map { _ in damage.one(of: sentences + fields) }
    let vocabulary =
      random.bernoulli(0.5)
      ? Vocabulary(charactersOf: texts.joined(separator: "\n"), specials: specials)
      : Vocabulary(wordsOf: texts.map(Vocabulary.words), specials: specials)
    var text = Array(vocabulary.text.utf8)
    damage(&text)
    return [text]
  } read: { files in
    let vocabulary = try Vocabulary(text: DataFile(path: "vocabulary.txt", bytes: files[0]).text(), source: "a file")
    let bytes = vocabulary.symbols.reduce(0) { $0 + 2 * $1.utf8.count + 128 }
    return Reading(bytes: bytes) {
      let again = try Vocabulary(text: vocabulary.text, source: "the same")
      try Nonsense.unless(
        again == vocabulary && zip(again.symbols, vocabulary.symbols).allSatisfy { same($0, $1) },
        "\(vocabulary.symbols) written and read again are \(again.symbols)")
      for (place, symbol) in vocabulary.symbols.enumerated() {
        let numbers = try vocabulary.encode(symbol)
        try Nonsense.unless(
          numbers == [vocabulary.specials.count + place],
          "\(symbol.debugDescription), symbol \(place), is encoded as \(numbers)")
      }
    }
  }
}

/// Whether two texts have the same bytes. Equality of strings is weaker: it ignores how accents are encoded.
private func same(_ a: String, _ b: String) -> Bool { Array(a.utf8) == Array(b.utf8) }

private let sentences = [
  "the old farmer waits.", "First Citizen:", "Größe, naïveté & 2 × 3", "", "\t\"so\" he said", "e\u{301}\u{200D}🙂",
  "don't 'stop'", "İstanbul ſtraße", "a", "\u{0}\u{7F}\u{85}\u{2028}",
]

private let fields = [
  "\"A film, not a good one<br />\"", "\"He said \"\"no\"\"\"", "plain", "\"two\nlines\"", "\"back\\slash\\\"", "\"\"",
  "it's 3.5 stars", "\"ÉTÉ — ſ İ\"",
]

private let textWords = [
  "\u{FEFF}", "\u{0}", "\r", "\r\n", "\u{301}", "🙂", "\\u{", "<br />", "'", "''", "\u{2028}", "ß", "İ",
]

private let tableWords =
  textWords + ["\"", "\"\"", ",", ",,", "\n", "label", "text", "-", "0001-01-01", "9999-12-31", "2024-02-30"]
  + Damage.numbers

private let vocabularyWords =
  textWords + [
    "characters", "words", "padding", "unknown", "start", "end", "\n", "\\", "\\n", "\\u{0}", "\\u{D800}",
    "\\u{110000}",
    "\\u{20}", " ", "\n\n",
  ] + Damage.numbers
