import Attention
import Checking
import Foundations
import Tensors
import Testing
import Training
import ch06

@Suite("§ 6.10 Masks")
struct AttentionMaskTests {
  private let Q = 2 * spread([2, 5, 3])
  private let K = 2 * spread([2, 5, 3], offset: 30)
  private let V = spread([2, 5, 4], offset: 80)

  private func numbers(_ mask: AttentionMask, _ n: Int, _ m: Int) -> [Double]? {
    mask.allowed(queries: n, keys: m)?.scalars
  }

  @Test("(6.20): M is 0 where j ≤ i and −∞ where j > i; the last of n queries sees all of m keys")
  func causal() throws {
    let M = try #require(AttentionMask.causal.added(queries: 3, keys: 3))
    #expect(M.scalars == [0, -.infinity, -.infinity, 0, 0, -.infinity, 0, 0, 0])
    #expect(numbers(.causal, 2, 4) == [1, 1, 1, 0, 1, 1, 1, 1])
  }

  @Test("(6.20): what comes later changes nothing before it, bit for bit, and has the weight 0 exactly")
  func nothingFromTheFuture() {
    let layer = MultiHeadAttention(12, heads: 3, random: RandomSource(seed: 1)).converted(to: .double)
    let x = spread([1, 6, 12])
    var changed = x
    changed[0, 4] = 100 * spread([12], offset: 3)
    let (y, z) = (layer(x, mask: .causal), layer(changed, mask: .causal))
    #expect(y.sliced(0..<4, axis: 1) == z.sliced(0..<4, axis: 1))
    #expect(y.sliced(4..<6, axis: 1) != z.sliced(4..<6, axis: 1))
    let (a, b) = (attention(Q, K, V, mask: .causal), fusedAttention(Q, K, V, mask: .causal))
    #expect(future(a.weights[0]).allSatisfy { $0 == 0 })
    expectClose(a.output, b, tolerance: 1e-14, scale: 1)
    // The first place sees itself alone.
    expectClose(a.output.sliced(0..<1, axis: 1), V.sliced(0..<1, axis: 1), tolerance: 1e-15)
  }

  @Test("§ 6.10: rules by name, and their combinations")
  func rules() {
    #expect(numbers(.everything, 2, 2) == nil)
    #expect(numbers(.padding([2, 0]), 1, 3) == [1, 1, 0, 0, 0, 0])
    #expect(numbers(.window(radius: 1), 3, 3) == [1, 1, 0, 1, 1, 1, 0, 1, 1])
    #expect(numbers(.window(radius: 1) & .causal, 3, 3) == [1, 0, 0, 1, 1, 0, 0, 1, 1])
    #expect(numbers(.strided(2), 3, 3) == [1, 0, 1, 0, 1, 0, 1, 0, 1])
    #expect(numbers(.strided(2) | .causal, 3, 3) == [1, 0, 1, 1, 1, 0, 1, 1, 1])
    #expect(numbers(.everything & .causal, 2, 2) == [1, 0, 1, 1] && numbers(.everything | .causal, 2, 2) == nil)
    let M = Tensor([[0, -.infinity], [0, 0]])
    #expect(numbers(.added(M), 2, 2) == numbers(.causal, 2, 2))
    #expect(numbers(.causal & .padding([2, 1]), 2, 2) == [1, 0, 1, 1, 1, 0, 1, 0])
  }

  @Test("§ 6.10: a query that sees no key gets zeros, not NaN, and passes no gradient")
  func emptyRow() {
    let mask = AttentionMask.padding([5, 0])
    let (output, weights) = attention(Q, K, V, mask: mask)
    #expect(weights[1].scalars.allSatisfy { $0 == 0 } && output[1].scalars.allSatisfy { $0 == 0 })
    #expect(fusedAttention(Q, K, V, mask: mask)[1].scalars.allSatisfy { $0 == 0 })
    let g = gradient(at: [Q, K, V]) { attention($0[0], $0[1], $0[2], mask: mask).output.squared().sum() }
    #expect(g.allSatisfy { $0.isFinite && $0[1].abs().max().item == 0 && $0[0].abs().max().item > 0 })
  }

