import Attention
import Checking
import Tensors
import Testing
import ch06

@Suite("§ 6.2 and § 6.3 Scores, weights, contexts")
struct ScoredAttentionTests {
  private let additive = AdditiveAttention(queries: 4, states: 3, units: 5, random: RandomSource(seed: 1))
    .converted(to: .double)
  private let s = 3 * spread([2, 2, 4])
  private let h = 3 * spread([2, 6, 3], offset: 40)

  @Test("Exercise 6.1.1, (6.2): vᵀ tanh(W s + U h) for every pair, d_a (d_s + d_h + 1) parameters, right gradients")
  func additiveScores() {
    #expect(additive.parameterCount == 5 * (4 + 3 + 1))
    let e = additive.scores(s, h)
    for (b, t, j) in [(0, 0, 0), (0, 1, 5), (1, 0, 3)] {
      let z = matmul(additive.queryWeight, s[b, t]) + matmul(additive.stateWeight, h[b, j])
      expectClose(e[b, t, j], (additive.scoreWeight * z.tanh()).sum(), tolerance: 1e-13)
    }
    expectGradient(at: additive, order: 2, tolerance: 1e-6) {
      $0(s, over: h, mask: .padding([6, 3])).context.squared().sum()
    }
  }

  @Test("(6.3): states behind the end of a sequence have the weight 0 exactly, whatever they are")
  func padding() {
    let (context, weights) = additive(s, over: h, mask: .padding([6, 2]))
    #expect(weights[1].sliced(2..<6, axis: 1).scalars.allSatisfy { $0 == 0 })
    #expect(weights[0].scalars.allSatisfy { $0 > 0 })
    let other = Tensor.concatenated([h.sliced(0..<2, axis: 1), 1e3 * spread([2, 4, 3], offset: 7)], axis: 1)
    #expect(additive(s, over: other, mask: .padding([6, 2])).context[1] == context[1])
    let alone = additive(s[1], over: h[1].sliced(0..<2, axis: 0)).context
    expectClose(context[1], alone, tolerance: 1e-14, scale: 1)
  }

  @Test("Theorem 6.1, (6.5): weights are positive and sum to 1, so (6.4) lies between the states in every coordinate")
  func convexCombination() {
    let (context, weights) = additive(s, over: h)
    #expect(weights.min().item > 0)
    expectClose(weights.sum(axes: [-1]), Tensor.ones([2, 2], scalarType: .double), tolerance: 1e-15, scale: 1)
    let (low, high) = (h.min(axes: [1], keepsAxes: true), h.max(axes: [1], keepsAxes: true))
    #expect((context .>= low).min().item == 1 && (context .<= high).min().item == 1)
    expectClose(context, matmul(weights, h), tolerance: 1e-15)
  }

  @Test("§ 6.2.2: retrieval gets hard as the temperature falls, and has a derivative at every one")
  func softRetrieval() {
    let e = Tensor([0.2, 1, 0.4, 0.8, 0.6], scalarType: .double)
    let best = [1, 0.1, 0.01].map { softmax(e, temperature: $0)[1].item }
    #expect(best[0] < 0.3 && 0.8...0.9 ~= best[1] && best[2] > 0.99999)
    for temperature in [1, 0.1, 0.03] {
      expectGradient(at: e, tolerance: 1e-6) { softmax($0, temperature: temperature)[1] }
    }
    #expect(gradient(at: e) { softmax($0, temperature: 0.1)[1] }.abs().max().item > 0.1)
  }

  @Test("(6.6), (6.7): the general score with W = I is the dot score; they have d_s d_h parameters and none")
  func general() {
    let q = spread([2, 2, 3], offset: 9)
    let identity = GeneralAttention(weight: Tensor.identity(3, scalarType: .double))
    #expect(identity.scores(q, h) == DotAttention().scores(q, h))
    expectClose(DotAttention().scores(q, h)[1, 0, 4], (q[1, 0] * h[1, 4]).sum(), tolerance: 1e-14)
    let general = GeneralAttention(queries: 4, states: 3, random: RandomSource(seed: 1)).converted(to: .double)
    #expect(general.parameterCount == 12 && DotAttention().parameterCount == 0)
    expectClose(
      general.scores(s, h)[0, 1, 2], (s[0, 1] * matmul(general.weight, h[0, 2])).sum(), tolerance: 1e-13)
    expectGradient(at: general) { $0(s, over: h).context.squared().sum() }
  }

  @Test("Remark 6.2: (6.8) with W_a = [W U] is Bahdanau's score (6.2), so it is no simpler")
  func concat() {
    let weight = Tensor.concatenated([additive.queryWeight, additive.stateWeight], axis: 1)
    let concat = ConcatAttention(weight: weight, scoreWeight: additive.scoreWeight)
    expectClose(concat.scores(s, h), additive.scores(s, h), tolerance: 1e-14, scale: 1)
    #expect(concat.parameterCount == additive.parameterCount)
    #expect(ConcatAttention(queries: 4, states: 3, units: 5, random: RandomSource(seed: 2)).parameterCount == 40)
    expectGradient(at: concat) { $0(s, over: h).context.squared().sum() }
  }

  @Test("§ 6.3: the dot score stops where states and queries differ in length, and names the score that does not")
  func lengths() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DotAttention().scores(.zeros([2, 4]), .zeros([3, 5]))
    }
    expectMessage(result, "cannot take dot products of queries [2×4] and states [3×5]")
  }

  @Test("(6.2): a memory that is projected once gives the same scores as one that is projected at every step")
  func projectedOnce() {
    let Uh = additive.projected(h)
    for t in 0..<2 {
      let query = s.sliced(t..<t + 1, axis: 1)
      expectClose(
        additive.scores(query, projected: Uh), additive.scores(s, h).sliced(t..<t + 1, axis: 1), tolerance: 1e-14,
        scale: 1)
    }
  }

  @Test("§ 6.2, § 6.3: the section's table: every score reads the planted state, the additive ones by their parameters")
  func section() {
    let rows = compareScores(random: RandomSource(seed: 1))
    #expect(rows.map(\.name) == ["additive (6.2)", "dot (6.6)", "general (6.7)", "concat (6.8)", "scaled dot (6.9)"])
    #expect(rows.map(\.parameters) == [16 * 33, 0, 256, 16 * 33, 0])
    #expect(rows.allSatisfy { abs($0.sum - 1) < 1e-6 && $0.largest > 1.0 / 8 })
  }
}
