import DataSets
import Figures
import Files
import Foundation
import Messages
import Tensors
import Training

/// The program of a chapter: lists what the chapter offers and runs what the reader asks for.
public struct ChapterProgram: Sendable {
  let number: Int
  let name: String
  /// What the chapter offers, in the order of the notes.
  public let items: [Exercise]

  /// The program of chapter `number`.
  public init(_ number: Int, _ name: String, _ items: [Exercise]) {
    (self.number, self.name, self.items) = (number, name, items)
  }

  /// The chapters that have a program.
  package static let written = 1...4

  /// The name of the executable: ch01.
  public var program: String { Self.name(ofChapter: number) }

  static func name(ofChapter number: Int) -> String { "ch" + (number < 10 ? "0" : "") + "\(number)" }

  /// Runs what the process was asked for, and ends the process.
  public func main() -> Never {
    exit(run(Array(CommandLine.arguments.dropFirst()), console: .standard()))
  }

  /// Runs what the arguments ask for; returns the exit status: 0, 1 if a run failed, 64 for wrong arguments, 65 for a checkpoint that does
  /// not fit, 73 if nothing can be written. A run with a checkpoint that was asked to stop ends the process with 130.
  public func run(
    _ arguments: [String], console: Console, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Int32 {
    do {
      switch try Arguments(program: program, items: items).parse(arguments) {
      case .list: console.out(list)
      case .help(let item): console.out(help(item))
      case .run(let items, let options):
        try checkThreads(environment)
        return run(items, options, console)
      }
      return 0
    } catch {
      console.err("\(program): \(error)\n")
      return 64
    }
  }

  // MARK: - Running

  /// Runs the items in order, with the checkpoint that the options name. A ledger knows all their random sources.
  private func run(_ items: [Exercise], _ options: RunOptions, _ console: Console) -> Int32 {
    guard let path = options.checkpoint else {
      return RandomLedger.$current.withValue(RandomLedger()) { runAll(items, options, console) }
    }
    let isThere = SystemPath.exists(path)
    if options.resumes && !isThere {
      console.err("\(program): there is no checkpoint '\(path)' yet: from the beginning\n")
    }
    do {
      let checkpoint = try Checkpoint(
        path: path, command: typed(words(items) + options.canonical.arguments(withOutput: false)),
        goOn: typed(["swift", "run", "-c", "release"] + words(items) + options.arguments(withOutput: true)),
        tell: console.err)
      Interruption.listen()
      defer {
        checkpoint.save()
        Interruption.stopListening()
      }
      return checkpoint { runAll(items, options, console) }
    } catch {
      console.err("\(program): \(error)\n")
      return isThere ? 65 : 73
    }
  }

  /// The words that ask for these items.
  private func words(_ items: [Exercise]) -> [String] {
    [program] + (items.count == 1 ? items[0].command.split(separator: " ").map(String.init) : ["all"])
  }

  /// Runs the items in order. One that fails does not keep the others from running; a folder that takes no files does, and a checkpoint
  /// that was made with other data.
  private func runAll(_ items: [Exercise], _ options: RunOptions, _ console: Console) -> Int32 {
    var (folder, failed) = (ResultsFolder(options.out ?? "results/\(program)"), [String]())
    defer { folder.removeIfEmpty() }
    do {
      try folder.make()
      for item in items {
        if try !runs(item, options, folder, console) { failed.append(item.command) }
      }
    } catch {
      console.err("\(program): \(error)\n")
      return error is ResultsFolder.Unwritable ? 73 : 65
    }
    if !failed.isEmpty && items.count > 1 {
      console.err("\(program): \(failed.count) of \(items.count) failed: \(failed.joined(separator: ", "))\n")
    }
    return failed.isEmpty ? 0 : 1
  }

  /// Whether an item ended well. Throws what keeps the others from running too.
  private func runs(_ item: Exercise, _ options: RunOptions, _ folder: ResultsFolder, _ console: Console) throws -> Bool
  {
    let run = Run(of: item, options: options, console: console)
    defer { run.endProgress() }
    do {
      try self.run(item, run, folder)
      return true
    } catch {
      if error is ResultsFolder.Unwritable || error is Checkpoint.OtherContents { throw error }
      run.endProgress()
      console.err("\(program): \(item.command) failed: \(error)\n")
      return false
    }
  }

  /// Runs an item, prints its card, and then writes its files: what cannot be written has been seen.
  private func run(_ item: Exercise, _ run: Run, _ folder: ResultsFolder) throws {
    let start = Date()
    run.say(head(item, run.options))
    try item.body(run)
    run.endProgress()
    let repeated = words([item]) + run.options.repeated.arguments(withOutput: true)
    let card = Card(
      item: item.command, title: item.title, command: typed(["swift", "run", "-c", "release"] + repeated),
      version: SavedValue.version, seed: run.options.seed, budget: run.options.budget.rawValue,
      epochs: run.options.epochs, data: item.needs.flatMap { _ in run.data.directory }, folder: folder.path,
      seconds: Date().timeIntervalSince(start), peakMemoryMiB: peakMemoryMiB(), parameters: run.parameters,
      results: Dictionary(run.facts.map { ($0.name, $0.value) }) { $1 }, files: run.files.map(\.name),
      breakdowns: run.breakdowns.isEmpty ? nil : run.breakdowns, measured: run.measured.isEmpty ? nil : run.measured)
    let json = try card.json()
    let isPrinted = run.console.attempt(card.text(facts: run.facts))
    try folder.write(run.files + [(run.cardName, json)])
    if !isPrinted { Console.endForLackOfOutput() }
  }

  private func head(_ item: Exercise, _ options: RunOptions) -> String {
    let kind = item.kind.rawValue.prefix(1).uppercased() + item.kind.rawValue.dropFirst()
    let stars = item.stars > 0 ? " " + String(repeating: "★", count: item.stars) : ""
    return "\(kind) \(item.number)\(stars): \(item.title)\n"
      + "seed \(options.seed), \(options.budget.rawValue), usually \(seconds(item, options.budget))\n"
  }

  // MARK: - Telling what there is

  private func seconds(_ item: Exercise, _ budget: Budget) -> String {
    let seconds = item.seconds[budget] ?? 0
    return seconds < 120 ? "\(seconds) s" : "\((seconds + 30) / 60) min"
  }

  private var list: String {
    let rows = items.map { item in
      [
        "\(program) \(item.command)", String(repeating: "★", count: item.stars), item.title,
        seconds(item, .standard), seconds(item, .quick),
      ]
    }
    let all = ["\(program) all", "", "everything above, in this order", "", ""]
    let table = Table(
      "Chapter \(number), \(name)\n", columns: ["command", "", "what it does", "usually", "--quick"],
      rows: (rows + [all]).map { $0.map { .text($0) } })
    return table.text + "\n" + optionsText
  }

  private var optionsText: String {
    let lines = Arguments.options.map { option in
      "  " + TerminalText.padded("\(option.name) \(option.value ?? "")", columns: 19) + option.what
    }
    return (["Options"] + lines).joined(separator: "\n") + "\n"
  }

  private func help(_ item: Exercise) -> String {
    let budgets = Budget.allCases.map { "\($0 == .standard ? "usually" : "--\($0.rawValue)") \(seconds(item, $0))" }
    let needs = item.needs.map { "It needs \($0(.standard)).\n" } ?? ""
    return "\(program) \(item.command): \(item.title)\n\(budgets.joined(separator: ", "))\n\(needs)\n\(optionsText)"
  }
}
