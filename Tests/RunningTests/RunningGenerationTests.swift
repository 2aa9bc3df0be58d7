import Checking
import DataSets
import Foundation
import Running
import Synchronization
import Tensors
import Testing

/// Writes what it was asked for, and continues every text by as many "a" as the length says.
private let writing = Exercise("1.3", "Write", stars: 1, seconds: 1) { run in
  let wishes = run.options.generation
  run.say("prompt \(try wishes.promptText() ?? "none"), model \(wishes.model ?? "none")")
  if wishes.isInteractive { run.converse(letters, settings: GenerationSettings(wishes, length: 3)) }
}.generating

private var letters: TextGenerator {
  var generator = TextGenerator { text, settings, random, emit in
    if text.contains("é") { throw Mishap() }
    for _ in 0..<settings.length where !emit(settings.temperature == 0 ? "a" : "\(random.integer(below: 10))") { break }
  } likeliest: { text, count, temperature in
    [("a", 0.75), ("\n", 0.25)]
  }
  generator.views = ["gates": { "gates of \($0)" }]
  return generator
}

/// Reads a saved model, but generates no text.
private let sampling = Exercise("1.4", "Sample", stars: 1, seconds: 1) { run in
  run.say("model \(run.options.generation.model ?? "none")")
}.readingModels

private let stage = ChapterProgram(1, "Foundations", [counting, writing])

@Suite("Running: programs that generate text")
struct RunningGenerationTests {
  @Test("the options of a program that generates are read, and are a part of the command to repeat it")
  func options() throws {
    let arguments = Arguments(program: "ch01", items: stage.items)
    let words = [
      "--prompt=-x", "--length", "40", "--temperature", "0.5", "--top-k", "3", "--top-p", "0.9", "--samples", "2",
      "--interactive",
    ]
    guard case .run(_, let options) = try arguments.parse(["exercise", "1.3"] + words) else {
      Issue.record("no run")
      return
    }
    var expected = GenerationOptions()
    (expected.prompt, expected.length, expected.temperature) = ("-x", 40, 0.5)
    (expected.topK, expected.topP, expected.samples, expected.isInteractive) = (3, 0.9, 2, true)
    #expect(options.generation == expected)
    #expect(options.arguments(withOutput: false).suffix(words.count) == words[...])
    #expect(GenerationSettings(expected).length == 40 && GenerationSettings(length: 7).length == 7)
  }

  @Test(
    "values out of range are refused in one sentence",
    arguments: [
      ("--temperature=-1", "--temperature needs a number from 0 to 10, found '-1': --temperature 0.8"),
      ("--temperature=hot", "found 'hot'"), ("--temperature=nan", "found 'nan'"),
      ("--top-p=0", "--top-p needs a number above 0 and at most 1, found '0': --top-p 0.9"), ("--top-p=1.5", "'1.5'"),
      ("--top-k=0", "--top-k needs a whole number from 1 to 1000000, found '0': --top-k 20"),
      ("--length=0", "--length needs a whole number"), ("--samples=1001", "from 1 to 1000, found '1001'"),
      ("--from=/no/file", "--from needs a file with a model, but there is none at '/no/file'"),
      ("--from=/", "'/' is a folder"), ("--promt=x", "unknown option '--promt': did you mean '--prompt'?"),
      ("--interactive=1", "--interactive takes no value"),
    ])
  func refused(word: String, message: String) {
    let (status, screen) = run("exercise", "1.3", word, of: stage)
    #expect(status == 64 && screen.err.contains(message), "\(screen.err)")
  }

