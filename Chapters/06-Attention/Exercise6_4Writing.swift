import Attention
import DataSets
import RNN
import Running

// Exercise 6.4.2: writing

/// Writes as the reader asks, and shows what the last character looked at.
func write(_ run: Run, with writer: Writer<CausalLanguageModel>, language: SmallLanguage? = nil) throws {
  let views = ["attention": { try attentionView(of: writer, reading: $0) }]
  guard let last = try run.write(with: writer, views: views, language: language) else { return }
  run.show(try lastWeightsMap(of: writer, reading: last), as: "attention")
}
