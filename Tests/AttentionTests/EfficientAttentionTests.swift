import Attention
import Checking
import Tensors
import Testing
import Training
import ch06

@Suite("§ 6.12 and Exercise 6.5 Efficient attention")
struct EfficientAttentionTests {
  private let Q = 2 * spread([2, 11, 4])
  private let K = 2 * spread([2, 11, 4], offset: 100)
  private let V = spread([2, 11, 3], offset: 300)

  @Test("Exercise 6.5.3: attention by tiles of any size is (6.9), causal too, and keeps ln Σ exp")
  func tiles() {
    for (queries, keys) in [(1, 1), (1, 11), (3, 4), (11, 2), (5, 5), (64, 64)] {
      for isCausal in [false, true] {
        let tiled = tiledAttention(Q[0], K[0], V[0], queryTile: queries, keyTile: keys, isCausal: isCausal)
        let right = attention(Q[0], K[0], V[0], mask: isCausal ? .causal : .everything).output
        expectClose(tiled.output, right, tolerance: 1e-14, scale: 1, "\(queries)×\(keys), \(isCausal)")
      }
    }
    let tiled = tiledAttention(Q[0], K[0], V[0], queryTile: 4, keyTile: 3)
    let sums = ScaledDotAttention().scores(Q[0], K[0]).logSumExp(axes: [1])
    expectClose(tiled.logSums, sums, tolerance: 1e-14, scale: 1)
    let more = tiledAttention(Q[0], K[0][0..<6], V[0][0..<6], queryTile: 4, keyTile: 3, isCausal: true)
    let right = attention(Q[0], K[0][0..<6], V[0][0..<6], mask: .causal).output  // queries without keys: zeros
    expectClose(more.output, right, tolerance: 1e-14, scale: 1)
    #expect(checkTiles(length: 40, random: RandomSource(seed: 1)).allSatisfy { $0.gap < 2e-15 })
  }

  @Test("Exercise 6.5.3: a softmax that arrives in pieces neither overflows nor loses what came before")
  func largeScores() {
    let (q, k) = (
      Tensor([[1, 0]], scalarType: .double), Tensor([[-1e4, 0], [1e4, 0], [1e4, 0]], scalarType: .double)
    )
    let v = Tensor([[1], [2], [4]], scalarType: .double)
    #expect(tiledAttention(q, k, v, queryTile: 1, keyTile: 1).output.item == 3)
  }

  @Test("§ 6.12: tiles keep 16 K numbers at a time where the map has n²: 256 MiB at n = 8,192 in single precision")
  func tileMemory() {
    let random = RandomSource(seed: 1)
    let (q, k, v) = (random.normal([1_024, 64]), random.normal([1_024, 64]), random.normal([1_024, 64]))
    #expect(tiledAttention(q, k, v).largestArray == 128 * 128)
    #expect(ScoreCount.full(8_192) * 4 == 256 << 20)
  }

  @Test("(6.21) as printed has rows that do not sum to 1; with the normalizer φ(Q) φ(K)ᵀ 1 they do")
  func linearSums() {
    let sums = linearRowSums(random: RandomSource(seed: 1))
    #expect(sums.printed.allSatisfy { $0 > 16 })
    #expect(sums.normalized.allSatisfy { abs($0 - 1) < 1e-14 })
    let weights = linearAttentionWeights(Q, K)
    expectClose(matmul(weights, V), linearAttention(Q, K, V), tolerance: 1e-14, scale: 1)
    expectClose(
      unnormalizedLinearAttention(Q, K, V), matmul(matmul(eluPlusOne(Q), eluPlusOne(K).transposed), V),
      tolerance: 1e-13, scale: 1)
  }

  @Test("§ 6.12: causal linear attention is a recurrent network with a state of d_k × d_v numbers")
  func linearState() {
    let masked = matmul(linearAttentionWeights(Q, K, mask: .causal), V)
    expectClose(causalLinearAttention(Q, K, V), masked, tolerance: 1e-14, scale: 1)
    let state = LinearAttentionState(depth: 4, values: 3)
    #expect(state.S.count == 12 && state.z.count == 4)
    expectGradient(at: [Q, K, V]) { causalLinearAttention($0[0], $0[1], $0[2]).squared().sum() }
  }

  @Test(
    "Exercise 6.5.1: ELU + 1 is positive, continuous and has the slope 1 at 0; it is cheaper than exp for n > d only")
  func elu() {
    #expect(
      eluPlusOne(Tensor([-2, 0, 3], scalarType: .double)).scalars.map { ($0 * 1e6).rounded() } == [135_335, 1e6, 4e6])
    let slopes = gradient(at: Tensor([-1e-9, 1e-9, -800], scalarType: .double)) { eluPlusOne($0).sum() }.scalars
    #expect(abs(slopes[0] - 1) < 1e-8 && slopes[1] == 1 && slopes[2] == 0)
    for (n, d) in [(32, 64), (64, 64), (128, 64)] { #expect((2 * n * d * d < 2 * n * n * d) == (n > d)) }
  }

