import DataSets
import Figures
import Foundation
import Messages
import Tensors
import Training

/// One run of an exercise: the options, the data and the results.
///
/// A class because its identity is the run, to which the exercise reports one result after another. Files are written
/// only after the exercise has succeeded.
public final class Run {
  /// The options that the reader gave.
  public let options: RunOptions
  /// The source of all random numbers of the run.
  public let random: RandomSource
  /// The number of parameters of the model the run is about, for the card.
  public var parameters: Int?
  let console: Console
  let name: String
  /// Whether the item has asked for a number of epochs.
  private(set) var hasEpochs = false
  private let item: Exercise
  private let line: ProgressLine
  private(set) var facts: [(name: String, value: CardValue)] = []
  private(set) var files: [(name: String, bytes: [UInt8])] = []
  /// What was measured with a clock: for each file name the columns or facts concerned, or an empty list for the whole
  /// file.
  private(set) var measured: [String: [String]] = [:]
  /// Whether a sampler is running that Control-C stops after its current step.
  private(set) var isListening = false

  /// A run of `item`. The chapter's program makes the run of an exercise; tests make their own.
  public init(of item: Exercise, options: RunOptions, console: Console) {
    (self.options, self.console, self.item) = (options, console, item)
    name = "\(item.kind.rawValue)-\(item.number)\(options.ending)"
    random = RandomSource(seed: options.seed)
    line = ProgressLine(console, isShown: console.showsProgress && !options.isQuiet)
  }

  // MARK: - Options and data

  /// The data sets: the real ones if the reader has them. Stops the program if the item does not state what it needs of
  /// them.
  public var data: DataLibrary {
    require(
      item.needs != nil,
      "cannot read data in \(item.command), which does not state what it needs: use Exercise(…, needs:)")
    return DataLibrary(directory: options.data, for: item.command, needs: item.needs?(options.budget)) {
      name, contents in
      try Checkpoint.current?.note(name, contents)
    }
  }

  /// The value for this run's budget.
  public func choose<T>(quick: T, standard: T, full: T) -> T {
    options.budget.choose(quick: quick, standard: standard, full: full)
  }

  /// The number of epochs for this run's budget, or the reader's own number.
  public func epochs(quick: Int, standard: Int, full: Int) -> Int {
    hasEpochs = true
    return options.epochs ?? choose(quick: quick, standard: standard, full: full)
  }

  /// A training plan that reports its progress, with the epochs for this run's budget or with the reader's own number.
  public func plan(quick: Int, standard: Int, full: Int, batchSize: Int, label: String = "training") -> TrainingPlan {
    let epochs = epochs(quick: quick, standard: standard, full: full)
    return reporting(TrainingPlan(epochs: epochs, batchSize: batchSize), label)
  }

  /// A training plan that reports its progress, with this number of steps and without batches.
  public func plan(steps: Int, label: String = "training") -> TrainingPlan {
    reporting(TrainingPlan(steps: steps), label)
  }

  /// A training plan that reports its progress.
  public func reporting(_ plan: TrainingPlan, _ label: String) -> TrainingPlan {
    var plan = plan
    plan.report = progress(label)
    return plan
  }

  /// A progress line for a training run: one line, rewritten in place, with the seconds left. It is shown on terminals
  /// only; a loss that is infinite or NaN is reported everywhere.
  public func progress(_ label: String) -> @Sendable (TrainingProgress) -> Void {
    { [line] in line.update(label, $0) }
  }

  /// The training runs that broke down, each with the reason.
  var breakdowns: [String] { line.breakdowns }

  /// A progress line for a sampler, to be called after each of its steps with the number of steps done and what it has
  /// so far: "sampling: step 380 of 1,000, 21 s left". It returns true: the sampler goes on.
  ///
  /// Control-C ends the program after the current step with status 130, and a message says how far the sampling was. A
  /// checkpoint then keeps all trainings; a resumed run samples from the start.
  public func sampling(_ label: String = "sampling", steps: Int) -> (_ done: Int, _ x: Tensor) -> Bool {
    { [self] done, _ in
      if Interruption.isAsked && (isListening || Checkpoint.current != nil) { stop(label, done, of: steps) }
      if done >= steps {
        endProgress()
      } else {
        listen()
        line.update(label, step: done, of: steps)
      }
      return true
    }
  }

  /// Makes Control-C wait for the end of a step. With a checkpoint it does so already.
  private func listen() {
    if isListening || Checkpoint.current != nil { return }
    Interruption.listen()
    isListening = true
  }

  /// Ends the program in the middle of sampling.
  private func stop(_ label: String, _ done: Int, of steps: Int) -> Never {
    endProgress()
    console.err("\n\(label): stopped after step \(grouped(done)) of \(grouped(steps)). ")
    if let checkpoint = Checkpoint.current {
      console.err("A resumed run starts this sampling again.\n")
      checkpoint.stopIfAsked()
    } else {
      console.err("No results were written.\n")
    }
    exit(130)
  }

  /// Clears the progress line, so that something else can be written there.
  func endProgress() {
    line.wipe()
    if isListening {
      Interruption.stopListening()
      isListening = false
    }
  }

  // MARK: - Results

  /// Prints a line.
  public func say(_ line: String) {
    Checkpoint.current?.stopIfAsked()
    endProgress()
    if !options.isQuiet { console.out(line + "\n") }
  }

  /// Prints a table, and saves it as CSV under a name.
  public func show(_ table: Table, as name: String) {
    say(table.text)
    let file = keep(Array(table.csv.utf8), name, "csv")
    if !table.measuredColumns.isEmpty { measured[file] = table.measuredColumns }
  }

  /// Shows a figure if standard output is a terminal, and saves it under a name: image grids as PNG, all others as SVG.
  /// A figure of measured times differs from run to run, so it is marked on the card.
  public func show(_ figure: any Figure, as name: String, isMeasured: Bool = false) {
    if console.showsFigures && !options.isQuiet {
      say(figure.terminal(columns: console.columns, color: console.usesColor && !options.isPlain) + "\n")
    }
    let file =
      figure.png.map { keep($0, name, "png") } ?? keep(Array(figure.svg(theme: options.theme).utf8), name, "svg")
    if isMeasured { measured[file] = [] }
  }

  /// Puts a number on the card.
  public func card(_ name: String, _ value: Double) { add(name, .number(value)) }

  /// Puts a number on the card that was measured with a clock or derived from such a measurement.
  public func card(_ name: String, measured value: Double) {
    add(name, .number(value))
    measured[cardName, default: []].append(name)
  }

  /// Puts a text on the card, such as which data set was used.
  public func card(_ name: String, _ text: String) { add(name, .text(text)) }

  /// The name of the card's file.
  var cardName: String { "\(name)-card.json" }

  private func add(_ name: String, _ value: CardValue) {
    require(
      !facts.contains { $0.name == name }, "cannot put '\(name)' on the card twice: give the second another name")
    facts.append((name, value))
  }

  func keep(_ bytes: [UInt8], _ name: String, _ ending: String) -> String {
    require(
      name.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.-]*/) != nil,
      "cannot name a file '\(name)': use letters, digits, '-', '_' and '.' only")
    let file = "\(self.name)-\(name).\(ending)"
    require(
      !files.contains { $0.name.lowercased() == file.lowercased() },
      "cannot save two results as \(file): show one under another name")
    files.append((file, bytes))
    return file
  }
}
