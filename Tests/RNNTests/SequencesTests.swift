import CNN
import Checking
import Foundations
import RNN
import Tensors
import Testing

@Suite("§ 5.1 Sequences")
struct SequencesTests {
  private static func padded(with padding: Double = 0) -> PaddedSequences {
    PaddedSequences(
      padding: [5, 2, 7].map { spread([$0, 3], offset: 11 * $0).converted(to: .float) }, with: padding)
  }

  private func expectNoPadding<Layer: RecurrentLayer>(_ layer: Layer) {
    let batch = Self.padded()
    let (states, final) = layer(batch.values, lengths: batch.lengths)
    // More padding, of other numbers: the same bits.
    let longer = Self.padded(with: 100).values.padded(axis: 1, before: 0, after: 5, with: -7)
    let padded = layer(longer, lengths: batch.lengths)
    #expect(padded.states.sliced(0..<7, axis: 1) == states && padded.final.hidden == final.hidden)
    #expect(padded.final.cell?.scalars == final.cell?.scalars)
    for i in 0..<batch.count {
      let alone = layer(batch[i].expanded(axis: 0))
      let own = states[i].sliced(0..<batch.lengths[i], axis: 0)
      expectClose(own, alone.states[0], tolerance: 1e-6, scale: 1)
      expectClose(final.hidden[i], alone.final.hidden[0], tolerance: 1e-6, scale: 1)
      if let cell = final.cell, let other = alone.final.cell {
        expectClose(cell[i], other[0], tolerance: 1e-6, scale: 1)
      }
    }
  }

  @Test("Definition 5.1: padding changes no bit of a batch, and each sequence has the states that it has alone")
  func paddingChangesNothing() {
    let random = RandomSource(seed: 1)
    expectNoPadding(VanillaRNN(3, 4, random: random))
    expectNoPadding(LongShortTermMemory(3, 4, random: random))
    expectNoPadding(GatedRecurrentUnit(3, 4, random: random))
    expectNoPadding(Bidirectional<LongShortTermMemory>(3, 4, random: random))
  }

  @Test("Definition 5.1: without lengths the padding is read, and the final state is different")
  func withoutLengths() {
    let (layer, batch) = (GatedRecurrentUnit(3, 4, random: RandomSource(seed: 1)), Self.padded())
    let difference = layer(batch.values).final.hidden - layer(batch.values, lengths: batch.lengths).final.hidden
    #expect(difference[1].abs().max().item > 0.05)
    #expect(difference[2].abs().max().item == 0)
  }

  @Test("Definition 5.1: a sequence is a tuple: order and repetition count")
  func tuple() {
    let layer = VanillaRNN(1, 3, random: RandomSource(seed: 2))
    func final(_ x: [Double]) -> Tensor { layer(Tensor(x, shape: [1, x.count, 1])).final.hidden }
    #expect((final([1, 2]) - final([2, 1])).abs().max().item > 0.01)
    #expect((final([1, 1, 2]) - final([1, 2])).abs().max().item > 0.01)
  }

  @Test("Definition 5.1: the mask has ones where a sequence has elements")
  func mask() {
    let batch = Self.padded()
    #expect(batch.mask.sum(axes: [1]).scalars == [5, 2, 7])
    #expect(batch.mask[1].scalars == [1, 1, 0, 0, 0, 0, 0])
    #expect(batch.values.shape == [3, 7, 3] && batch[1].shape == [2, 3])
  }

  @Test(
    "§ 5.1 says that CNNs process inputs of fixed size: the network of Listing 4.6 takes images of 32 and of 40 pixels")
  func convolutionalNetworks() {
    let network = ColorImageNetwork(random: RandomSource(seed: 1))
    for side in [32, 40] { #expect(network(Tensor.zeros([1, 3, side, side])).shape == [1, 10]) }
  }

  @Test("§ 5.1: a multilayer perceptron does process inputs of fixed size")
  func perceptron() async {
    await #expect(processExitsWith: .failure) {
      _ = MLP([4, 3, 2], random: RandomSource(seed: 1))(Tensor.zeros([1, 5]))
    }
  }

  @Test("sequences that do not fit stop with a message that says what is needed")
  func mistakes() async {
    let lengths = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = PaddedSequences(Tensor.zeros([2, 3, 1]), lengths: [3, 4])
    }
    expectMessage(
      lengths, "cannot make sequences of lengths [3, 4] from [2×3×1]: [N×T×d] and N lengths from 0 to T are needed")
    let widths = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = PaddedSequences(padding: [Tensor.zeros([2, 3]), Tensor.zeros([2, 4])])
    }
    expectMessage(widths, "cannot pad sequences of shapes [[2×3], [2×4]]: each must be [T×d] with the same d")
  }
}
