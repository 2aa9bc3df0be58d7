import Checking
import Figures
import Foundation
import Running
import Tensors
import Testing

@Suite("Running: the card")
struct RunningCardTests {
  @Test("a run prints its head first and its card last, with seconds, memory, parameters and results")
  func card() throws {
    let folder = try TemporaryFolder()
    let (_, screen) = run("exercise", "1.2", "--out", folder.path)
    #expect(screen.out.hasPrefix("Exercise 1.2 ★: Count\nseed 1, standard, usually 3 s\n\ncounting\n"))
    #expect(screen.out.contains("what                   n\n─────────────  ─────────\napples, green  1,234,567\n"))
    let card = screen.out.components(separatedBy: "── exercise 1.2 ").last ?? ""
    for name in ["seconds", "peak memory", "parameters   235,146", "first draw", "seed         1", "files"] {
      #expect(card.contains("  \(name)"))
    }
    #expect(screen.err.isEmpty)
  }

  @Test("the card's JSON has its keys in order, every digit, and texts where JSON knows no number")
  func json() throws {
    let (_, screen, folder) = try runBody { run in
      run.card("third", 1.0 / 3)
      run.card("limit", .infinity)
      run.card("lost", .nan)
      run.card("a / b", "say \"hi\"")
    }
    let text = try folder.text("exercise-1.1-card.json")
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let results = try #require(object?["results"] as? [String: Any])
    #expect(results["third"] as? Double == 1.0 / 3)
    #expect(results["limit"] as? String == "inf" && results["lost"] as? String == "nan")
    #expect(results["a / b"] as? String == "say \"hi\"")
    let places = ["budget", "files", "item", "peakMemoryMiB", "results", "seconds", "seed", "title"].map { key in
      text.firstRange(of: "\"\(key)\"")?.lowerBound
    }
    #expect(!places.contains(nil) && places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    #expect(screen.out.contains("  third        0.3333\n  limit        inf\n  lost         nan\n"))
  }

  @Test("small and large figures are written with a power of ten, and names of any script stay aligned")
  func figures() throws {
    let (_, screen, _) = try runBody { run in
      for (name, value) in [("zero", 0), ("small", 2.5e-7), ("large", -3.25e9), ("θ̂", 1), ("学習率", 2)] {
        run.card(name, value)
      }
    }
    let lines = [
      "zero         0.0000", "small        2.500e-07", "large        -3.250e+09", "θ̂            1.0000",
      "学習率       2.0000",
    ]
    #expect(screen.out.contains(lines.map { "  \($0)\n" }.joined()))
  }

  @Test("the card says what was measured with a clock: columns, figures and facts, and nothing else")
  func measured() throws {
    let (_, screen, folder) = try runBody { run in
      let rows: [[Table.Cell]] = [["a", .number(1, decimals: 1), .measured(0.25, decimals: 1)]]
      run.show(Table("T", columns: ["what", "n", "seconds"], rows: rows), as: "times")
      run.show(Table("U", columns: ["n"], rows: [[.number(1, decimals: 1)]]), as: "counts")
      run.show(LineChart("C", series: [Series("a", [1, 2])]), as: "times", isMeasured: true)
      run.show(LineChart("D", series: [Series("a", [1, 2])]), as: "counts")
      run.card("ratio", measured: 1.5)
      run.card("loss", 0.5)
    }
    let text = try folder.text("exercise-1.1-card.json")
    let card = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let expected = [
      "exercise-1.1-times.csv": ["seconds"], "exercise-1.1-times.svg": [], "exercise-1.1-card.json": ["ratio"],
    ]
    #expect(card["measured"] as? [String: [String]] == expected)
    #expect((card["results"] as? [String: Any])?["ratio"] as? Double == 1.5)
    #expect(try folder.text("exercise-1.1-times.csv") == "what,n,seconds\r\na,1.0,0.25\r\n")
    #expect(screen.out.contains("a     1.0      0.2\n") && screen.out.contains("  ratio        1.5000\n"))
    let (_, _, other) = try runBody { $0.card("loss", 0.5) }
    #expect(!(try other.text("exercise-1.1-card.json").contains("measured")))
  }

  @Test("two results under one name stop with a message, even if only their case differs")
  func twice() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let item = Exercise("1.1", "Twice", stars: 0, seconds: 1) { _ in }
      let run = Run(of: item, options: RunOptions(), console: Console(out: { _ in }, err: { _ in }))
      for name in ["t", "T"] { run.show(Table("T", columns: ["a"], rows: []), as: name) }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot keep two results as exercise-1.1-T.csv: show one under another name"))
  }

  @Test("two facts under one name stop with a message")
  func factTwice() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let run = Run(of: counting, options: RunOptions(), console: Screen().console())
      run.card("accuracy", 0.9)
      run.card("accuracy", "fair")
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot put 'accuracy' on the card twice: give the second another name"))
  }

  @Test("a name that would lead out of the folder stops with a message")
  func unsafeName() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let run = Run(of: counting, options: RunOptions(), console: Screen().console())
      run.show(Table("T", columns: ["a"], rows: []), as: "../t")
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot name a file '../t': use letters, digits, '-', '_' and '.' only"))
  }
}
