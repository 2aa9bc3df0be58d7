// The merges of a byte-pair encoding. Accepted input, when written and read again, must give the same table.

import DataSets
import Files
import Tensors

extension Subject {
  /// A table as one text, or as GPT-2's two files.
  static let merges = Subject(name: "merges") { random in
    let table = anyTable(random)
    let damage = Damage(random: random, words: mergeWords)
    if random.bernoulli(0.5) {
      var text = Array(table.text.utf8)
      damage(&text)
      return [text]
    }
    var files = [Array(table.vocabularyJSON.utf8), Array(table.mergesText.utf8)]
    damage(&files[random.integer(below: 2)])
    return files
  } read: { files in
    let table = try mergeTable(files)
    let bytes = table.tokens.reduce(0) { $0 + $1.count + 64 } + table.merges.count * 64 + table.specials.count * 32
    return Reading(bytes: bytes) { try checkTable(table) }
  }
}

private func mergeTable(_ files: Input) throws -> MergeTable {
  if files.count == 1 { return try MergeTable(text: DataFile(path: "table", bytes: files[0]).text()) }
  return try MergeTable(
    vocabulary: DataFile(path: "vocabulary", bytes: files[0]), merges: DataFile(path: "merges", bytes: files[1]))
}

/// A table of up to eight merges that make different tokens.
private func anyTable(_ random: RandomSource) -> MergeTable {
  var (pairs, made, tokens) = ([(left: Int, right: Int)](), Set<[UInt8]>(), (0..<256).map { [UInt8($0)] })
  for _ in 0..<random.integer(below: 9) {
    let (left, right) = (random.integer(below: tokens.count), random.integer(below: tokens.count))
    guard made.insert(tokens[left] + tokens[right]).inserted else { continue }
    tokens.append(tokens[left] + tokens[right])
    pairs.append((left, right))
  }
  let specials = ["<|endoftext|>", "[PAD]", "größe🙂"].filter { _ in random.bernoulli(0.3) }
  return MergeTable(pairs: pairs, splitting: random.bernoulli(0.5) ? .gpt2 : .none, specials: specials)
}

private let mergeWords =
  [
    "merge 0 1 256\n", "merge 256 256 257\n", "special 257 x\n", "bytes", "none", "gpt2", "#version: 0.2\n", "Ġ t\n",
    "Ā Ā\n",
    "\n", "\r\n", " ", "\u{0}", "\u{FEFF}", "\u{301}", "\"Ġ\":0,", "\\u0120", "\\ud83d", "{", "}", "\"", ":",
    ",",
    "[", "null",
  ] + Damage.numbers

private func checkTable(_ table: MergeTable) throws {
  let numbers = table.bytes + table.merges.map(\.joined) + table.specials
  try Nonsense.unless(
    Set(numbers) == Set(table.tokens.indices), "\(table.count) tokens have other numbers than 0..<\(table.count)")
  for (byte, number) in table.bytes.enumerated() {
    try Nonsense.unless(table.tokens[number] == [UInt8(byte)], "the token of byte \(byte) is \(table.tokens[number])")
  }
  for merge in table.merges {
    let joined = table.tokens[merge.left] + table.tokens[merge.right]
    try Nonsense.unless(table.tokens[merge.joined] == joined, "\(merge) makes \(table.tokens[merge.joined])")
  }
  let text = Array(table.text.utf8)
  try Nonsense.unless(try mergeTable([text]) == table, "a table written as text differs when it is read again")
  if table.splitting == .gpt2 {
    let files = [Array(table.vocabularyJSON.utf8), Array(table.mergesText.utf8)]
    try Nonsense.unless(
      try mergeTable(files) == table, "a table written as GPT-2's files differs when it is read again")
  }
}
