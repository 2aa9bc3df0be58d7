// What a worker says of one input, as a line.

import Files
import Foundation
import Running

/// What came of one input.
package struct Verdict: Equatable {
  /// How an input ended whose reader came to an end.
  package enum Kind: String {
    /// It was read, and makes sense.
    case accepted
    /// It was refused with an error made for people.
    case refused
    /// It was read, and what was read cannot be right; or it was refused with an error made for nobody.
    case nonsense
    /// Reading it took more memory than it may.
    case greedy
  }

  /// How it ended.
  package let kind: Kind
  /// The bytes of memory that reading took, beside the input itself.
  package let memory: Int
  /// The bytes of the input, and of what was read from it.
  package let size: Int
  /// Why it was refused, or what is wrong.
  package let text: String

  /// The line that says it.
  var line: String {
    "\(kind) \(memory) \(size) " + text.replacing("\n", with: " ").replacing("\r\n", with: " ") + "\n"
  }

  init(_ kind: Kind, memory: Int, size: Int, _ text: String) {
    (self.kind, self.memory, self.size, self.text) = (kind, memory, size, text)
  }

  /// The verdict that a line says, if it is one.
  init?(line: Substring) {
    let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count == 4, let kind = Kind(rawValue: String(words[0])), let memory = Int(words[1]),
      let size = Int(words[2])
    else { return nil }
    self.init(kind, memory: memory, size: size, String(words[3]))
  }

  /// The kind of an error: the first words of its message that are plain, without the numbers and names of the case; nil for an error
  /// that no reader should throw.
  static func reason(_ error: any Error) -> String? {
    guard let text = (error as? DataError)?.found ?? (error as? UsageError)?.description else { return nil }
    let plain = text.split(separator: " ").lazy.map {
      $0.utf8.filter { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: ":") }
    }
    .filter { !$0.isEmpty && $0.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 } }
    return plain.prefix(7).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
  }
}
