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

  @Test("the card's JSON has its keys in order, every digit, and texts for infinity and NaN")
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
    let places = [
      "budget", "command", "files", "folder", "item", "peakMemoryMiB", "results", "seconds", "seed", "title", "version",
    ].map { key in
      text.firstRange(of: "\"\(key)\"")?.lowerBound
    }
    #expect(!places.contains(nil) && places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    #expect(screen.out.contains("  third        0.3333\n  limit        inf\n  lost         nan\n"))
  }

  @Test("the card's command repeats the run: it has exactly the options that affect the files")
  func again() throws {
    let folder = try TemporaryFolder()
    let options = ["--seed", "7", "--epochs", "3", "--quick", "--out", folder.path, "--quiet", "--no-color"]
    let screen = Screen()
    #expect(program.run(["exercise", "1.2"] + options, console: screen.console()) == 0)
    let name = "exercise-1.2-quick-seed-7-epochs-3-card.json"
    let json = try JSONSerialization.jsonObject(with: Data(folder.text(name).utf8))
    let card = try #require(json as? [String: Any])
    let command = try #require(card["command"] as? String)
    #expect(
      command == "swift run ch01 exercise 1.2 --seed 7 --epochs 3 --quick --out \(folder.path)", "\(command)"
    )
    #expect(card["epochs"] as? Int == 3 && card["folder"] as? String == folder.path)
    #expect((card["version"] as? String)?.hasPrefix("Deep Learning in Swift, version ") == true)
    let words = command.split(separator: " ").dropFirst(3).map(String.init)
    let results = card["results"] as? [String: Any]
    #expect(program.run(words, console: Screen().console()) == 0)
    let second = try JSONSerialization.jsonObject(with: Data(folder.text(name).utf8)) as? [String: Any]
    #expect((second?["results"] as? [String: Any])?["first draw"] as? Double == results?["first draw"] as? Double)
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

  @Test("figures from 0.0001 on and below a million have four decimals, all others a power of ten")
  func exponents() throws {
    let values = [1e-4, 9.99e-5, -1e-4, 999_999.4, 1e6, -1e6, -999_999]
    let (_, screen, _) = try runBody { run in
      for (place, value) in values.enumerated() { run.card("figure \(place)", value) }
    }
    let texts = ["0.0001", "9.990e-05", "-0.0001", "999999.4000", "1.000e+06", "-1.000e+06", "-999999.0000"]
    for (place, text) in texts.enumerated() { #expect(screen.out.contains("  figure \(place)     \(text)\n")) }
    let lines = screen.out.split(separator: "\n")
    #expect(lines.contains { $0 == "── exercise 1.1 " + String(repeating: "─", count: 44) })
    #expect(lines.contains { $0.wholeMatch(of: #/  seconds      \d+\.\d/#) != nil })
    #expect(lines.contains { $0.wholeMatch(of: #/  peak memory  \d+ MiB/#) != nil })
  }

  @Test("the peak memory is that of the whole process, in MiB")
  func memory() throws {
    let block = [UInt8](repeating: 1, count: 256 << 20)
    let (_, screen, _) = try runBody { $0.card("size", Double(block.count >> 20)) }
    let peak = try #require(screen.out.firstMatch(of: /peak memory  (\d+) MiB/).flatMap { Double($0.1) })
    #expect(peak >= 256 && peak < 64_000)
  }

  @Test("the card lists exactly the columns, figures and facts that were measured with a clock")
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
    #expect(message.contains("cannot save two results as exercise-1.1-T.csv: show one under another name"))
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

  @Test("a name that would leave the folder stops with a message")
  func unsafeName() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let run = Run(of: counting, options: RunOptions(), console: Screen().console())
      run.show(Table("T", columns: ["a"], rows: []), as: "../t")
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot name a file '../t': use letters, digits, '-', '_' and '.' only"))
  }
}
