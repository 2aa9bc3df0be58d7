import Figures
import Foundation

extension Bench {
  /// Prints the peak memory of each step, in its own process, and the rival's.
  static func memory(_ arguments: [String]) {
    let selection = Selection(arguments, options: ["--against"])
    let own = CommandLine.arguments[0]
    let columns = ["step", "MiB"] + (selection.rival == nil ? [] : ["rival MiB", "ratio"])
    let rows = selection.subjects.map { step in
      tell("\(step.name)\n")
      let ours = peakMiB(of: "\(own) steps \(step.name)")
      guard let rival = selection.rival else { return [.text(step.name), .number(ours, decimals: 0)] as [Table.Cell] }
      let theirs = peakMiB(of: "\(rival) \(step.name)")
      return [
        .text(step.name), .number(ours, decimals: 0), .number(theirs, decimals: 0),
        .number(theirs / ours, decimals: 2),
      ]
    }
    print(Table("The peak memory of a step", columns: columns, rows: rows).text, terminator: "")
  }

  /// The peak memory of a command, measured by GNU time.
  private static func peakMiB(of command: String) -> Double {
    let output = Child.output(of: "/usr/bin/time -f 'peak %M' \(command) 2>&1 >/dev/null")
    guard let size = output.split(separator: "\n").last?.split(separator: " ").last.flatMap({ Double($0) }) else {
      fail("cannot measure '\(command)': install GNU time as /usr/bin/time")
    }
    return size / 1024
  }

  /// Prints the cost of twice as many examples.
  static func growth(_ arguments: [String]) {
    let rows = Selection(arguments).subjects.map { step in
      tell("\(step.name)\n")
      let (once, twice) = (Stopwatch.milliseconds(step.make(1).run), Stopwatch.milliseconds(step.make(2).run))
      return [
        .text(step.name), .number(once, decimals: 2), .number(twice, decimals: 2), .number(twice / once, decimals: 2),
      ] as [Table.Cell]
    }
    let columns = ["step", "ms", "ms, twice the batch", "ratio"]
    print(Table("The cost of twice the batch", columns: columns, rows: rows).text, terminator: "")
  }
}
