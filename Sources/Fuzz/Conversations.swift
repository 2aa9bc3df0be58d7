// The lines that a reader types to a generator of text. What is shown must be fit for a terminal, and the text must be
// what the lines say.

import DataSets
import Foundation
import Messages
import Running
import Synchronization
import Tensors

extension Subject {
  /// Lines and commands, as a terminal or a pipe gives them. An input counts as refused if a line is answered by an
  /// error.
  static let conversation = Subject(name: "conversation", share: 128) { random in
    let damage = Damage(random: random, words: lines)
    let typed = (0...random.integer(below: 5)).map { _ in
      damage.one(of: lines) + (random.bernoulli(0.4) ? " " + damage.one(of: values) : "")
    }
    var input = Array(typed.joined(separator: "\n").utf8)
    if random.bernoulli(0.5) { damage(&input) }
    return [input]
  } read: { files in
    // Each line is added to the text, so that many of them would take quadratic time.
    let lines = String(decoding: files[0], as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .prefix(30).map(String.init)
    let first = talk(lines)
    try check(first, lines)
    let second = talk(lines)
    try Nonsense.unless(first.out == second.out && first.err == second.err, "the same lines have another answer")
    let texts = first.texts.reduce(0) { $0 + $1.utf8.count + 32 }
    if let line = first.err.split(separator: "\n").first { throw UsageError(String(line)) }
    return Reading(bytes: 4 * (texts + first.out.utf8.count) + files[0].count) {}
  }
}

private let lines = [
  "the cat", "a", "", ":help", ":quit", ":reset", ":temperature", ":top-k", ":top-p", ":length", ":seed",
  ":probabilities", ":gates", ":", "::", ": help", ":tempereture", "héllo", "\t", " ", "\u{1B}[31mred", "\u{7}", "🙂",
]

private let values = ["0", "0.8", "1", "5", "10", "11", "-1", "1e-3", "x", ":", "\u{0}"] + Damage.numbers

/// What a conversation showed, and the texts that the generator was asked to continue.
private struct Talk {
  var out = "", err = ""
  var texts: [String] = []
  var settings: [GenerationSettings] = []
}

/// Answers lines by a generator of ten characters that knows few of them.
private func talk(_ lines: [String]) -> Talk {
  let talk = Mutex(Talk())
  let rest = Mutex(lines[...])
  let vocabulary = Vocabulary(charactersOf: " abcdefghijklmnopqrstuvwxyz\t\u{1B}")
  var console = Console { text in
    talk.withLock { $0.out += text }
  } err: { text in
    talk.withLock { $0.err += text }
  }
  console.input = { rest.withLock { $0.popFirst() } }
  var generator = TextGenerator { text, settings, random, emit in
    talk.withLock {
      $0.texts.append(text)
      $0.settings.append(settings)
    }
    _ = try vocabulary.encode(text)
    for _ in 0..<min(settings.length, 10) where !emit(vocabulary[random.integer(below: vocabulary.count)]) { return }
  } likeliest: { text, count, _ in
    _ = try vocabulary.encode(text)
    return (0..<count).map { (vocabulary[$0], 1 / Double(count)) }
  }
  generator.views = ["gates": { "of \(displayed($0))" }]
  let run = Run(of: Exercise(.section, "1.1", "Talk", seconds: 1) { _ in }, options: RunOptions(), console: console)
  run.converse(generator, settings: GenerationSettings())
  return talk.withLock { $0 }
}

/// Each line that is no command was continued, up to `:quit`; settings are possible; nothing disturbs a terminal.
private func check(_ talk: Talk, _ lines: [String]) throws {
  let read = lines.prefix { $0.split(separator: " ", maxSplits: 1).first != ":quit" || $0.hasPrefix(" ") }
  let plain = read.filter { !$0.hasPrefix(":") }
  try Nonsense.unless(
    talk.texts.count == plain.count && zip(talk.texts, plain).allSatisfy { $0.hasSuffix($1) },
    "of the lines \(lines) were continued \(talk.texts)")
  for settings in talk.settings {
    let isPossible =
      (1...1_000_000).contains(settings.length) && (0...10).contains(settings.temperature)
      && settings.topK.map { $0 >= 1 } != false && settings.topP.map { $0 > 0 && $0 <= 1 } != false
    try Nonsense.unless(isPossible, "\(settings) are possible settings")
  }
  let isFit = (talk.out + talk.err).unicodeScalars.allSatisfy {
    $0 == "\n" || $0 == "\t" || ![.control, .format].contains($0.properties.generalCategory)
  }
  try Nonsense.unless(isFit, "a control character reaches the terminal: \((talk.out + talk.err).debugDescription)")
}
