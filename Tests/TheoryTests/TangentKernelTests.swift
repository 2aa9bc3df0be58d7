import Checking
import Foundations
import GAN
import Tensors
import Testing
import Theory

@Suite("§ 11.5.1  The tangent kernel")
struct TangentKernelTests {
  private static let x = RandomSource(seed: 1).normal([7, 3], scalarType: .double)

  @Test("Definition 11.12, (11.9): a kernel of gradients is symmetric and has no negative eigenvalue")
  func semidefinite() {
    let network = MLP([3, 6, 5, 1], activation: .tanh, random: RandomSource(seed: 2)).converted(to: .double)
    let Θ = tangentKernel(of: network, at: Self.x)
    #expect((Θ - Θ.transposed).abs().max().item < 1e-13)
    #expect(LinearAlgebra.symmetricEigen(Θ).values.min().item > -1e-12)
    // More inputs than parameters: the kernel has at most rank P.
    let small = MLP([3, 1, 1], activation: .tanh, random: RandomSource(seed: 2)).converted(to: .double)
    let eigenvalues = LinearAlgebra.symmetricEigen(tangentKernel(of: small, at: Self.x)).values
    #expect(small.parameterCount == 6 && eigenvalues[0].item.magnitude < 1e-12 && eigenvalues[1].item > 1e-6)
  }

  @Test("(11.9): the sum over all parameters of products of central differences, and of two lists of inputs")
  func sumOverParameters() {
    let network = MLP([3, 4, 1], activation: .tanh, random: RandomSource(seed: 3)).converted(to: .double)
    let (θ, h) = (network.flattened, 1e-5)
    var Θ = Tensor.zeros([7, 2], scalarType: .double)
    for i in 0..<θ.count {
      let unit = Tensor.oneHot([i], classes: θ.count, scalarType: .double)[0]
      let slope = { (x: Tensor) in
        (network.withParameters(from: θ + h * unit)(x) - network.withParameters(from: θ - h * unit)(x)) / (2 * h)
      }
      Θ += matmul(slope(Self.x), slope(Self.x[0..<2]).transposed)
    }
    #expect((tangentKernel(of: network, at: Self.x, and: Self.x[0..<2]) - Θ).abs().max().item < 1e-8)
  }

  @Test(
    "§ 11.5.1, (11.9): layer by layer without gradients, the kernel is the same", arguments: KernelActivation.allCases)
  func layers(σ: KernelActivation) {
    for (widths, β) in [([3, 6], 0.0), ([3, 6, 5, 4], 0), ([3, 6, 5], 0.7)] {
      let network = WideNetwork(widths, activation: σ, biasFactor: β, random: RandomSource(seed: 4))
      let difference = network.tangentKernel(Self.x) - tangentKernel(of: network, at: Self.x)
      #expect(difference.abs().max().item < 1e-12)
      let between = network.tangentKernel(Self.x, Self.x[2..<4]) - network.tangentKernel(Self.x)[2..<4, axis: 1]
      #expect(between.abs().max().item < 1e-14)
    }
  }

  @Test("Theorem 11.13: the Gaussian expectations of the limit are the integrals", arguments: KernelActivation.allCases)
  func expectations(σ: KernelActivation) {
    // Σ⁽²⁾ = E[σ(u) σ(v)] for u = r a, v = r (a cos φ + b sin φ), integrated over the angle and length of (a, b).
    let x = Tensor([[1.1, 0.3], [-0.2, 0.8], [1.1, 0.3]], scalarType: .double)
    let rings = Quadrature(over: 0...(2 * Double.pi), panels: 400)
    let lengths = Quadrature(over: 0...9, panels: 8)
    let directions = Tensor.stacked([rings.nodes.cos(), rings.nodes.sin()], axis: 1)
    let z = matmul(directions, x.transposed) / 2.0.squareRoot()  // u/r for all inputs
    var (exact, slopes) = (Tensor.zeros([3, 3], scalarType: .double), Tensor.zeros([3, 3], scalarType: .double))
    for (r, w) in zip(lengths.nodes.scalars, lengths.weights.scalars) {
      let density = r * Tensor(-r * r / 2, scalarType: .double).exp().item / (2 * Double.pi)
      let (h, slope) = (σ(r * z), σ.derivative(at: r * z))
      exact += w * density * matmul((rings.weights.expanded(axis: 1) * h).transposed, h)
      slopes += w * density * matmul((rings.weights.expanded(axis: 1) * slope).transposed, slope)
    }
    let limit = KernelLimit(layers: 2, activation: σ)
    #expect((limit.covariance(x) - exact).abs().max().item < (σ == .erf ? 1e-10 : 1e-6))
    // Θ⁽²⁾ = Σ⁽²⁾ + Θ⁽¹⁾ E[σ′(u) σ′(v)] with Θ⁽¹⁾ = x·x′/2. The slope of ReLU jumps, which costs the integral digits.
    let Θ = exact + matmul(x, x.transposed) / 2 * slopes
    #expect((limit.tangentKernel(x) - Θ).abs().max().item < (σ == .erf ? 1e-10 : 1e-3))
  }

