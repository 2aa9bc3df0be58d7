import Figures
import Messages
import RNN
import Running
import Tensors

/// § 5.1: sequences of unequal length as one batch, and what padding does to whoever reads it.
public let section5_1 = Exercise(.section, "5.1", "Sequences of unequal length", seconds: 1) { run in
  let effects = measurePadding(random: run.random)
  run.show(
    Table(
      "Final states of sequences of 2 to 9 elements in a batch: largest distance from those of each sequence alone",
      columns: ["layer", "with lengths", "lengths left out"],
      rows: effects.map { [.text($0.layer), .scientific($0.withLengths), .scientific($0.withoutLengths)] }),
    as: "padding")
  for effect in effects { run.card("lengths left out, \(effect.layer)", effect.withoutLengths) }
}

/// What padding does to the final states of a layer.
public struct PaddingEffect: Sendable {
  /// The layer.
  public let layer: String
  /// The largest distance from the state of a sequence alone, if the layer is told the lengths, and if not.
  public let withLengths, withoutLengths: Double
}

/// Reads eight sequences of 2 to 9 elements as a padded batch and one by one. Definition 5.1
public func measurePadding(random: RandomSource) -> [PaddingEffect] {
  let batch = PaddedSequences(padding: (2..<10).map { random.normal([$0, 3]) })
  func effect<Layer: RecurrentLayer>(_ name: String, _ layer: Layer) -> PaddingEffect {
    let alone = (0..<batch.count).map { layer(batch[$0].expanded(axis: 0)).final.hidden[0] }
    func distance(_ final: RecurrentState) -> Double {
      (final.hidden - Tensor.stacked(alone, axis: 0)).abs().max().item
    }
    return PaddingEffect(
      layer: name, withLengths: distance(layer(batch.values, lengths: batch.lengths).final),
      withoutLengths: distance(layer(batch.values).final))
  }
  return [
    effect("simple", VanillaRNN(3, 16, random: random)), effect("LSTM", LongShortTermMemory(3, 16, random: random)),
    effect("GRU", GatedRecurrentUnit(3, 16, random: random)),
    effect("bidirectional LSTM", Bidirectional<LongShortTermMemory>(3, 16, random: random)),
  ]
}
