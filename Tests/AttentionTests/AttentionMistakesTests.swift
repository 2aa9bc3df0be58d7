import Attention
import Backprop
import Checking
import Running
import Tensors
import Testing

@Suite("Chapter 6, a gallery of mistakes: what each gives, where it hides, and the property that catches it")
struct AttentionMistakesTests {
  private let e = 2 * spread([5, 5])
  private var allowed: Tensor { Tensor.lowerTriangle(5, 5, diagonal: 0, scalarType: .double) }

  @Test("§ 6.4.1: the weights of a query sum to 1, unless the softmax runs over the queries; equal scores hide it")
  func overQueries() {
    let scores = 2 * spread([4, 6])
    expectClose(maskedSoftmax(scores).sum(axes: [1]), .ones([4], scalarType: .double), tolerance: 1e-14, scale: 1)
    let wrong = Mistake.softmaxOverQueries(scores)
    expectClose(wrong.sum(axes: [0]), .ones([6], scalarType: .double), tolerance: 1e-14, scale: 1)
    #expect(wrong.sum(axes: [1]).scalars.allSatisfy { abs($0 - 1) > 1e-3 })
    let equal = Tensor.ones([3, 3], scalarType: .double)
    expectClose(Mistake.softmaxOverQueries(equal), maskedSoftmax(equal), tolerance: 1e-15, scale: 1)
  }

  @Test(
    "§ 6.4.2: the weights depend on how similar vectors are, not on how long; d_k = 1 hides what is not scaled"
  )
  func unscaled() {
    let (Q, K) = (spread([3, 4]), spread([5, 4], offset: 30))
    let repeated = { (x: Tensor) in Tensor.concatenated([x, x, x, x], axis: 1) }
    // Four times as many numbers: q · k is four times as large, and q · k / √d_k twice.
    let entropy = { (α: Tensor) in (-(α * α.log()).sum(axes: [1])).mean().item }
    let scaled = entropy(attentionWeights(Q, K)) - entropy(attentionWeights(repeated(Q), repeated(K)))
    let unscaled = entropy(Mistake.unscaledWeights(Q, K)) - entropy(Mistake.unscaledWeights(repeated(Q), repeated(K)))
    #expect(unscaled > 2 * scaled && scaled > 0)
    let one = { (x: Tensor) in x.sliced(0..<1, axis: 1) }
    expectClose(Mistake.unscaledWeights(one(Q), one(K)), attentionWeights(one(Q), one(K)), tolerance: 1e-15, scale: 1)
    expectClose(Mistake.unscaledWeights(Q, K), attentionWeights(2 * Q, K), tolerance: 1e-14, scale: 1)
  }

  @Test("§ 6.5.1: a head is a slice of each token, unless the tokens are only reshaped; one head or one token hides it")
  func reshaped() {
    let random = RandomSource(seed: 1)
    let layer = MultiHeadAttention(6, heads: 3, random: random).converted(to: .double)
    let x = spread([2, 4, 6])
    let right = layer.queries(x)
    let projected = layer.query(x)
    #expect(right[1, 2, 3] == projected[1, 3].sliced(4..<6, axis: 0))
    let wrong = Mistake.headsByReshaping(projected, 3)
    #expect(wrong.shape == right.shape && relativeDistance(wrong, right) > 0.5)
    #expect(Mistake.headsByReshaping(projected.sliced(0..<1, axis: 1), 3) == right.sliced(0..<1, axis: 2))
  }

  @Test(
    "§ 6.10: what comes later changes nothing before it, unless 0 is taken for hidden: then what came before does not")
  func opposite() {
    let M = allowed.log()
    let V = spread([5, 2], offset: 9)
    var changed = V
    changed[4] = changed[4] + 1
    let right = { (V: Tensor) in matmul(maskedSoftmax(e, .causal), V) }
    let wrong = { (V: Tensor) in matmul(Mistake.oppositeMask(e, M).sliced(0..<4, axis: 0), V) }
    #expect(right(V).sliced(0..<4, axis: 0) == right(changed).sliced(0..<4, axis: 0))
    #expect(relativeDistance(wrong(V), wrong(changed)) > 1e-2)
    // All weight is on the future, and the last row is NaN.
    let α = Mistake.oppositeMask(e, M)
    #expect((α * allowed).sliced(0..<4, axis: 0).abs().max().item == 0)
    #expect(α[4].scalars.allSatisfy { $0.isNaN })
  }

