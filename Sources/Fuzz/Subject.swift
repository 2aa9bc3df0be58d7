// Readers, each with the inputs made for it.

import Tensors

/// The input of a reader: the bytes of one or more files, or the words of a command.
package typealias Input = [[UInt8]]

/// A reader and its inputs.
package struct Subject: Sendable {
  /// The name on the command line.
  package let name: String
  /// The bytes of extra memory that reading may take for each byte of input and result: 2, or more where characters and
  /// lines become strings of their own.
  var share = 2
  /// An input: something valid, usually damaged afterwards.
  let make: @Sendable (RandomSource) throws -> Input
  /// Reads an input, or throws the error that refuses it.
  let read: @Sendable (Input) throws -> Reading

  /// The input with the given number; it depends only on the seed, the number and the subject.
  package func input(seed: UInt32, number: UInt32) throws -> Input {
    try make(RandomSource(seed: UInt64(seed) << 32 | UInt64(number)))
  }

  /// All readers of external input.
  package static let all = [
    idx, cifar, csv, text, reviews, temperatures, vocabulary, merges, safetensors, wav, census, arguments, conversation,
  ]

  /// The subject of this name. "faulty", which is not in `all`, has a reader with faults, to test the hunt itself.
  package static func named(_ name: String) -> Subject? { (all + [faulty]).first { $0.name == name } }
}

/// The result of an accepted input.
struct Reading {
  /// The bytes of memory of the result.
  let bytes: Int
  /// Throws `Nonsense` unless the result agrees with the input and with itself.
  let check: () throws -> Void
}

/// An accepted input whose result cannot be right.
struct Nonsense: Error {
  let found: String
  init(_ found: String) { self.found = found }

  /// Throws unless `condition` holds.
  static func unless(_ condition: Bool, _ found: @autoclosure () -> String) throws {
    if !condition { throw Nonsense(found()) }
  }
}
