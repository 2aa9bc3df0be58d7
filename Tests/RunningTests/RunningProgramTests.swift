import Checking
import Figures
import Foundation
import Running
import Synchronization
import Tensors
import Testing

@Suite("Running: what a run leaves behind")
struct RunningResultsTests {
  @Test("a run keeps its table as CSV, its chart as SVG, its images as PNG and its card as JSON")
  func files() throws {
    let folder = try TemporaryFolder()
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

  @Test("--quiet prints nothing but the card")
  func quiet() throws {
    let folder = try TemporaryFolder()
    let (_, screen) = run("exercise", "1.2", "--quiet", "--out", folder.path)
    #expect(screen.out.hasPrefix("── exercise 1.2 "))
    #expect(folder.names.count == 4)
  }

  @Test("a run that fails says why, ends with status 1, and leaves no file")
  func failure() throws {
    let folder = try TemporaryFolder()
    let (status, screen) = run("listing", "1.6", "--out", folder.path + "/new")
    #expect(status == 1)
    #expect(screen.err == "ch01: listing 1.6 failed: the data were eaten\n")
    #expect(folder.names.isEmpty)
  }

  @Test("a folder that cannot be written is found out before the run, with status 73")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/file"
    try Data("x".utf8).write(to: URL(filePath: file))
    for path in [file, file + "/below"] {
      let (status, screen) = run("exercise", "1.2", "--out", path)
      #expect(status == 73)
      #expect(screen.err == "ch01: cannot write results to '\(path)': name another folder with --out DIR\n")
      #expect(screen.out.isEmpty)
    }
  }

  @Test("no file is written while the run goes on, and no folder is made for one that fails, parents included")
  func late() throws {
    let folder = try TemporaryFolder()
    let seen = Mutex([String]())
    let program = ChapterProgram(
      1, "Foundations",
      [
        Exercise("1.1", "Look", stars: 0, seconds: 1) { run in
          run.show(Table("T", columns: ["a"], rows: []), as: "t")
          seen.withLock { $0 = folder.names }
        },
        failing,
      ])
    #expect(run("listing", "1.6", "--out", "\(folder.path)/a/b/c", of: program).status == 1)
    #expect(folder.names == [])
    #expect(
      run("exercise", "1.1", "--out", "\(folder.path)/a/b/c//", of: program).screen.out.contains("/a/b/c/exercise"))
    #expect(seen.withLock { $0 } == [])
    #expect(folder.names == ["a"])
  }

  @Test("a folder that was there before a run that fails is there after it")
  func kept() throws {
    let folder = try TemporaryFolder()
    #expect(run("listing", "1.6", "--out", folder.path).status == 1)
    #expect(FileManager.default.fileExists(atPath: folder.path))
  }

  @Test("a file that cannot be written after the run ends it with status 73 and without a card")
  func blocked() throws {
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/exercise-1.2-counts.csv"
    try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
    let (status, screen) = run("exercise", "1.2", "--out", folder.path)
    #expect(status == 73)
    #expect(screen.err == "ch01: cannot write results to '\(file)': name another folder with --out DIR\n")
    #expect(!screen.out.contains("── exercise 1.2 "))
    #expect(folder.names == ["exercise-1.2-counts.csv"])
  }

  @Test("'all' runs everything in order, what stands after a failure too, and tells at the end what failed")
  func all() throws {
    let folder = try TemporaryFolder()
    let program = ChapterProgram(1, "Foundations", [failing, counting])
    let (status, screen) = run("all", "--quiet", "--out", folder.path, of: program)
    #expect(status == 1)
    #expect(screen.out.hasPrefix("── exercise 1.2 "))
    #expect(
      screen.err == "ch01: listing 1.6 failed: the data were eaten\nch01: 1 of 2 failed: listing 1.6\n")
    #expect(folder.names.count == 4)
  }

  @Test("'all' stops at once where nothing can be written, and ends with status 0 where nothing fails")
  func allOrNothing() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(filePath: folder.path + "/file"))
    let (status, screen) = run("all", "--out", folder.path + "/file/deep/er")
    #expect(status == 73)
    #expect(screen.err.split(separator: "\n").count == 1)
    #expect(screen.out.isEmpty, "found out before anything ran")
    #expect(run("all", "--out", folder.path, of: ChapterProgram(1, "Foundations", [counting])).status == 0)
  }

  #if os(Linux)
    @Test("a folder that permissions allow and the system refuses is found out before anything runs")
    func refused() {
      let (status, screen) = run("exercise", "1.2", "--out", "/proc/results")
      #expect(status == 73)
      #expect(screen.err == "ch01: cannot write results to '/proc/results': name another folder with --out DIR\n")
      #expect(screen.out.isEmpty)
    }

    @Test("a standard output that is full ends the program with status 74 and a sentence")
    func full() async {
      let result = await #expect(processExitsWith: .exitCode(74), observing: [\.standardErrorContent]) {
        dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO)
        Console.standard().out("results")
      }
      let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(text.contains("cannot write to standard output"))
    }
  #endif

  @Test("figures are drawn on a terminal, in colour only where colour is allowed")
  func terminalFigures() throws {
    let folder = try TemporaryFolder()
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
}
