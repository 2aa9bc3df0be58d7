// The findings of a run, for people.

import Figures
import Messages

/// The findings about some subjects.
struct Report {
  private let results: [(subject: Subject, findings: Findings)]
  private let seed: UInt32

  init(_ results: [(subject: Subject, findings: Findings)], seed: UInt32) {
    (self.results, self.seed) = (results, seed)
  }

  /// Whether there are no faults.
  var isClean: Bool { results.allSatisfy(\.findings.faults.isEmpty) }

  /// Tables, and a card at the end.
  func text(withReasons: Bool) -> String {
    (withReasons ? reasons.text + "\n" : "") + table.text + "\n" + faults + card
  }

  private var table: Table {
    Table(
      "Inputs, their outcomes, and the extra memory that reading took\n",
      columns: ["name", "inputs", "accepted", "refused", "reasons", "at most", "× size", "seconds", "faults"],
      rows: results.map { subject, findings in
        [
          .text(subject.name), .integer(findings.inputs), .integer(findings.accepted),
          .integer(findings.refused.values.reduce(0, +)),
          .integer(findings.refused.count),
          .text(Worker.measuresMemory ? "\(findings.mostMemory >> 10) KiB" : "not measured"),
          .number(findings.mostTimes, decimals: 2), .number(findings.seconds, decimals: 1),
          .integer(findings.faults.count),
        ]
      })
  }

  /// Reasons for less than one input in a thousand of a subject are counted together.
  private var reasons: Table {
    let rows = results.flatMap { subject, findings in
      let (common, rare) = (
        findings.refused.filter { $0.value * 1000 >= findings.inputs },
        findings.refused.filter { $0.value * 1000 < findings.inputs }
      )
      let lines =
        common.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        + (rare.isEmpty ? [] : [("\(rare.count) others", rare.values.reduce(0, +))])
      return lines.map { [.text(subject.name), .integer($0.1), .text($0.0)] as [Table.Cell] }
    }
    return Table(
      "Why inputs were refused, by the first words of the message\n", columns: ["name", "inputs", "reason"], rows: rows)
  }

  private var faults: String {
    results.flatMap { subject, findings in
      findings.faults.map { "fuzz \(subject.name) --seed \(seed) --only \($0.number)\n  \($0.what)\n" }
    }.joined()
  }

  private var card: String {
    let all = results.map(\.findings)
    let lines = [
      ("inputs", grouped(all.reduce(0) { $0 + $1.inputs })),
      ("faults", grouped(all.reduce(0) { $0 + $1.faults.count })),
      ("seconds", decimals(all.reduce(0) { $0 + $1.seconds }, 1)), ("seed", "\(seed)"),
    ]
    let rule = "── fuzz " + String(repeating: "─", count: 52) + "\n"
    return rule + lines.map { "  \($0.0)" + String(repeating: " ", count: 10 - $0.0.count) + $0.1 + "\n" }.joined()
  }
}
