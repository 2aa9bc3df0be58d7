import Foundation
import Kernels
import Workbench

extension Bench {
  /// Prints the name and the milliseconds of each step, or compares them with a rival's.
  static func steps(_ arguments: [String]) {
    let selection = Selection(arguments)
    if let rival = selection.rival { return compare(selection.steps, with: rival, rounds: selection.rounds) }
    for step in selection.steps {
      let milliseconds = Stopwatch.milliseconds(step.make(1))
      FileHandle.standardOutput.write(Data(String(format: "%@\t%.3f\n", step.name, milliseconds).utf8))
    }
  }

  /// Measures in turns, step by step and round by round, and prints medians and ratios.
  private static func compare(_ steps: [Step], with rival: String, rounds: Int) {
    let peak = Peak.multiplyAdds()
    let seconds = steps.count * rounds * 8
    tell("\(steps.count) steps, \(rounds) rounds: about \(seconds / 60 + 1) minutes\n")
    var rows: [[Table.Cell]] = []
    var logarithms = 0.0
    for step in steps {
      var (ours, theirs): ([Double], [Double]) = ([], [])
      for round in 1...rounds {
        tell("\(step.name), round \(round)\n")
        ours.append(Stopwatch.milliseconds(step.make(1)))
        theirs.append(milliseconds(of: step.name, rival))
      }
      let (our, their) = (Stopwatch.median(ours), Stopwatch.median(theirs))
      let ratios = zip(theirs, ours).map { $0 / $1 }
      logarithms += log(Stopwatch.median(ratios))
      let speed = step.operations / our * 1e-6
      rows.append([
        .text(step.name), .number(our, decimals: 2), .number(their, decimals: 2),
        .number(Stopwatch.median(ratios), decimals: 2), .number(ratios.min() ?? .nan, decimals: 2),
        .number(ratios.max() ?? .nan, decimals: 2), .number(speed, decimals: 0),
        .number(100 * speed / peak, decimals: 0),
      ])
    }
    let columns = ["step", "ms", "rival ms", "ratio", "least", "most", "GFLOP/s", "% of peak"]
    print(Table("A training step of each model, \(ThreadLimit.current) threads", columns: columns, rows: rows).text)
    print(String(format: "Geometric mean of the ratios: %.2f", exp(logarithms / Double(steps.count))))
  }

  /// The milliseconds that the rival's command prints for a step.
  private static func milliseconds(of name: String, _ rival: String) -> Double {
    let output = Child.output(of: "\(rival) \(name)")
    let line = output.split(separator: "\n").first { $0.hasPrefix(name + "\t") }
    guard let time = line?.split(separator: "\t").last.flatMap({ Double($0) }) else {
      fail("'\(rival) \(name)' printed no line '\(name)', tab, milliseconds")
    }
    return time
  }

  /// Tells on standard error how far the measurement is.
  static func tell(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Another program.
enum Child {
  /// What a shell command prints on standard output.
  static func output(of command: String) -> String {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.standardOutput = pipe
    do { try process.run() } catch { Bench.fail("cannot run '\(command)': \(error)") }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
