import Foundation
import Synchronization
import Tensors
import Testing
import Workbench

/// A console that remembers what was written.
final class Screen: Sendable {
  private let texts = Mutex((out: "", err: ""))
  var out: String { texts.withLock { $0.out } }
  var err: String { texts.withLock { $0.err } }

  func console(showsFigures: Bool = false, showsProgress: Bool = false, usesColor: Bool = false) -> Console {
    Console(
      out: { text in self.texts.withLock { $0.out += text } }, err: { text in self.texts.withLock { $0.err += text } },
      showsFigures: showsFigures, showsProgress: showsProgress, columns: 72, usesColor: usesColor)
  }
}

/// A folder that is gone when the test ends.
final class ScratchFolder {
  let path = FileManager.default.temporaryDirectory.path(percentEncoded: false) + "/running-\(UUID().uuidString)"
  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
  func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }
}

private struct Mishap: Error, CustomStringConvertible { let description = "the data were eaten" }

private let counting = Exercise("1.2", "Count", stars: 1, seconds: 3, quick: 1, full: 600) { run in
  run.say("counting")
  run.show(Table("Counts", columns: ["what", "n"], rows: [["apples, green", .integer(1_234_567)]]), as: "counts")
  run.show(LineChart("Curve", series: [Series("a", [1, 2, 3])]), as: "curve")
  run.show(ImageGrid("Grid", images: [[0, 1, 1, 0]]), as: "grid")
  run.parameters = 235_146
  run.card("first draw", run.random.uniform())
  run.card("budget", run.choose(quick: "q", standard: "s", full: "f"))
  run.card("epochs", Double(run.plan(quick: 1, standard: 2, full: 3, batchSize: 4).epochs))
}
private let failing = Exercise(.listing, "1.6", "Fail", seconds: 1) { run in
  run.show(Table("T", columns: ["a"], rows: []), as: "t")
  throw Mishap()
}
private let program = ChapterProgram(1, "Foundations", [counting, failing])

private func run(_ arguments: String..., screen: Screen = Screen()) -> (status: Int32, screen: Screen) {
  (program.run(arguments, console: screen.console()), screen)
}

@Suite("Running: what arguments mean")
struct RunningArgumentsTests {
  @Test(
    "without arguments, and with --help, the program lists what the chapter offers",
    arguments: [[], ["--help"], ["-h"]])
  func list(arguments: [String]) {
    let screen = Screen()
    #expect(program.run(arguments, console: screen.console()) == 0)
    #expect(screen.out.contains("Chapter 1, Foundations"))
    #expect(screen.out.contains("ch01 exercise 1.2  ★  Count"))
    #expect(screen.out.contains("ch01 listing 1.6"))
    #expect(screen.out.contains("--seed N"))
    #expect(screen.err.isEmpty)
  }

  @Test("--help after an item tells of the item and runs nothing")
  func help() throws {
    let (status, screen) = run("exercise", "1.2", "--help")
    #expect(status == 0)
    #expect(screen.out.hasPrefix("ch01 exercise 1.2: Count\n--quick 1 s, usually 3 s, --full 10 min\n"))
    #expect(!screen.out.contains("counting"))
  }

  @Test(
    "wrong arguments end with status 64, say what was found, and suggest what is nearest",
    arguments: [
      (["excercise", "1.2"], "unknown word 'excercise': did you mean 'ch01 exercise'?"),
      (["exercise", "1.3"], "no exercise 1.3 here: did you mean 'ch01 exercise 1.2'?"),
      (["exercise"], "which exercise? There are 1.2: ch01 exercise NUMBER"),
      (["1.6"], "'1.6' needs a word before it: ch01 listing 1.6"),
      (["photosynthesis"], "unknown word 'photosynthesis': see ch01 --help"),
      (["exercise", "1.2", "--sed", "7"], "unknown option '--sed': did you mean '--seed'?"),
      (["exercise", "1.2", "--seed", "x"], "--seed needs a whole number of at least 0, found 'x': --seed 7"),
      (["exercise", "1.2", "--seed=-1"], "--seed needs a whole number of at least 0, found '-1': --seed 7"),
      (["exercise", "1.2", "--seed"], "--seed needs a value: --seed N"),
      (["exercise", "1.2", "--seed", "--quick"], "--seed needs a value: --seed N"),
      (["exercise", "1.2", "--epochs", "0"], "--epochs needs a whole number of at least 1, found '0': --epochs 10"),
      (["exercise", "1.2", "--quick", "--full"], "--quick and --full exclude each other: give one of them"),
      (["exercise", "1.2", "--quick=yes"], "--quick takes no value, found '--quick=yes'"),
      (
        ["exercise", "1.2", "--data", "/nowhere/at/all"],
        "--data needs a folder, and there is none at '/nowhere/at/all': check the path, or leave --data out"
      ),
    ])
  func mistakes(arguments: [String], message: String) {
    let screen = Screen()
    #expect(program.run(arguments, console: screen.console()) == 64)
    #expect(screen.err == "ch01: \(message)\n")
    #expect(screen.out.isEmpty)
  }

