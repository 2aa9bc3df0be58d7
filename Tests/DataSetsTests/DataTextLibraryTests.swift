import Checking
import DataSets
import Testing

@Suite("Data: the library finds texts and temperatures")
struct DataTextLibraryTests {
  @Test("a text is found in its folder and in the reader's, and its last tenth is for validation")
  func text() throws {
    try TemporaryFolder.temporary { folder in
      try folder.write("abcdefghij\r\nÄé345678\n", "tinyshakespeare/input.txt")
      let corpus = try DataLibrary(directory: folder.path, environment: [:]).tinyShakespeare()
      #expect(corpus.train == "abcdefghij\r\nÄé3456")
      #expect(corpus.validation == "78\n" && corpus.isReal)
      #expect(corpus.name == "a text in the place of Tiny Shakespeare")
      #expect(
        corpus.provenance == "a text in the place of Tiny Shakespeare from \(folder.path), 18 + 3 characters")
    }
  }

  @Test("reviews are read with their labels, quotes and commas")
  func reviews() throws {
    try TemporaryFolder.temporary { folder in
      try folder.write("label,text\n1,\"good, \"\"very\"\" good\"\n0,bad\n", "imdb/imdb-train.csv")
      try folder.write("label,text\n0,dull\n", "imdb/imdb-test.csv")
      let library = DataLibrary(directory: folder.path, environment: [:])
      let data = try library.imdb()
      #expect(data.train == [LabeledText(text: "good, \"very\" good", label: 1), LabeledText(text: "bad", label: 0)])
      #expect(data.classNames == ["negative", "positive"] && data.test.count == 1 && data.isReal)
      #expect(try library.labeledTexts().map(\.name) == ["reviews in the format of IMDB"])
      try folder.write("label,text\n2,dull\n", "imdb/imdb-test.csv")
      #expect(
        dataError { try library.imdb() }.contains("line 2, column 1 (label): expected a whole number from 0 to 1"))
      try folder.write("rating,text\n1,dull\n", "imdb/imdb-test.csv")
      #expect(dataError { try library.imdb() }.contains("find the column label"))
    }
  }

  @Test("news are split with a fixed seed where the training part is missing")
  func news() throws {
    try TemporaryFolder.temporary { folder in
      let rows = (0..<76).map { "\"\($0 % 4 + 1)\",\"title \($0)\",\"a \"\"quoted\"\" word\\\($0)\"\n" }
      try folder.write(rows.joined(), "ag_news_csv/test.csv")
      let library = DataLibrary(directory: folder.path, environment: [:])
      let data = try library.agNews()
      #expect(data.train.count == 60 && data.test.count == 16 && data.classNames[3] == "Sci/Tech")
      #expect(data.provenance == "the test part of news in the format of AG News from \(folder.path), 60 + 16 texts")
      #expect(Set((data.train + data.test).map(\.text)).count == 76)
      #expect(
        data.train.contains { $0.text == "title 3 a \"quoted\" word 3" && $0.label == 3 }
          || data.test.contains { $0.text == "title 3 a \"quoted\" word 3" && $0.label == 3 })
      try folder.write(rows.prefix(8).joined(), "ag_news_csv/train.csv")
      let whole = try library.agNews()
      #expect(whole.train.count == 8 && whole.test.count == 76)
      try folder.write("\"5\",\"t\",\"d\"\n", "ag_news_csv/test.csv")
      #expect(dataError { try library.agNews() }.contains("expected a whole number from 1 to 4"))
      try folder.write("a,b\n", "ag_news_csv/test.csv")
      #expect(dataError { try library.agNews() }.contains("its rows have 2 fields, but class, title and description"))
    }
  }

  @Test("temperatures are read with their dates, which ascend")
  func temperatures() throws {
    try TemporaryFolder.temporary { folder in
      let place = "daily-min-temperatures/daily-min-temperatures.csv"
      try folder.write("\"Date\",\"Temp\"\n\"1984-12-30\",20.7\n\"1985-01-01\",-1.5", place)
      let library = DataLibrary(directory: folder.path, environment: [:])
      let series = try library.dailyTemperatures()
      #expect(series.values == [20.7, -1.5] && series.missing.map(\.description) == ["1984-12-31"] && series.isReal)
      try folder.write("Date,Temp\n1984-12-30,20.7\n1984-12-30,1\n", place)
      #expect(
        dataError { try library.dailyTemperatures() }.contains("row 2: 1984-12-30 follows 1984-12-30. Sort the rows"))
      try folder.write("Date,Temp\n30.12.1984,20.7\n", place)
      #expect(
        dataError { try library.dailyTemperatures() }.contains("row 1 has the date \"30.12.1984\", but one such as"))
      try folder.write("Date,Temp\n1984-12-30,warm\n", place)
      #expect(dataError { try library.dailyTemperatures() }.contains("expected a number, found \"warm\""))
    }
  }

  @Test("without a folder there are generated stand-ins, and a folder without the set is an error")
  func standIns() throws {
    let library = DataLibrary(directory: nil, environment: [:])
    #expect(try library.tinyShakespeare(generated: 2_000).origin == "generated sentences")
    #expect(try library.imdb(generated: 20, 10).provenance == "generated reviews, 20 + 10 texts")
    #expect(try library.labeledTexts(generated: 20, 10).count == 1)
    #expect(try library.agNews(generated: 4, 2).train.count == 4)
    #expect(try library.dailyTemperatures(generated: 100).provenance == "generated weather, 100 days")
    try TemporaryFolder.temporary { folder in
      let empty = DataLibrary(directory: folder.path, environment: [:])
      #expect(dataError { try empty.tinyShakespeare() }.contains("looked for \(folder.path)/tinyshakespeare/input.txt"))
      #expect(dataError { try empty.labeledTexts() }.contains("cannot read IMDB in \(folder.path)"))
      try folder.write([0x1F, 0x8B], "imdb/imdb-train.csv.gz")
      try folder.write([0x1F, 0x8B], "imdb/imdb-test.csv.gz")
      #expect(dataError { try empty.imdb() }.contains("Unpack it: gunzip -k"))
    }
  }

  @Test("data that are too few for an item are refused before it runs, in words")
  func needs() throws {
    func library(_ needs: DataNeeds) -> DataLibrary {
      DataLibrary(directory: nil, environment: [:], for: "exercise 5.1", needs: needs) { _, _ in }
    }
    #expect(
      dataError { try library(.characters(5_000)).tinyShakespeare(generated: 1_000) }.contains(
        "cannot run exercise 5.1 on generated sentences, "))
    #expect(
      dataError { try library(.texts(train: 50, test: 10)).imdb(generated: 20, 10) }.contains(
        "it needs at least 50 training and 10 test texts, 2 classes, but there are 20 and 10"))
    #expect(
      dataError { try library(.days(400)).dailyTemperatures(generated: 100) }.contains(
        "it needs temperatures of at least 400 days, but there are 100"))
    #expect(DataNeeds.characters(5_000).description == "a text of at least 5,000 characters")
    _ = try library(.days(100)).dailyTemperatures(generated: 100)
  }
}
