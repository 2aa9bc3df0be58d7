import Attention
import Checking
import Tensors
import Testing
import ch06

@Suite("§ 6.6 Self-attention and cross-attention")
struct SelfAttentionTests {
  private let layer = SelfAttention(6, depth: 4, values: 5, random: RandomSource(seed: 1)).converted(to: .double)
  private let X = spread([7, 6])

  @Test("Definition 6.5, (6.16), (6.17), (6.18): Q, K and V come from one X, and the weights are n×n")
  func definition() {
    let (output, weights) = layer(X, mask: .everything)
    let (Q, K, V) = (matmul(X, layer.queryWeight), matmul(X, layer.keyWeight), matmul(X, layer.valueWeight))
    expectClose(output, matmul((matmul(Q, K.transposed) / 2).softmax(), V), tolerance: 1e-14, scale: 1)
    #expect(weights.shape == [7, 7] && output.shape == [7, 5] && layer(X) == output)
    expectGradient(at: layer, order: 2, tolerance: 1e-6) { $0(X).squared().sum() }
  }

  @Test("§ 6.6.1: permuted inputs give permuted outputs, and one changed token changes every output")
  func permutations() {
    let order = [4, 2, 0, 6, 1, 5, 3]
    expectClose(layer(X.gathered(order)), layer(X).gathered(order), tolerance: 1e-15, scale: 1)
    var changed = X
    changed[3] = -X[3]
    #expect((layer(changed) - layer(X)).abs().max(axes: [1]).min().item > 1e-4)
  }

  @Test("Definition 6.6, (6.19): the map is n_dec×n_enc, and the output as long as the decoder's sequence")
  func cross() {
    let cross = CrossAttention(decoder: 6, encoder: 9, depth: 4, random: RandomSource(seed: 1)).converted(to: .double)
    let encoded = spread([2, 8, 9], offset: 90)
    let (output, weights) = cross(spread([2, 3, 6]), over: encoded, mask: .padding([8, 5]))
    #expect(output.shape == [2, 3, 4] && weights.shape == [2, 3, 8])
    #expect(weights[1].sliced(5..<8, axis: 1).abs().max().item == 0)
    #expect(cross.parameterCount == 6 * 4 + 9 * 4 + 9 * 4)
  }

  @Test("§ 6.6.2: multi-head attention across sequences has the decoder's length, too")
  func multiHeadCross() {
    let layer = MultiHeadAttention(8, heads: 2, random: RandomSource(seed: 1))
    #expect(layer(.zeros([1, 3, 8]), over: .zeros([1, 9, 8])).shape == [1, 3, 8])
    #expect(layer.weights(query: .zeros([1, 3, 8]), key: .zeros([1, 9, 8])).shape == [1, 2, 3, 9])
  }

  @Test("§ 6.4.4 of Groudiev: one query is a special case, and W_K = W_V = I is the layer without matrices")
  func attentionLayer() {
    let identity = Tensor.identity(6, scalarType: .double)
    let simple = AttentionLayer(keyWeight: identity, valueWeight: identity)
    let Q = spread([3, 6], offset: 50)
    #expect(simple(Q, over: X).output == ScaledDotAttention()(Q, over: X).context)
    expectClose(simple(Q[1..<2], over: X).output, simple(Q, over: X).output[1..<2], tolerance: 1e-15, scale: 1)
    expectClose(
      simple(Q, over: X).weights.sum(axes: [1]), Tensor.ones([3], scalarType: .double), tolerance: 1e-15, scale: 1)
  }

  @Test("§ 6.5.4 of Groudiev: heads on chunks cannot mix chunks, heads of (6.13) can")
  func chunks() {
    let chunked = ChunkedSelfAttention(6, heads: 2, random: RandomSource(seed: 1)).converted(to: .double)
    let multi = MultiHeadAttention(6, heads: 2, random: RandomSource(seed: 1)).converted(to: .double)
    let second = X + Tensor([0, 0, 0, 1, -1, 2], scalarType: .double) * spread([7, 1])
    let change = (chunked(second) - chunked(X)).abs().max(axes: [0]).scalars
    #expect(change[..<3].allSatisfy { $0 == 0 } && change[3...].allSatisfy { $0 > 1e-4 })
    let mixed = (multi(second.expanded(axis: 0)) - multi(X.expanded(axis: 0))).abs().max(axes: [0, 1]).scalars
    #expect(mixed.allSatisfy { $0 > 1e-4 })
  }

  @Test("§ 6.5.2 of Groudiev: positions written behind the vectors break the symmetry")
  func positions() {
    let positions = AppendedPositions(places: 9, numbers: 4, random: RandomSource(seed: 1)).converted(to: .double)
    let placed = SelfAttention(10, depth: 4, random: RandomSource(seed: 2)).converted(to: .double)
    let order = [6, 5, 4, 3, 2, 1, 0]
    #expect(positions(X).shape == [7, 10])
    let gap = (placed(positions(X.gathered(order))) - placed(positions(X)).gathered(order)).abs().max().item
    #expect(gap > 1e-3)
  }

  @Test("§ 6.5.5 of Groudiev: behind one layer over pixels every pixel has seen every other")
  func pixels() {
    let facts = checkSelfAttention(random: RandomSource(seed: 1)).map(\.value)
    #expect(facts.count == 7)
    #expect(facts[0] < 1e-14 && facts[1] > 1e-4 && facts[2] > 1e-2)
    #expect(facts[3] == 0 && facts[4] > 1e-3 && facts[5] < 1e-14 && facts[6] > 1e-6)
  }

  @Test(
    "§ 6.8, Remark 6.9: rows are queries and sum to 1; without positions equal words have equal rows, trained or not")
  func map() {
    let words = ["The", "cat", "sat", "on", "the", "mat"]
    let map = wordMap(words, hasPositions: false, random: RandomSource(seed: 1))
    expectClose(map.sum(axes: [1]), .ones([6]), tolerance: 1e-6)
    #expect(map[0] == map[4])
    #expect(wordMap(words, hasPositions: true, random: RandomSource(seed: 1)).shape == [6, 6])
    let figure = attentionMap("map", map, queries: words, keys: words)
    #expect(figure.rowTitle == "query" && figure.columnTitle == "key")
    #expect(figure.values[0][4] == map[0, 4].item)
    #expect(figure.terminal(columns: 80, color: false).contains("cat"))
  }
}