  @Test("(6.20): a query sees no key behind its own place, unless the triangle has one diagonal too many")
  func triangle() {
    let right = maskedSoftmax(e, .causal)
    let wrong = maskedSoftmax(e, .allowed(Mistake.triangleOffByOne(5, 5, scalarType: .double)))
    for i in 0..<5 {
      for j in 0..<5 {
        #expect((right[i, j].item == 0) == (j > i))
        #expect((wrong[i, j].item == 0) == (j > i + 1))
      }
    }
    #expect(wrong[4] == right[4])
  }

  @Test("§ 6.10: a hidden key has the weight 0, unless its score is set to 0: up to 71 % stay on the future")
  func zeroed() {
    let wrong = Mistake.zeroedScores(e, allowed: allowed)
    let future = ((1 - allowed) * wrong).sum(axes: [1]).scalars
    #expect(future[0] > 0.7 && future[..<4].allSatisfy { $0 > 0.05 } && future[4] == 0)
    #expect(((1 - allowed) * maskedSoftmax(e, .causal)).abs().max().item == 0)
    expectClose(wrong[4], maskedSoftmax(e, .causal)[4], tolerance: 1e-15, scale: 1)
  }

  @Test("§ 6.9: a query that sees no key gets zeros, unless hidden scores are only very small")
  func emptyRow() {
    var some = allowed
    some[2] = Tensor.zeros([5], scalarType: .double)
    let (wrong, right) = (Mistake.verySmallScores(e, allowed: some), maskedSoftmax(e, .allowed(some)))
    #expect(right[2].scalars.allSatisfy { $0 == 0 } && abs(wrong[2].sum().item - 1) < 1e-12)
    for row in [0, 1, 3, 4] { expectClose(wrong[row], right[row], tolerance: 1e-14, scale: 1) }
    // In Float the scores themselves are lost beside 10⁹: all keys weigh the same.
    let single = Mistake.verySmallScores(e.converted(to: .float), allowed: some.converted(to: .float))
    #expect(single[2].scalars.allSatisfy { abs($0 - 0.2) < 1e-6 })
  }

  @Test(
    "Listing 6.9: all heads of a sequence see the same keys, unless h = n and the mask's axis is in the wrong place")
  func byHead() {
    let (h, n) = (5, 5)
    let scores = 2 * spread([2, h, n, n])
    let M = allowed.log()
    let (wrong, right) = (Mistake.maskByHead(scores, M), maskedSoftmax(scores, .causal))
    #expect(wrong.shape == right.shape && relativeDistance(wrong, right) > 0.1)
    // Head 0 sees key 0 alone, and head 4 all keys, also those behind the query.
    #expect(wrong.sliced(0..<1, axis: 1).sliced(1..<n, axis: 3).max().item == 0)
    #expect(((1 - allowed) * wrong[0, 4]).sum().item > 1)
    #expect(((1 - allowed) * right).abs().max().item == 0)
    let padding = Tensor([0, 0, 0, -.infinity, -.infinity], scalarType: .double)
    let rows = padding.expanded(axis: 0).broadcast(to: [n, n])
    #expect(relativeDistance(Mistake.maskByHead(scores, rows)[0, 0], maskedSoftmax(scores, .added(rows))[0, 0]) < 1e-14)
  }

  @Test("Exercise 6.3: what stands behind the end of a text changes nothing, unless the mean is over the whole batch")
  func padding() {
    let h = spread([3, 4, 2])
    var other = h
    other[0, 3] = Tensor([7, -7], scalarType: .double)
    let lengths = [2, 4, 3]
    #expect(maskedMean(h, lengths: lengths) == maskedMean(other, lengths: lengths))
    #expect(Mistake.paddingAveraged(h)[0] != Mistake.paddingAveraged(other)[0])
    expectClose(Mistake.paddingAveraged(h)[1], maskedMean(h, lengths: lengths)[1], tolerance: 1e-15, scale: 1)
  }

  @Test("(6.21): values of 1 stay 1, unless the weights are not divided by their sum")
  func asPrinted() {
    let (Q, K, ones) = (spread([4, 3]), spread([6, 3], offset: 20), Tensor.ones([6, 1], scalarType: .double))
    expectClose(linearAttention(Q, K, ones), .ones([4, 1], scalarType: .double), tolerance: 1e-14, scale: 1)
    #expect(Mistake.linearAttentionAsPrinted(Q, K, ones).min().item > 3)
    let zero = Tensor.zeros([1, 1], scalarType: .double)
    #expect(Mistake.linearAttentionAsPrinted(zero, zero, zero + 5).item == 5)
  }
}
