import Checking
import Figures
import Foundation
import Running
import Synchronization
import Tensors
import Testing

@Suite("Running: the results of a run")
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

  @Test("an item without epochs says that --epochs had no effect, and one with epochs takes the number")
  func epochs() throws {
    let without = Exercise("1.1", "None", stars: 1, seconds: 1) { run in run.card("epochs", 0) }
    let with = Exercise("1.2", "Some", stars: 1, seconds: 1) { run in
      run.card("epochs", Double(run.epochs(quick: 1, standard: 2, full: 4)))
    }
    let program = ChapterProgram(1, "Foundations", [without, with])
    let folder = try TemporaryFolder()
    let (_, screen) = run("exercise", "1.1", "--epochs", "3", "--out", folder.path, of: program)
    #expect(screen.err == "ch01: exercise 1.1 has no epochs: --epochs had no effect\n")
    for (words, epochs) in [(["--epochs", "7"], "7"), (["--quick"], "1"), ([], "2"), (["--full"], "4")] {
      let screen = Screen()
      let words = ["exercise", "1.2"] + words + ["--out", folder.path]
      #expect(program.run(words, console: screen.console()) == 0)
      #expect(screen.err == "" && screen.out.contains("\n  epochs       \(epochs)"), "\(screen.out)")
    }
  }

  @Test("--quiet prints only the card")
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

  @Test("a folder that cannot be written is detected before the run, with status 73 and the cause")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("x", "file")
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "gone")
    let long = folder.path + "/" + String(repeating: "a", count: 300)
    // Long enough for the files but not for the folder, which only writing shows.
    let deep = folder.path + String(repeating: "/a", count: (4_030 - folder.path.utf8.count) / 2)
    let tooLong = String(cString: strerror(ENAMETOOLONG))
    let cases = [
      (file, "\(file) is a file"), (file + "/below", "\(file) is a file"),
      (link, "\(link) is a link to gone, which does not exist"), (long, tooLong), (deep, tooLong),
    ]
    for (path, cause) in cases {
      let (status, screen) = run("exercise", "1.2", "--out", path)
      #expect(status == 73 && screen.out.isEmpty)
      #expect(
        screen.err == "ch01: cannot write results to '\(path)': \(cause). Name another folder with --out DIR\n")
      #expect(folder.names == ["file", "link"], "no trace is left")
    }
  }

  @Test(
    "the folder exists from the start, is empty until the run ends, and is removed with new parents if the run fails")
  func late() throws {
    let folder = try TemporaryFolder()
    let seen = Mutex(["nothing"])
    let program = ChapterProgram(
      1, "Foundations",
      [
        Exercise("1.1", "Look", stars: 0, seconds: 1) { run in
          run.show(Table("T", columns: ["a"], rows: []), as: "t")
          seen.withLock { $0 = FileManager.default.subpaths(atPath: folder.path)?.sorted() ?? [] }
        },
        failing,
      ])
    #expect(run("listing", "1.6", "--out", "\(folder.path)/a/b/c", of: program).status == 1)
    #expect(folder.names == [])
    #expect(
      run("exercise", "1.1", "--out", "\(folder.path)/a/b/c//", of: program).screen.out.contains("/a/b/c/exercise"))
    #expect(seen.withLock { $0 } == ["a", "a/b", "a/b/c"])
    #expect(folder.names == ["a"])
  }

  @Test("a folder that existed before a failing run exists after it")
  func kept() throws {
    let folder = try TemporaryFolder()
    #expect(run("listing", "1.6", "--out", folder.path).status == 1)
    #expect(FileManager.default.fileExists(atPath: folder.path))
  }

  @Test("files that cannot be written after the run are kept elsewhere, with the cause after the card and status 73")
  func blocked() throws {
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/exercise-1.2-curve.svg"
    try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
    let (status, screen) = run("exercise", "1.2", "--out", folder.path)
    #expect(status == 73)
    #expect(screen.out.contains("── exercise 1.2 ") && screen.out.contains("  first draw   "))
    #expect(screen.err.hasPrefix("ch01: cannot write '\(file)': "))
    #expect(screen.err.contains(". This file and the 2 that follow are in "))
    #expect(folder.names == ["exercise-1.2-counts.csv", "exercise-1.2-curve.svg"])
    let place = try #require(screen.err.firstMatch(of: /follow are in (\S+) instead: move them/)).1
    defer { try? FileManager.default.removeItem(atPath: String(place)) }
    let kept = try FileManager.default.contentsOfDirectory(atPath: String(place)).sorted()
    #expect(kept == ["exercise-1.2-card.json", "exercise-1.2-curve.svg", "exercise-1.2-grid.png"])
  }

  @Test("a run with another budget, seed or number of epochs does not touch the files of the default run")
  func names() throws {
    let folder = try TemporaryFolder()
    #expect(run("exercise", "1.2", "--out", folder.path).status == 0)
    let (usual, names) = (try folder.text("exercise-1.2-card.json"), folder.names)
    for options in [["--quick"], ["--full"], ["--seed", "7"], ["--epochs", "3"], ["--quick", "--seed=7"]] {
      let before = folder.names
      let screen = Screen()
      #expect(program.run(["exercise", "1.2", "--out", folder.path] + options, console: screen.console()) == 0)
      #expect(folder.names.count == before.count + 4, "\(options) has files of its own")
    }
    #expect(try folder.text("exercise-1.2-card.json") == usual)
    #expect(folder.names.filter { $0.contains("quick-seed-7") }.count == 4 && Set(names).isSubset(of: folder.names))
  }

  @Test("'all' runs everything in order, continues after a failure, and lists the failures at the end")
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

  @Test("'all' stops at once if nothing can be written, and ends with status 0 if nothing fails")
  func allOrNothing() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(filePath: folder.path + "/file"))
    let (status, screen) = run("all", "--out", folder.path + "/file/deep/er")
    #expect(status == 73)
    #expect(screen.err.split(separator: "\n").count == 1)
    #expect(screen.out.isEmpty, "found out before anything ran")
    #expect(run("all", "--out", folder.path, of: ChapterProgram(1, "Foundations", [counting])).status == 0)
  }

  @Test("what a run that was killed while trying its folder has left is removed by the next run")
  func killedTrial() throws {
    let folder = try TemporaryFolder()
    let trial = "trial-".padding(toLength: 120, withPad: "-", startingAt: 0)
    try folder.write("", ".\(trial).part-999999999-0123")
    try folder.write("", trial)
    #expect(run("all", "--out", folder.path, of: ChapterProgram(1, "Foundations", [counting])).status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.filter { $0.contains("trial-") } == [])
  }

  #if os(Linux)
    @Test("a folder that permissions allow but the system refuses is detected before anything runs")
    func refused() {
      let (status, screen) = run("exercise", "1.2", "--out", "/proc/results")
      #expect(status == 73)
      #expect(screen.err.hasPrefix("ch01: cannot write results to '/proc/results': "))
      #expect(screen.err.hasSuffix(". Name another folder with --out DIR\n"))
      #expect(screen.out.isEmpty)
    }

    @Test("a run that cannot print its card still writes its files, and ends with status 74")
    func fullAtTheEnd() async throws {
      let result = await #expect(processExitsWith: .exitCode(74), observing: [\.standardOutputContent]) {
        let folder = try TemporaryFolder()
        let item = Exercise("1.1", "Fill", stars: 0, seconds: 1) { run in
          run.show(Table("T", columns: ["a"], rows: []), as: "t")
          FileHandle.standardOutput.write(Data("\(folder.path)\n".utf8))
          dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO)
        }
        exit(
          ChapterProgram(1, "Foundations", [item]).run(
            ["exercise", "1.1", "--quiet", "--out", folder.path], console: .standard()))
      }
      let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
      let path = try #require(output.split(separator: "\n").last { $0.contains("/test-") }).description
      defer { try? FileManager.default.removeItem(atPath: path) }
      let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      #expect(names == ["exercise-1.1-card.json", "exercise-1.1-t.csv"])
    }

    @Test("a full standard output ends the program with status 74 and a message")
    func full() async {
      let result = await #expect(processExitsWith: .exitCode(74), observing: [\.standardErrorContent]) {
        dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO)
        Console.standard().out("results")
      }
      let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(text.contains("cannot write to standard output"))
    }
  #endif

  @Test("figures are drawn on a terminal, in colour only if allowed")
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
