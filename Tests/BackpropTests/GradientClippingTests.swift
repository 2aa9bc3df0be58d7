import Backprop
import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 2.6.2 Gradient clipping")
struct GradientClippingTests {
  private static let short = vector([0.3, -0.4])
  private static let long = [vector([3, -4, 12]), vector([0.5, -84]).reshaped([1, 2])]

  @Test("§ 2.6.2: a gradient no longer than c stays unchanged to the last bit, also at ‖g‖ = c")
  func short() {
    #expect(Self.short.clipped(norm: 1) == Self.short)
    #expect(vector([3, 4]).clipped(norm: 5) == vector([3, 4]))
    #expect(Tensor.zeros([3]).clipped(norm: 1) == Tensor.zeros([3]))
  }

  @Test(
    "§ 2.6.2: a longer one gets norm c and keeps its direction, over all parameters together", arguments: [0.1, 1, 50])
  func long(c: Double) {
    let clipped = Self.long.clipped(norm: c)
    #expect(abs(clipped.totalNorm / c - 1) < 1e-14)
    let (g, h) = (Self.long.flattened, clipped.flattened)
    expectClose(h / h.norm(), g / g.norm(), tolerance: 1e-14)
  }

  @Test("§ 2.6.2: the norm of a model's gradient is that of its flattened parameters")
  func model() {
    let network = MLP([3, 5, 2], random: RandomSource(seed: 1))
    let g = gradient(at: network) {
      crossEntropy(logits: $0(RandomSource(seed: 2).normal([4, 3])), labels: [0, 1, 1, 0])
    }
    #expect(abs(g.totalNorm - g.flattened.norm().item) < 1e-6)
    #expect(abs(g.clipped(norm: 0.01).totalNorm - 0.01) < 1e-8)
  }

  @Test("§ 2.6.2: clip_grad_norm_ of PyTorch 2.13 gives the same, except for the 10⁻⁶ that it adds to the norm")
  func pytorch() {
    let expected = vector([
      0.035293506622821706, -0.04705800883042894, 0.14117402649128682, 0.005882251103803617, -0.9882181854390077,
    ])
    #expect(abs(Self.long.totalNorm - 85.00147057551416) < 1e-12)
    expectClose(Self.long.clipped(norm: 1).flattened, expected, tolerance: 2e-8)
    let n = Self.long.totalNorm
    expectClose(Self.long.clipped(norm: 1).flattened * (n / (n + 1e-6)), expected, tolerance: 1e-14)
    #expect(Self.long.clipped(norm: 100) == Self.long)
  }

  @Test("§ 2.6.2: clipping by value cuts every component to ±c, as clip_grad_value_ does, and so turns the gradient")
  func value() {
    let clipped = Self.long.clipped(value: 3.5).flattened
    #expect(clipped == vector([3, -3.5, 3.5, 0.5, -3.5]))
    let g = Self.long.flattened
    #expect((g * clipped).sum().item / (g.norm().item * clipped.norm().item) < 0.7)
    #expect(Self.short.clipped(value: 1) == Self.short)
  }

  @Test("§ 2.6.2: a gradient of 10³⁰, whose square is beyond Float, is clipped too; NaN stays NaN")
  func extremes() {
    let clipped = Tensor([3e30, -4e30]).clipped(norm: 1)
    expectClose(clipped, Tensor([0.6, -0.8]), tolerance: 1e-6)
    #expect(Tensor([1, .nan]).clipped(norm: 1).scalars.allSatisfy { $0.isNaN })
  }

  @Test(
    "§ 2.6.2: gradients whose square or norm is beyond the largest number are clipped, and tiny ones have a norm"
  )
  func beyondDouble() {
    expectClose(vector([3e200, 4e200]).clipped(norm: 5), vector([3, 4]), tolerance: 1e-15)
    expectClose(vector([1.5e308, 1.5e308]).clipped(norm: 2.0.squareRoot()), vector([1, 1]), tolerance: 1e-15)
    expectClose(Tensor([3e38, -3e38]).clipped(norm: 1e-3), Tensor([1e-3, -1e-3]) * 0.5.squareRoot(), tolerance: 1e-6)
    expectClose(
      [vector([3e200]), vector([4e200])].clipped(norm: 5).flattened, vector([3, 4]), tolerance: 1e-15)
    #expect(abs(vector([3e-200, 4e-200]).totalNorm / 5e-200 - 1) < 1e-15)
    expectClose(vector([3e-200, 4e-200]).clipped(norm: 5e-300), vector([3e-300, 4e-300]), tolerance: 1e-15)
    #expect(vector([1, .infinity]).clipped(norm: 1).scalars.contains { $0.isNaN })
  }

  @Test("§ 2.6.2: the derivative of clipping turns with the norm: at [3, 4] with c = 1 that of g₁ is [0.032, −0.024]")
  func derivative() {
    let slope = gradient(at: vector([3, 4])) { $0.clipped(norm: 1)[0] }
    expectClose(slope, vector([16, -12]) / 125, tolerance: 1e-14)
    #expect(gradient(at: vector([3, 4])) { $0.clipped(norm: 6)[0] } == vector([1, 0]))
    expectGradient(at: Self.long, order: 2) { ($0.clipped(norm: 7).flattened * spread([5])).sum() }
  }

  @Test("§ 2.6.2: clipping to a bound that is not positive stops with a message that names it")
  func mistakes() async {
    let norm = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1]).clipped(norm: 0)
    }
    expectStopped(norm, "cannot clip a gradient to norm 0.0")
    let value = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1]).clipped(value: -1)
    }
    expectStopped(value, "to ±-1.0")
  }
}

private func vector(_ scalars: [Double]) -> Tensor { Tensor(scalars, scalarType: .double) }

/// Expects that a process stopped with this text in its message.
func expectStopped(_ result: ExitTest.Result?, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
  let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(message.contains(text), "\(message.prefix(400))", sourceLocation: sourceLocation)
}
