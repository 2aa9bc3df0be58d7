import Checking
import RNN
import Regularization
import Tensors
import Testing

@Suite("§ 5.7 Both directions, and layers upon layers")
struct BidirectionalTests {
  private let x = spread([2, 6, 3]).converted(to: .float)
  private func halves(_ x: Tensor) -> (Tensor, Tensor) { (x.sliced(0..<4, axis: -1), x.sliced(4..<8, axis: -1)) }

  @Test(
    "(5.20), (5.21), (5.22): one half reads from the first element, the other from the last, in 2 d_h numbers"
  )
  func definition() {
    let layer = Bidirectional<VanillaRNN>(3, 4, random: RandomSource(seed: 1))
    let (states, final) = layer(x)
    let (there, back) = halves(states)
    #expect(states.shape == [2, 6, 8] && layer.outputs == 8)
    #expect(there == layer.forward(x).states)
    #expect(back == layer.backward(x.flipped(axis: 1)).states.flipped(axis: 1))
    let (h_T, h_1) = halves(final.hidden)
    #expect(h_T == there.sliced(5..<6, axis: 1).squeezed(axis: 1))
    #expect(h_1 == back.sliced(0..<1, axis: 1).squeezed(axis: 1))
  }

  private func expectSwap<Layer: RecurrentLayer>(_ layer: Layer) {
    let tied = Bidirectional(forward: layer, backward: layer)
    let (there, back) = halves(tied(x).states)
    let (thereOfFlipped, backOfFlipped) = halves(tied(x.flipped(axis: 1)).states)
    #expect(thereOfFlipped == back.flipped(axis: 1) && backOfFlipped == there.flipped(axis: 1))
  }

  @Test("Definition 5.7: with tied weights, reversing the input swaps the halves to the last bit")
  func reversal() {
    expectSwap(VanillaRNN(3, 4, random: RandomSource(seed: 2)))
    expectSwap(LongShortTermMemory(3, 4, random: RandomSource(seed: 2)))
    expectSwap(GatedRecurrentUnit(3, 4, random: RandomSource(seed: 2)))
  }

  @Test("Definition 5.7: so it does for sequences of unequal lengths, each reversed within its own")
  func reversalWithLengths() {
    let layer = GatedRecurrentUnit(3, 4, random: RandomSource(seed: 3))
    let tied = Bidirectional(forward: layer, backward: layer)
    let sequences = [x[0].sliced(0..<4, axis: 0), x[1]]
    let (a, b) = (
      PaddedSequences(padding: sequences), PaddedSequences(padding: sequences.map { $0.flipped(axis: 0) })
    )
    let (h_T, h_1) = halves(tied(a.values, lengths: a.lengths).final.hidden)
    let (flipped_T, flipped_1) = halves(tied(b.values, lengths: b.lengths).final.hidden)
    #expect(h_T == flipped_1 && h_1 == flipped_T)
  }

  @Test("Definition 5.7: the backward half at the last place has read one element, and is not a summary")
  func lastPlace() {
    let layer = Bidirectional<GatedRecurrentUnit>(3, 4, random: RandomSource(seed: 4))
    let other = Tensor.concatenated([10 * x.sliced(0..<5, axis: 1), x.sliced(5..<6, axis: 1)], axis: 1)
    func last(_ x: Tensor) -> Tensor { halves(layer(x).states.sliced(5..<6, axis: 1)).1 }
    #expect(last(x) == last(other))
    let (a, b) = (halves(layer(x).final.hidden).1, halves(layer(other).final.hidden).1)
    #expect((a - b).abs().max().item > 0.1)
  }

  @Test("§ 5.7: a bidirectional LSTM continues from its state: both halves start from the given states")
  func initial() throws {
    let layer = Bidirectional<LongShortTermMemory>(3, 4, random: RandomSource(seed: 5))
    let state = layer(x).final
    #expect(state.cell?.shape == [2, 8])
    let (h, _) = halves(layer(x, initial: state).states)
    let own = RecurrentState(hidden: halves(state.hidden).0, cell: halves(try #require(state.cell)).0)
    #expect(h == layer.forward(x, initial: own).states)
  }

  @Test("§ 5.8: the second layer reads the states of the first, and each has a final state")
  func stacked() {
    let stack = Stacked<VanillaRNN>(3, 4, layers: 2, random: RandomSource(seed: 6))
    let first = stack.layers[0](x)
    let second = stack.layers[1](first.states)
    let (states, final) = stack(x)
    #expect(states == second.states)
    #expect(final.map(\.hidden) == [first.final.hidden, second.final.hidden])
  }

  @Test("§ 5.8: stacked bidirectional layers read 2 d_h numbers from the second on: 2,367,488 parameters for 128 → 256")
  func stackedBidirectional() {
    let stack = Stacked<Bidirectional<LongShortTermMemory>>(128, 256, layers: 2, random: RandomSource(seed: 7))
    #expect(stack.layers.map(\.inputs) == [128, 512])
    #expect(stack.parameterCount == 2_367_488)
  }

  @Test("§ 5.8: dropout between layers acts in training only")
  func dropout() {
    let stack = Stacked<VanillaRNN>(3, 8, layers: 3, dropout: 0.5, random: RandomSource(seed: 8))
    #expect(stack.dropouts.count == 2)
    #expect(stack(x).states == Stacked(stack.layers)(x).states)
    let trained = Mode.training { stack(x).states }
    #expect((trained - stack(x).states).abs().max().item > 0.01)
  }

  @Test("layers that do not fit stop with a message that names both sizes")
  func mistakes() async {
    let sizes = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let random = RandomSource(seed: 1)
      _ = Stacked([VanillaRNN(3, 4, random: random), VanillaRNN(5, 4, random: random)])
    }
    expectMessage(
      sizes, "cannot stack layers of sizes [\"3 → 4\", \"5 → 4\"]: each must have as many inputs as")
    let directions = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let random = RandomSource(seed: 1)
      _ = Bidirectional(forward: VanillaRNN(3, 4, random: random), backward: VanillaRNN(3, 5, random: random))
    }
    expectMessage(
      directions,
      "cannot join a layer from 3 to 4 numbers and one from 3 to 5: both directions must be of one size")
  }
}
