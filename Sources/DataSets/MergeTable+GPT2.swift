// A table of merges in GPT-2's two files: vocab.json has the numbers of the tokens, merges.txt the merges.

import Files
import Messages

extension MergeTable {
  /// The numbers of all tokens as JSON: `{"!":0,"\"":1,…}`, the contents of `vocab.json`.
  public var vocabularyJSON: String {
    let members = tokens.indices.map { "\(JSONText.quoted(spelled($0))):\($0)" }
    return "{" + members.joined(separator: ",") + "}"
  }

  /// The merges, a line each: the names of the two tokens, the contents of `merges.txt`.
  public var mergesText: String {
    let lines = merges.map { "\(spelled($0.left)) \(spelled($0.right))" }
    return (["#version: 0.2"] + lines).joined(separator: "\n") + "\n"
  }

  /// Writes `vocab.json` and `merges.txt`; throws a `DataError` if one cannot be written.
  public func write(vocabulary: String, merges: String) throws {
    try AtomicFile.write([Array(vocabularyJSON.utf8)], to: vocabulary)
    try AtomicFile.write([Array(mergesText.utf8)], to: merges)
  }

  /// The table in GPT-2's two files, whose texts are cut as GPT-2 cuts them.
  ///
  /// A token of `vocab.json` that is no byte, and that no merge makes, is special, such as `<|endoftext|>`. Throws a
  /// `DataError` that names file and byte or line if one of the files is damaged, or if they do not belong together.
  public init(vocabulary: String, merges: String) throws {
    try self.init(vocabulary: DataFile(path: vocabulary), merges: DataFile(path: merges))
  }

  package init(vocabulary: DataFile, merges: DataFile) throws {
    let numbers = try Self.numbers(in: vocabulary)
    let bytes = try ByteSymbols.scalars.enumerated().map { byte, scalar in
      guard let number = numbers[String(scalar)] else {
        throw vocabulary.error(
          "the token \"\(scalar)\" of the byte \(byte) is missing", "The vocabulary of an encoding of bytes has all 256"
        )
      }
      return number
    }
    var parts = MergeParts(bytes: bytes)
    try Self.add(merges, to: &parts, numbers: numbers, vocabulary: vocabulary.path)
    do throws(MergeParts.Mistake) {
      let others = numbers.filter { parts.tokens[$0.value] == nil }.sorted { $0.value < $1.value }
      for (name, number) in others { try parts.add(special: name, number: number) }
      try self.init(parts, splitting: .gpt2)
    } catch { throw vocabulary.error("with the merges in \(merges.path), \(error.found)", Self.advice) }
  }

  private static let advice = "Use vocab.json and merges.txt of one model"

  /// The number of each name. They are different, and from 0 on.
  private static func numbers(in file: DataFile) throws -> [String: Int] {
    var (numbers, taken) = ([String: Int](), Set<Int>())
    do throws(JSONText.Mistake) {
      try JSONReader.forEachMember(of: file.bytes[...]) { member, byte throws(JSONText.Mistake) in
        let name = JSONText.quoted(member.name.excerpt)
        guard case .integer(let number) = member.value else {
          throw JSONText.Mistake(byte: byte, found: "the token \(name) has no whole number")
        }
        guard taken.insert(number).inserted else {
          throw JSONText.Mistake(byte: byte, found: "a second token, \(name), has the number \(number)")
        }
        numbers[member.name] = number
      }
    } catch {
      throw file.error("byte \(error.byte): \(error.found)", "A vocabulary is {\"name\": number, …}: download it again")
    }
    if let (name, number) = numbers.filter({ $0.value >= numbers.count }).min(by: { $0.value < $1.value }) {
      throw file.error(
        "the token \(JSONText.quoted(name.excerpt)) has the number \(number), of \(numbers.count) tokens", advice)
    }
    return numbers
  }

  /// Adds the merges of a file.
  private static func add(
    _ file: DataFile, to parts: inout MergeParts, numbers: [String: Int], vocabulary: String
  ) throws {
    var (line, rest) = (0, try file.utf8())
    while !rest.isEmpty {
      var row = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest[row.endIndex...].dropFirst()
      line += 1
      if row.last == UInt8(ascii: "\r") { row = row.dropLast() }
      if line == 1 && row.starts(with: "#version".utf8) { continue }
      let names = row.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard names.count == 2, !names.contains("") else {
        let text = String(decoding: row, as: UTF8.self).excerpt
        throw file.error("line \(line) is \"\(text)\"", "A line has the names of two tokens and a space between them")
      }
      let found = (names + [names.joined()]).map { (name: $0, number: numbers[$0]) }
      guard let left = found[0].number, let right = found[1].number, let joined = found[2].number else {
        let name = found.first { $0.number == nil }?.name.excerpt ?? ""
        throw file.error("line \(line): the token \"\(name)\" is not in \(vocabulary)", advice)
      }
      do throws(MergeParts.Mistake) { try parts.add(Merge(left, right, into: joined)) } catch {
        throw file.error("line \(line): \(error.found)", advice)
      }
    }
  }
}
