import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 1.5 Weight initialization")
struct InitializationTests {
  static let all: [(Initialization, variance: Double)] = [
    (.xavier, 2.0 / 320), (.he, 2.0 / 120), (.uniformFanIn, 1.0 / 360), (.normal(standardDeviation: 0.3), 0.09),
  ]

  @Test("§ 1.5, § 1.9.5, § 1.9.6: weights of 120 inputs and 200 neurons have mean 0 and the variance of the formula")
  func variance() {
    for (initialization, variance) in Self.all {
      let w = initialization.weight(outputs: 200, inputs: 120, random: RandomSource(seed: 5)).converted(to: .double)
      #expect(w.shape == [200, 120])
      #expect(abs(initialization.variance(outputs: 200, inputs: 120) / variance - 1) < 1e-12)
      #expect(abs(w.variance().item / variance - 1) < 0.045, "\(initialization)")  // five standard errors, √(2/24000)
      #expect(abs(w.mean().item) < 5 * (variance / 24000).squareRoot(), "\(initialization)")
    }
  }

  @Test("§ 1.9.5: Xavier's weights fill the interval ±√(6/(n_in + n_out)) evenly and do not leave it")
  func bounds() {
    let w = Initialization.xavier.weight(outputs: 200, inputs: 120, random: RandomSource(seed: 6)).scalars
    let bound = (6.0 / 320).squareRoot()
    #expect(w.allSatisfy { abs($0) <= bound } && (w.max() ?? 0) > 0.999 * bound)
    let inner = Double(w.count { abs($0) < bound / 2 }) / 24000
    #expect(abs(inner - 0.5) < 0.017)
  }

  @Test("§ 1.9.6: He's weights are normal: 68.3% are within one standard deviation, 95.4% within two")
  func normality() {
    let w = Initialization.he.weight(outputs: 200, inputs: 120, random: RandomSource(seed: 7)).scalars
    let deviation = (2.0 / 120).squareRoot()
    #expect(abs(Double(w.count { abs($0) < deviation }) / 24000 - 0.6827) < 0.016)
    #expect(abs(Double(w.count { abs($0) < 2 * deviation }) / 24000 - 0.9545) < 0.007)
  }

  @Test("§ 1.5: biases start at 0, except PyTorch's, within ±1/√n_in")
  func biases() {
    #expect(Initialization.he.bias(outputs: 3, inputs: 4, random: RandomSource(seed: 1)).scalars == [0, 0, 0])
    let b = Initialization.uniformFanIn.bias(outputs: 2000, inputs: 4, random: RandomSource(seed: 1)).converted(
      to: .double)
    #expect(b.abs().max().item <= 0.5 && abs(b.variance().item * 12 - 1) < 0.08)
  }
}

@Suite("§ 1.5 A signal on its way through twenty layers")
struct SignalPropagationTests {
  private static func signal(_ σ: Activation, _ initialization: Initialization) -> SignalPropagation {
    SignalPropagation(
      depth: 20, width: 96, samples: 128, activation: σ, initialization: initialization, random: RandomSource(seed: 2))
  }

  /// The factor from layer to layer, on average.
  private static func factor(_ v: [Double]) -> Double {
    zip(v.dropFirst(), v).map { $0 / $1 }.reduce(0, +) / Double(v.count - 1)
  }

  @Test("§ 1.5: He keeps the variance of pre-activations of ReLU layers near 2; half of them are positive")
  func he() {
    let signal = Self.signal(.relu, .he)
    #expect(abs(signal.preactivationVariance[0] - 2) < 0.2)
    #expect(abs(Self.factor(signal.preactivationVariance) - 1) < 0.15)
    #expect(signal.preactivationVariance[19] > 0.4 && signal.preactivationVariance[19] < 10)
    #expect(abs(signal.positiveShare[0] - 0.5) < 0.03)
    #expect(abs(signal.positiveShare.reduce(0, +) / 20 - 0.5) < 0.05)
    #expect(abs(Self.signal(.sigmoid, .xavier).positiveShare[0] - 0.5) < 0.03)  // counted before the activation
  }

  @Test("§ 1.5: Xavier under ReLU halves the variance in every layer: about 10⁻⁶ is left after twenty")
  func xavierUnderReLU() {
    let variance = Self.signal(.relu, .xavier).preactivationVariance
    #expect(abs(Self.factor(variance) - 0.5) < 0.075)
    #expect(variance[19] / variance[0] < 2e-5)
  }

  @Test("§ 1.5: Xavier keeps the variance of linear layers, forwards, and backwards the norm of the gradient")
  func xavierLinear() {
    #expect(abs(Self.factor(Self.signal(.identity, .xavier).activationVariance) - 1) < 0.1)
    let network = MLP(
      Array(repeating: 64, count: 11), activation: .identity, initialization: .xavier, random: RandomSource(seed: 3))
    let norms = layerGradientNorms(of: network, at: RandomSource(seed: 4).normal([64, 64]))
    #expect(norms[0] > 0.5 * norms[9] && norms[0] < 2 * norms[9])
  }

  @Test(
    "§ 1.5: Xavier under tanh decays slowly, as about 1/(2ℓ): near 0.03 after twenty layers, not preserved (erratum)")
  func xavierUnderTanh() {
    let variance = Self.signal(.tanh, .xavier).activationVariance
    #expect(variance[0] > 0.35 && variance[0] < 0.45)  // E tanh² of a standard normal is 0.394
    #expect(variance[19] > 0.01 && variance[19] < 0.06)
  }

  @Test("§ 1.5: a bad scale explodes or vanishes from the first forward pass on")
  func badScale() {
    let large = Self.signal(.relu, .normal(standardDeviation: 0.3)).preactivationVariance
    let small = Self.signal(.tanh, .normal(standardDeviation: 0.01)).preactivationVariance
    #expect(large[19] / large[0] > 1e6 && small[19] / small[0] < 1e-30)
  }

  @Test("§ 1.1.2, § 1.5: through ten layers of sigmoids the gradient vanishes; through ReLU with He it does not")
  func vanishingGradient() {
    let x = RandomSource(seed: 8).normal([32, 64])
    let ratio = { (σ: Activation, initialization: Initialization) in
      let network = MLP(
        Array(repeating: 64, count: 11), activation: σ, initialization: initialization, random: RandomSource(seed: 9))
      let norms = layerGradientNorms(of: network, at: x)
      return norms[0] / norms[9]
    }
    #expect(ratio(.sigmoid, .xavier) < 1e-4)
    #expect(ratio(.relu, .he) > 0.2)
  }
}
