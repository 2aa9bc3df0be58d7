import Backprop
import Checking
import Foundations
import Tensors
import Testing

/// L(θ) = Σ θᵢ² / (1 + θᵢ²): a well with flat slopes, not convex, with β = 2 and minimum 0.
private func well(_ θ: Tensor) -> Tensor { (θ.squared() / (1 + θ.squared())).sum() }
private func vector(_ scalars: [Double]) -> Tensor { Tensor(scalars, scalarType: .double) }

@Suite("Convexity, and steps that are guaranteed to descend")
struct DescentGuaranteesTests {
  private static func points(_ count: Int, seed: UInt64) -> [Tensor] {
    let random = RandomSource(seed: seed)
    return (0..<count).map { _ in random.normal([4], standardDeviation: 3, scalarType: .double) }
  }

  @Test("midpoint convexity holds for the logistic loss between any two parameter vectors")
  func logistic() {
    let φ = RandomSource(seed: 1).normal([20, 4], scalarType: .double)
    let y = RandomSource(seed: 2).bernoulli([20], probability: 0.5, scalarType: .double)
    let loss = { (w: Tensor) in binaryCrossEntropy(logits: matmul(φ, w), targets: y) }
    for (a, b) in zip(Self.points(200, seed: 3), Self.points(200, seed: 4)) { #expect(midpointGap(loss, a, b) > 0) }
  }

  @Test("it fails for a network of two layers: between a network and its copy with hidden neurons exchanged")
  func network() {
    let x = RandomSource(seed: 5).normal([30, 2], scalarType: .double)
    let network = MLP([2, 3, 1], activation: .tanh, random: RandomSource(seed: 6)).converted(to: .double)
    let y = network(x)
    let loss = { (network: MLP) in meanSquaredError(network(x), y) }
    var twin = network
    let turned = [1, 2, 0]
    twin.layers[0].weight = network.layers[0].weight.gathered(turned)
    twin.layers[0].bias = network.layers[0].bias?.gathered(turned)
    twin.layers[1].weight = network.layers[1].weight.gathered(turned, axis: 1)
    #expect(loss(network).item == 0 && loss(twin).item < 1e-25)  // both are perfect, their mean is not
    #expect(midpointGap(loss, network, twin) < -1e-3)
  }

  @Test("the gradient of the well is Lipschitz with β = 2 and with no smaller β")
  func smoothness() {
    for (a, b) in zip(Self.points(200, seed: 7), Self.points(200, seed: 8)) {
      let change = (gradient(at: a, of: well) - gradient(at: b, of: well)).norm().item
      #expect(change <= 2 * (a - b).norm().item)
    }
    let slope = gradient(at: vector([1e-4]), of: well).item / 1e-4
    #expect(slope > 1.9999)
  }

  @Test("descent lemma: a step of length 1/β gains at least ‖∇L‖²/2β everywhere; with β too small it does not")
  func lemma() {
    for θ in Self.points(200, seed: 9) {
      let gain = (well(θ) - well(descentStep(from: θ, learningRate: 0.5, of: well))).item
      #expect(gain >= guaranteedDecrease(at: θ, smoothness: 2, of: well))
    }
    let near = vector([0.3, 0.3, 0.3, 0.3])
    let gain = (well(near) - well(descentStep(from: near, learningRate: 2, of: well))).item
    #expect(gain < guaranteedDecrease(at: near, smoothness: 0.5, of: well))
  }

  @Test("backtracking finds a rate of at least min(η₀, 2(1 − c)τ/β) without knowing β, and every step descends")
  func lineSearch() {
    for search in [BacktrackingLineSearch(), BacktrackingLineSearch(firstRate: 64, shrinkage: 0.7, sufficiency: 0.1)] {
      let least = min(search.firstRate, 2 * (1 - search.sufficiency) * search.shrinkage / 2)
      for start in Self.points(20, seed: 10) {
        let before = well(start).item
        let g = gradient(at: start, of: well).totalNorm
        let (after, η) = search.step(from: start, of: well)
        #expect(η >= least && well(after).item <= before - search.sufficiency * η * g * g + 1e-15)
      }
    }
  }

  @Test("where 2/λ_max is unknown, backtracking from η₀ = 1000 arrives at the minimum of a bowl and stays there")
  func bowl() {
    let bowl = QuadraticBowl(hessian: vector([1, 0, 0, 30]).reshaped([2, 2]), minimizer: vector([1, 2]))
    let search = BacktrackingLineSearch(firstRate: 1000)
    var θ = vector([5, 5])
    for _ in 0..<200 { θ = search.step(from: θ, of: { bowl($0) }).parameters }
    #expect(bowl(θ).item < 1e-9)
    #expect(search.step(from: bowl.minimizer, of: { bowl($0) }).parameters == bowl.minimizer)
  }

  @Test("a search that cannot end is refused with a message")
  func mistake() async {
    let stop = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BacktrackingLineSearch(shrinkage: 1)
    }
    expectStopped(stop, "cannot search for a step from η₀ = 1.0 with τ = 1.0")
  }
}

