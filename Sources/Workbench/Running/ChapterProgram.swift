import Foundation

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

  /// Runs what the arguments ask for; returns the exit status: 0, 1 if a run failed, 64 for wrong arguments, 73 if nothing can be written.
  public func run(_ arguments: [String], console: Console) -> Int32 {
    let request: Request
    do { request = try Arguments(program: program, items: items).parse(arguments) } catch {
      console.err("\(program): \(error)\n")
      return 64
    }
    switch request {
    case .list: console.out(list)
    case .help(let item): console.out(help(item))
    case .run(let items, let options):
      for item in items {
        let status = run(item, options, console)
        if status != 0 { return status }
      }
    }
    return 0
  }

  // MARK: - Running

  private func run(_ item: Exercise, _ options: RunOptions, _ console: Console) -> Int32 {
    let folder = options.out ?? "results/\(program)"
    let results: ResultsFolder
    do { results = try ResultsFolder(folder) } catch {
      console.err("\(program): \(error)\n")
      return 73
    }
    let start = Date()
    let run = Run(of: item, options: options, console: console)
    run.say(head(item, options))
    do {
      try item.body(run)
      try finish(run, item, results, start)
      return 0
    } catch {
      results.removeIfEmpty()
      console.err("\(program): \(item.command) failed: \(error)\n")
      return 1
    }
  }

  private func finish(_ run: Run, _ item: Exercise, _ results: ResultsFolder, _ start: Date) throws {
    var card = Card(
      item: item.command, title: item.title, seed: run.options.seed, budget: run.options.budget.rawValue,
      seconds: Date().timeIntervalSince(start), peakMemoryMiB: peakMemoryMiB(), parameters: run.parameters,
      results: Dictionary(run.facts.map { ($0.name, $0.value) }) { $1 }, files: run.files.map(\.name))
    for file in run.files { try results.write(file.bytes, file.name) }
    try results.write(card.json, "\(run.name)-card.json")
    card.files = card.files.map { "\(results.path)/\($0)" }
    run.console.out(card.text(facts: run.facts))
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
      "  " + "\(option.name) \(option.value ?? "")".padding(toLength: 14, withPad: " ", startingAt: 0) + option.what
    }
    return (["Options"] + lines).joined(separator: "\n") + "\n"
  }

  private func help(_ item: Exercise) -> String {
    let budgets = Budget.allCases.map { "\($0 == .standard ? "usually" : "--\($0.rawValue)") \(seconds(item, $0))" }
    return "\(program) \(item.command): \(item.title)\n\(budgets.joined(separator: ", "))\n\n\(optionsText)"
  }
}

/// The folder that a run's files go to. Whether it can be written is found out before the run.
struct ResultsFolder {
  let path: String

  /// A folder that cannot be written.
  struct Unwritable: Error, CustomStringConvertible {
    let path: String
    let description: String
  }

  init(_ path: String) throws {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let probe = path + "/.probe-\(ProcessInfo.processInfo.processIdentifier)"
      try Data().write(to: URL(filePath: probe))
      try FileManager.default.removeItem(atPath: probe)
    } catch {
      throw Unwritable(path: path, description: "cannot write results to '\(path)': name another folder with --out DIR")
    }
  }

  /// Writes a file as a whole or not at all.
  func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(filePath: path).appending(path: name), options: .atomic)
  }

  /// Takes the folder away again if a failed run left it empty.
  func removeIfEmpty() {
    let entries = try? FileManager.default.contentsOfDirectory(atPath: path)
    if entries?.isEmpty == true { try? FileManager.default.removeItem(atPath: path) }
  }
}
