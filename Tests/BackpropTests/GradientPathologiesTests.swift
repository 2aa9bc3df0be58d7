import Backprop
import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 2.6 Vanishing and exploding gradients")
struct GradientPathologiesTests {
  private static let x = RandomSource(seed: 1).normal([12], scalarType: .double)

  private static func chain(_ σ: Activation, gain: Double, depth: Int = 20) -> LayerChain {
    LayerChain(depth: depth, width: 12, gain: gain, activation: σ, random: RandomSource(seed: 2))
  }

  @Test("§ 2.6.1: diag(σ′(z)) W is the Jacobian of a layer", arguments: [Activation.sigmoid, .tanh, .relu, .gelu])
  func layer(σ: Activation) {
    let W = RandomSource(seed: 3).normal([5, 12], scalarType: .double)
    let automatic = jacobian(at: Self.x) { σ(matmul(W, $0)) }
    expectClose(layerJacobian(W, at: matmul(W, Self.x), σ), automatic, tolerance: 1e-12, scale: 1e-3)
  }

  @Test("§ 2.6.1: the product of the layers above ℓ, the last leftmost, is ∂h⁽ᴸ⁾/∂h⁽ˡ⁾", arguments: [0, 2, 4])
  func product(ℓ: Int) {
    let chain = Self.chain(.tanh, gain: 1.2, depth: 5)
    let h = ℓ == 0 ? Self.x : tanh(chain.preactivations(of: Self.x)[ℓ - 1])
    let automatic = jacobian(at: h) { h in chain.weights[ℓ...].reduce(h) { h, W in tanh(matmul(W, h)) } }
    expectClose(chain.jacobian(from: ℓ, at: Self.x), automatic, tolerance: 1e-12, scale: 1e-3)
    #expect(abs(chain.norms(at: Self.x).norm[ℓ] - spectralNorm(automatic)) < 1e-12)
  }

  @Test("§ 2.6.1, § 2.6.2: the norm is between the product of smallest singular values and that of max|σ′| ‖W‖")
  func bounds() {
    for (σ, gain) in [
      (Activation.sigmoid, 5.0), (.sigmoid, 16), (.tanh, 1.5), (.relu, 1.3), (.leakyReLU(slope: 0.5), 2.5),
    ] {
      let norms = Self.chain(σ, gain: gain).norms(at: Self.x)
      for ℓ in 0..<20 {
        #expect(norms.norm[ℓ] <= norms.atMost[ℓ] * (1 + 1e-9), "\(σ), gain \(gain), ℓ = \(ℓ)")
        #expect(norms.norm[ℓ] >= norms.atLeast[ℓ] * (1 - 1e-9), "\(σ), gain \(gain), ℓ = \(ℓ)")
        #expect(abs(norms.atMost[ℓ] / power(σ.steepestSlope * gain, 20 - ℓ) - 1) < 1e-9)
      }
    }
  }

  @Test(
    "§ 2.6.1: with ‖W‖ < 4 a gradient must vanish through sigmoids: 20 layers of ‖W‖ = 3 leave less than 0.75²⁰ = 0.003"
  )
  func vanishing() {
    let norms = Self.chain(.sigmoid, gain: 3).norms(at: Self.x)
    #expect(abs(norms.atMost[0] - 0.003171) < 1e-6 && norms.norm[0] < norms.atMost[0])
    #expect(zip(norms.norm, norms.norm.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test(
    "§ 2.6.1: |σ′| ≤ 1/4 is not enough: through 20 layers of 64 sigmoids, W = 16 Q or 32 Q, gradients grow (erratum)",
    arguments: 1...5)
  func sigmoidsThatExplode(seed: UInt64) {
    let random = RandomSource(seed: seed)
    let x = random.normal([64], scalarType: .double)
    for gain in [16.0, 32] {
      let chain = LayerChain(depth: 20, width: 64, gain: gain, activation: .sigmoid, random: random)
      #expect(spectralNorm(chain.jacobian(at: x)) > 50, "gain \(gain)")
    }
  }

  @Test(
    "§ 2.6.2: ‖W‖ > 1/max|σ′| does not force growth: W = 5 Q leaves under 0.01, the bound is 1.25²⁰ = 86.7 (erratum)"
  )
  func largeWeightsThatVanish() {
    let norms = Self.chain(.sigmoid, gain: 5).norms(at: Self.x)
    #expect(abs(norms.atMost[0] - 86.736) < 0.001 && norms.norm[0] < 0.01)
  }

  @Test(
    "§ 2.6.2: nor does a much larger one in narrow layers, which saturate: 12 sigmoids, W = 32 Q, bound 8²⁰ (erratum)"
  )
  func saturation() {
    let norms = Self.chain(.sigmoid, gain: 32).norms(at: Self.x)
    #expect(norms.atMost[0] > 1e18 && norms.norm[0] < 1e-3)
  }

  @Test("§ 2.6.2: growth is forced if every layer's smallest singular value exceeds 1")
  func exploding() {
    let linear = Self.chain(.identity, gain: 1.1).norms(at: Self.x)
    #expect(abs(linear.norm[0] - power(1.1, 20)) < 1e-9 && abs(linear.atLeast[0] - power(1.1, 20)) < 1e-9)
    let leaky = Self.chain(.leakyReLU(slope: 0.5), gain: 2.5).norms(at: Self.x)  // no factor below 1.25
    #expect(leaky.atLeast[0] >= power(1.25, 20) * (1 - 1e-9) && leaky.norm[0] >= leaky.atLeast[0])
  }

  @Test("§ 2.6.1: no slope exceeds the stated maximum, and some reach it")
  func slopes() {
    let z = Tensor.linear(from: -6, to: 6, count: 12_001, scalarType: .double)
    for σ in [Activation.sigmoid, .tanh, .relu, .leakyReLU, .gelu, .geluByTanh, .identity, .step] {
      let steepest = σ.derivative(at: z).abs().max().item
      #expect(abs(steepest - σ.steepestSlope) < 1e-6, "\(σ): \(steepest)")
    }
    #expect(Activation.square.steepestSlope == .infinity)
  }

  @Test("§ 2.6.1: going back to a layer that does not exist stops with a message")
  func mistake() async {
    let stop = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LayerChain(weights: [Tensor.identity(2)], activation: .tanh).jacobian(from: 1, at: Tensor([1, 2]))
    }
    expectStopped(stop, "cannot go back to layer 1 of 1")
  }

  private func power(_ x: Double, _ n: Int) -> Double { (0..<n).reduce(1) { y, _ in y * x } }
}
