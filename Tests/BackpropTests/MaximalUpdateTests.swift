import Backprop
import Checking
import Foundations
import Tensors
import Testing
import Training

@Suite("§ 2.9 Maximal update parametrization")
struct MaximalUpdateTests {
  private static func family(_ parametrization: Parametrization, inputs: Int = 5) -> NetworkFamily {
    NetworkFamily(inputs: inputs, hiddenLayers: 2, outputs: 3, baseWidth: 8, parametrization: parametrization)
  }
  private static let x = RandomSource(seed: 1).normal([12, 5], scalarType: .double)
  private static let labels = (0..<12).map { $0 % 3 }

  @Test("§ 2.9: at the base width µP and the standard parametrization are the same network with the same rates")
  func baseWidth() {
    let networks = Parametrization.allCases.map { Self.family($0).network(width: 8, random: RandomSource(seed: 2)) }
    #expect(networks[0].flattened == networks[1].flattened && networks[1].outputMultiplier == 1)
    for rule in [\WidthScaling.adamRate, \.descentRate] {
      for p in Parametrization.allCases {
        #expect(Self.family(p).rateMultipliers(width: 8, for: rule) == Array(repeating: 1, count: 6))
      }
    }
  }

  @Test("§ 2.9: at four times the width the rates are those of table 8, for Adam and for gradient descent")
  func rates() {
    let µP = Self.family(.maximalUpdate)
    #expect(µP.rateMultipliers(width: 32, for: \.adamRate) == [1, 1, 0.25, 1, 1, 1])
    #expect(µP.rateMultipliers(width: 32, for: \.descentRate) == [4, 4, 1, 4, 4, 1])
    #expect(µP.network(width: 32, random: RandomSource(seed: 1)).outputMultiplier == 0.25)
    #expect(Self.family(.standard).rateMultipliers(width: 32, for: \.adamRate) == [1, 1, 1, 1, 1, 1])
    #expect(Self.family(.standard).network(width: 32, random: RandomSource(seed: 1)).outputMultiplier == 1)
  }

  @Test(
    "§ 2.9: the weights have the variances of their rules, the biases start at 0", arguments: Parametrization.allCases)
  func variances(parametrization: Parametrization) {
    let network = Self.family(parametrization, inputs: 100).network(width: 200, random: RandomSource(seed: 3)).network
    let expected = [2.0 / 100, 2.0 / 200, parametrization == .standard ? 1.0 / 200 : 1.0 / 8]
    for (layer, variance) in zip(network.layers, expected) {
      let tolerance = 6 * (2 / Double(layer.weight.count)).squareRoot()
      #expect(abs(layer.weight.converted(to: .double).variance().item / variance - 1) < tolerance)
      #expect(layer.bias?.abs().max().item == 0)
    }
    #expect(network.widths == [100, 200, 200, 3])
  }

  @Test(
    "§ 2.9: the output multiplier is only notation: folded into smaller, slower weights, table 3, it trains alike"
  )
  func folded() {
    let family = Self.family(.maximalUpdate)
    var scaled = family.network(width: 32, random: RandomSource(seed: 4)).converted(to: .double)
    var plain = scaled.network
    plain.layers[2].weight *= 0.25
    var (a, b) = (
      family.descent(width: 32, learningRate: 0.05),
      PerParameterRates(GradientDescent(learningRate: 0.05), multipliers: [4, 4, 1, 4, 0.25, 1])
    )
    for _ in 0..<5 {
      a.update(&scaled, along: gradient(at: scaled) { crossEntropy(logits: $0(Self.x), labels: Self.labels) })
      b.update(&plain, along: gradient(at: plain) { crossEntropy(logits: $0(Self.x), labels: Self.labels) })
    }
    expectClose(scaled(Self.x), plain(Self.x), tolerance: 1e-10, scale: 1e-3)
  }

  @Test("§ 2.9: with all factors 1 the optimizer is Adam to the last bit; a factor 0 keeps a parameter")
  func perParameter() {
    let start = MLP([5, 4, 3], random: RandomSource(seed: 5)).converted(to: .double)
    var (one, other, frozen) = (start, start, start)
    var adam = Adam(learningRate: 0.01)
    var same = PerParameterRates(Adam(learningRate: 0.01), multipliers: [1, 1, 1, 1])
    var part = PerParameterRates(Adam(learningRate: 0.01), multipliers: [0, 1, 1, 1])
    for _ in 0..<3 {
      let g = gradient(at: one) { crossEntropy(logits: $0(Self.x), labels: Self.labels) }
      adam.update(&one, along: g)
      same.update(&other, along: g)
      part.update(&frozen, along: g)
    }
    #expect(one.flattened == other.flattened)
    #expect(frozen.layers[0].weight == start.layers[0].weight && frozen.layers[0].bias == one.layers[0].bias)
  }

  @Test("§ 2.9: coordinate check: in three steps µP moves every layer alike at all widths, the standard one ever more")
  func coordinates() {
    let random = RandomSource(seed: 6)
    let (x, labels) = (random.normal([32, 5]), (0..<32).map { $0 % 3 })
    let exponents = Parametrization.allCases.map { parametrization in
      let check = CoordinateCheck(
        of: Self.family(parametrization), widths: [32, 128, 512], steps: 3, learningRate: 0.01, inputs: x,
        labels: labels, random: random.split())
      return (1...3).map { check.exponent(layer: $0, step: 3) }
    }
    #expect(exponents[0][1] > 0.3 && exponents[0][2] > 0.5, "\(exponents[0])")  // standard, hidden and output
    #expect(exponents[1].allSatisfy { abs($0) < 0.25 }, "\(exponents[1])")  // µP
  }

  @Test("§ 2.9: networks list their parameters, and a wrong number of rates stops with a message")
  func mistakes() async {
    #expect(unlistedParameters(in: Self.family(.standard).network(width: 4, random: RandomSource(seed: 1))).isEmpty)
    let count = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var optimizer = PerParameterRates(Adam(), multipliers: [1])
      var θ = [Tensor(1), Tensor(2)]
      optimizer.update(&θ, along: θ)
    }
    expectStopped(count, "cannot update 2 parameters with 1 learning rates")
    let family = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = NetworkFamily(inputs: 5, hiddenLayers: 0, outputs: 3, baseWidth: 8, parametrization: .standard)
    }
    expectStopped(family, "cannot make networks of 5 inputs, 0 hidden layers")
  }
}