  @Test("§ 6.10: a tensor in the other convention is refused, with the name of the right one")
  func conventions() async {
    let added = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = AttentionMask.allowed(Tensor([[0, -.infinity], [0, 0]]))
    }
    expectMessage(added, "a tensor of 0 and −∞ is .added")
    let allowed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = AttentionMask.added(Tensor([[1, 0], [1, 1]]))
    }
    expectMessage(allowed, "a tensor of 1 and 0 is .allowed")
  }

  @Test("§ 6.10: masks of another size, or for another number of sequences, stop with a message")
  func sizes() async {
    let size = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = AttentionMask.allowed(.ones([4, 4])).allowed(queries: 5, keys: 5)
    }
    expectMessage(size, "cannot mask 5 queries and 5 keys by [4×4]")
    let batch = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = maskedSoftmax(.zeros([3, 8, 2, 2]), .allowed(.ones([8, 2, 2])))  // 8 masks would fit the heads
    }
    expectMessage(batch, "cannot mask scores [3×8×2×2] by masks of 8 sequences")
  }

  @Test(
    "(6.20): zeroed exponentials are the mask, zeroed scores are not: weight stays on the future"
  )
  func zeroing() {
    let c = compareZeroing(random: RandomSource(seed: 1))
    #expect(c.gap < 1e-15)
    #expect(c.infinity.allSatisfy { $0 == 0 } && c.exponentials.allSatisfy { $0 == 0 })
    #expect(c.scores[0] > 0.4 && c.scores.dropLast().allSatisfy { $0 > 0.02 } && c.scores.last == 0)
    // Weights that are zeroed after the division no longer sum to 1, except those of the last query.
    let later = spread([5, 5]).softmax() * Tensor.lowerTriangle(5, 5, scalarType: .double)
    let sums = later.sum(axes: [1]).scalars
    #expect(sums.dropLast().allSatisfy { $0 < 0.99 } && abs(sums[4] - 1) < 1e-15)
  }

  @Test(
    "(6.20) given to Listing 6.9, which hides where it is 0, puts all weight on the future, NaN in the last row"
  )
  func senses() {
    let shares = givePrintedMask(random: RandomSource(seed: 1))
    #expect(shares.dropLast().allSatisfy { abs($0 - 1) < 1e-15 } && shares.last?.isNaN == true)
  }

  @Test("Listing 6.9 with a mask [n×n] and h = n heads masks keys by head, silently: head 0 sees key 0 alone")
  func headsMasked() {
    let accident = maskHeadsByAccident(random: RandomSource(seed: 1))
    #expect(accident.gap > 0.5)
    #expect(accident.firstHead.allSatisfy { $0 == 1 })
    #expect(accident.lastHead[0] > 0.3)
    // One mask serves all heads here, whatever their number.
    let layer = MultiHeadAttention(16, heads: 8, random: RandomSource(seed: 1))
    let x = RandomSource(seed: 2).normal([2, 8, 16])
    #expect(layer(x, mask: .allowed(Tensor.lowerTriangle(8, 8))).shape == [2, 8, 16])
    expectClose(
      layer(x, mask: .allowed(Tensor.lowerTriangle(8, 8))), layer(x, mask: .causal), tolerance: 1e-5, scale: 1)
  }

  @Test("§ 6.10: one causal layer without positions sees the past as a set, two know its order")
  func order() {
    let changes = orderWithoutPositions(random: RandomSource(seed: 1))
    #expect(changes[0] < 1e-14 && changes[1] > 1e-3)
  }

  @Test("§ 6.10: trained on random tokens the loss stays at ln V; a mask that begins too late is found out")
  func leaks() {
    let tests = detectLeaks(random: RandomSource(seed: 1)) { _ in TrainingPlan(steps: 150) }
    #expect(tests[0].last > tests[0].uniform - 0.02 && tests[0].last < tests[0].uniform + 0.15)
    #expect(tests[1].last < 0.7 * tests[1].uniform)
  }
}

/// The weight of each row above the diagonal. [n×n]
private func future(_ A: Tensor) -> [Double] {
  (A * Tensor.upperTriangle(A.shape[0], A.shape[1], diagonal: 1, scalarType: A.scalarType)).sum(axes: [1]).scalars
}
