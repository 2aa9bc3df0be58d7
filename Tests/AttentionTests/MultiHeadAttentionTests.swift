import Attention
import Checking
import Foundations
import Regularization
import Tensors
import Testing
import ch06

@Suite("§ 6.5 Multi-head attention")
struct MultiHeadAttentionTests {
  private let layer = MultiHeadAttention(12, heads: 3, random: RandomSource(seed: 1)).converted(to: .double)
  private let x = spread([2, 5, 12])
  private let y = spread([2, 7, 12], offset: 200)

  @Test("(6.13), (6.14): each head is attention with its slice of W^Q, W^K, W^V, and Concat(…) W^O is Σ headᵢ Wᵢ^O")
  func slices() {
    let heads = layer.headOutputs(query: x, key: y, value: y)
    var sum = Tensor.zeros([2, 5, 12], scalarType: .double)
    for i in 0..<3 {
      func projected(_ x: Tensor, _ linear: Linear) -> Tensor {
        matmul(x, linear.weight.sliced(i * 4..<(i + 1) * 4, axis: 0).transposed)
      }
      let head = attention(projected(x, layer.query), projected(y, layer.key), projected(y, layer.value)).output
      expectClose(heads.sliced(i..<i + 1, axis: 1).squeezed(axis: 1), head, tolerance: 1e-14, scale: 1)
      sum += matmul(head, layer.output.weight.sliced(i * 4..<(i + 1) * 4, axis: 1).transposed)
    }
    expectClose(layer(x, over: y), sum, tolerance: 1e-14, scale: 1)
    #expect(slicesGap(random: RandomSource(seed: 4)) < 1e-14)
  }

