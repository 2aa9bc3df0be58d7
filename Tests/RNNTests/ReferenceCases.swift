import Checking
import Foundations
import RNN
import Tensors

/// The cells, layers and networks of chapter 5.
let recurrentCases: [PassCase] = layerCases + cellCases + writingCases + readingCases

private let layerCases: [PassCase] = [
  .layer { RecurrentNetwork(2, 3, 2, random: $0) },
  layerCase("VanillaRNN") { VanillaRNN(weights: recurrentWeights($0)) },
  layerCase("LongShortTermMemory") { LongShortTermMemory(weights: recurrentWeights($0)) },
  layerCase("GatedRecurrentUnit") { GatedRecurrentUnit(weights: recurrentWeights($0)) },
  layerCase("Bidirectional, VanillaRNN") { both($0) { VanillaRNN(weights: $0) } },
  layerCase("Bidirectional, LongShortTermMemory") { both($0) { LongShortTermMemory(weights: $0) } },
  layerCase("Bidirectional, GatedRecurrentUnit") { both($0) { GatedRecurrentUnit(weights: $0) } },
  PassCase(several: "Stacked, bidirectional LSTM") { t, integers in
    let stack = Stacked([1, 9].map { first in both(t[first..<first + 8]) { LongShortTermMemory(weights: $0) } })
    let (states, final) = stack(t[0], lengths: integers[0])
    let cells = Tensor.concatenated(final.compactMap(\.cell), axis: 1)
    return [states, Tensor.concatenated(final.map(\.hidden), axis: 1), cells]
  },
  PassCase("SequenceNetwork") { t, _ in
    let layer = GatedRecurrentUnit(weights: recurrentWeights(t[3...]))
    var network = SequenceNetwork(layer, outputs: 2, random: RandomSource(seed: 1))
    (network.outputWeight, network.outputBias) = (t[1], t[2])
    return network(t[0])
  },
]

/// A layer with weights from tensor 1 on, over tensor 0 with lengths: states, final h, final c.
private func layerCase<Layer: RecurrentLayer>(
  _ name: String, _ make: @escaping @Sendable (ArraySlice<Tensor>) -> Layer
)
  -> PassCase
{
  PassCase(several: name) { t, integers in
    let (states, final) = make(t[1...])(t[0], lengths: integers[0])
    return [states, final.hidden] + [final.cell].compactMap { $0 }
  }
}

private func recurrentWeights(_ t: ArraySlice<Tensor>) -> RecurrentWeights {
  let t = Array(t)
  return RecurrentWeights(input: t[0], recurrent: t[1], inputBias: t[2], recurrentBias: t[3])
}

private func both<Layer: RecurrentLayer>(
  _ t: ArraySlice<Tensor>, _ make: (RecurrentWeights) -> Layer
) -> Bidirectional<
  Layer
> {
  Bidirectional(
    forward: make(recurrentWeights(t.prefix(4))), backward: make(recurrentWeights(t.dropFirst(4))))
}

private let cellCases: [PassCase] = [
  PassCase(several: "LSTMCell") { t, _ in
    var cell = LSTMCell(2, 3, random: RandomSource(seed: 1))
    (cell.forget, cell.input) = (Linear(weight: t[3], bias: t[4]), Linear(weight: t[5], bias: t[6]))
    (cell.candidate, cell.output) = (Linear(weight: t[7], bias: t[8]), Linear(weight: t[9], bias: t[10]))
    let state = cell(t[0], RecurrentState(hidden: t[1], cell: t[2])).state
    return [state.hidden] + [state.cell].compactMap { $0 }
  },
  PassCase("GRUCell") { t, _ in gruCell(t)(t[0], t[1]) },
  PassCase("GRUCell, reset behind the matrix") { t, _ in gruCell(t)(t[0], t[1], reset: .afterMatrix) },
]

private func gruCell(_ t: [Tensor]) -> GRUCell {
  var cell = GRUCell(2, 3, random: RandomSource(seed: 1))
  (cell.update, cell.reset) = (Linear(weight: t[2], bias: t[3]), Linear(weight: t[4], bias: t[5]))
  cell.candidate = Linear(weight: t[6], bias: t[7])
  return cell
}

private let writingCases: [PassCase] = [
  PassCase("SequenceGenerator") { t, targets in
    generator(table: t[1], weight: t[2], bias: t[3], t[4...]).loss(from: RecurrentState(hidden: t[0]), targets: targets)
  },
  PassCase("VectorDecoder") { t, targets in
    var decoder = VectorDecoder<GatedRecurrentUnit>(
      inputs: 2, symbols: 3, width: 2, hidden: 3, random: RandomSource(seed: 1))
    decoder.input = Linear(weight: t[1], bias: t[2])
    decoder.generator = generator(table: t[3], weight: t[4], bias: t[5], t[6...])
    return decoder.loss(t[0], targets: targets)
  },
  PassCase("EncoderDecoder") { t, lists in
    var pair = EncoderDecoder<GatedRecurrentUnit>(
      reading: 4, writing: 3, width: 2, hidden: 3, random: RandomSource(seed: 1))
    pair.embedding = Embedding(table: t[0])
    pair.encoder = GatedRecurrentUnit(weights: recurrentWeights(t[4..<8]))
    pair.generator = generator(table: t[1], weight: t[2], bias: t[3], t[8...])
    return pair.loss(Array(lists[..<3]), targets: Array(lists[3...]))
  },
]

private func generator(
  table: Tensor, weight: Tensor, bias: Tensor, _ weights: ArraySlice<Tensor>
)
  -> SequenceGenerator<GatedRecurrentUnit>
{
  var generator = SequenceGenerator<GatedRecurrentUnit>(
    symbols: 3, width: 2, hidden: 3, random: RandomSource(seed: 1))
  generator.embedding = Embedding(table: table)
  generator.layer = GatedRecurrentUnit(weights: recurrentWeights(weights))
  generator.output = Linear(weight: weight, bias: bias)
  return generator
}
