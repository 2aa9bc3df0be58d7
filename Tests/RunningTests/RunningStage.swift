import Checking
import Figures
import Foundation
import Running
import Synchronization
import Tensors

/// A console that records its output.
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

/// The error of the failing listing.
struct Mishap: Error, CustomStringConvertible { let description = "the data were eaten" }

/// Shows a table, a chart and images, and adds a random number to the card.
let counting = Exercise("1.2", "Count", stars: 1, seconds: 3, quick: 1, full: 600) { run in
  run.say("counting")
  run.show(Table("Counts", columns: ["what", "n"], rows: [["apples, green", .integer(1_234_567)]]), as: "counts")
  run.show(LineChart("Curve", series: [Series("a", [1, 2, 3])]), as: "curve")
  run.show(ImageGrid("Grid", images: [[0, 1, 1, 0]]), as: "grid")
  run.parameters = 235_146
  run.card("first draw", run.random.uniform())
  run.card("budget", run.choose(quick: "q", standard: "s", full: "f"))
  run.card("epochs", Double(run.plan(quick: 1, standard: 2, full: 3, batchSize: 4).epochs))
}
/// Shows a table, and then fails.
let failing = Exercise(.listing, "1.6", "Fail", seconds: 1) { run in
  run.show(Table("T", columns: ["a"], rows: []), as: "t")
  throw Mishap()
}
/// The program of a chapter with a successful and a failing run.
let program = ChapterProgram(1, "Foundations", [counting, failing])

/// Runs a program on its own screen.
func run(_ arguments: String..., of program: ChapterProgram = program) -> (status: Int32, screen: Screen) {
  let screen = Screen()
  return (program.run(arguments, console: screen.console()), screen)
}

/// Runs one exercise with this body; returns the status, the screen and the folder of its results.
func runBody(_ body: @escaping @Sendable (Run) throws -> Void) throws -> (Int32, Screen, TemporaryFolder) {
  let folder = try TemporaryFolder()
  let exercise = Exercise("1.1", "Body", stars: 0, seconds: 1, body: body)
  let (status, screen) = run("exercise", "1.1", "--out", folder.path, of: ChapterProgram(1, "Foundations", [exercise]))
  return (status, screen, folder)
}

/// A clock that a test moves. A class because the console and the test share it.
final class Clock: Sendable {
  let seconds = Mutex(1000.0)
}