  @Test("options may stand as --seed 7 and as --seed=7, and reach the run")
  func options() throws {
    let folder = try ScratchFolder()
    let cards = [["--seed", "7"], ["--seed=7"], ["--seed=8"]].map { seed in
      let screen = Screen()
      _ = program.run(["exercise", "1.2", "--quiet", "--out", folder.path] + seed, console: screen.console())
      return screen.out.split(separator: "\n").filter { $0.contains("first draw") }
    }
    #expect(cards[0] == cards[1])
    #expect(cards[0] != cards[2])
    #expect(cards[0][0].hasSuffix(String(format: "%.4f", RandomSource(seed: 7).uniform())))
  }

  @Test(
    "the budget chooses, and --epochs overrides it",
    arguments: [
      ([], "s", "2"), (["--quick"], "q", "1"), (["--full"], "f", "3"), (["--full", "--epochs", "9"], "f", "9"),
    ])
  func budgets(options: [String], chosen: String, epochs: String) throws {
    let (folder, screen) = (try ScratchFolder(), Screen())
    #expect(program.run(["exercise", "1.2", "--out", folder.path] + options, console: screen.console()) == 0)
    #expect(screen.out.contains("  budget       \(chosen)\n"))
    #expect(screen.out.contains("  epochs       \(epochs).0000\n"))
  }
}

