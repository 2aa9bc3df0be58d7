import Backprop
import Checking
import Foundations
import Tensors
import Testing
import Training

/// The formulas of the summary, each written out once more.
@Suite("§ 2.10 Summary of key formulas")
struct SummaryTests {
  private let θ = Tensor([3, -1.5, 0.25], scalarType: .double)
  private let g = Tensor([0.5, 2, -4], scalarType: .double)

  @Test("§ 2.10.1: a step of gradient descent is θ − η ∇L")
  func descent() {
    let stepped = descentStep(from: θ, learningRate: 0.1) { θ in (g * θ).sum() }
    expectClose(stepped, θ - 0.1 * g, tolerance: 1e-15, scale: 1)
  }

  @Test("§ 2.10.2: a mini-batch step is a step along the gradient on a subset, here examples 2 and 0")
  func miniBatch() {
    let slopes = Tensor([1, 2, 6], scalarType: .double)
    let stepped = stochasticStep(from: θ, learningRate: 0.1, batch: [2, 0]) { θ, i in slopes[i] * θ.sum() }
    expectClose(stepped, θ - 0.1 * 3.5, tolerance: 1e-15, scale: 1)
  }

  @Test("§ 2.10.3, § 2.10.4: δ⁽ˡ⁾ = (Wᵀ δ) ⊙ σ′(z), and a weight gradient is δ hᵀ")
  func backpropagation() {
    let W = Tensor([[1, 2, -1], [0.5, -3, 4]], scalarType: .double)
    let (δ, slope) = (Tensor([2, -1], scalarType: .double), Tensor([0.25, 1, 0], scalarType: .double))
    #expect(hiddenDelta(δ, W, slope).scalars == [0.375, 7, 0])
    #expect(weightGradient(δ, θ).scalars == [6, -3, 0.5, -3, 1.5, -0.25])
  }

  @Test("§ 2.10.5: two steps of Adam along one gradient go 2 η far, because with bias correction m̂ = g and v̂ = g²")
  func adam() {
    var (moved, optimizer) = (θ, AdamByFormula(learningRate: 0.1))
    for _ in 0..<2 { optimizer.update(&moved, along: g) }
    expectClose(moved, θ - 0.2 * g.sign(), tolerance: 1e-8, scale: 1)
  }

  @Test("§ 2.10.6: cosine annealing is η_min + ½ (η_max − η_min)(1 + cos πt/T)")
  func cosine() {
    let rate = cosineAnnealing(from: 0.5, to: 0.1, over: 4)
    for (t, cosine) in [1, 0.5.squareRoot(), 0, -0.5.squareRoot(), -1].enumerated() {
      #expect(abs(rate(t) - (0.1 + 0.2 * (1 + cosine))) < 1e-15)
    }
  }

  @Test("§ 2.10.7: clipping turns a gradient longer than c into c g / ‖g‖ and leaves a shorter one unchanged")
  func clipping() {
    expectClose(g.clipped(norm: 1), g / g.squared().sum().squareRoot(), tolerance: 1e-15, scale: 1)
    #expect(g.clipped(norm: 5).scalars == g.scalars)
  }
}
