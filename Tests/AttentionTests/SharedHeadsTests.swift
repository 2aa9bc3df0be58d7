import Attention
import Checking
import Foundations
import Tensors
import Testing
import ch06

@Suite("§ 6.12 Shared heads and differences of maps")
struct SharedHeadsTests {
  private let layer = MultiHeadAttention(12, heads: 6, random: RandomSource(seed: 1)).converted(to: .double)
  private let x = spread([2, 5, 12])

  @Test("(6.22): one group is multi-head attention with tied keys and values, and as many groups as heads is (6.13)")
  func ends() {
    expectClose(GroupedQueryAttention(averaging: layer, groups: 6)(x), layer(x), tolerance: 1e-14, scale: 1)
    for g in [1, 2, 3] {
      let grouped = GroupedQueryAttention(12, heads: 6, groups: g, random: RandomSource(seed: 2)).converted(to: .double)
      func tied(_ linear: Linear) -> Linear {  // the rows of each group once for each of its heads
        let rows = (0..<6).flatMap { head in (0..<2).map { head / (6 / g) * 2 + $0 } }
        return Linear(weight: linear.weight.gathered(rows), bias: nil)
      }
      var multi = layer
      (multi.query, multi.output) = (grouped.query, grouped.output)
      (multi.key, multi.value) = (tied(grouped.key), tied(grouped.value))
      for mask in [AttentionMask.everything, .causal, .padding([5, 3])] {
        expectClose(grouped(x, mask: mask), multi(x, mask: mask), tolerance: 1e-14, scale: 1, "\(g)")
      }
      // And made from that layer by averaging, it is itself again.
      expectClose(GroupedQueryAttention(averaging: multi, groups: g)(x), grouped(x), tolerance: 1e-14, scale: 1)
    }
  }

  @Test("(6.22): a cache of g groups is h/g times smaller, and keys and values are not copied for the heads")
  func cache() {
    let rows = compareGroups(width: 64, heads: 8, random: RandomSource(seed: 1))
    #expect(rows.map(\.cacheBytes) == [8, 4, 2, 1].map { 2 * $0 * 8 * 4 * 4_096 })
    #expect(rows.map(\.parameters) == [8, 4, 2, 1].map { 2 * 64 * 64 + 2 * 64 * 8 * $0 })
    #expect(rows[0].gap < 1e-5 && zip(rows, rows.dropFirst()).allSatisfy { $0.gap < $1.gap })
  }

  @Test("(6.22): gradients are those of finite differences, none forgotten")
  func gradients() {
    let grouped = GroupedQueryAttention(4, heads: 4, groups: 2, hasBias: true, random: RandomSource(seed: 2))
    #expect(unlistedParameters(in: grouped) == [])
    expectGradient(at: grouped) { $0(spread([1, 3, 4]), mask: .causal).squared().sum() }
  }

  @Test("(6.23): rows sum to 1 − λ, and λ = 0 is (6.9)")
  func differential() {
    let (Q1, Q2, K1, K2) = (
      spread([4, 3]), spread([4, 3], offset: 9), spread([6, 3], offset: 30), spread([6, 3], offset: 60)
    )
    let V = spread([6, 2], offset: 90)
    let (output, weights) = differentialAttention((Q1, Q2), (K1, K2), V, λ: 0.7)
    expectClose(weights.sum(axes: [1]), Tensor(repeating: 0.3, [4], scalarType: .double), tolerance: 1e-14)
    expectClose(output, matmul(weights, V), tolerance: 0)
    #expect(differentialAttention((Q1, Q2), (K1, K2), V, λ: 0).output == attention(Q1, K1, V).output)
    let same = differentialAttention((Q1, Q1), (K1, K1), V, λ: 1).weights
    #expect(same.abs().max().item == 0)  // two equal maps cancel
    let head = DifferentialAttention(6, depth: 3, values: 5, random: RandomSource(seed: 1))
    #expect(unlistedParameters(in: head) == [] && head.parameterCount == 4 * 18 + 30 + 1)
  }

  @Test("(6.23): noise that both maps share is cancelled, and the relevant key stays")
  func noise() {
    let rows = cancelNoise(random: RandomSource(seed: 1))
    #expect(rows.allSatisfy { abs($0.sum - (1 - $0.λ)) < 1e-12 })
    #expect(rows[3].ratio > 1.5 * rows[0].ratio)
    #expect(abs(rows[3].signal / rows[0].signal - 1) < 0.05)
  }
}