  @Test("items that generate nothing refuse them, and so does all")
  func elsewhere() {
    let (status, screen) = run("exercise", "1.2", "--top-k", "3", of: stage)
    #expect(status == 64)
    #expect(
      screen.err == "ch01: exercise 1.2 generates no text: leave --top-k out, or try ch01 exercise 1.3\n")
    #expect(
      run("exercise", "1.2", "--interactive").screen.err.hasSuffix("generates no text: leave --interactive out\n"))
    let all = run("all", "--prompt=x", of: stage)
    #expect(all.status == 64 && all.screen.err.contains("--prompt is an option of single items that generate text"))
    #expect(
      run("exercise", "1.3", "--from=\(#filePath)", "--checkpoint", "new", of: stage).screen.err.contains(
        "--from uses a saved model and trains nothing"))
  }

  @Test("the help of an item that generates lists them, that of others does not")
  func help() {
    #expect(run("exercise", "1.3", "--help", of: stage).screen.out.contains("--top-p P"))
    #expect(!run("exercise", "1.2", "--help", of: stage).screen.out.contains("--top-p P"))
    #expect(run(of: stage).screen.out.contains("Options of items that generate text\n  --prompt TEXT"))
    #expect(!run().screen.out.contains("--prompt"))
  }

  @Test("an item that reads models takes --from alone, and its help says so")
  func models() throws {
    let stage = ChapterProgram(1, "Foundations", [counting, sampling])
    try TemporaryFolder.temporary { folder in
      let file = try folder.write("a model", "model")
      let (status, screen) = run("exercise", "1.4", "--from", file, "--out", folder.path, of: stage)
      #expect(status == 0 && screen.out.contains("model \(file)"), "\(screen.err)")
      #expect(folder.names.contains("exercise-1.4-from-file-card.json"))
    }
    let refused = run("exercise", "1.4", "--top-k", "3", of: stage)
    #expect(refused.status == 64 && refused.screen.err.contains("exercise 1.4 generates no text: leave --top-k out"))
    #expect(run("exercise", "1.2", "--from", #filePath, of: stage).status == 64)
    #expect(run("exercise", "1.4", "--from", "/", of: stage).screen.err.contains("'/' is a folder"))
    let help = run("exercise", "1.4", "--help", of: stage).screen.out
    #expect(help.contains("--from FILE") && !help.contains("--top-k"))
    #expect(run(of: stage).screen.out.contains("--from FILE"))
    #expect(!run("exercise", "1.2", "--help", of: stage).screen.out.contains("--from"))
  }

  @Test("a prompt is a text, or the text in a file")
  func prompt() throws {
    try TemporaryFolder.temporary { folder in
      let file = try folder.write("from a file", "prompt.txt")
      #expect(
        run("exercise", "1.3", "--prompt", "hello", "--out", folder.path, of: stage).screen.out.contains(
          "prompt hello,"))
      #expect(
        run("exercise", "1.3", "--prompt=@\(file)", "--out", folder.path, of: stage).screen.out.contains(
          "prompt from a file,"))
      let missing = run("exercise", "1.3", "--prompt=@\(file)x", "--out", folder.path, of: stage)
      #expect(missing.status == 1 && missing.screen.err.contains("there is no such file"))
      #expect(folder.names.contains("exercise-1.3-prompted-card.json"))
    }
  }

  @Test("lines from a pipe are continued one after the other, each after all that came before, and the run ends")
  func conversation() throws {
    let screen = talk(["one", "two", ":gates", ":reset", "three"], temperature: "0")
    #expect(screen.out.contains("oneaaa\ntwoaaa\ngates of oneaaatwoaaa\nthreeaaa\n") && screen.err.isEmpty)
  }

  @Test("commands change the settings, and what cannot be understood is reported without ending the conversation")
  func commands() throws {
    let screen = talk(
      [
        ":temperature 11", ":temperature 0", ":length 2", "x", ":nonsense", ":top-q 3", ":probabilities", "é", ":reset",
        ":seed x", "y", ":help", ":quit", "z",
      ], temperature: "1")
    #expect(screen.out.contains("xaa\n0.750  \"a\"\n0.250  \"\\n\"\n") && screen.out.contains("yaa\n"))
    #expect(screen.out.contains(":probabilities, :reset, :help, :quit, :gates") && !screen.out.contains("z"))
    for text in [
      ":temperature needs a number from 0 to 10, found '11': :temperature 0.8", "unknown command ':nonsense'",
      "unknown command ':top-q': did you mean ':top-", "the data were eaten", ":seed needs a whole number, found 'x'",
    ] { #expect(screen.err.contains(text), "\(screen.err)") }
  }

  @Test("what is drawn depends on the seed and nothing else")
  func seed() {
    let (first, again, other) = (
      talk(["x"], temperature: "1"), talk(["x"], temperature: "1"), talk([":seed 9", "x"], temperature: "1")
    )
    #expect(first.out == again.out && first.out != other.out)
  }

  @Test("control characters are never sent to a terminal, neither in what is written nor in an error's words")
  func control() {
    #expect(displayed("a\u{1B}[2J\tb\n\u{7}\u{202E}é") == "a\u{FFFD}[2J\tb\n\u{FFFD}\u{FFFD}é")
    let screen = talk([":\u{1B}[2J", "a\u{7}"], temperature: "0")
    #expect(screen.err.contains("unknown command ':\u{FFFD}[2J'") && screen.out.contains("a\u{FFFD}aaa\n"))
  }

  /// What a conversation of these lines writes, its card left out.
  private func talk(_ lines: [String], temperature: String) -> (out: String, err: String) {
    let screen = Screen()
    let rest = Mutex(lines[...])
    var console = screen.console()
    let next: @Sendable () -> String? = { rest.withLock { $0.popFirst() } }
    console.input = next
    guard let folder = try? TemporaryFolder() else { return ("", "no folder") }
    let status = stage.run(
      ["exercise", "1.3", "--interactive", "--temperature", temperature, "--out", folder.path], console: console)
    #expect(status == 0)
    return (screen.out.split(separator: "── exercise")[0].description, screen.err)
  }
}
