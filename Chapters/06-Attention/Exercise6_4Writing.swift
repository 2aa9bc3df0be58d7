import Attention
import DataSets
import Figures
import Foundation
import Messages
import RNN
import Running
import Tensors

// Exercise 6.4.2: writing

/// Writes as the reader asks, shows what the last character looked at, and measures how much of a longer text is of the
/// language.
func write(_ run: Run, with writer: AttentionWriter, language: SmallLanguage? = nil) throws {
  let first = ["ROMEO:\n", "the "].first { (try? writer.vocabulary.encode($0)) != nil } ?? writer.vocabulary[0]
  let length = run.choose(quick: 40, standard: 200, full: 400)
  guard let last = try run.write(generator(writer), prompt: first, length: length) else { return }
  run.show(try lastWeightsMap(of: writer, reading: last), as: "attention")
  if let language {
    let text = try writer.continuation(
      of: "\n", length: run.choose(quick: 100, standard: 4_000, full: 20_000), using: run.random.split())
    run.card("share of its lines that are sentences of the language", language.share(ofSentencesIn: text))
  }
}

/// The writer as the console knows it.
func generator(_ writer: AttentionWriter) -> TextGenerator {
  var generator = TextGenerator { text, settings, random, emit in
    let sampling = Sampling(temperature: settings.temperature, topK: settings.topK, topP: settings.topP)
    try writer.proceed(text, length: settings.length, sampling: sampling, using: random, emit: emit)
  } likeliest: { text, count, temperature in
    try writer.likeliest(after: text, count, temperature: temperature)
  }
  generator.views = ["attention": { try attentionView(of: writer, reading: $0) }]
  return generator
}

/// What the last character of a text looks at, by block and head, over the last 24 characters.
func lastWeightsMap(of writer: AttentionWriter, reading text: String) throws -> HeatMap {
  let (symbols, weights) = try writer.lastWeights(text)
  let shown = symbols.suffix(24).map { displayed(writer.vocabulary.decode([$0])).replacing("\n", with: "¶") }
  let rows = weights.enumerated().flatMap { block, heads in heads.indices.map { "block \(block), head \($0)" } }
  return HeatMap(
    "What the last character looks at", rows: rows, columns: shown.map { $0 == " " ? "␣" : $0 },
    columnTitle: "key: character", values: weights.flatMap { $0.map { Array($0.suffix(24)) } }, format: nil,
    range: 0...1)
}

/// What the last character looks at, by block and head, as blocks under the last sixty characters of the window. The
/// height is the share of the largest weight of the row.
public func attentionView(of writer: AttentionWriter, reading text: String) throws -> String {
  if text.isEmpty { return "there is no text yet" }
  let (symbols, weights) = try writer.lastWeights(text)
  let shown = displayed(writer.vocabulary.decode(symbols.suffix(60))).replacing("\n", with: "¶")
  let rows = weights.enumerated().flatMap { block, heads in
    heads.enumerated().map { head, row -> String in
      let (visible, largest) = (row.suffix(60), row.max() ?? 1)
      let blocks = visible.map { Array(" ▁▂▃▄▅▆▇█")[min(8, Int(($0 / largest * 8).rounded()))] }
      return "block \(block), head \(head)  \(String(blocks))"
    }
  }
  return (["                 " + shown] + rows).joined(separator: "\n")
}
