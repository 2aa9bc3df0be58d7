import Backprop
import Checking
import Regularization
import Tensors
import Testing
import Training

@Suite("§ 3.9 Weight decay against L2 in Adam")
struct WeightDecayTests {
  /// Fifty steps along the gradient curvature · (θ − 2).
  private func path<O: Optimizer>(_ optimizer: O) -> [Tensor] {
    var (optimizer, θ) = (optimizer, spread([5], offset: 7))
    return (0..<50).map { _ in
      optimizer.update(&θ, along: vector([10, 1, 0.1, 1e-3, 1e-5]) * (θ - 2))
      return θ
    }
  }

  @Test("§ 3.9.1, (3.28), (3.29), (3.30): Adam with L2 is Adam along the gradient of the penalized loss, (3.30) once")
  func withL2() {
    let penalized = path(AdamWithL2(learningRate: 1e-3, penalty: 0.1))
    var (adam, θ) = (AdamByFormula(learningRate: 1e-3), spread([5], offset: 7))
    for step in 0..<50 {
      adam.update(&θ, along: vector([10, 1, 0.1, 1e-3, 1e-5]) * (θ - 2) + 0.1 * θ)
      expectClose(penalized[step], θ, tolerance: 1e-12, "step \(step + 1)")
    }
  }

  @Test("§ 3.9.1: read literally, with λθ in gₜ and added again, the penalty counts twice and the path differs")
  func doubleCounting() {
    let paths = [0.1, 2 * 0.1].map { path(AdamWithL2(learningRate: 1e-3, penalty: $0)) }
    #expect(largestGap(paths[0][49], paths[1][49], scale: 1).relative > 1e-5)
    // The loss ½ (θ − 2)² + λ/2 θ² with λ = 1/2 has its minimum at 2/(1 + λ) = 4/3. Counted twice, the penalty
    // pulls to 1.
    let ends = [0.5, 1].map { λ in
      var (θ, optimizer) = (Tensor(3, scalarType: .double), AdamWithL2(learningRate: 0.01, penalty: λ))
      for _ in 0..<3_000 { optimizer.update(&θ, along: θ - 2) }
      return θ.item
    }
    #expect(abs(ends[0] - 4.0 / 3) < 1e-3 && abs(ends[1] - 1) < 1e-3)
  }

  @Test("§ 3.9.2, (3.31)–(3.33): AdamW literally takes the steps of AdamW in one pass, which are PyTorch's")
  func decoupled() {
    let literally = path(AdamW(learningRate: 1e-3, weightDecay: 0.1))
    let inOnePass = path(Adam(learningRate: 1e-3, weightDecay: 0.1))
    for step in 0..<50 { expectClose(literally[step], inOnePass[step], tolerance: 1e-11, "step \(step + 1)") }
  }

  @Test(
    "(3.30) and (3.33) with ε under the root, as printed, make a first step ten times too small for a gradient of 1e−5")
  func epsilon() {
    let g = Tensor([1e-5], scalarType: .double)
    var moments = AdamMoments(like: g)
    let direction = moments.direction(g, AdamConstants(), t: 1).item
    #expect(abs(direction - 0.999) < 1e-3)
    let printed = 1e-5 / (1e-10 + 1e-8).squareRoot()
    #expect(abs(printed - 0.0995) < 1e-4)
  }

  @Test("(3.31), (3.32): without decay both rules are Adam, and the first direction is the gradient's sign")
  func withoutDecay() {
    let paths = [
      path(AdamWithL2(learningRate: 1e-3, penalty: 0)),
      path(AdamW(learningRate: 1e-3, weightDecay: 0)), path(Adam(learningRate: 1e-3)),
    ]
    expectClose(paths[0][49], paths[1][49], tolerance: 1e-15)
    expectClose(paths[0][49], paths[2][49], tolerance: 1e-11)
    let g = Tensor([3, -0.002, 1e-7], scalarType: .double)
    var moments = AdamMoments(like: g)
    expectClose(moments.direction(g, AdamConstants(epsilon: 0), t: 1), g.sign(), tolerance: 1e-14)
  }

  @Test("(3.33): without a gradient AdamW shrinks every parameter by (1 − ηλ)ᵗ; (3.30) takes η from it, whatever λ")
  func zeroGradient() {
    let start = Tensor([2, -5, 10], scalarType: .double)
    let nothing = Tensor.zeros([3], scalarType: .double)
    var (a, b, c) = (start, start, start)
    var decoupled = AdamW(learningRate: 0.01, weightDecay: 0.1)
    var (weak, strong) = (AdamWithL2(learningRate: 0.01, penalty: 0.1), AdamWithL2(learningRate: 0.01, penalty: 10))
    for _ in 0..<20 {
      decoupled.update(&a, along: nothing)
      weak.update(&b, along: nothing)
      strong.update(&c, along: nothing)
    }
    let factor = (0..<20).reduce(1.0) { power, _ in power * (1 - 0.001) }
    expectClose(a, factor * start, tolerance: 1e-14)
    expectClose(b, start - 20 * 0.01 * start.sign(), tolerance: 0.01)
    expectClose(b, c, tolerance: 1e-5)
  }

  @Test(
    "§ 3.9.1: the factor on the penalty is 1/√(rms² + (λθ)²): 0.1, 1, 10, 71, 99.5 for rms 10, 1, 0.1, 0.01, 0.001",
    arguments: zip([10, 1, 0.1, 0.01, 0.001], [0.10, 1.01, 10.0, 71, 99.5]))
  func multiplier(rms: Double, expected: Double) {
    #expect(abs(expectedDecayMultiplier(gradientRMS: rms, pull: 0.01) / expected - 1) < 0.02)
    let measured = measuredDecayMultiplier(
      gradientRMS: rms, pull: 0.01, steps: 2_000, coordinates: 200, random: RandomSource(seed: 1))
    #expect(abs(measured / expected - 1) < 0.05, "measured \(measured)")
  }
}

private func vector(_ scalars: [Double]) -> Tensor { Tensor(scalars, scalarType: .double) }
