import Foundation
import Synchronization
import Tensors

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
  private(set) var facts: [(name: String, value: CardValue)] = []
  private(set) var files: [(name: String, bytes: [UInt8])] = []

  /// A run of `item`. Exercises get theirs from the chapter's program; tests make their own.
  public init(of item: Exercise, options: RunOptions, console: Console) {
    (self.options, self.console) = (options, console)
    name = "\(item.kind.rawValue)-\(item.number)"
    random = RandomSource(seed: options.seed)
  }

  // MARK: - What the exercise asks

  /// The data sets: real ones where the reader has them.
  public var data: DataLibrary { DataLibrary(directory: options.data) }

  /// The value for the budget of this run.
  public func choose<T>(quick: T, standard: T, full: T) -> T {
    switch options.budget {
    case .quick: quick
    case .standard: standard
    case .full: full
    }
  }

  /// A training plan for the budget of this run, or with the reader's own number of epochs, that reports its progress.
  public func plan(quick: Int, standard: Int, full: Int, batchSize: Int, label: String = "training") -> TrainingPlan {
    let epochs = options.epochs ?? choose(quick: quick, standard: standard, full: full)
    var plan = TrainingPlan(epochs: epochs, batchSize: batchSize)
    plan.report = progress(label)
    return plan
  }

  /// A progress line for a training: one line, rewritten in place, with the seconds left. Silent unless somebody watches.
  public func progress(_ label: String) -> @Sendable (TrainingProgress) -> Void {
    guard console.showsProgress, !options.isQuiet else { return { _ in } }
    let line = ProgressLine(label, console)
    return { line.update($0) }
  }

  // MARK: - What the exercise tells

  /// Prints a line.
  public func say(_ line: String) {
    if !options.isQuiet { console.out(line + "\n") }
  }

  /// Prints a table, and keeps it as CSV under a name.
  public func show(_ table: Table, as name: String) {
    say(table.text)
    keep(Array(table.csv.utf8), name, "csv")
  }

  /// Shows a figure if standard output is a terminal, and keeps it under a name: image grids as PNG, the rest as SVG.
  public func show(_ figure: any Figure, as name: String) {
    if console.showsFigures {
      say(figure.terminal(columns: console.columns, color: console.usesColor && !options.isPlain) + "\n")
    }
    if let png = figure.png { keep(png, name, "png") } else { keep(Array(figure.svg().utf8), name, "svg") }
  }

  /// Puts a final figure on the card.
  public func card(_ name: String, _ value: Double) { facts.append((name, .number(value))) }

  /// Puts a fact on the card, such as which data was used.
  public func card(_ name: String, _ text: String) { facts.append((name, .text(text))) }

  private func keep(_ bytes: [UInt8], _ name: String, _ ending: String) {
    let file = "\(self.name)-\(name).\(ending)"
    require(!files.contains { $0.name == file }, "cannot keep two results as \(file): show one under another name")
    files.append((file, bytes))
  }
}

/// One line on standard error that is rewritten as a training proceeds, at most ten times a second.
private final class ProgressLine: Sendable {
  // A class because it is the line on the screen, which every report rewrites.
  private let label: String
  private let console: Console
  private let start = Date()
  private let lastWrite = Mutex(Date.distantPast)

  init(_ label: String, _ console: Console) { (self.label, self.console) = (label, console) }

  func update(_ progress: TrainingProgress) {
    let (now, isLast) = (Date(), progress.step == progress.steps)
    let isDue = lastWrite.withLock { last in
      if !isLast && now.timeIntervalSince(last) < 0.1 { return false }
      last = now
      return true
    }
    if !isDue { return }
    if isLast { return console.err("\r\u{1B}[K") }
    let left = now.timeIntervalSince(start) / Double(progress.step) * Double(progress.steps - progress.step)
    let loss = String(format: "loss %.4f", progress.loss)
    let text = "\(label): epoch \(progress.epoch)/\(progress.epochs), \(loss), \(Int(left.rounded(.up))) s left"
    console.err("\r" + text.prefix(console.columns - 1) + "\u{1B}[K")
  }
}
