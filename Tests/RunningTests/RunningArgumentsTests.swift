import Checking
import DataSets
import Figures
import Foundation
import Messages
import Running
import Tensors
import Testing

@Suite("Running: the meaning of arguments")
struct RunningArgumentsTests {
  @Test("--theme draws for a dark or a light background, and is part of the command to resume")
  func theme() throws {
    let arguments = Arguments(program: "ch01", items: [counting])
    guard case .run(_, let options) = try arguments.parse(["exercise", "1.2", "--theme", "dark"]) else {
      Issue.record("no run")
      return
    }
    #expect(options.theme == .dark)
    #expect(options.arguments(withOutput: true).suffix(2) == ["--theme", "dark"])
    #expect(!options.arguments(withOutput: false).contains("--theme"))
    #expect(throws: UsageError.self) { try arguments.parse(["exercise", "1.2", "--theme", "blue"]) }
    let (folder, light) = (try TemporaryFolder(), try TemporaryFolder())
    _ = run("exercise", "1.2", "--theme=dark", "--out", folder.path)
    _ = run("exercise", "1.2", "--out", light.path)
    let curve = LineChart("Curve", series: [Series("a", [1, 2, 3])])
    #expect(try folder.text("exercise-1.2-curve.svg") == curve.svg(theme: .dark))
    #expect(try light.text("exercise-1.2-curve.svg") == curve.svg())
  }

  @Test(
    "without arguments, and with --help, the program lists the chapter's items",
    arguments: [
      [], ["--help"], ["-h"], ["help"], ["exercise", "--help"], ["all", "--help"],
      ["--help", "nonsense"], ["all", "--seed", "x", "-h"], ["exercise", "9.9", "--help"], ["--quick", "--help"],
    ])
  func list(arguments: [String]) {
    let screen = Screen()
    #expect(program.run(arguments, console: screen.console()) == 0)
    #expect(screen.out.contains("Chapter 1, Foundations"))
    #expect(screen.out.contains("ch01 exercise 1.2  ★  Count"))
    #expect(screen.out.contains("ch01 listing 1.6"))
    #expect(screen.out.contains("--seed N"))
    #expect(screen.err.isEmpty)
  }

  @Test(
    "--help describes the item and runs nothing, whatever the other arguments",
    arguments: [
      ["exercise", "1.2", "--help"], ["help", "exercise", "1.2"], ["--help", "exercise", "1.2"],
      ["exercise", "1.2", "--seed", "x", "--help"], ["exercise", "1.2", "--out", "-h"],
      ["exercise", "1.2", "--checkpoint", "/", "--help"], ["exercise", "1.2", "1.3", "--epochs", "--help"],
    ])
  func help(arguments: [String]) throws {
    let screen = Screen()
    #expect(program.run(arguments, console: screen.console(), environment: ["DEEP_LEARNING_THREADS": "x"]) == 0)
    #expect(screen.out.hasPrefix("ch01 exercise 1.2: Count\n--quick 1 s, usually 3 s, --full 10 min\n"))
    #expect(!screen.out.contains("counting") && screen.err.isEmpty)
  }

  @Test("the help of an item that reads data says what it needs")
  func needs() {
    let item = Exercise(.listing, "1.6", "Read", seconds: 1, needs: { _ in DataNeeds(train: 7) }) { _ in }
    let (_, screen) = run("listing", "1.6", "--help", of: ChapterProgram(1, "Foundations", [item]))
    #expect(screen.out.contains("\nIt needs at least 7 training and 1 test images, 2 classes.\n"))
  }

