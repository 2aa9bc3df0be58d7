import Checking
import Foundation
import Running
import Tensors
import Testing
import Training

/// Trains one step, and then samples in 1,000 steps, of which step 380 is interrupted by Control-C.
private let interrupted = Exercise(.listing, "1.6", "Sample", seconds: 1) { run in
  var (x, adam) = (Weight(), Adam())
  train(&x, with: &adam, examples: 1, plan: run.plan(steps: 1), random: run.random) { x, _ in x.value.squared().sum() }
  let look = run.sampling("DDPM", steps: 1_000)
  for done in 1...1_000 {
    if done == 380 {
      kill(getpid(), SIGINT)
      Thread.sleep(forTimeInterval: 0.5)  // another thread gets the signal: the test's thread blocks signals
    }
    if !look(done, x.value) { break }
  }
}

private struct Weight: Model {
  var value = Tensor([1])
  static var parameters: [PartialKeyPath<Weight>] { [\.value] }
}

@Suite("Running: the progress of sampling, and Control-C")
struct RunningSamplingTests {
  private let x = Tensor([0])

  /// The lines that a sampler of so many steps shows, if a step takes half a second.
  private func lines(_ steps: ClosedRange<Int>, of count: Int, quiet: Bool = false, terminal: Bool = true) -> [String] {
    let (screen, clock) = (Screen(), Clock())
    var console = screen.console(showsProgress: terminal)
    console.now = { Date(timeIntervalSince1970: clock.seconds.withLock { $0 }) }
    var options = RunOptions()
    options.isQuiet = quiet
    let look = Run(of: counting, options: options, console: console).sampling(steps: count)
    for done in steps {
      #expect(look(done, x))
      clock.seconds.withLock { $0 += 0.5 }
    }
    return screen.err.components(separatedBy: "\r").dropFirst().map { $0.replacing("\u{1B}[K", with: "") }
  }

  @Test("the line tells the step, the number of steps, and the seconds left, and is erased after the last step")
  func line() {
    let lines = lines(1...1_000, of: 1_000)
    #expect(lines.count == 1_000 && lines[0] == "sampling: step 1 of 1,000" && lines[999].isEmpty)
    #expect(lines[379] == "sampling: step 380 of 1,000, 310 s left")
    #expect(lines[998] == "sampling: step 999 of 1,000, 1 s left")
  }

  @Test("a second sampling starts the clock again, and what is said erases the line")
  func again() {
    let screen = Screen()
    let run = Run(of: counting, options: RunOptions(), console: screen.console(showsProgress: true))
    for label in ["DDIM", "DDPM"] {
      let look = run.sampling(label, steps: 50)
      Thread.sleep(forTimeInterval: 0.11)
      #expect(look(1, x))
      run.say("first step")
    }
    let wipe = "\r\u{1B}[K"
    #expect(screen.err == "\rDDIM: step 1 of 50\u{1B}[K\(wipe)\rDDPM: step 1 of 50\u{1B}[K\(wipe)")
  }

  @Test("in a log file, and with --quiet, there is no line, and sampling goes on all the same")
  func log() {
    #expect(lines(1...9, of: 20, terminal: false).isEmpty)
    #expect(lines(1...9, of: 20, quiet: true).isEmpty)
  }

  /// What a run of `interrupted` writes to standard error before it ends with status 130.
  private func message(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }

  @Test("Control-C ends the run with status 130 after the current step, and says how far the sampling was")
  func stopped() async {
    let result = await #expect(processExitsWith: .exitCode(130), observing: [\.standardErrorContent]) {
      let console = Console(out: { _ in }, err: { FileHandle.standardError.write(Data($0.utf8)) })
      let folder = FileManager.default.temporaryDirectory.path() + "/\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      _ = ChapterProgram(1, "Foundations", [interrupted]).run(["listing", "1.6", "--out", folder], console: console)
    }
    #expect(message(result).contains("\nDDPM: stopped after step 380 of 1,000. No results were written.\n"))
  }

  @Test("with a checkpoint Control-C also saves the training, and prints the command to resume")
  func saved() async throws {
    let result = await #expect(processExitsWith: .exitCode(130), observing: [\.standardErrorContent]) {
      let path = FileManager.default.temporaryDirectory.path() + "/\(UUID().uuidString)"
      let console = Console(out: { _ in }, err: { FileHandle.standardError.write(Data($0.utf8)) })
      _ = ChapterProgram(1, "Foundations", [interrupted]).run(
        ["listing", "1.6", "--out", path + "s", "--checkpoint", path], console: console)
    }
    let text = message(result)
    #expect(text.contains("\nDDPM: stopped after step 380 of 1,000. A resumed run starts this sampling again.\n"))
    let path = String(try #require(text.firstMatch(of: /All completed work is saved in (.*)\. To resume, run:/)).1)
    defer { for name in [path, path + "s"] { try? FileManager.default.removeItem(atPath: name) } }
    #expect(text.contains("--checkpoint \(path) --resume\n"))
  }
}
