import Attention
import Running
import Tensors

/// The mistakes of chapter 6: each shown where it can be seen, and where it cannot.
public let gallery6 = Exercise(.gallery, "6", "Mistakes that everybody makes once", seconds: 1) { run in
  run.show(exhibits6)
}

/// The exhibits of the gallery, in the order of the chapter.
public var exhibits6: [Exhibit] {
  [
    softmaxExhibit, unscaledExhibit, headsExhibit, oppositeExhibit, triangleExhibit, zeroedExhibit, emptyRowExhibit,
    maskByHeadExhibit, paddingExhibit, linearExhibit,
  ]
}

/// Scores of three queries and three keys.
private let scores = Tensor([[2, 1, 0], [0, 1, 3], [1, 0, 2]], scalarType: .double)
/// M of (6.20) for three tokens, and the same as 1 and 0.
private let causal = Tensor([[0, -.infinity, -.infinity], [0, 0, -.infinity], [0, 0, 0]], scalarType: .double)
private let lower = Tensor.lowerTriangle(3, 3, diagonal: 0, scalarType: .double)

private var softmaxExhibit: Exhibit {
  let sums = { (α: Tensor) in α.sum(axes: [1]) }
  let equal = Tensor.zeros([3, 3], scalarType: .double)
  return Exhibit(
    "a softmax over the queries", wrong: "e.softmax(axis: -2)", right: "e.softmax()",
    shows: .init(
      "what each query's weights sum to", wrong: sums(Mistake.softmaxOverQueries(scores)),
      right: sums(maskedSoftmax(scores))),
    hides: .init(
      "equal scores, as many queries as keys", wrong: Mistake.softmaxOverQueries(equal), right: maskedSoftmax(equal)),
    caughtBy: "§ 6.4.1: the weights of a query sum to 1")
}

private var unscaledExhibit: Exhibit {
  let Q = Tensor(repeating: 1, [1, 64], scalarType: .double)
  let K = Tensor.concatenated([0.25 * Q, Q.sliced(0..<32, axis: 1).padded(axis: 1, before: 0, after: 32) / 4], axis: 0)
  let one = { (x: Tensor) in x.sliced(0..<1, axis: 1) }
  return Exhibit(
    "scores without 1/√d_k", wrong: "matmul(Q, K.transposed).softmax()",
    right: "dotProducts(s, h) / Double(s.shape[-1]).squareRoot()",
    shows: .init(
      "weights of two keys, d_k = 64", wrong: Mistake.unscaledWeights(Q, K), right: attentionWeights(Q, K)),
    hides: .init("d_k = 1", wrong: Mistake.unscaledWeights(one(Q), one(K)), right: attentionWeights(one(Q), one(K))),
    caughtBy: "§ 6.4.2: the weights depend on how similar vectors are, not on how long")
}

private var headsExhibit: Exhibit {
  let x = Tensor.linear(from: 0, to: 7, count: 8, scalarType: .double).reshaped([1, 2, 4])  // 2 tokens of 4 numbers
  let single = x.sliced(0..<1, axis: 1)
  let right = { (x: Tensor) in x.reshaped([1, x.shape[1], 2, 2]).moved(axis: 2, to: 1) }
  return Exhibit(
    "heads cut by a reshape alone", wrong: "x.reshaped([x.shape[0], h, x.shape[1], x.shape[2] / h])",
    right: "x.reshaped([x.shape[0], x.shape[1], h, x.shape[2] / h]).moved(axis: 2, to: 1)",
    shows: .init(
      "head 0 of tokens (0, 1, 2, 3) and (4, 5, 6, 7)", wrong: Mistake.headsByReshaping(x, 2)[0, 0],
      right: right(x)[0, 0]),
    hides: .init("one token", wrong: Mistake.headsByReshaping(single, 2), right: right(single)),
    caughtBy: "§ 6.5.1: a head is a slice of each token")
}

private var oppositeExhibit: Exhibit {
  let V = Tensor([[1], [10], [100]], scalarType: .double)
  let equal = Tensor([[5], [5], [5]], scalarType: .double)
  let output = { (α: Tensor, V: Tensor) in matmul(α.sliced(0..<2, axis: 0), V) }
  let (wrong, right) = (Mistake.oppositeMask(scores, causal), maskedSoftmax(scores, .causal))
  return Exhibit(
    "a mask with the opposite sense", wrong: "select(M .== 0, Tensor(-.infinity, scalarType: e.scalarType), e)",
    right: "select(seesAny, e + M, e)",
    shows: .init("queries 0 and 1, values 1, 10, 100", wrong: output(wrong, V), right: output(right, V)),
    hides: .init("equal values", wrong: output(wrong, equal), right: output(right, equal)),
    caughtBy: "§ 6.10: what comes later changes nothing before it")
}

