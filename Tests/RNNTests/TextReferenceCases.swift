import Checking
import DataSets
import RNN
import Tensors

/// The networks of § 5.2 and § 5.8 to § 5.10 that read symbols and series.
let readingCases: [PassCase] = [
  reading("SentimentNetwork") {
    SentimentNetwork(symbols: 6, width: 3, hidden: 2, head: 4, dropout: 0, random: $0)
  },
  reading("FlexibleNetwork") {
    FlexibleNetwork<GatedRecurrentUnit>(symbols: 6, width: 3, hidden: 2, layers: 2, random: $0)
  },
  reading("FlexibleNetwork, maximum") {
    FlexibleNetwork<LongShortTermMemory>(symbols: 6, width: 3, hidden: 2, summary: .maximum, random: $0)
  },
  reading("BagOfWords") { _ in BagOfWords(symbols: 6) },
  reading("SmallEncoder") { SmallEncoder(symbols: 6, width: 4, heads: 2, blocks: 1, random: $0) },
  PassCase("Forecaster") { t, _ in
    with(Forecaster<LongShortTermMemory>(hidden: 3, random: RandomSource(seed: 1)), parameters: t.dropFirst())(t[0])
  },
  PassCase("CharacterModel") { t, pieces in
    let model = CharacterModel<LongShortTermMemory>(
      symbols: 5, width: 2, hidden: 3, layers: 2, random: RandomSource(seed: 1))
    return with(model, parameters: t[...]).loss(pieces)
  },
]

/// A classifier of sequences with the recorded tensors as its parameters, and lists of integers as its sequences.
private func reading<M: Module<Tokens, Tensor>>(
  _ name: String, _ make: @escaping @Sendable (RandomSource) -> M
) -> PassCase {
  PassCase(name) { t, sequences in with(make(RandomSource(seed: 1)), parameters: t[...])(Tokens(sequences)) }
}

private func with<M: Model>(_ model: M, parameters: ArraySlice<Tensor>) -> M {
  var (model, rest) = (model, parameters)
  model.forEachParameter { $0 = rest.removeFirst() }
  return model
}