@Suite("Stochastic gradient descent reaches a stationary point")
struct StationaryPointTests {
  /// ‖∇L‖² before each of `steps` steps on the well, with normal noise of total variance σ².
  private static func squaredNorms(steps: Int, rate: Double, noise: Double, seed: UInt64) -> [Double] {
    let random = RandomSource(seed: seed)
    var θ = vector([3, -2, 1, 0.5])
    return (0..<steps).map { _ in
      let g = gradient(at: θ, of: well)
      θ -= rate * (g + random.normal([4], standardDeviation: (noise / 4).squareRoot(), scalarType: .double))
      return g.squared().sum().item
    }
  }

  @Test(
    "the smallest ‖∇L‖² of T steps is within 4βΔ/T + √(8βΔσ²/T), with noise and without", arguments: [0, 0.1, 2])
  func theorem(noise: Double) {
    let guarantee = StationaryPointGuarantee(smoothness: 2, gap: well(vector([3, -2, 1, 0.5])).item, noise: noise)
    for T in [10, 100, 400] {
      let rate = guarantee.learningRate(steps: T)
      let runs = (1...8).map { Self.squaredNorms(steps: T, rate: rate, noise: noise, seed: $0) }
      #expect(rate <= 0.5)
      #expect(runs.map { $0.min() ?? 0 }.reduce(0, +) / 8 <= guarantee.bound(steps: T), "T = \(T)")
      let mean = runs.map { $0.reduce(0, +) / Double(T) }.reduce(0, +) / 8
      #expect(mean <= guarantee.bound(steps: T, learningRate: rate), "T = \(T)")
      #expect(guarantee.bound(steps: T, learningRate: rate) <= guarantee.bound(steps: T) * (1 + 1e-12))
    }
  }

  @Test("without noise the best rate is 1/β; with noise it falls like 1/√T, and the bound like 1/√T instead of 1/T")
  func rates() {
    let quiet = StationaryPointGuarantee(smoothness: 2, gap: 3, noise: 0)
    #expect(quiet.learningRate(steps: 7) == 0.5 && quiet.bound(steps: 100) == 0.24)
    let noisy = StationaryPointGuarantee(smoothness: 2, gap: 3, noise: 1)
    #expect(abs(noisy.learningRate(steps: 100) / noisy.learningRate(steps: 400) - 2) < 1e-12)
    #expect(abs(noisy.bound(steps: 1_000_000) / noisy.bound(steps: 4_000_000) - 2) < 0.01)
  }

  @Test("with a fixed rate ‖∇L‖ stays near σ√(ηβ/2): twice the noise leaves twice the norm, not √2 times (erratum)")
  func floor() {
    let (η, β) = (0.2, 2.0)
    func meanSquare(noise σ: Double) -> Double {
      let random = RandomSource(seed: 1)
      var (θ, sum) = (0.0, 0.0)
      for t in 0..<21_000 {
        if t >= 1000 { sum += β * β * θ * θ }
        θ -= η * (β * θ + σ * random.normal())
      }
      return sum / 20_000
    }
    #expect(abs(meanSquare(noise: 1) / (η * β / (2 - η * β)) - 1) < 0.05)  // θ is an autoregression, its variance known
    #expect(abs((meanSquare(noise: 2) / meanSquare(noise: 1)).squareRoot() - 2) < 1e-9)
    let bound = StationaryPointGuarantee(smoothness: β, gap: 0, noise: 1).bound(steps: 1, learningRate: η)
    #expect(meanSquare(noise: 1) < bound)
  }
}