  @Test("Theorem 11.13: for L layers of ReLU Θ*(x, x) is L ‖x‖²/(n₀ 2ᴸ⁻¹), and the biases add β² in every layer")
  func diagonal() {
    let x = Tensor([[1.1, 0.3, -2]], scalarType: .double)
    let s = x.squared().sum().item / 3
    var (Σ, Θ) = (s + 0.49, s + 0.49)
    for L in 2...5 {
      let unbiased = KernelLimit(layers: L, activation: .relu).tangentKernel(x).item
      #expect((unbiased - Double(L) * s / Double(1 << (L - 1))).magnitude < 1e-7)
      // E[σ(u)²] = Σ/2 and E[σ′(u)²] = ½ for u ∼ N(0, Σ).
      Σ = Σ / 2 + 0.49
      Θ = Σ + Θ / 2
      let limit = KernelLimit(layers: L, activation: .relu, biasFactor: 0.7)
      #expect((limit.covariance(x).item - Σ).magnitude < 1e-7)
      #expect((limit.tangentKernel(x).item - Θ).magnitude < 1e-7)
    }
  }

  @Test(
    "Theorem 11.13: the mean over networks is the limit, with two and four layers, with and without biases",
    arguments: KernelActivation.allCases)
  func limit(σ: KernelActivation) {
    let pair = ringPoints(6)[0..<2]
    for (layers, β, n) in [(2, 0.0, 256), (2, 0.6, 256), (4, 0, 256)] {
      let spread = KernelSpread(
        width: n, layers: layers, activation: σ, biasFactor: β, inputs: pair, draws: layers == 2 ? 200 : 40,
        random: RandomSource(seed: 5))
      let limit = KernelLimit(layers: layers, activation: σ, biasFactor: β)
      let error = spread.deviation / Double(spread.values.count).squareRoot()
      let Θ = limit.tangentKernel(pair[0..<1], pair[1..<2]).item
      #expect((spread.mean - Θ).magnitude < 4 * error + 3 / Double(n) * Θ && 4 * error < 0.2 * Θ)
    }
  }

  @Test("Theorem 11.13: the standard deviation of the kernel over networks falls like 1/√n")
  func spread() {
    for σ in KernelActivation.allCases {
      let scaled = [16, 64, 256, 1_024].map { n in
        let found = KernelSpread(
          width: n, activation: σ, inputs: ringPoints(6)[0..<2], draws: 400, random: RandomSource(seed: 6))
        return found.deviation * Double(n).squareRoot()
      }
      #expect((scaled.max() ?? 9) < 1.25 * (scaled.min() ?? 0), "\(σ): \(scaled)")
    }
  }

  @Test("Theorem 11.13: the wider the network, the less its kernel changes in training")
  func drift() {
    let drifts = [16, 128, 1_024].map { n in
      (0..<5).map { seed in
        TangentTraining(
          of: WideNetwork([2, n], activation: .erf, biasFactor: 1, random: RandomSource(seed: seed)),
          inputs: ringPoints(12), targets: 0.5 + (2 * ringAngles(12)).sin(), steps: 60, isCentred: true
        ).kernelDrift
      }.sorted()[2]
    }
    #expect(drifts[0] > 4 * drifts[1] && drifts[1] > 4 * drifts[2] && drifts[2] < 0.01, "\(drifts)")
  }

  @Test("§ 11.5.1, Exercise 11.3: networks and kernels are PyTorch's", arguments: [ScalarType.double, .float])
  func reference(type: ScalarType) throws {
    let a = Tensor([1, -2, 3, -4, 5, -6, 7], scalarType: type)
    func kernel(_ σ: KernelActivation) -> PassCase {
      PassCase("tangentKernel, \(σ.rawValue)") { (inputs: [Tensor], _: [[Int]]) -> Tensor in
        WideNetwork(weights: Array(inputs[2...]), activation: σ).tangentKernel(inputs[0], inputs[1])
      }
    }
    let cases: [PassCase] = [
      .layer("ReLU") { WideNetwork([3, 5, 4], activation: .relu, random: $0) },
      .layer("erf") { WideNetwork([3, 5], activation: .erf, biasFactor: 0.5, random: $0) },
      .layer { GatedNetwork(w: $0.normal([7, 3]), a: a) },
      kernel(.erf), kernel(.relu),
    ]
    try expectAgreement("theory_kernels", cases, type)
  }

  @Test("Theorem 11.13: a network without hidden layers, and its limit, stop with a message")
  func refusals() async {
    let network = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = WideNetwork([3], activation: .relu, random: RandomSource(seed: 1))
    }
    expectMessage(network, "cannot make a wide network of widths [3]")
    let limit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = KernelLimit(layers: 1, activation: .relu)
    }
    expectMessage(limit, "cannot take the limit of a network of 1 layers")
  }
}
