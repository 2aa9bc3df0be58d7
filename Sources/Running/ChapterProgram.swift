import DataSets
import Figures
import Files
import Foundation
import Messages
import Tensors
import Training

/// The program of a chapter, which lists the chapter's items and runs the ones that the reader asks for.
public struct ChapterProgram: Sendable {
  let number: Int
  let name: String
  /// The chapter's items, in the order of the notes.
  public let items: [Exercise]

  /// The program of chapter `number`.
  public init(_ number: Int, _ name: String, _ items: [Exercise]) {
    (self.number, self.name, self.items) = (number, name, items)
  }

  /// The name of the executable: ch01.
  public var program: String { Self.name(ofChapter: number) }

  static func name(ofChapter number: Int) -> String { "ch" + (number < 10 ? "0" : "") + "\(number)" }

  /// Runs what the process's arguments ask for, and ends the process.
  public func main() -> Never {
    exit(run(Array(CommandLine.arguments.dropFirst()), console: .standard()))
  }

  /// Runs what the arguments ask for, and returns the exit status: 0 for success, 1 if a run failed, 64 for wrong
  /// arguments, 65 for a checkpoint that does not fit, 73 if nothing can be written. A run with a checkpoint that is
  /// asked to stop ends the process with status 130.
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

  /// Runs the items in order, with the checkpoint that the options name. A ledger records all their random sources.
  private func run(_ items: [Exercise], _ options: RunOptions, _ console: Console) -> Int32 {
    guard let path = options.checkpoint else {
      return RandomLedger.$current.withValue(RandomLedger()) { runAll(items, options, console) }
    }
    let isThere = SystemPath.exists(path)
    if options.resumes && !isThere {
      console.err("\(program): there is no checkpoint '\(path)' yet: starting from the beginning\n")
    }
    do {
      let checkpoint = try Checkpoint(
        path: path, command: typed(words(items) + options.canonical.arguments(withOutput: false)),
        goOn: typed(["swift", "run"] + words(items) + options.arguments(withOutput: true)),
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

  /// Runs the items in order. A failed item does not stop the others. A folder that cannot be written does, and so does
  /// a checkpoint that was made with different data.
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

  /// Runs an item, and returns whether it succeeded. Throws the errors that stop the other items too.
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

  /// Runs an item, prints its card, and then writes its files: if writing fails, the results have at least been
  /// printed.
  private func run(_ item: Exercise, _ run: Run, _ folder: ResultsFolder) throws {
    let start = Date()
    run.say(head(item, run.options))
    try item.body(run)
    run.endProgress()
    if run.options.epochs != nil && !run.hasEpochs {
      run.console.err("\(program): \(item.command) has no epochs: --epochs had no effect\n")
    }
    let repeated = words([item]) + run.options.repeated.arguments(withOutput: true)
    let card = Card(
      item: item.command, title: item.title, command: typed(["swift", "run"] + repeated),
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

  // MARK: - The list and the help

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
    return table.text + "\n" + optionsText(items.contains(where: \.generatesText), items.contains(where: \.readsModels))
  }

  private func optionsText(_ generates: Bool, _ readsModels: Bool) -> String {
    func lines(_ options: [(name: String, value: String?, what: String)]) -> [String] {
      options.map { option in
        "  " + TerminalText.padded("\(option.name) \(option.value ?? "")", columns: 19) + option.what
      }
    }
    let others = generates ? ["Options of items that generate text"] + lines(Arguments.generating) : []
    let reading = readsModels && !generates ? lines(Arguments.generating.filter { $0.name == "--from" }) : []
    return (["Options"] + lines(Arguments.options) + reading + others).joined(separator: "\n") + "\n"
  }

  private func help(_ item: Exercise) -> String {
    let budgets = Budget.allCases.map { "\($0 == .standard ? "usually" : "--\($0.rawValue)") \(seconds(item, $0))" }
    let needs = item.needs.map { "It needs \($0(.standard)).\n" } ?? ""
    return "\(program) \(item.command): \(item.title)\n\(budgets.joined(separator: ", "))\n\(needs)\n"
      + optionsText(item.generatesText, item.readsModels)
  }
}
