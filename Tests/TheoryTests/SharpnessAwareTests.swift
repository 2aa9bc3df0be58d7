import Backprop
import Checking
import Foundations
import Regularization
import Tensors
import Testing
import Theory
import Training
import ch11

@Suite("§ 11.8 Sharpness-aware minimization")
struct SharpnessAwareTests {
  @Test("(11.14), Exercise 11.6.1: ε̂ points along the gradient and has length ρ in all parameters; at ∇L = 0 it is 0")
  func step() {
    let model = MLP([3, 4, 2], random: RandomSource(seed: 1)).converted(to: .double)
    let x = spread([5, 3])
    let g = gradient(at: model) { $0(x).squared().sum() }
    let ε = worstStep(along: g, radius: 0.3)
    #expect(abs(ε.totalNorm - 0.3) < 1e-12)
    #expect(abs(ε.dot(g).item - 0.3 * g.totalNorm) < 1e-12)
    let zero = worstStep(along: g.mapParameters { 0 * $0 }, radius: 0.3)
    #expect(zero.totalNorm == 0)  // and no NaN
    let still = sharpnessAwareGradient(at: Tensor([0, 0], scalarType: .double), radius: 0.3) { $0.squared().sum() }
    #expect(still.gradient.scalars == [0, 0])
  }

  @Test("(11.13): on a quadratic (11.14) reaches all but ρ² of the inner maximum, which the ball's boundary attains")
  func innerMaximum() {
    let (bowl, θ) = innerBowl
    let g = gradient(at: θ) { bowl($0) }
    var missing: [Double] = []
    for ρ in [0.01, 0.1, 0.5] {
      let (worst, ε) = bowl.worst(near: θ, radius: ρ)
      let found = bowl(θ + worstStep(along: g, radius: ρ)).item
      #expect(abs(ε.norm().item - ρ) < 1e-9 && found <= worst)
      // No point of the sphere is worse.
      let directions = RandomSource(seed: 2).normal([500, 3], scalarType: .double)
      let sphere = ρ * directions / directions.norm(axes: [1], keepsAxes: true)
      #expect((0..<500).allSatisfy { bowl(θ + sphere[$0]).item <= worst + 1e-12 })
      missing.append((worst - found) / (ρ * ρ))
    }
    #expect(missing[0] < 0.01 && missing.allSatisfy { $0 < 0.1 })
    let (near, far) = (bowl.worst(near: θ, radius: 0.1).loss, bowl(θ + worstStep(along: g, radius: 0.1)).item)
    #expect(near - far < 2e-4 && near - bowl(θ).item > 0.3)
  }

  @Test("(11.14): on ½ λ x² SAM ends in a cycle of two points at ηλρ/(2 − ηλ), 0.0333 for ηλ = ½ and ρ = 0.1")
  func cycle() {
    for (λ, η, ρ) in [(1.0, 0.5, 0.1), (5, 0.1, 0.1), (10, 0.1, 0.05)] {
      let (last, before) = cycleEnd(curvature: λ, learningRate: η, radius: ρ)
      let expected = η * λ * ρ / (2 - η * λ)
      #expect(abs(last + before) < 1e-12 && abs(abs(last) - expected) < 1e-12)
    }
    #expect(abs(abs(cycleEnd(curvature: 1, learningRate: 0.5, radius: 0.1).last) - 0.0333) < 1e-4)
  }

  @Test(
    "Definition 11.20: (11.13) ranks a sharp and a flat minimum the other way, but SAM does not leave the sharp one")
  func twoMinima() {
    let (L, minima) = (SharpAndFlat(), Tensor([-1, 1], scalarType: .double))
    func isSharpLower(_ ρ: Double) -> Bool {
      L.worst(near: minima, radius: ρ)[0].item < L.worst(near: minima, radius: ρ)[1].item
    }
    #expect(isSharpLower(0) && isSharpLower(0.05) && !isSharpLower(0.1) && !isSharpLower(0.2))
    let inside = Tensor.linear(from: -1.2, to: -0.9, count: 31, scalarType: .double)
    let ends = L.ends(from: inside, learningRate: 0.02, radius: 0.1, steps: 500)
    #expect(ends.max().item < -0.8)
    // Of starts everywhere no larger share reaches the flat minimum than by plain descent.
    let starts = Tensor.linear(from: -2.5, to: 2.5, count: 1_001, scalarType: .double)
    func share(_ ρ: Double) -> Double {
      (L.ends(from: starts, learningRate: 0.02, radius: ρ, steps: 500) .> 0).mean().item
    }
    #expect(share(0.2) < share(0))
  }

  @Test("Definition 11.20: a batch counts once: running statistics come from the pass at θ, not from that at θ + ε̂")
  func statistics() {
    let x = 3 * spread([16, 4]) + 1
    var layer = NormalizedLayer(random: RandomSource(seed: 3))
    let plain = gradient(at: layer) { $0(x).squared().mean() }
    let sharp = sharpnessAwareGradient(at: layer, radius: 0.5) { $0(x).squared().mean() }.gradient
    #expect(sharp.statistics == plain.statistics)
    #expect(sharp.parameters != plain.parameters)
    layer.adoptStatistics(of: sharp)
    let mean = layer.linear(x.converted(to: .float)).mean(axes: [0])
    expectClose(layer.normalization.runningMean, 0.1 * mean, tolerance: 1e-6, scale: 1)
  }

  @Test("(11.14), Exercise 11.6.1: a training step with SAM moves along ∇L(θ + ε̂) and records L(θ)")
  func training() {
    var point = Bowl(θ: Tensor([1, 1], scalarType: .double))
    let λ = Tensor([4, 1], scalarType: .double)
    func loss(_ p: Bowl) -> Tensor { 0.5 * (λ * p.θ.squared()).sum() }
    let expected = sharpnessAwareGradient(at: point, radius: 0.1, of: loss)
    var state = BowlState(model: point, optimizer: GradientDescent(learningRate: 0.1))
    let history = train(&state, examples: 1, plan: TrainingPlan(steps: 1), random: RandomSource(seed: 1)) {
      state, step throws(Breakdown) in
      try step.descendSharpnessAware(&state.model, with: &state.optimizer, radius: 0.1, loss)
    }
    point.θ = point.θ - 0.1 * expected.gradient.θ
    expectClose(state.model.θ, point.θ, tolerance: 1e-14, scale: 1)
    #expect(history.losses == [2.5])
  }
}

private struct NormalizedLayer: Module {
  var linear: Linear
  var normalization = BatchNormalization(features: 5)
  init(random: RandomSource) { linear = Linear(4, 5, random: random) }
  static var parameters: [PartialKeyPath<NormalizedLayer>] { [\.linear, \.normalization] }
  func callAsFunction(_ x: Tensor) -> Tensor { normalization(linear(x.converted(to: .float))) }
}

private struct Bowl: Model {
  var θ: Tensor
  static var parameters: [PartialKeyPath<Bowl>] { [\.θ] }
}

private struct BowlState: TrainingState {
  var model: Bowl
  var optimizer: GradientDescent
  static var kept: [PartialKeyPath<BowlState>] { [\.model, \.optimizer] }
}
