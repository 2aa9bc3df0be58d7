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

  /// The bounds of five groups of about equal size by length.
  private var groups: [[Int]] {
    let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    let bounds = (0...5).map { $0 * order.count / 5 }
    return zip(bounds, bounds.dropFirst()).map { Array(order[$0..<$1]) }.filter { !$0.isEmpty }
  }

  private func name(_ group: [Int]) -> String { "\(lengths[group[0]]) to \(lengths[group[group.count - 1]])" }

  private func accuracy(_ row: TextTrial, _ group: [Int]) -> Double {
    Double(group.count { row.hits[$0] }) / Double(group.count)
  }

  /// The accuracy by length, in fifths of the test texts.
  var lengthTable: Table {
    Table(
      "Test accuracy by length, in words that are read", columns: ["model"] + groups.map(name),
      rows: rows.map { row in [.text(row.name)] + groups.map { .number(accuracy(row, $0), decimals: 3) } })
  }

  var chart: LineChart {
    let middle = groups.map { group in Double(group.reduce(0) { $0 + lengths[$1] }) / Double(group.count) }
    return LineChart(
      "Accuracy by length", x: Axis("mean number of words"), y: Axis("test accuracy"),
      series: rows.map { row in
        Series(row.name, x: middle, groups.map { accuracy(row, $0) }, style: .both)
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
