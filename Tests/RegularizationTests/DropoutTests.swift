import Checking
import Regularization
import Tensors
import Testing

@Suite("§ 3.4 Dropout")
struct DropoutTests {
  private let h = 2 * spread([5])

  @Test("(3.7), § 3.4.1: a mask is 0 with probability p and 1 otherwise", arguments: [0.1, 0.4, 0.75])
  func masks(p: Double) {
    let m = dropoutMask([20_000], probability: p, random: RandomSource(seed: 1))
    #expect(Set(m.scalars).isSubset(of: [0, 1]))
    let error = (p * (1 - p) / 20_000).squareRoot()
    #expect(abs(m.mean().item - (1 - p)) < 4 * error)
  }

  @Test("(3.8): the masked output is 0 where the mask is, and the unit's output elsewhere")
  func masking() {
    let m = Tensor([1, 0, 0, 1, 1], scalarType: .double)
    let y = masked(h, by: m)
    #expect(y.scalars == zip(h.scalars, m.scalars).map { $1 == 1 ? $0 : 0 })
    #expect(gradient(at: h) { masked($0, by: m).sum() } == m)
  }

  @Test("Theorem 3.4, (3.9): the expectation over all 2ⁿ masks is (1 − p) h", arguments: [0, 0.3, 0.5, 1])
  func expectation(p: Double) {
    let subNetworks = SubNetworks(units: 5, probability: p)
    #expect(subNetworks.count == 32)
    #expect(abs(subNetworks.probabilities.sum().item - 1) < 1e-14)
    expectClose(
      subNetworks.expectation { masked(h, by: $0) }, expectedMasked(h, probability: p), tolerance: 1e-14, scale: 1)
  }

  @Test("Theorem 3.4, measured: the mean over random masks is (1 − p) h within four standard errors")
  func measured() {
    let (p, T) = (0.3, 20_000)
    let m = dropoutMask([T, 5], probability: p, scalarType: .double, random: RandomSource(seed: 2))
    let error = (p * (1 - p) / Double(T)).squareRoot()
    let gap = (masked(h, by: m).mean(axes: [0]) - expectedMasked(h, probability: p)) / h / error
    #expect(gap.abs().max().item < 4)
  }

  @Test("(3.10), § 3.4.2: inverted dropout has expectation h and variance p / (1 − p) h²", arguments: [0.2, 0.4])
  func inverted(p: Double) {
    let subNetworks = SubNetworks(units: 5, probability: p)
    let mean = subNetworks.expectation { invertedDropout(h, by: $0, probability: p) }
    let second = subNetworks.expectation { invertedDropout(h, by: $0, probability: p).squared() }
    expectClose(mean, h, tolerance: 1e-14)
    expectClose(second - mean.squared(), p / (1 - p) * h.squared(), tolerance: 1e-13)
  }

  @Test("(3.10) is what the tensors' own dropout computes, up to the order of the draws")
  func fast() {
    let x = Tensor.ones([64, 64])
    let y = dropout(x, probability: 0.25, using: RandomSource(seed: 3))
    #expect(Set(y.scalars) == [0, Double(Float(1) / Float(0.75))])
    #expect(abs(y.mean().item - 1) < 4 * (0.25 / 0.75 / 4096).squareRoot())
  }

  @Test("§ 3.4: a group of k units survives with probability (1 − p)ᵏ", arguments: [1, 2, 5])
  func groups(k: Int) {
    let subNetworks = SubNetworks(units: k, probability: 0.3)
    let intact = subNetworks.expectation { $0.min().reshaped([1]) }
    #expect(abs(intact.item - groupSurvival(k, probability: 0.3)) < 1e-14)
    let m = dropoutMask([20_000, k], probability: 0.3, random: RandomSource(seed: 4))
    let q = groupSurvival(k, probability: 0.3)
    #expect(abs(m.min(axes: [1]).mean().item - q) < 4 * (q * (1 - q) / 20_000).squareRoot())
  }

  @Test("§ 3.4: channel dropout keeps or drops whole channels, and keeps the mean")
  func channels() {
    let m = channelDropoutMask([400, 16, 3, 3], probability: 0.25, random: RandomSource(seed: 5))
    #expect(m.shape == [400, 16, 1, 1])
    let y = invertedDropout(Tensor.ones([400, 16, 3, 3]), by: m, probability: 0.25)
    #expect(y.max(axes: [2, 3]) == y.min(axes: [2, 3]))
    #expect(abs(y.mean().item - 1) < 4 * (0.25 / 0.75 / 6400).squareRoot())
  }
}

