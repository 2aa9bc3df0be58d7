import Attention
import Checking
import Tensors
import Testing
import ch06

@Suite("§ 6.7 Computational complexity")
struct AttentionCostTests {
  @Test("Theorem 6.7: 3 n d² for Q, K, V, n² d for Q Kᵀ, n² exponentials, n² d for V, as loops count")
  func table() {
    let layer = MultiHeadAttention(8, heads: 1, random: RandomSource(seed: 1)).converted(to: .double)
    let x = spread([5, 8])
    let (output, cost) = countedAttention(layer, x)
    #expect(cost == AttentionCost(length: 5, width: 8))
    #expect(cost.projections == 3 * 5 * 64 && cost.scores == 25 * 8 && cost.exponentials == 25 && cost.mixing == 25 * 8)
    #expect(cost.activations == 4 * 5 * 8 && cost.maps == 25)
    expectClose(output, layer(x.expanded(axis: 0))[0], tolerance: 1e-13, scale: 1)
  }

  @Test("Theorem 6.7's total O(n² d) leaves out the projections, which outweigh the map up to n = 2 d")
  func total() {
    #expect([16, 64, 512].map { crossing(width: $0) } == [32, 128, 1_024])
    let cost = AttentionCost(length: 128, width: 512)
    #expect(cost.projections + cost.output == 8 * (cost.scores + cost.mixing))
  }

  @Test("Theorem 6.7's memory leaves out the weights, 4 d²: at n = 128, d = 512 they exceed n² + n d by far")
  func memory() {
    let cost = AttentionCost(length: 128, width: 512)
    #expect(cost.weights == 1_048_576 && cost.maps + 128 * 512 == 81_920)
  }

  @Test(
    "Remark 6.8: at n = 128 < d = 512 self-attention takes 151 M multiplications, a recurrent layer 67 M, in 128 steps")
  func recurrent() {
    #expect(AttentionCost(length: 128, width: 512).multiplications == 150_994_944)
    #expect(AttentionCost.recurrent(length: 128, width: 512) == 67_108_864)
    #expect(SequenceLayer.recurrent.sequentialSteps(length: 128) == 128)
    #expect(SequenceLayer.attention.sequentialSteps(length: 128) == 1)
    let times = timeSequenceLayers(lengths: [4], width: 8, random: RandomSource(seed: 1))
    #expect(times[0].recurrent > 0 && times[0].attention > 0)
  }

  @Test("§ 6.7: the longest path has n − 1 steps in a recurrent layer, about 2 n/k convolutions, 1 attention")
  func paths() {
    #expect(SequenceLayer.recurrent.longestPath(length: 33) == 32)
    #expect(SequenceLayer.convolution(kernel: 5).longestPath(length: 33) == 16)
    #expect(SequenceLayer.convolution(kernel: 9).longestPath(length: 33) == 8)
    #expect(SequenceLayer.attention.longestPath(length: 33) == 1)
    #expect(SequenceLayer.convolution(kernel: 5).sequentialSteps(length: 33) == 1)
  }
}
