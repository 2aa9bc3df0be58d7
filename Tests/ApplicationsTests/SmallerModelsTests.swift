import Applications
import Backprop
import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Training

@Suite("§ 12.8  Quantization, LoRA, distillation")
struct SmallerModelsTests {
  @Test(
    "§ 12.8: k bits are off by at most half a step, and use all integers from −m to m", arguments: [2, 3, 4, 8],
    IntegerWeights.Sharing.allCases)
  func rounding(bits: Int, sharing: IntegerWeights.Sharing) {
    let W = RandomSource(seed: 1).normal([40, 60], scalarType: .double)
    let q = IntegerWeights(W, bits: bits, sharing: sharing)
    #expect(q.steps.count == (sharing == .row ? 40 : 1))
    let width = W.count / q.steps.count
    let excess = (W - q.matrix).abs().scalars.enumerated().map { $1 / (q.steps[$0 / width] / 2) }.max() ?? .nan
    #expect(excess <= 1 + 1e-12)
    let m = IntegerWeights.largest(bits: bits)
    #expect(m == (1 << (bits - 1)) - 1)
    #expect(q.integers.map { Swift.abs(Int($0)) }.max() == m)
    #expect(q.byteCount == (2400 * bits + 7) / 8 + 4 * q.steps.count)
  }

  @Test("§ 12.8: the product of the integers, multiplied by the steps, is that of the rounded matrix")
  func products() {
    let random = RandomSource(seed: 2)
    let (W, x) = (random.normal([5, 7], scalarType: .double), random.normal([3, 7], scalarType: .double))
    for sharing in IntegerWeights.Sharing.allCases {
      let q = IntegerWeights(W, bits: 4, sharing: sharing)
      expectClose(q(x), matmul(x, q.matrix.transposed), tolerance: 1e-12)
    }
    #expect(IntegerWeights(.zeros([2, 3]), bits: 4).matrix.scalars.allSatisfy { $0 == 0 })
    #expect(IntegerWeights(Tensor([[1, -0.25], [100, 25]]), bits: 8, sharing: .row).integers == [127, -32, 127, 32])
  }

  @Test("§ 12.8: LoRA starts as the frozen layer, and the merged layer computes the same to 10⁻⁵")
  func lowRank() {
    let random = RandomSource(seed: 3)
    let base = MLP([64, 256, 256, 10], random: random)
    let x = random.normal([20, 64])
    var adapted = LowRankMLP(base, rank: 2, random: random)
    #expect((adapted(x) - base(x)).abs().max().item == 0)
    adapted = adapted.mapParameters { $0 + 0.1 * random.normal($0.shape) }
    #expect((adapted(x) - base(x)).abs().max().item > 0.01)
    let merged = adapted.merged(into: base)
    #expect((merged(x) - adapted(x)).abs().max().item < 1e-5 * adapted(x).abs().max().item)
    #expect(merged.parameterCount == base.parameterCount)
  }

  @Test("§ 12.8: ranks 1, 2, 4 train r (m + n) numbers a layer, 1.3, 2.6 and 5.2 % of the network 64-256-256-10")
  func adaptedShare() {
    let random = RandomSource(seed: 4)
    let base = MLP([64, 256, 256, 10], random: random)
    for (r, share) in [(1, 0.013), (2, 0.026), (4, 0.052)] {
      let count = LowRankMLP(base, rank: r, random: random).parameterCount
      #expect(count == r * (64 + 256 + 256 + 256 + 256 + 10))
      #expect(abs(Double(count) / Double(base.parameterCount) - share) < 5e-4)
    }
  }

  @Test("§ 12.8: the gradient leaves the frozen weights alone, and that of A is 0 while B is 0")
  func frozen() {
    let random = RandomSource(seed: 5)
    let layer = LowRankLinear(Linear(6, 4, random: random), rank: 2, random: random)
    let x = random.normal([5, 6])
    let slopes = gradient(at: layer) { $0(x).squared().sum() }
    #expect(slopes.down.abs().max().item == 0 && slopes.up.abs().max().item > 0)
    #expect(layer.parameterCount == 2 * (6 + 4))
  }

  @Test("§ 12.8: soft targets have loss 0 only for equal logits up to a constant, and no derivative in the teacher")
  func softTargets() {
    let random = RandomSource(seed: 6)
    let (z, v) = (random.normal([4, 5], scalarType: .double), random.normal([4, 5], scalarType: .double))
    #expect(softTargetLoss(student: z, teacher: z + 3, temperature: 2).item < 1e-12)
    #expect(softTargetLoss(student: z, teacher: v, temperature: 2).item > 0.01)
    #expect(
      gradient(at: v) { softTargetLoss(student: z, teacher: $0, temperature: 2) }.abs().max().item == 0)
  }

  @Test("§ 12.8: for a large temperature the derivative tends to (z − v)/(K N), whatever T is")
  func hot() {
    let random = RandomSource(seed: 7)
    let (z, v) = (random.normal([4, 5], scalarType: .double), random.normal([4, 5], scalarType: .double))
    func centred(_ x: Tensor) -> Tensor { x - x.mean(axes: [1], keepsAxes: true) }
    let limit = (centred(z) - centred(v)) / 20
    for T in [1e3, 1e4] {
      let slope = gradient(at: z) { softTargetLoss(student: $0, teacher: v, temperature: T) }
      expectClose(slope, limit, tolerance: 10 / T)
    }
  }

  @Test("§ 12.8: 4 bits keep a network's accuracy, 2 bits with one step do not, and LoRA learns mirrored digits")
  func digits() throws {
    let (seen, test) = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_297, from: RandomSource(seed: 12))
    let random = RandomSource(seed: 1)
    func taught<M: Module<Tensor, Tensor>>(_ start: M, rate: Double, steps: Int, _ x: Tensor, _ labels: [Int]) -> M {
      var (network, adam) = (start, Adam(learningRate: rate))
      let plan = TrainingPlan(steps: steps, examples: labels.count, batchSize: 50)
      train(&network, with: &adam, examples: labels.count, plan: plan, random: random.split()) { model, batch in
        crossEntropy(logits: model(x.gathered(batch)), labels: batch.map { labels[$0] })
      }
      return network
    }
    let start = MLP([64, 64, 64, 10], random: random)
    let network = taught(start, rate: 3e-3, steps: 260, seen.images, seen.labels)
    func score(_ network: some Module<Tensor, Tensor>, _ x: Tensor) -> Double {
      accuracy(network(x), labels: test.labels)
    }
    let whole = score(network, test.images)
    #expect(whole > 0.94 && score(network.quantized(bits: 8), test.images) > whole - 0.01)
    #expect(score(network.quantized(bits: 4), test.images) > whole - 0.04)
    #expect(score(network.quantized(bits: 2), test.images) < 0.5)
    #expect(
      score(network.quantized(bits: 2, sharing: .row), test.images)
        > score(network.quantized(bits: 2), test.images) + 0.2)
    let mirrored = test.images.flipped(axis: 3)
    let adapted = taught(
      LowRankMLP(network, rank: 2, random: random), rate: 5e-3, steps: 260, seen.images.flipped(axis: 3), seen.labels)
    #expect(score(network, mirrored) < 0.6 && score(adapted, mirrored) > score(network, mirrored) + 0.25)
    #expect(abs(score(adapted.merged(into: network), mirrored) - score(adapted, mirrored)) < 0.005)
  }
}
