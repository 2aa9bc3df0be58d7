// The outcome of one input, as a line of a worker's output.

import Files
import Foundation
import Running

/// The outcome of one input.
package struct Verdict: Equatable {
  /// The outcome of an input whose reader returned.
  package enum Kind: String {
    /// It was read and makes sense.
    case accepted
    /// It was refused with an error that is written for people.
    case refused
    /// The result cannot be right, or the error is not written for people.
    case nonsense
    /// Reading it took more memory than allowed.
    case greedy
  }

  /// The kind of outcome.
  package let kind: Kind
  /// The bytes of memory that reading took, without the input itself.
  package let memory: Int
  /// The bytes of the input and of the result.
  package let size: Int
  /// Why it was refused, or the fault.
  package let text: String

  /// The verdict as a line.
  var line: String {
    "\(kind) \(memory) \(size) " + text.replacing("\n", with: " ").replacing("\r\n", with: " ") + "\n"
  }

  init(_ kind: Kind, memory: Int, size: Int, _ text: String) {
    (self.kind, self.memory, self.size, self.text) = (kind, memory, size, text)
  }

  /// Parses a line, if it is a verdict.
  init?(line: Substring) {
    let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count == 4, let kind = Kind(rawValue: String(words[0])), let memory = Int(words[1]),
      let size = Int(words[2])
    else { return nil }
    self.init(kind, memory: memory, size: size, String(words[3]))
  }

  /// The kind of an error: up to seven lowercase words of its message, without numbers and names. Nil for an error that
  /// no reader should throw.
  static func reason(_ error: any Error) -> String? {
    guard let text = (error as? DataError)?.found ?? (error as? UsageError)?.description else { return nil }
    let plain = text.split(separator: " ").lazy.map {
      $0.utf8.filter { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ":") }
    }
    .filter { !$0.isEmpty && $0.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 } }
    return plain.prefix(7).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
  }
}
