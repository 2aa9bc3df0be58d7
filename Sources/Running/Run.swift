import DataSets
import Figures
import Foundation
import Messages
import Tensors
import Training

/// One run of an exercise: what was asked for, and where results go.
///
/// A class because its identity is the run: the exercise hands it results one after the other. Files are written when the exercise
/// has ended well, and only then.
public final class Run {
  /// What the reader asked for.
  public let options: RunOptions
  /// All random numbers of the run.
  public let random: RandomSource
  /// The number of parameters of the model the run is about, for the card.
  public var parameters: Int?
  let console: Console
  let name: String
  private let item: Exercise
  private let line: ProgressLine
  private(set) var facts: [(name: String, value: CardValue)] = []
  private(set) var files: [(name: String, bytes: [UInt8])] = []
  /// What was measured with a clock: by the name of a file the columns or facts in it, or nothing if that is all of it.
  private(set) var measured: [String: [String]] = [:]

  /// A run of `item`. Exercises get theirs from the chapter's program; tests make their own.
  public init(of item: Exercise, options: RunOptions, console: Console) {
    (self.options, self.console, self.item) = (options, console, item)
    name = "\(item.kind.rawValue)-\(item.number)\(options.ending)"
    random = RandomSource(seed: options.seed)
    line = ProgressLine(console, isShown: console.showsProgress && !options.isQuiet)
  }

  // MARK: - What the exercise asks

  /// The data sets: real ones where the reader has them. Stops unless the item says what it needs of them.
  public var data: DataLibrary {
    require(
      item.needs != nil, "cannot read data in \(item.command), which does not say what it needs: Exercise(…, needs:)")
    return DataLibrary(directory: options.data, for: item.command, needs: item.needs?(options.budget)) {
      name, contents in
      try Checkpoint.current?.note(name, contents)
    }
  }

  /// The value for the budget of this run.
  public func choose<T>(quick: T, standard: T, full: T) -> T {
    options.budget.choose(quick: quick, standard: standard, full: full)
  }

  /// A training plan for the budget of this run, or with the reader's own number of epochs, that reports its progress.
  public func plan(quick: Int, standard: Int, full: Int, batchSize: Int, label: String = "training") -> TrainingPlan {
    let epochs = options.epochs ?? choose(quick: quick, standard: standard, full: full)
    return reporting(TrainingPlan(epochs: epochs, batchSize: batchSize), label)
  }

  /// A training plan of so many steps without batches that reports its progress.
  public func plan(steps: Int, label: String = "training") -> TrainingPlan {
    reporting(TrainingPlan(steps: steps), label)
  }

  /// A training plan that reports its progress.
  public func reporting(_ plan: TrainingPlan, _ label: String) -> TrainingPlan {
    var plan = plan
    plan.report = progress(label)
    return plan
  }

  /// A progress line for a training: one line, rewritten in place, with the seconds left. Silent unless somebody watches, or the loss
  /// is no number any more.
  public func progress(_ label: String) -> @Sendable (TrainingProgress) -> Void {
    { [line] in line.update(label, $0) }
  }

  /// The trainings that broke down, each with the reason.
  var breakdowns: [String] { line.breakdowns }

  /// Wipes the progress line off the screen, so that something else can be written there.
  func endProgress() { line.wipe() }

  // MARK: - What the exercise tells

  /// Prints a line.
  public func say(_ line: String) {
    Checkpoint.current?.stopIfAsked()
    endProgress()
    if !options.isQuiet { console.out(line + "\n") }
  }

  /// Prints a table, and keeps it as CSV under a name.
  public func show(_ table: Table, as name: String) {
    say(table.text)
    let file = keep(Array(table.csv.utf8), name, "csv")
    if !table.measuredColumns.isEmpty { measured[file] = table.measuredColumns }
  }

  /// Shows a figure if standard output is a terminal, and keeps it under a name: image grids as PNG, the rest as SVG. What was measured with
  /// a clock, so that another run draws it otherwise, is marked on the card.
  public func show(_ figure: any Figure, as name: String, isMeasured: Bool = false) {
    if console.showsFigures && !options.isQuiet {
      say(figure.terminal(columns: console.columns, color: console.usesColor && !options.isPlain) + "\n")
    }
    let file =
      figure.png.map { keep($0, name, "png") } ?? keep(Array(figure.svg(theme: options.theme).utf8), name, "svg")
    if isMeasured { measured[file] = [] }
  }

  /// Puts a final figure on the card.
  public func card(_ name: String, _ value: Double) { add(name, .number(value)) }

  /// Puts a figure on the card that was measured with a clock, or follows from such.
  public func card(_ name: String, measured value: Double) {
    add(name, .number(value))
    measured[cardName, default: []].append(name)
  }

  /// Puts a fact on the card, such as which data was used.
  public func card(_ name: String, _ text: String) { add(name, .text(text)) }

  /// The name of the file that keeps the card.
  var cardName: String { "\(name)-card.json" }

  private func add(_ name: String, _ value: CardValue) {
    require(
      !facts.contains { $0.name == name }, "cannot put '\(name)' on the card twice: give the second another name")
    facts.append((name, value))
  }

  private func keep(_ bytes: [UInt8], _ name: String, _ ending: String) -> String {
    require(
      name.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.-]*/) != nil,
      "cannot name a file '\(name)': use letters, digits, '-', '_' and '.' only")
    let file = "\(self.name)-\(name).\(ending)"
    require(
      !files.contains { $0.name.lowercased() == file.lowercased() },
      "cannot keep two results as \(file): show one under another name")
    files.append((file, bytes))
    return file
  }
}