private var triangleExhibit: Exhibit {
  let wrong = maskedSoftmax(scores, .allowed(Mistake.triangleOffByOne(3, 3, scalarType: .double)))
  let right = maskedSoftmax(scores, .causal)
  return Exhibit(
    "a triangle that is off by one", wrong: "Tensor.lowerTriangle(n, m, diagonal: m - n + 1, scalarType: type)",
    right: "Tensor.lowerTriangle(n, m, diagonal: m - n, scalarType: type)",
    shows: .init("weights of query 0", wrong: wrong[0], right: right[0]),
    hides: .init("the last query", wrong: wrong[2], right: right[2]),
    caughtBy: "(6.20): a query sees no key behind its own place")
}

private var zeroedExhibit: Exhibit {
  let (wrong, right) = (Mistake.zeroedScores(scores, allowed: lower), maskedSoftmax(scores, .causal))
  return Exhibit(
    "hidden scores set to 0", wrong: "(e * allowed).softmax()", right: "visible.softmax() * seesAny",
    shows: .init("weights of query 0", wrong: wrong[0], right: right[0]),
    hides: .init("the last query", wrong: wrong[2], right: right[2]),
    caughtBy: "§ 6.10: a hidden key has the weight 0")
}

private var emptyRowExhibit: Exhibit {
  let some = Tensor([[1, 0, 1], [0, 0, 0]], scalarType: .double)
  let e = scores.sliced(0..<2, axis: 0)
  let (wrong, right) = (Mistake.verySmallScores(e, allowed: some), maskedSoftmax(e, .allowed(some)))
  return Exhibit(
    "−10⁹ in place of −∞", wrong: "(e + (allowed - 1) * 1e9).softmax()", right: "visible.softmax() * seesAny",
    shows: .init("a query that sees no key", wrong: wrong[1], right: right[1]),
    hides: .init("a query that sees one", wrong: wrong[0], right: right[0]),
    caughtBy: "§ 6.9: a query that sees no key gets zeros")
}

private var maskByHeadExhibit: Exhibit {
  let e = Tensor.stacked([scores, scores, scores], axis: 0).expanded(axis: 0)  // [1×3×3×3], one map for each head
  let padding = Tensor([[0, 0, -.infinity], [0, 0, -.infinity], [0, 0, -.infinity]], scalarType: .double)
  return Exhibit(
    "one mask for all heads, taken for one mask for each", wrong: "(e + M.expanded(axis: 1)).softmax()",
    right: "select(seesAny, e + M, e)",
    shows: .init(
      "three heads, three tokens, causal: head 2, query 0", wrong: Mistake.maskByHead(e, causal)[0, 2, 0],
      right: maskedSoftmax(e, .causal)[0, 2, 0]),
    hides: .init(
      "a mask that is the same for all queries: head 0", wrong: Mistake.maskByHead(e, padding)[0, 0],
      right: maskedSoftmax(e, .added(padding))[0, 0]),
    caughtBy: "Listing 6.9: all heads of a sequence see the same keys")
}

private var paddingExhibit: Exhibit {
  let h = Tensor([[1, 3, 0, 0], [1, 3, 5, 7]], scalarType: .double).expanded(axis: 2)  // [2×4×1]
  let right = maskedMean(h, lengths: [2, 4])
  let wrong = Mistake.paddingAveraged(h)
  return Exhibit(
    "a mean with the padding in it", wrong: "h.mean(axes: [1])", right: "matmul(weights, h).squeezed(axis: 1)",
    shows: .init("1, 3 and two places of padding", wrong: wrong[0], right: right[0]),
    hides: .init("the longest sequence", wrong: wrong[1], right: right[1]),
    caughtBy: "Exercise 6.3: what stands behind the end of a text changes nothing")
}

private var linearExhibit: Exhibit {
  let (Q, K, V) = (Tensor.zeros([1, 2], scalarType: .double), scores.sliced(0..<2, axis: 1), Tensor.ones([3, 1]))
  let values = V.converted(to: .double)
  let zero = Tensor.zeros([1, 1], scalarType: .double)
  let one = Tensor.ones([1, 1], scalarType: .double)
  return Exhibit(
    "(6.21) as printed", wrong: "unnormalizedLinearAttention(Q, K, V)",
    right: "matmul(φQ, matmul(φK.transposed, V)) / matmul(φQ, z)",
    shows: .init(
      "three values of 1", wrong: Mistake.linearAttentionAsPrinted(Q, K, values), right: linearAttention(Q, K, values)),
    hides: .init(
      "one key and one query of length 1, both 0", wrong: Mistake.linearAttentionAsPrinted(zero, zero, one),
      right: linearAttention(zero, zero, one)),
    caughtBy: "(6.21): values of 1 stay 1")
}
