import Figures
import Foundation
import Messages

extension TextComparison {
  /// Accuracy, time, parameters, memory.
  var table: Table {
    Table(
      "Classifiers", columns: ["model", "parameters", "test accuracy", "s/epoch", "peak MiB"],
      rows: rows.map { row in
        [
          .text(row.name), .integer(row.parameters), .number(row.accuracy, decimals: 4),
          .measured(row.secondsPerEpoch, decimals: 2), row.peakMemory.map { .measured($0, decimals: 0) } ?? "–",
        ]
      })
  }

  /// The test texts in fifths by length, the shortest first; texts of equal length in their order.
  public var fifths: [[Int]] {
    let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    let bounds = (0...5).map { $0 * order.count / 5 }
    return zip(bounds, bounds.dropFirst()).map { Array(order[$0..<$1]) }.filter { !$0.isEmpty }
  }

  /// The accuracy of a classifier on each fifth. Exercise 5.5.4
  public func accuracies(of row: TextTrial) -> [Double] {
    fifths.map { group in Double(group.count { row.hits[$0] }) / Double(group.count) }
  }

  /// The accuracy by length, in fifths of the test texts.
  var lengthTable: Table {
    let names = fifths.map { "\(lengths[$0[0]]) to \(lengths[$0[$0.count - 1]])" }
    return Table(
      "Test accuracy by length, in words that are read", columns: ["model"] + names,
      rows: rows.map { row in [.text(row.name)] + accuracies(of: row).map { .number($0, decimals: 3) } })
  }

  var chart: LineChart {
    let middle = fifths.map { group in Double(group.reduce(0) { $0 + lengths[$1] }) / Double(group.count) }
    return LineChart(
      "Accuracy by length", x: Axis("mean number of words"), y: Axis("test accuracy"),
      series: rows.map { row in
        Series(row.name, x: middle, accuracies(of: row), style: .both)
      })
  }

  /// What one more word costs.
  var streamingTable: Table {
    let columns = ["after 10 words", "after 100", "after 1,000"]
    return Table(
      "One more word of one text, in milliseconds", columns: ["model"] + columns,
      rows: streaming.map { row in [.text(row.name)] + row.milliseconds.map { .measured($0, decimals: 3) } })
  }
}

/// The most memory that the process holds while something runs, as Linux tells it.
struct ProcessMemory {
  /// Begins to measure: the peak so far is forgotten.
  init() {
    #if os(Linux)
      try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    #endif
  }

  /// The peak since then, in MiB; nil where the system does not tell.
  var peak: Double? {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 / 1024 }
  }
}
