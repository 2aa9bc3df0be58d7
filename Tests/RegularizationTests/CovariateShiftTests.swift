import Checking
import Regularization
import Tensors
import Testing

@Suite("§ 3.5.1 Internal covariate shift")
struct CovariateShiftTests {
  @Test("§ 3.5.1: the shift is in standard deviations, the stretch in logarithms, and both are 0 if nothing moved")
  func measure() {
    let z = spread([50, 3])
    #expect(covariateShift(from: z, to: z) == (0, 0))
    let moved = covariateShift(from: z, to: z + 2 * (z.variance(axes: [0]) + 1e-8).squareRoot())
    #expect(abs(moved.shift - 2) < 1e-12 && moved.stretch < 1e-12)
    let stretched = covariateShift(from: z - z.mean(axes: [0]), to: 3 * (z - z.mean(axes: [0])))
    #expect(stretched.shift < 1e-12 && abs(stretched.stretch - 1.0986122886681098) < 1e-6)
  }

  @Test("§ 3.5.1: the inputs behind a normalization have mean β and deviation γ whatever the layers before it do")
  func steady() {
    let random = RandomSource(seed: 1)
    let x = random.normal([200, 10])
    let network = NormalizedNetwork([10, 30, 30, 3], .batch, random: random)
    var other = network
    other.layers[0].weight = 5 * network.layers[0].weight + 1
    let (before, after) = Mode.training { (network.activationInputs(x).inputs, other.activationInputs(x).inputs) }
    #expect(covariateShift(from: before[1], to: after[1]).shift < 1e-3)
    let plain = NormalizedNetwork([10, 30, 30, 3], .none, random: RandomSource(seed: 1))
    var changed = plain
    changed.layers[0].weight = 5 * plain.layers[0].weight + 1
    let (old, new) = (plain.activationInputs(x).inputs, changed.activationInputs(x).inputs)
    #expect(covariateShift(from: old[1], to: new[1]).shift > 0.3)
  }

  @Test("§ 3.5: a folded network has the outputs of the trained one up to rounding, and fewer parameters")
  func folding() {
    let random = RandomSource(seed: 2)
    var network = NormalizedNetwork([10, 30, 30, 3], .batch, random: random)
    for _ in 0..<5 { network.observing { _ = $0(random.normal([64, 10])) } }
    let x = random.normal([20, 10])
    expectClose(network.folded(x), network(x), tolerance: 1e-6, scale: 1)
    #expect(network.folded.parameterCount == network.parameterCount - 2 * 60)
    #expect(network.folded.statistics == [])
  }
}
