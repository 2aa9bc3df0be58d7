import Figures
import Foundation
import Messages

/// A fact on a card: a number with all its digits, or a text.
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
  /// The command that repeats the run.
  var command: String
  /// The version of the file format, as saved files state it.
  var version: String
  var seed: UInt64
  var budget: String
  /// The number of epochs, if the reader chose it.
  var epochs: Int?
  /// The folder with the data sets, if there is one.
  var data: String?
  /// The folder with the files.
  var folder: String
  var seconds: Double
  var peakMemoryMiB: Double
  var parameters: Int?
  var results: [String: CardValue]
  var files: [String]
  /// The training runs that broke down, each with the reason.
  var breakdowns: [String]?
  /// What was measured with a clock: for each file name the columns or facts concerned, or an empty list for the whole
  /// file.
  var measured: [String: [String]]?

  /// The printed card: a rule, then one line per fact.
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

  /// The card as JSON, with the keys in alphabetical order. JSON has no infinities and no NaN, so these are texts.
  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }
}

/// The peak memory of the process so far, in MiB.
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
