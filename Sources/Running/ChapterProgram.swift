import Figures
import Foundation
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

  /// The name of the executable: ch01.
  public var program: String { "ch" + (number < 10 ? "0" : "") + "\(number)" }

  /// Runs what the process was asked for, and ends the process.
  public func main() -> Never {
    exit(run(Array(CommandLine.arguments.dropFirst()), console: .standard()))
  }

  /// Runs what the arguments ask for; returns the exit status: 0, 1 if a run failed, 64 for wrong arguments, 65 for a checkpoint that does
  /// not fit, 73 if nothing can be written. A run with a checkpoint that was asked to stop ends the process with 130.
  public func run(_ arguments: [String], console: Console) -> Int32 {
    let request: Request
    do { request = try Arguments(program: program, items: items).parse(arguments) } catch {
      console.err("\(program): \(error)\n")
      return 64
    }
    switch request {
    case .list: console.out(list)
    case .help(let item): console.out(help(item))
    case .run(let items, let options): return run(items, options, console)
    }
    return 0
  }

  // MARK: - Running

  /// Runs the items in order, with the checkpoint that the options name. A ledger knows all their random sources.
  private func run(_ items: [Exercise], _ options: RunOptions, _ console: Console) -> Int32 {
    guard let path = options.checkpoint else {
      return RandomLedger.$current.withValue(RandomLedger()) { runAll(items, options, console) }
    }
    let isThere = FileManager.default.fileExists(atPath: path)
    if options.resumes && !isThere {
      console.err("\(program): there is no checkpoint '\(path)' yet: from the beginning\n")
    }
    let words = items.count == 1 ? items[0].command.split(separator: " ").map(String.init) : ["all"]
    do {
      let checkpoint = try Checkpoint(
        path: path, command: typed([program] + words + options.arguments(withOutput: false)),
        goOn: typed(["swift", "run", "-c", "release", program] + words + options.arguments(withOutput: true)),
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

  /// Runs the items in order. One that fails does not keep the others from running; a folder that takes no files does.
  private func runAll(_ items: [Exercise], _ options: RunOptions, _ console: Console) -> Int32 {
    let folder = ResultsFolder(options.out ?? "results/\(program)")
    var failed: [String] = []
    for item in items {
      let run = Run(of: item, options: options, console: console)
      do {
        try folder.requireWritable()
        try self.run(item, run, folder)
      } catch {
        run.endProgress()
        if error is ResultsFolder.Unwritable {
          console.err("\(program): \(error)\n")
          return 73
        }
        console.err("\(program): \(item.command) failed: \(error)\n")
        failed.append(item.command)
      }
    }
    if !failed.isEmpty && items.count > 1 {
      console.err("\(program): \(failed.count) of \(items.count) failed: \(failed.joined(separator: ", "))\n")
    }
    return failed.isEmpty ? 0 : 1
  }

  private func run(_ item: Exercise, _ run: Run, _ folder: ResultsFolder) throws {
    let start = Date()
    run.say(head(item, run.options))
    try item.body(run)
    run.endProgress()
    let card = Card(
      item: item.command, title: item.title, seed: run.options.seed, budget: run.options.budget.rawValue,
      seconds: Date().timeIntervalSince(start), peakMemoryMiB: peakMemoryMiB(), parameters: run.parameters,
      results: Dictionary(run.facts.map { ($0.name, $0.value) }) { $1 }, files: run.files.map(\.name),
      breakdowns: run.breakdowns.isEmpty ? nil : run.breakdowns, measured: run.measured.isEmpty ? nil : run.measured)
    let json = try card.json()
    for file in run.files { try folder.write(file.bytes, file.name) }
    try folder.write(json, run.cardName)
    run.console.out(card.text(facts: run.facts, folder: folder.path))
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
    return "\(program) \(item.command): \(item.title)\n\(budgets.joined(separator: ", "))\n\n\(optionsText)"
  }
}