@Suite("Running: what a run leaves behind")
struct RunningResultsTests {
  @Test("a run keeps its table as CSV, its chart as SVG, its images as PNG and its card as JSON")
  func files() throws {
    let folder = try ScratchFolder()
    let (status, screen) = run("exercise", "1.2", "--out", folder.path)
    #expect(status == 0)
    #expect(
      folder.names == [
        "exercise-1.2-card.json", "exercise-1.2-counts.csv", "exercise-1.2-curve.svg", "exercise-1.2-grid.png",
      ])
    #expect(try folder.text("exercise-1.2-counts.csv") == "what,n\r\n\"apples, green\",1234567\r\n")
    #expect(try folder.text("exercise-1.2-curve.svg").hasPrefix("<svg"))
    let json = try JSONSerialization.jsonObject(with: Data(folder.text("exercise-1.2-card.json").utf8))
    let card = try #require(json as? [String: Any])
    let (item, seed, parameters) = (card["item"] as? String, card["seed"] as? Int, card["parameters"] as? Int)
    #expect(item == "exercise 1.2" && seed == 1 && parameters == 235_146)
    let results = card["results"] as? [String: Any]
    let draw = results?["first draw"] as? Double
    #expect(draw == RandomSource(seed: 1).uniform())
    for name in folder.names where !name.hasSuffix("card.json") {
      #expect(screen.out.contains("\(folder.path)/\(name)"))
    }
  }

  @Test("a run prints its head first and its card last, with seconds, memory, parameters and results")
  func card() throws {
    let folder = try ScratchFolder()
    let (_, screen) = run("exercise", "1.2", "--out", folder.path)
    #expect(screen.out.hasPrefix("Exercise 1.2 ★: Count\nseed 1, standard, usually 3 s\n\ncounting\n"))
    #expect(screen.out.contains("what                   n\n─────────────  ─────────\napples, green  1,234,567\n"))
    let card = screen.out.components(separatedBy: "── exercise 1.2 ").last ?? ""
    for name in ["seconds", "peak memory", "parameters   235,146", "first draw", "seed         1", "files"] {
      #expect(card.contains("  \(name)"))
    }
    #expect(screen.err.isEmpty)
  }

  @Test("--quiet prints nothing but the card")
  func quiet() throws {
    let folder = try ScratchFolder()
    let (_, screen) = run("exercise", "1.2", "--quiet", "--out", folder.path)
    #expect(screen.out.hasPrefix("── exercise 1.2 "))
  }

  @Test("a run that fails says why, ends with status 1, and leaves no file")
  func failure() throws {
    let folder = try ScratchFolder()
    let (status, screen) = run("listing", "1.6", "--out", folder.path + "/new")
    #expect(status == 1)
    #expect(screen.err == "ch01: listing 1.6 failed: the data were eaten\n")
    #expect(folder.names.isEmpty)
  }

  @Test("a folder that cannot be written is found out before the run, with status 73")
  func unwritable() throws {
    let folder = try ScratchFolder()
    let file = folder.path + "/file"
    try Data("x".utf8).write(to: URL(filePath: file))
    let (status, screen) = run("exercise", "1.2", "--out", file)
    #expect(status == 73)
    #expect(screen.err == "ch01: cannot write results to '\(file)': name another folder with --out DIR\n")
    #expect(screen.out.isEmpty)
  }

  @Test("'all' runs everything in order and stops with the status of what failed")
  func all() throws {
    let folder = try ScratchFolder()
    let (status, screen) = run("all", "--quiet", "--out", folder.path)
    #expect(status == 1)
    #expect(screen.out.contains("── exercise 1.2 "))
    #expect(screen.err.contains("listing 1.6 failed"))
  }

  @Test("figures are drawn on a terminal, in colour only where colour is allowed")
  func terminalFigures() throws {
    let folder = try ScratchFolder()
    func out(_ options: String..., usesColor: Bool) -> String {
      let screen = Screen()
      let console = screen.console(showsFigures: true, usesColor: usesColor)
      _ = program.run(["exercise", "1.2", "--out", folder.path] + options, console: console)
      return screen.out
    }
    #expect(out(usesColor: true).contains("\u{1B}["))
    #expect(!out(usesColor: false).contains("\u{1B}["))
    #expect(!out("--no-color", usesColor: true).contains("\u{1B}["))
    #expect(out(usesColor: false).contains("Curve"))
  }

  @Test("two results under one name stop with a message")
  func twice() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let item = Exercise("1.1", "Twice", stars: 0, seconds: 1) { _ in }
      let run = Run(of: item, options: RunOptions(), console: Console(out: { _ in }, err: { _ in }))
      for _ in 0..<2 { run.show(Table("T", columns: ["a"], rows: []), as: "t") }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot keep two results as exercise-1.1-t.csv: show one under another name"))
  }
}

@Suite("Running: progress")
struct RunningProgressTests {
  private func lines(showsProgress: Bool, quiet: Bool = false) -> String {
    let screen = Screen()
    var options = RunOptions()
    options.isQuiet = quiet
    let run = Run(of: counting, options: options, console: screen.console(showsProgress: showsProgress))
    let report = run.progress("ReLU")
    for step in 1...50 { report(TrainingProgress(epoch: 1, epochs: 1, step: step, steps: 50, loss: 0.5)) }
    return screen.err
  }

  @Test("on a terminal one line is rewritten, at most ten times a second, and wiped at the end")
  func terminal() {
    let text = lines(showsProgress: true)
    #expect(text.hasPrefix("\rReLU: epoch 1/1, loss 0.5000, "))
    #expect(text.hasSuffix("\r\u{1B}[K"))
    #expect(!text.contains("\n"))
    #expect(text.count { $0 == "\r" } < 10)
  }

  @Test("in a log file, and with --quiet, there is no progress line")
  func log() {
    #expect(lines(showsProgress: false).isEmpty)
    #expect(lines(showsProgress: true, quiet: true).isEmpty)
  }
}

@Suite("Running: tables")
struct RunningTableTests {
  @Test("numbers stand to the right and are rounded, texts to the left; CSV keeps every digit and quotes what needs it")
  func cells() {
    let table = Table(
      "T", columns: ["name", "value"],
      rows: [["a", .number(0.123456789, decimals: 2)], ["say \"hi\",\nyou", .number(.nan, decimals: 2)]])
    #expect(table.text.hasPrefix("T\nname"))
    #expect(table.text.contains("a             0.12\n") || table.text.contains("0.12\n"))
    #expect(table.csv == "name,value\r\na,0.123456789\r\n\"say \"\"hi\"\",\nyou\",nan\r\n")
  }

  @Test(
    "whole numbers are grouped by three digits",
    arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func grouping(number: Int, text: String) { #expect(grouped(number) == text) }
}
