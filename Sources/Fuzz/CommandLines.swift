// Command lines of a chapter's program. An accepted line, written as the resuming command, must ask for the same run.

import DataSets
import Messages
import Running
import Tensors

extension Subject {
  /// The words after a program's name. Nothing runs.
  static let arguments = Subject(name: "arguments") { random in
    let damage = Damage(random: random, words: words)
    var command = Array(damage.one(of: items).command.split(separator: " ").map(String.init))
    if random.bernoulli(0.2) { command = ["all"] }
    for _ in 0..<random.integer(below: 5) { command += damage.one(of: options) }
    var input = command.map { Array($0.utf8) }
    for _ in 0..<random.integer(below: 4) { rearrange(&input, damage) }
    // The system passes only words that are valid UTF-8 and contain no zero byte.
    return input.map { Array(String(decoding: $0.filter { $0 != 0 }, as: UTF8.self).utf8) }
  } read: { input in
    let arguments = Arguments(program: "ch01", items: items)
    let request = try arguments.parse(input.map { String(decoding: $0, as: UTF8.self) })
    return Reading(bytes: 0) {
      if case .run(let items, let options) = request { try checkGoesOn(arguments, items, options) }
    }
  }
}

private let items = [
  Exercise(.section, "1.1", "Show", seconds: 1) { _ in },
  Exercise(.listing, "1.6", "Train", seconds: 2, needs: { _ in DataNeeds() }) { _ in },
  Exercise(.ablation, "1.7", "Compare", seconds: 6) { _ in }.generating,
  Exercise("1.2", "Count", stars: 1, seconds: 3) { _ in },
]

private let options: [[String]] = [
  ["--seed", "7"], ["--seed=18446744073709551615"], ["--data", "/"], ["--out", "results"], ["--out=a b'c"],
  ["--epochs", "3"], ["--quick"],
  ["--full"], ["--checkpoint", "run.safetensors"], ["--checkpoint=run", "--resume"], ["--quiet"], ["--no-color"],
  ["--theme", "dark"], ["--prompt", "a word"], ["--prompt=-"], ["--length", "40"], ["--temperature", "0.8"],
  ["--top-k", "5"], ["--top-p=0.9"], ["--samples", "2"], ["--interactive"],
  ["--help"], ["-h"],
]

private let words =
  options.flatMap { $0 } + Damage.numbers
  + [
    "", "-", "--", "=", "--seed", "--epochs=", "--out=--", "'", "'\u{301}", "=\u{301}", "é", "🙂", "all", "exercise",
    "9.9", "\n",
  ]

/// Removes, duplicates, swaps, adds or damages words.
private func rearrange(_ input: inout Input, _ damage: Damage) {
  let random = damage.random
  let place = random.integer(below: input.count + 1)
  let other = random.integer(below: input.count + 1)
  switch random.integer(below: 6) {
  case 0 where place < input.count: input.remove(at: place)
  case 1 where place < input.count: input.insert(input[place], at: other)
  case 2 where place < input.count && other < input.count: input.swapAt(place, other)
  case 3: input.insert(Array(damage.one(of: words).utf8), at: place)
  case 4 where place < input.count: damage(&input[place])
  default: input.insert(contentsOf: damage.one(of: options).map { Array($0.utf8) }, at: place)
  }
}

/// The command that a checkpoint shows, split as a shell splits it, asks for the same run.
private func checkGoesOn(_ arguments: Arguments, _ items: [Exercise], _ options: RunOptions) throws {
  let first = items.count == 1 ? items[0].command.split(separator: " ").map(String.init) : ["all"]
  let words = first + options.arguments(withOutput: true)
  let command = typed(words)
  try Nonsense.unless(shellWords(command) == words.map { Array($0.utf8) }, "\(words) are typed as \(command)")
  guard case .run(let sameItems, let sameOptions) = try arguments.parse(words) else {
    throw Nonsense("\(command) runs nothing")
  }
  var expected = options
  expected.resumes = options.checkpoint != nil
  try Nonsense.unless(
    sameItems.map(\.command) == items.map(\.command) && sameOptions == expected, "\(command) asks for \(sameOptions)")
}

/// Splits a line into words as a shell does: quotes group, and a backslash outside quotes makes the next byte literal.
private func shellWords(_ line: String) -> Input {
  var (words, isQuoted, isKept): (Input, Bool, Bool) = ([[]], false, false)
  for byte in line.utf8 {
    switch byte {
    case UInt8(ascii: "'") where !isKept: isQuoted.toggle()
    case UInt8(ascii: "\\") where !isQuoted && !isKept: isKept = true
    case UInt8(ascii: " ") where !isQuoted && !isKept: words.append([])
    default:
      words[words.count - 1].append(byte)
      isKept = false
    }
  }
  return words
}
