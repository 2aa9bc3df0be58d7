import Checking
import Foundation
import Running
import Synchronization
import Tensors
import Testing
import Training

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

  @Test("on a terminal one line is rewritten at most ten times a second, and erased at the end")
  func terminal() {
    let text = lines(showsProgress: true)
    #expect(text.hasPrefix("\rReLU: epoch 1/1, loss 0.5000\u{1B}[K"))
    #expect(text.hasSuffix("\r\u{1B}[K"))
    #expect(!text.contains("\n"))
    #expect(text.count { $0 == "\r" } < 10)
  }

  @Test("in a log file, and with --quiet, there is no progress line")
  func log() {
    #expect(lines(showsProgress: false).isEmpty)
    #expect(lines(showsProgress: true, quiet: true).isEmpty)
  }

  private func report(_ step: Int, of steps: Int, loss: Double = 0.5) -> TrainingProgress {
    TrainingProgress(epoch: 1, epochs: 1, step: step, steps: steps, loss: loss)
  }

  @Test("the remaining seconds are the remaining steps times the time of a step, from the first report on")
  func secondsLeft() throws {
    let screen = Screen()
    let run = Run(of: counting, options: RunOptions(), console: screen.console(showsProgress: true))
    let update = run.progress("a")
    var mostSeconds: [Double] = []
    for _ in 0..<2 {  // the second training starts the clock again
      Thread.sleep(forTimeInterval: 0.11)
      let start = Date()
      update(report(1, of: 1001))
      Thread.sleep(forTimeInterval: 0.11)
      update(report(2, of: 1001))
      mostSeconds.append(999 * Date().timeIntervalSince(start) + 1)
    }
    let seconds = screen.err.matches(of: /, (\d+) s left/).compactMap { Double($0.1) }
    #expect(seconds.count == 2 && seconds.allSatisfy { $0 >= 109 })
    #expect(zip(seconds, mostSeconds).allSatisfy { $0 <= $1 })
  }

  @Test("with several players the line has the loss of each")
  func players() {
    let screen = Screen()
    let run = Run(of: counting, options: RunOptions(), console: screen.console(showsProgress: true))
    let players = [PlayerLoss(name: "critic", loss: 0.25), PlayerLoss(name: "generator", loss: -1.5)]
    run.progress("GAN")(TrainingProgress(epoch: 2, epochs: 3, step: 1, steps: 9, loss: -1.25, players: players))
    #expect(screen.err == "\rGAN: epoch 2/3, critic 0.2500, generator -1.5000\u{1B}[K")
  }

  @Test("half a second per step and twenty steps left are ten seconds, by the steps since the first report")
  func exactSeconds() {
    let (screen, clock) = (Screen(), Clock())
    var console = screen.console(showsProgress: true)
    console.now = { Date(timeIntervalSince1970: clock.seconds.withLock { $0 }) }
    let update = Run(of: counting, options: RunOptions(), console: console).progress("a")
    func lines() -> [String] {
      screen.err.components(separatedBy: "\r").dropFirst().map { $0.replacing("\u{1B}[K", with: "") }
    }
    func step(_ number: Int, of steps: Int, after seconds: Double) {
      clock.seconds.withLock { $0 += seconds }
      update(TrainingProgress(epoch: (number + 9) / 10, epochs: steps / 10, step: number, steps: steps, loss: 0.25))
    }
    for number in 1...10 { step(number, of: 30, after: number == 1 ? 0 : 0.5) }
    #expect(lines().count == 10)
    #expect(lines().first == "a: epoch 1/3, loss 0.2500" && lines().last == "a: epoch 1/3, loss 0.2500, 10 s left")
    #expect(lines()[1].hasSuffix(", 14 s left") && lines()[8].hasSuffix(", 11 s left"))
    // A training resumed at step 101 counts from there: 2 s per step, 98 left.
    step(101, of: 200, after: 1)
    step(102, of: 200, after: 2)
    #expect(lines().suffix(2) == ["a: epoch 11/20, loss 0.2500", "a: epoch 11/20, loss 0.2500, 196 s left"])
    // Within a tenth of a second the line stays.
    step(103, of: 200, after: 0.09)
    #expect(lines().count == 12)
    step(104, of: 200, after: 0.02)
    #expect(lines().count == 13)
  }

  @Test("a message during progress erases the line first, and so does a failure of the run")
  func interrupted() throws {
    let screen = Screen()
    let items = ["say", "throw"].enumerated().map { place, word in
      Exercise("1.\(place + 1)", word, stars: 0, seconds: 1) { run in
        run.progress("training")(TrainingProgress(epoch: 1, epochs: 2, step: 1, steps: 9, loss: 1))
        if word == "throw" { throw Mishap() }
        run.say("stopped early")
      }
    }
    let folder = try TemporaryFolder()
    let console = screen.console(showsProgress: true)
    #expect(ChapterProgram(1, "Foundations", items).run(["all", "--out", folder.path], console: console) == 1)
    let line = "\rtraining: epoch 1/2, loss 1.0000\u{1B}[K"
    let wipe = "\r\u{1B}[K"
    #expect(screen.err.hasPrefix(line + wipe + line + wipe + "ch01: exercise 1.2 failed: "))
  }

  @Test("the line is erased before the next words")
  func order() {
    let text = Mutex("")
    let write: @Sendable (String) -> Void = { words in text.withLock { $0 += words } }
    let console = Console(out: write, err: write, showsProgress: true)
    let run = Run(of: counting, options: RunOptions(), console: console)
    run.progress("training")(report(1, of: 9))
    run.say("stopped early")
    #expect(text.withLock { $0 }.hasSuffix("loss 0.5000\u{1B}[K\r\u{1B}[Kstopped early\n"))
  }

  @Test("the line fits the terminal, however narrow, and an impossible width is ignored")
  func narrow() {
    let screen = Screen()
    var console = screen.console(showsProgress: true)
    console.columns = 30
    let run = Run(of: counting, options: RunOptions(), console: console)
    run.progress("a long label 学習率")(report(1, of: 9))
    #expect(screen.err == "\ra long label 学習率: epoch 1…\u{1B}[K")
    let widths = ["-5", "0", "3", "100"].map { Console.standard(environment: ["COLUMNS": $0]).columns }
    #expect(widths == [Console.fewestColumns, Console.fewestColumns, Console.fewestColumns, 100])
  }

  @Test("a NaN loss is reported once, also in a log file and with --quiet", arguments: [true, false])
  func divergence(showsProgress: Bool) {
    let screen = Screen()
    var options = RunOptions()
    options.isQuiet = true
    let run = Run(of: counting, options: options, console: screen.console(showsProgress: showsProgress))
    run.progress("ReLU")(report(3, of: 9, loss: .nan))
    #expect(screen.err == "ReLU: the loss is nan in step 3 of epoch 1: diverged; a lower learning rate may help\n")
  }
}