  @Test("§ 6.5.1: (6.13) takes inputs: with Q = X W^Q of (6.16) it would project twice, and the shapes do not multiply")
  func projectedTwice() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let X = Tensor.zeros([1, 5, 128])
      let Q = matmul(X, .zeros([128, 32]))  // (6.16) with d_k = 128/4
      _ = MultiHeadAttention(128, heads: 4, random: RandomSource(seed: 1))(Q)
    }
    expectMessage(result, "cannot multiply [1×5×32] by [128×128]")
  }

  @Test(
    "Listing 6.9, Output 6.9: 1,048,576 parameters at d_model = 512 for any h, outputs (2, 10, 512), none forgotten")
  func parameters() {
    for h in [1, 2, 8, 32] {
      #expect(MultiHeadAttention(512, heads: h, random: RandomSource(seed: 1)).parameterCount == 1_048_576)
    }
    #expect(unlistedParameters(in: layer) == [])
    let big = MultiHeadAttention(512, heads: 8, dropout: 0.1, random: RandomSource(seed: 1))
    let x = RandomSource(seed: 2).normal([2, 10, 512])
    #expect(big(x).shape == [2, 10, 512] && big(x, mask: .causal).shape == [2, 10, 512])
    #expect(big(x, over: RandomSource(seed: 3).normal([2, 20, 512])).shape == [2, 10, 512])
    #expect(big.depth == 64)
  }

  @Test("§ 6.5.1: heads must divide d_model, and the message says so")
  func divisible() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MultiHeadAttention(10, heads: 4, random: RandomSource(seed: 1))
    }
    expectMessage(result, "cannot split 10 numbers into 4 heads")
  }

  @Test("§ 6.6 of Groudiev: 6 heads cannot share 512 numbers, as its text says they do: the base model has 8 of 64")
  func six() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MultiHeadAttention(512, heads: 6, random: RandomSource(seed: 1))
    }
    expectMessage(result, "cannot split 512 numbers into 6 heads")
    #expect(
      MultiHeadAttention(512, heads: 8, random: RandomSource(seed: 1)).weights(
        query: .zeros([1, 2, 512]), key: .zeros([1, 2, 512])
      ).shape == [1, 8, 2, 2])
  }

  @Test("(6.14): the gradient is that of finite differences, with a mask too")
  func gradients() {
    let small = MultiHeadAttention(4, heads: 2, hasBias: true, random: RandomSource(seed: 1))
    let x = spread([2, 3, 4])
    expectGradient(at: small, order: 2, tolerance: 1e-5) { $0(x, mask: .causal & .padding([3, 2])).squared().sum() }
  }

  @Test("Listing 6.9: weights of every head on demand, rows sum to 1, and they make the output")
  func weights() {
    let A = layer.weights(query: x, key: y, mask: .padding([7, 4]))
    #expect(A.shape == [2, 3, 5, 7])
    expectClose(A.sum(axes: [-1]), .ones([2, 3, 5], scalarType: .double), tolerance: 1e-15, scale: 1)
    #expect(A[1].sliced(4..<7, axis: 2).abs().max().item == 0)
    expectClose(
      layer.joined(matmul(A, layer.values(y))), layer(x, over: y, mask: .padding([7, 4])), tolerance: 1e-14, scale: 1)
  }

  @Test("Listing 6.9: dropout acts on weights, in training only, and the mean of many passes is the output without it")
  func dropout() {
    let noisy = MultiHeadAttention(12, heads: 3, dropout: 0.2, random: RandomSource(seed: 1)).converted(to: .double)
    #expect(noisy(x) == noisy(x))
    let prediction = monteCarloDropout(noisy, at: x, passes: 400)
    #expect(prediction.deviation.max().item > 0.01)
    let bound = 5 * prediction.deviation.max().item / 20
    expectClose(prediction.mean, noisy(x), tolerance: bound, scale: 1)
  }

  @Test("§ 6.5.1: without some heads, the output lacks their contributions and nothing else")
  func pruned() {
    let parts = (0..<3).map { layer.pruned(to: [$0])(x) }
    expectClose(parts[0] + parts[1] + parts[2], layer(x), tolerance: 1e-14, scale: 1)
    expectClose(layer.pruned(to: [2, 0])(x), parts[0] + parts[2], tolerance: 1e-14, scale: 1)
    #expect(layer.pruned(to: [0, 1]).parameterCount == layer.parameterCount * 2 / 3)
    #expect(layer.pruned(to: [0, 1, 2])(x) == layer(x))
  }

  @Test(
    "Remark 6.4, (6.15): products do not depend on h; exponentials and maps grow with it, which the remark leaves out")
  func costs() {
    let costs = countHeads(length: 6, width: 16, random: RandomSource(seed: 1))
    #expect(costs.map(\.heads) == [1, 2, 4, 8, 16])
    #expect(Set(costs.map(\.counted.multiplications)).count == 1)
    #expect(costs.map(\.counted.exponentials) == [1, 2, 4, 8, 16].map { 36 * $0 })
    #expect(costs.allSatisfy { $0.counted == $0.formula })
    #expect(Set(costs.map(\.parameters)) == [4 * 16 * 16])
  }

  @Test("Listing 6.11, Output 6.11, Remark 6.10: nine sizes with the printed parameters and d_k; no d_k below 16")
  func ablation() {
    #expect(ablatedSizes.map { $0.0 / $0.1 } == [512, 256, 128, 64, 32, 16, 32, 96, 128])
    let counts = ablatedSizes.map { 4 * $0.0 * $0.0 }
    #expect(
      counts == [1_048_576, 1_048_576, 1_048_576, 1_048_576, 1_048_576, 1_048_576, 262_144, 2_359_296, 4_194_304])
    #expect(printedTimes.count == 9)
    let rows = timeConfigurations([(64, 4), (64, 16)], length: 16, batch: 1, runs: 1, random: RandomSource(seed: 1))
    #expect(rows.map(\.parameters) == [16_384, 16_384] && rows.map(\.depth) == [16, 4])
    // Remark 6.10: neither parameters nor products depend on h, but exponentials do: h = 32 takes 32 times as many.
    let costs = [1, 32].map { AttentionCost(length: 128, width: 512, heads: $0) }
    #expect(costs[0].multiplications == costs[1].multiplications && costs[0].weights == costs[1].weights)
    #expect(costs[1].exponentials == 32 * costs[0].exponentials)
    #expect(rows.allSatisfy { $0.milliseconds > 0 && $0.trainingMilliseconds > 0 && $0.gigaflops > 0 })
  }
}
