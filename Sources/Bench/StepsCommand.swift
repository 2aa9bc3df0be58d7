import Figures
import Foundation
import Kernels

extension Bench {
  /// Prints the name and the milliseconds of each step, or compares them with a rival's.
  static func steps(_ arguments: [String]) {
    let selection = Selection(arguments, options: ["--against", "--rounds"])
    if let rival = selection.rival { return compare(selection.subjects, with: rival, rounds: selection.rounds) }
    for step in selection.subjects {
      let milliseconds = Stopwatch.milliseconds(step.make(1).run)
      FileHandle.standardOutput.write(Data(String(format: "%@\t%.3f\n", step.name, milliseconds).utf8))
    }
  }

  /// Measures the two alternately, step by step and round by round, and prints medians and ratios.
  private static func compare(_ steps: [Step], with rival: String, rounds: Int) {
    let peak = Peak.multiplyAdds()
    let seconds = steps.count * rounds * 8
    tell("\(steps.count) steps, \(rounds) rounds: about \(seconds / 60 + 1) minutes\n")
    let results = steps.map { step in
      Comparison(
        step: step,
        rounds: (1...rounds).map { round in
          tell("\(step.name), round \(round)\n")
          let ours = Stopwatch.milliseconds(step.make(1).run)
          return (ours, milliseconds(of: step.name, rival))
        })
    }
    let rows = results.map { result in
      let speed = result.step.operations / result.ours * 1e-6
      return [
        .text(result.step.name), .number(result.ours, decimals: 2), .number(result.theirs, decimals: 2),
        .number(result.ratio, decimals: 2), .number(result.ratios.min() ?? .nan, decimals: 2),
        .number(result.ratios.max() ?? .nan, decimals: 2), .number(speed, decimals: 0),
        .number(100 * speed / peak, decimals: 0),
      ] as [Table.Cell]
    }
    let columns = ["step", "ms", "rival ms", "ratio", "least", "most", "GFLOP/s", "% of peak"]
    print(Table("A step of each model, \(ThreadLimit.current) threads", columns: columns, rows: rows).text)
    print(String(format: "Geometric mean of the ratios: %.2f", Comparison.geometricMean(results)))
  }

  /// The milliseconds of a step that the rival's command prints.
  static func milliseconds(of name: String, _ rival: String) -> Double {
    let output = Child.output(of: "\(rival) \(name)")
    let line = output.split(separator: "\n").first { $0.hasPrefix(name + "\t") }
    guard let time = line?.split(separator: "\t").last.flatMap({ Double($0) }) else {
      fail("'\(rival) \(name)' printed no line '\(name)', tab, milliseconds")
    }
    return time
  }

  /// Reports progress on standard error.
  static func tell(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// The times of a step and of its rival, measured alternately in rounds.
public struct Comparison {
  /// The step.
  public let step: Step
  /// The medians of our milliseconds and of the rival's.
  public let ours, theirs: Double
  /// The rival's time over ours in each round: only times measured together are comparable.
  public let ratios: [Double]

  /// The times of some rounds.
  public init(step: Step, rounds: [(ours: Double, theirs: Double)]) {
    self.step = step
    (ours, theirs) = (Stopwatch.median(rounds.map(\.ours)), Stopwatch.median(rounds.map(\.theirs)))
    ratios = rounds.map { $0.theirs / $0.ours }
  }

  /// The median of the ratios.
  public var ratio: Double { Stopwatch.median(ratios) }

  /// (Πᵢ rᵢ)^(1/n) over the ratios of n steps.
  public static func geometricMean(_ results: [Comparison]) -> Double {
    exp(results.reduce(0) { $0 + log($1.ratio) } / Double(results.count))
  }
}

/// Another program.
enum Child {
  /// The standard output of a shell command.
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
