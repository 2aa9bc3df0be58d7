// What is tried: readers, each with the inputs made for it.

import Tensors

/// What a reader is given: the bytes of one file or of several, or the words of a command.
package typealias Input = [[UInt8]]

/// A reader, and the inputs that it is tried on.
package struct Subject: Sendable {
  /// What it is called on the command line.
  package let name: String
  /// An input: something valid, as a rule damaged afterwards.
  let make: @Sendable (RandomSource) throws -> Input
  /// Reads an input, or throws the error that refuses it.
  let read: @Sendable (Input) throws -> Reading

  /// The input of a number: it depends on the seed, the number and the subject, and on nothing else.
  package func input(seed: UInt32, number: UInt32) throws -> Input {
    try make(RandomSource(seed: UInt64(seed) << 32 | UInt64(number)))
  }

  /// All readers of what comes from outside.
  package static let all = [idx, cifar, csv, safetensors, arguments]

  /// The subject of this name. "faulty" is none of all: its reader does what none should, so that the hunt itself can be tried.
  package static func named(_ name: String) -> Subject? { (all + [faulty]).first { $0.name == name } }
}

/// What came of an input that was accepted.
struct Reading {
  /// The bytes that the result holds.
  let bytes: Int
  /// Throws `Nonsense` unless the result agrees with the input and with itself.
  let check: () throws -> Void
}

/// An input was accepted, and what was read from it cannot be right.
struct Nonsense: Error {
  let found: String
  init(_ found: String) { self.found = found }

  /// Throws unless `condition` holds.
  static func unless(_ condition: Bool, _ found: @autoclosure () -> String) throws {
    if !condition { throw Nonsense(found()) }
  }
}