  @Test(
    "an invalid number of threads is reported before anything runs",
    arguments: ["", "0", "-2", "two", "1.5", "99999999999999999999"])
  func threads(text: String) {
    let screen = Screen()
    let status = program.run(
      ["exercise", "1.2"], console: screen.console(), environment: ["DEEP_LEARNING_THREADS": text])
    #expect(status == 64 && screen.out.isEmpty)
    #expect(
      screen.err == "ch01: DEEP_LEARNING_THREADS needs a whole number of at least 1, found '\(text)': "
        + "DEEP_LEARNING_THREADS=2, or leave it unset\n")
    #expect(throws: Never.self) { try checkThreads(["DEEP_LEARNING_THREADS": "3"]) }
  }

  @Test("an impossible checkpoint path is reported with the entry found there, without advice to remove it")
  func checkpoints() throws {
    let folder = try TemporaryFolder()
    let model = try folder.write("a model", "model")
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "gone")
    let cases = [
      (folder.path, "'\(folder.path)' is a folder: try --checkpoint \(folder.path)/run.safetensors"),
      (model, "'\(model)' already exists and is not a checkpoint: name another file"),
      ("/dev/null", "'/dev/null' is a device: name another file"),
      (folder.path + "/link", "is a link to 'gone', which does not exist"),
    ]
    for (path, message) in cases {
      let (status, screen) = run("exercise", "1.2", "--checkpoint", path)
      #expect(status == 64 && screen.err.contains(message) && !screen.err.contains("remove"), "\(screen.err)")
    }
  }

  @Test(
    "wrong arguments end with status 64, say what was found, and suggest the nearest",
    arguments: [
      (["excercise", "1.2"], "unknown word 'excercise': did you mean 'ch01 exercise'?"),
      (["exercise", "1.3"], "no exercise 1.3 here: did you mean 'ch01 exercise 1.2'?"),
      (["exercise"], "which exercise? There are 1.2: ch01 exercise NUMBER"),
      (["1.6"], "'1.6' needs a word before it: ch01 listing 1.6"),
      (["list"], "unknown word 'list': did you mean 'ch01 listing'?"),
      (["ablation", "1.7"], "unknown word 'ablation': see ch01 --help"),
      (["--quick"], "options such as '--quick' come after the item, for example: ch01 all --quick"),
      ([""], "unknown word '': see ch01 --help"),
      (["exercise", "--quick"], "which exercise? There are 1.2: ch01 exercise NUMBER"),
      (["exercise", "1.22"], "no exercise 1.22 here: did you mean 'ch01 exercise 1.2'?"),
      (["exercise", "1.6"], "no exercise 1.6 here: did you mean 'ch01 listing 1.6'?"),
      (["exercise", "99"], "no exercise 99 here: see ch01 --help"),
      (["exercise", "2.1"], "exercise 2.1 is in chapter 2: ch02 exercise 2.1"),
      (["section", "2.1"], "section 2.1 is in chapter 2: ch02 section 2.1"),
      (["gallery", "3"], "gallery 3 is in chapter 3: ch03 gallery 3"),
      (["exercise", "11.2"], "exercise 11.2 is in chapter 11: ch11 exercise 11.2"),
      (["exercise", "1.2", "--seed", "1", "--seed=2"], "--seed is given twice, with '1' and '2': give it once"),
      (["exercise", "1.2", "--data", "/"], "exercise 1.2 reads no data set: leave --data out"),
      (
        ["exercise", "1.2", "--data", "/dev/null"],
        "--data needs a folder, but '/dev/null' is not one: name the folder with the files"
      ),
      (["exercise", "1.2", "1.3"], "unexpected argument '1.3': ch01 runs one item, or all of them with 'ch01 all'"),
      (["all", "1.2"], "unexpected argument '1.2': ch01 runs one item, or all of them with 'ch01 all'"),
      (["exercise", "1.2", "--"], "unknown option '--': see ch01 --help"),
      (["exercise", "1.2", "-q"], "unknown option '-q': see ch01 --help"),
      (
        ["exercise", "1.2", "--seed="], "--seed needs a whole number from 0 to 18446744073709551615, found '': --seed 7"
      ),
      (
        ["exercise", "1.2", "--seed", "18446744073709551616"],
        "--seed needs a whole number from 0 to 18446744073709551615, found '18446744073709551616': --seed 7"
      ),
      (
        ["exercise", "1.2", "--epochs", "9223372036854775807"],
        "--epochs needs a whole number from 1 to 1000000, found '9223372036854775807': --epochs 10"
      ),
      (
        ["exercise", "1.2", "--epochs=2.5"], "--epochs needs a whole number from 1 to 1000000, found '2.5': --epochs 10"
      ),
      (["exercise", "1.2", "--out="], "--out needs the name of a folder, found nothing: --out results"),
      (["exercise", "1.2", "--out", ""], "--out needs the name of a folder, found nothing: --out results"),
      (
        ["exercise", "1.2", "--data="],
        "--data needs a folder, but there is none at '': check the path, or leave --data out"
      ),
      (["exercise", "1.2", "--help=yes"], "--help takes no value, found '--help=yes'"),
      (
        ["exercise", "1.2", "--out", String(repeating: "a", count: 4_097)],
        "an argument has 4097 bytes, but a path has at most 4096: see ch01 --help"
      ),
      (["photosynthesis"], "unknown word 'photosynthesis': see ch01 --help"),
      (["exercise", "1.2", "--sed", "7"], "unknown option '--sed': did you mean '--seed'?"),
      (
        ["exercise", "1.2", "--seed", "x"],
        "--seed needs a whole number from 0 to 18446744073709551615, found 'x': --seed 7"
      ),
      (
        ["exercise", "1.2", "--seed=-1"],
        "--seed needs a whole number from 0 to 18446744073709551615, found '-1': --seed 7"
      ),
      (["exercise", "1.2", "--seed"], "--seed needs a value: --seed N"),
      (["exercise", "1.2", "--seed", "--quick"], "--seed needs a value: --seed N"),
      (
        ["exercise", "1.2", "--epochs", "0"], "--epochs needs a whole number from 1 to 1000000, found '0': --epochs 10"
      ),
      (["exercise", "1.2", "--quick", "--full"], "--quick and --full exclude each other: give one of them"),
      (["exercise", "1.2", "--quick=yes"], "--quick takes no value, found '--quick=yes'"),
      (
        ["exercise", "1.2", "--data", "/nowhere/at/all"],
        "--data needs a folder, but there is none at '/nowhere/at/all': check the path, or leave --data out"
      ),
    ])
  func mistakes(arguments: [String], message: String) {
    let screen = Screen()
    #expect(program.run(arguments, console: screen.console()) == 64)
    #expect(screen.err == "ch01: \(message)\n")
    #expect(screen.out.isEmpty)
  }

  @Test("--data and --out reach the run, whether after a space or after =")
  func folders() throws {
    let folder = try TemporaryFolder()
    for options in [["--data", folder.path], ["--data=\(folder.path)"]] {
      let program = ChapterProgram(
        1, "Foundations",
        [
          Exercise("1.1", "Tell", stars: 0, seconds: 1, needs: { _ in DataNeeds() }) { run in
            run.say("data in \(run.options.data ?? "none"), results in \(run.options.out ?? "none")")
          }
        ])
      let screen = Screen()
      let out = "--out=\(folder.path)/a=b"
      #expect(program.run(["exercise", "1.1", out] + options, console: screen.console()) == 0)
      #expect(screen.out.contains("data in \(folder.path), results in \(folder.path)/a=b\n"))
    }
  }

  @Test("the command to resume is the same run again, for all names of folders and files")
  func goingOn() throws {
    let arguments = Arguments(program: "ch01", items: program.items)
    for name in ["not-there", "--not-there", "-h", "not there", "it's not there"] {
      guard case .run(_, var options) = try arguments.parse(["all", "--out=\(name)", "--checkpoint=\(name)"]) else {
        Issue.record("nothing is run")
        return
      }
      options.resumes = true
      guard case .run(_, let again) = try arguments.parse(["all"] + options.arguments(withOutput: true)) else {
        Issue.record("nothing is run again")
        return
      }
      #expect(again == options)
    }
  }

  @Test("a command is quoted so that a shell splits it into the same words, even with accents on quotes")
  func shell() {
    #expect(typed(["a-b", "a b", "it's", "", "'\u{301}"]) == "a-b 'a b' 'it'\\''s' '' ''\\''\u{301}'")
  }

  @Test("the same budget twice is not a contradiction")
  func budgetTwice() throws {
    let folder = try TemporaryFolder()
    #expect(run("exercise", "1.2", "--quick", "--quick", "--out", folder.path).status == 0)
  }

  @Test("options may be given as --seed 7 and as --seed=7, and reach the run")
  func options() throws {
    let folder = try TemporaryFolder()
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
    let (folder, screen) = (try TemporaryFolder(), Screen())
    #expect(program.run(["exercise", "1.2", "--out", folder.path] + options, console: screen.console()) == 0)
    #expect(screen.out.contains("  budget       \(chosen)\n"))
    #expect(screen.out.contains("  epochs       \(epochs).0000\n"))
  }
}
