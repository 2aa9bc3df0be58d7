import Figures
import Foundation
import Messages

/// A fact on a card: a number, kept with every digit, or a text.
enum CardValue: Encodable {
  case number(Double)
  case text(String)

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let value) where value.isFinite: try container.encode(value)
    case .number(let value): try container.encode("\(value)")
    case .text(let text): try container.encode(text)
    }
  }

  var text: String {
    switch self {
    case .number(let value):
      String(format: abs(value) >= 1e-4 && abs(value) < 1e6 || value == 0 ? "%.4f" : "%.3e", value)
    case .text(let text): text
    }
  }
}

/// The end of every run: what it cost and what it found.
struct Card: Encodable {
  var item: String
  var title: String
  /// What to type to run it again.
  var command: String
  /// The version of files that are kept, as they say themselves.
  var version: String
  var seed: UInt64
  var budget: String
  /// The epochs that were asked for, if they were.
  var epochs: Int?
  /// The folder with data sets, if there was one.
  var data: String?
  /// The folder that the files went to.
  var folder: String
  var seconds: Double
  var peakMemoryMiB: Double
  var parameters: Int?
  var results: [String: CardValue]
  var files: [String]
  /// The trainings that broke down, each with the reason.
  var breakdowns: [String]?
  /// What was measured with a clock: by the name of a file the columns or facts in it, or nothing if that is all of it.
  var measured: [String: [String]]?

  /// The card as it is printed: a rule, and a line for each fact.
  func text(facts: [(name: String, value: CardValue)]) -> String {
    var lines = [
      ("seconds", String(format: "%.1f", seconds)), ("peak memory", String(format: "%.0f MiB", peakMemoryMiB)),
    ]
    if let parameters { lines.append(("parameters", grouped(parameters))) }
    lines += facts.map { ($0.name, $0.value.text) }
    lines += (breakdowns ?? []).map { ("broke down", $0) }
    lines.append(("seed", "\(seed)"))
    lines += files.enumerated().map { ($0.offset == 0 ? "files" : "", "\(folder)/\($0.element)") }
    let width = lines.map { TerminalText.width($0.0) }.max() ?? 0
    let head = "── \(item) " + String(repeating: "─", count: max(3, 56 - item.count))
    let body = lines.map { name, value in "  " + TerminalText.padded(name, columns: width + 2) + value }
    return ([head] + body).joined(separator: "\n") + "\n"
  }

  /// The card as JSON, its keys in alphabetic order. Numbers that JSON cannot write, infinities and NaN, are texts.
  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }
}

/// The most memory that the process has held at any time, in MiB.
func peakMemoryMiB() -> Double {
  var usage = rusage()
  #if os(Linux)
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024  // counted in KiB
  #else
    getrusage(RUSAGE_SELF, &usage)
    return Double(usage.ru_maxrss) / 1_048_576  // counted in bytes
  #endif
}
