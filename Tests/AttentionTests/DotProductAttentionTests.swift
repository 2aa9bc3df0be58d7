import Attention
import Checking
import Foundation
import Regularization
import Tensors
import Testing
import ch06

@Suite("§ 6.4 Scaled dot-product attention")
struct DotProductAttentionTests {
  private let Q = 2 * spread([2, 4, 3])
  private let K = 2 * spread([2, 6, 3], offset: 30)
  private let V = spread([2, 6, 5], offset: 80)

  /// (6.9) by loops over scalars, for one sequence.
  private func byLoops(_ Q: Tensor, _ K: Tensor, _ V: Tensor) -> Tensor {
    var outputs: [Double] = []
    for i in 0..<Q.shape[0] {
      let scores = (0..<K.shape[0]).map { j in
        (0..<Q.shape[1]).reduce(0.0) { $0 + Q[i, $1].item * K[j, $1].item } / Double(Q.shape[1]).squareRoot()
      }
      let powers = scores.map { Foundation.exp($0) }
      let total = powers.reduce(0, +)
      for c in 0..<V.shape[1] {
        outputs.append(powers.indices.reduce(0.0) { $0 + powers[$1] / total * V[$1, c].item })
      }
    }
    return Tensor(outputs, shape: [Q.shape[0], V.shape[1]], scalarType: .double)
  }

  @Test("(6.9): the definition, the kernel and three loops agree")
  func threeWays() {
    let (output, weights) = attention(Q, K, V)
    expectClose(fusedAttention(Q, K, V), output, tolerance: 1e-14, scale: 1)
    expectClose(byLoops(Q[1], K[1], V[1]), output[1], tolerance: 1e-14, scale: 1)
    expectClose(attentionWeights(Q, K), weights, tolerance: 0)
    expectClose(ScaledDotAttention().scores(Q, K), DotAttention().scores(Q, K) / 3.0.squareRoot(), tolerance: 1e-15)
  }

  @Test("(6.9): every mask means the same to the kernel as to the definition")
  func masks() {
    let allowed = Tensor((0..<24).map { $0 % 5 == 2 ? 0 : 1 }, shape: [4, 6])
    let masks: [AttentionMask] = [
      .everything, .causal, .padding([6, 3]), .window(radius: 1), .strided(2), .allowed(allowed),
      .causal & .padding([5, 2]),
      .causal & .window(radius: 2), .window(radius: 0) | .strided(3), .padding([0, 4]),
    ]
    for mask in masks {
      expectClose(
        fusedAttention(Q, K, V, mask: mask), attention(Q, K, V, mask: mask).output, tolerance: 1e-14, scale: 1)
    }
  }

  @Test("§ 6.4.1: the order of the keys does not matter, and outputs follow the order of the queries")
  func permutations() {
    let order = [3, 0, 5, 1, 4, 2]
    let shuffled = attention(Q, K.gathered(order, axis: 1), V.gathered(order, axis: 1)).output
    expectClose(shuffled, attention(Q, K, V).output, tolerance: 1e-14, scale: 1)
    let queries = [2, 0, 3, 1]
    #expect(
      attention(Q.gathered(queries, axis: 1), K, V).output == attention(Q, K, V).output.gathered(queries, axis: 1))
  }

  @Test("Listing 6.9, Output 6.9: shapes (2, 4, 64) and (2, 4, 6), and rows that sum to 1")
  func listing() {
    let random = RandomSource(seed: 1)
    let (q, k, v) = (random.normal([2, 4, 64]), random.normal([2, 6, 64]), random.normal([2, 6, 64]))
    let (output, weights) = attention(q, k, v)
    #expect(output.shape == [2, 4, 64] && weights.shape == [2, 4, 6])
    expectClose(weights.sum(axes: [-1]), .ones([2, 4]), tolerance: 1e-6)
  }

  @Test("Listing 6.9 returns weights after dropout, whose rows do not sum to 1; here they are those before it")
  func dropout() {
    let random = RandomSource(seed: 3)
    let drop = Dropout(probability: 0.1, random: random)
    let (q, k) = (random.normal([8, 64]), random.normal([12, 64]))
    let identity = Tensor.identity(12)
    Mode.training {
      let (output, weights) = attention(q, k, identity, dropout: drop)  // with V = I the output is the dropped map
      expectClose(weights.sum(axes: [-1]), .ones([8]), tolerance: 1e-6)
      let sums = output.sum(axes: [-1]).scalars
      #expect(sums.contains { abs($0 - 1) > 0.02 })
      #expect(sums.max() ?? 0 > 1 && sums.min() ?? 1 < 1)
    }
    #expect(attention(q, k, identity, dropout: drop).output == attention(q, k, identity).output)
  }

  @Test(
    "§ 6.4.1: exp(QKᵀ)/√d over exp(QKᵀ/√d), as one of the notes prints it, is no distribution: the root belongs inside")
  func rootOutside() {
    let sums = rowSumsWithRootOutside(depth: 16, rows: 6, random: RandomSource(seed: 1))
    #expect(sums.contains { $0 > 3 } && sums.allSatisfy { abs($0 - 1) > 1e-3 })
    // At d = 1 there is no root, and the two forms are the same.
    #expect(rowSumsWithRootOutside(depth: 1, rows: 3, random: RandomSource(seed: 1)).allSatisfy { abs($0 - 1) < 1e-12 })
  }

  @Test("§ 6.4.3: the diagram names every step, with its shape")
  func diagram() {
    let figure = attentionDiagram(queries: 4, keys: 6, depth: 64, values: 64)
    #expect(figure.nodes.map(\.name) == ["Q", "K", "V", "Q Kᵀ", "÷ √d_k", "+ M", "softmax", "· V"])
    #expect(figure.nodes[6].lines == ["4×6"] && figure.nodes[7].lines == ["4×64"])
  }
}