  @Test("§ 6.12: local attention by blocks is (6.9) with a window; a window of all places is full attention")
  func local() {
    for r in [0, 1, 2, 3, 5, 10, 40] {
      for isCausal in [false, true] {
        let mask = isCausal ? AttentionMask.window(radius: r) & .causal : .window(radius: r)
        expectClose(
          localAttention(Q, K, V, radius: r, isCausal: isCausal), attention(Q, K, V, mask: mask).output,
          tolerance: 1e-14, scale: 1, "\(r), \(isCausal)")
      }
    }
    expectClose(localAttention(Q, K, V, radius: 10), attention(Q, K, V).output, tolerance: 1e-14, scale: 1)
    expectGradient(at: [Q, K, V]) { localAttention($0[0], $0[1], $0[2], radius: 2).squared().sum() }
  }

  @Test("§ 6.12: strided attention by classes is (6.9) with a stride; a stride of 1 is full attention")
  func strided() {
    for s in [1, 2, 3, 4, 11, 12] {
      for isCausal in [false, true] {
        let mask = isCausal ? AttentionMask.strided(s) & .causal : .strided(s)
        expectClose(
          stridedAttention(Q, K, V, stride: s, isCausal: isCausal), attention(Q, K, V, mask: mask).output,
          tolerance: 1e-14, scale: 1, "\(s), \(isCausal)")
      }
    }
  }

  @Test("§ 6.12: top-k keeps the k largest scores of each query, the first of equal ones; k = m is full attention")
  func topK() {
    let (output, weights) = topKAttention(Q, K, V, k: 3)
    #expect((weights .> 0).sum(axes: [-1]).scalars.allSatisfy { $0 == 3 })
    expectClose(output, matmul(weights, V), tolerance: 0)
    let best = attentionWeights(Q, K).largest(3).indices
    #expect(Set(best.prefix(3)) == Set(weights[0, 0].scalars.indices.filter { weights[0, 0, $0].item > 0 }))
    expectClose(topKAttention(Q, K, V, k: 11).output, attention(Q, K, V).output, tolerance: 1e-14, scale: 1)
    let equal = topKAttention(Tensor([[1.0]]), Tensor([[2], [2], [2]]), Tensor([[1], [2], [4]]), k: 2)
    #expect(equal.weights.scalars == [0.5, 0.5, 0])
  }

  @Test("§ 6.12: a window allows about n (2 r + 1) pairs, a stride of √n n √n, top-k n k, where (6.9) has n²")
  func counts() {
    for (n, r) in [(11, 3), (20, 0), (9, 30)] {
      #expect(ScoreCount.window(n, radius: r) == pairs(.window(radius: r), length: n))
    }
    #expect(
      ScoreCount.strided(64, stride: 8) == pairs(.strided(8), length: 64) && ScoreCount.strided(64, stride: 8) == 512)
    #expect(ScoreCount.topK(64, k: 8) == 512 && ScoreCount.full(64) == 4_096)
    let growth = Double(ScoreCount.local(8_192, radius: 64)) / Double(ScoreCount.local(2_048, radius: 64))
    #expect(growth == 4)  // linear in n
    #expect(sparsePatterns(length: 16).map { pairs($0.mask, length: 16) } == [136, 70, 40, 82])
  }

  @Test("Exercise 6.5.2: a wider window errs less, and less still where neighbours are alike")
  func windows() {
    let rows = compareWindows(length: 256, radii: [4, 32, 256], runs: 1, random: RandomSource(seed: 1))
    #expect(rows[0].anywhere > rows[1].anywhere && rows[2].anywhere < 1e-5)
    #expect(rows.dropLast().allSatisfy { $0.nearby < $0.anywhere })
  }

  @Test(
    "Exercise 6.5.1: trained full attention recalls one of 48 items by 16 numbers, linear and local attention do not")
  func recall() {
    let rows = compareRecall(items: [48], depth: 16, radius: 16, random: RandomSource(seed: 1)) { _ in
      TrainingPlan(steps: 250)
    }
    let accuracy = { (kind: RecallRow.Kind) in rows.first { $0.kind == kind }?.accuracy ?? .nan }
    #expect(accuracy(.full) > 0.9)
    #expect(accuracy(.linear) < accuracy(.full) - 0.1)
    #expect(0.3...0.55 ~= accuracy(.local))  // a third of the items, and chance for the others
  }

  @Test("Exercise 6.5.4: tiles and the kernel are exact to rounding, linear and local attention are not; memory by n")
  func memory() {
    let rows = compareEfficient(
      lengths: [64, 128], depth: 16, radius: 8, tile: 32, runs: 1, random: RandomSource(seed: 1))
    #expect(rows.filter { $0.kind == .tiled || $0.kind == .kernel }.allSatisfy { $0.error < 1e-5 })
    #expect(rows.filter { $0.kind == .linear || $0.kind == .local }.allSatisfy { $0.error > 0.1 })
    let numbers = { (kind: EfficientRow.Kind) in rows.filter { $0.kind == kind }.map(\.numbers) }
    #expect(numbers(.full) == [4_096, 16_384] && numbers(.tiled) == [1_024, 1_024])
    #expect(numbers(.linear)[1] == 2 * numbers(.linear)[0] && numbers(.local)[1] == 2 * numbers(.local)[0])
    #expect(slope(rows.filter { $0.kind == .full }).isFinite)
  }
}
