import Checking
import Foundations
import Regularization
import Tensors
import Testing

@Suite("§ 3.12 Stochastic depth")
struct StochasticDepthTests {
  @Test("§ 3.12: p_l falls in a straight line from 1 before the first block to p_L at the last")
  func survival() {
    let p = (1...10).map { survivalProbability(block: $0, of: 10, last: 0.5) }
    #expect(p.first == 0.95 && p.last == 0.5)
    for (a, b) in zip(p, p.dropFirst()) { #expect(abs(a - b - 0.05) < 1e-15) }
  }

  @Test("§ 3.12: the expected depth is L − (L + 1) / 2 · (1 − p_L), about three quarters of L for p_L = ½")
  func depth() {
    for (L, p) in [(1, 0.3), (10, 0.5), (54, 0.5), (20, 1)] {
      #expect(abs(expectedDepth(blocks: L, last: p) - (Double(L) - Double(L + 1) / 2 * (1 - p))) < 1e-12)
    }
    #expect(abs(expectedDepth(blocks: 54, last: 0.5) - 40.25) < 1e-12)
  }

  @Test("§ 3.12: in training a block is x + f(x) or x, with probabilities p_l and 1 − p_l; afterwards x + p_l f(x)")
  func block() {
    let linear = Linear(weight: Tensor.identity(3), bias: Tensor([1, 2, 3]))
    var block = StochasticDepth(linear, survival: 0.3, random: RandomSource(seed: 1))
    let x = Tensor([[1, 1, 1]])
    #expect(block(x) == x + 0.3 * linear(x))
    let outputs = (0..<2_000).map { _ in block.observing { $0(x) } }
    let survivors = outputs.filter { $0 == x + linear(x) }.count
    #expect(outputs.filter { $0 == x }.count == 2_000 - survivors)
    #expect(abs(Double(survivors) / 2_000 - 0.3) < 4 * (0.21 / 2_000).squareRoot())
    #expect(block.parameterCount == 12)
  }

  @Test("§ 3.12: the block in evaluation is the mean of the block in training")
  func mean() {
    let f = Linear(weight: spread([3, 3]), bias: spread([3], offset: 9))
    let x = spread([2, 3], offset: 20)
    let always = StochasticDepth(f, survival: 1, random: RandomSource(seed: 1))
    let never = StochasticDepth(f, survival: 0, random: RandomSource(seed: 1))
    let half = StochasticDepth(f, survival: 0.25, random: RandomSource(seed: 1))
    let mean = Mode.training { 0.25 * always(x) + 0.75 * never(x) }
    expectClose(half(x), mean, tolerance: 1e-14, scale: 1)
  }

  @Test("§ 3.12: a skipped block has gradient 0 in its branch and passes the input's gradient unchanged")
  func gradients() {
    let f = Linear(weight: spread([3, 3]), bias: spread([3], offset: 9))
    let never = StochasticDepth(f, survival: 0, random: RandomSource(seed: 1))
    let x = spread([2, 3], offset: 20)
    #expect(gradient(at: never) { $0(x).sum() }.flattened.abs().max().item == 0)
    #expect(gradient(at: x, mode: .training) { never($0).sum() } == Tensor.ones([2, 3], scalarType: .double))
  }

  @Test("§ 3.12: DropPath drops whole examples and keeps the mean")
  func dropPath() {
    let layer = DropPath(probability: 0.25, random: RandomSource(seed: 1))
    let x = Tensor.ones([4_000, 2, 3])
    #expect(layer(x) == x)
    let y = Mode.training { layer(x) }
    #expect(y.max(axes: [1, 2]) == y.min(axes: [1, 2]) && Set(y.scalars).count == 2)
    #expect(abs(y.mean().item - 1) < 4 * (0.25 / 0.75 / 4_000).squareRoot())
  }

  @Test("blocks and probabilities that do not exist stop with a message")
  func mistakes() async {
    let block = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = survivalProbability(block: 11, of: 10, last: 0.5)
    }
    #expect(errorText(block).contains("cannot compute how block 11 of 10 survives with p_L = 0.5"))
    let survival = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let random = RandomSource(seed: 1)
      _ = StochasticDepth(Linear(1, 1, random: random), survival: 2, random: random)
    }
    #expect(errorText(survival).contains("cannot let a block survive with probability 2.0"))
    let path = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = DropPath(probability: 1, random: RandomSource(seed: 1))
    }
    #expect(errorText(path).contains("cannot drop paths with probability 1.0: 0 ≤ p < 1 is needed"))
  }
}

private func errorText(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