@Suite("§ 3.4 Dropout as a layer")
struct DropoutLayerTests {
  private struct Network: Module {
    var weight = Tensor.ones([8])
    var dropout = Dropout(probability: 0.5, random: RandomSource(seed: 1))
    static var parameters: [PartialKeyPath<Network>] { [\.weight, \.dropout] }
    func callAsFunction(_ x: Tensor) -> Tensor { weight * dropout(x) }
  }
  private let x = Tensor.ones([4, 8])

  @Test("§ 3.4.2: the layer is the identity in evaluation, and drops in training")
  func modes() {
    let layer = Dropout(probability: 0.5, random: RandomSource(seed: 1))
    #expect(layer(x) == x)
    #expect(Set(Mode.training { layer(x) }.scalars) == [0, 2])
    #expect(layer.parameterCount == 0)
    let images = Tensor.ones([2, 8, 3, 3])
    let channels = Dropout(probability: 0.5, dropsChannels: true, random: RandomSource(seed: 1))
    let y = Mode.training { channels(images) }
    #expect(y.max(axes: [2, 3]) == y.min(axes: [2, 3]) && Set(y.scalars) == [0, 2])
  }

  @Test("§ 3.4.1: every training pass has its own masks, and the same model gives the same masks again")
  func draws() {
    var network = Network()
    var masks: [Tensor] = []
    for _ in 0..<3 {
      let g = gradient(at: network) { network in
        let (first, second) = (network(x), network(x))
        masks += [first.stopGradient, second.stopGradient]
        return (first + second).sum()
      }
      network.adoptStatistics(of: g)
    }
    for (i, a) in masks.enumerated() { for b in masks[..<i] { #expect(a != b) } }
    var again = Network()
    #expect((0..<6).map { _ in again.observing { $0(x) } } == masks)
    #expect(network.statistics == again.statistics && network.statistics == [Tensor(6, scalarType: .double)])
  }

  @Test("§ 3.4.1: a copy of a model owns its noise")
  func copies() {
    var network = Network()
    let copy = network
    let first = network.observing { $0(x) }
    #expect(Mode.training { copy(x) } == first && Mode.training { network(x) } != first)
  }

  @Test("the gradient through a dropout layer agrees with differences: one model has one mask")
  func derivative() {
    let x = spread([4, 8])
    expectGradient(at: Network()) { $0(x).squared().sum() }
  }

  @Test("Exercise 3.3.3: Monte Carlo dropout has the mean of the model, and the spread of the masks")
  func monteCarlo() {
    let network = Network()
    let prediction = monteCarloDropout(network, at: x, passes: 400)
    #expect(prediction.samples.shape == [400, 4, 8] && prediction.mean.shape == [4, 8])
    #expect((prediction.mean - 1).abs().max().item < 4.5 / 20)
    expectClose(prediction.deviation, x, tolerance: 0.05)
    #expect(network.statistics == Network().statistics)
  }

  @Test("probabilities outside 0...1 stop with a message")
  func mistakes() async {
    let units = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Dropout(probability: 1.5, random: RandomSource(seed: 1))
    }
    #expect(errorText(units).contains("cannot drop units with probability 1.5: it must be in 0...1"))
    let all = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = invertedDropout(Tensor([1]), by: Tensor([1]), probability: 1)
    }
    #expect(errorText(all).contains("cannot divide by 1 − p for p = 1.0: 0 ≤ p < 1 is needed"))
    let channels = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = channelDropoutMask([3], probability: 0.5, random: RandomSource(seed: 1))
    }
    #expect(errorText(channels).contains("cannot drop channels of [3]: axes [N×C×…] are needed"))
    let masks = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SubNetworks(units: 21, probability: 0.5)
    }
    #expect(errorText(masks).contains("cannot enumerate the masks of 21 units"))
    let passes = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = monteCarloDropout(Dropout(probability: 0.5, random: RandomSource(seed: 1)), at: Tensor([1]), passes: 0)
    }
    #expect(errorText(passes).contains("cannot average over 0 passes: at least one is needed"))
  }
}

/// The standard error of a process that was stopped.
private func errorText(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
