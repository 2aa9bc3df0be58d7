import Applications
import Checking
import DataSets
import Foundations
import Running
import Tensors
import Testing
import Training

@Suite("§ 12.7.1  DP-SGD and its accountant")
struct PrivateDescentTests {
  private let random = RandomSource(seed: 71)

  @Test("§ 12.7.1: q = 0.01, σ = 4, 10,000 steps and δ = 10⁻⁵ cost ε = 1.26, as Abadi et al. (2016) published")
  func published() {
    let found = RenyiAccountant(share: 0.01, noise: 4).epsilon(steps: 10_000, delta: 1e-5)
    #expect(abs(found.epsilon - 1.2585747412528) < 1e-9 && found.order == 20)
  }

  @Test("§ 12.7.1: q = 0.1, 150 steps and δ = 10⁻⁴ cost ε = ∞, 9.36, 3.27, 1.44, 0.68 for σ = 0, 1, 2, 4, 8")
  func digitsBudget() {
    let found = [0.0, 1, 2, 4, 8].map {
      RenyiAccountant(share: 0.1, noise: $0).epsilon(steps: 150, delta: 1e-4).epsilon
    }
    #expect(found[0] == .infinity)
    for (ε, printed) in zip(found.dropFirst(), [9.362, 3.272, 1.438, 0.685]) { #expect(abs(ε - printed) < 6e-4) }
  }

  @Test("§ 12.7.1: the divergence of one step is the integral of its density ratio's power")
  func integral() {
    for (q, σ, α) in [(0.1, 1.0, 2), (0.1, 1, 7), (0.01, 4, 20), (0.5, 2, 5)] {
      let z = Tensor.linear(from: -14 * σ, to: 14 * σ + Double(α), count: 40_001, scalarType: .double)
      let width = (28 * σ + Double(α)) / 40_000
      let density = (-z.squared() / (2 * σ * σ)).exp() / (σ * (2 * Double.pi).squareRoot())
      let ratio = (1 - q) + q * ((2 * z - 1) / (2 * σ * σ)).exp()
      let moment = (Double(α) * ratio.log()).exp() * density
      let expected = (moment.sum() * width).log().item / Double(α - 1)
      let found = RenyiAccountant(share: q, noise: σ).divergence(order: α)
      #expect(abs(found / expected - 1) < 1e-9, "\(q), \(σ), \(α): \(found), \(expected)")
    }
  }

  @Test("§ 12.7.1: with every example in every batch the accountant bounds the exact δ(ε) of T Gaussian steps")
  func bound() {
    #expect(abs(RenyiAccountant(share: 1, noise: 3).divergence(order: 5) - 5.0 / 18) < 1e-15)
    for (σ, T, δ) in [(4.0, 1, 1e-5), (4, 10, 1e-5), (8, 100, 1e-3)] {
      let ε = RenyiAccountant(share: 1, noise: σ).epsilon(steps: T, delta: δ).epsilon
      // T steps tell as much as one with noise σ/√T.
      let exact = GaussianMechanism(sensitivity: 1, deviation: σ / Double(T).squareRoot()).delta(epsilon: ε)
      #expect(exact <= δ && exact > δ / 300, "\(exact)")
    }
  }

  @Test("§ 12.7.1: batches are random: sizes are binomial, with the mean qN and the variance q(1 − q)N")
  func batches() {
    let descent = PrivateDescent(clip: 1, noise: 1, share: 0.1)
    let sizes = Tensor(
      (0..<2_000).map { _ in Double(descent.batch(of: 200, random: random).count) }, scalarType: .double)
    #expect(abs(sizes.mean().item - 20) < 0.4 && abs(sizes.variance().item - 18) < 2.5)
  }

  @Test("§ 12.7.1: without noise, with a large C and all examples, a private gradient is the gradient of the mean loss")
  func plain() {
    let model = MLP([4, 5, 3], random: random).converted(to: .double)
    let (x, labels) = (spread([7, 4]), [0, 1, 2, 0, 1, 2, 0])
    let descent = PrivateDescent(clip: 1e6, noise: 0, share: 1)
    let found = descent.gradient(at: model, batch: Array(0..<7), expectedSize: 7, random: random) { model, i in
      model(x.gathered([i])).crossEntropy(labels: [labels[i]])
    }
    let expected = gradient(at: model) { $0(x).crossEntropy(labels: labels) }
    for (a, b) in zip(found.parameters, expected.parameters) { expectClose(a, b, tolerance: 1e-12, scale: 1) }
  }

  @Test("§ 12.7.1: a training divides by the expected size qN: equal examples move the model by the size of the batch")
  func expectedSize() {
    let (N, start) = (20, MLP([3, 2], random: random).converted(to: .double))
    let x = Tensor.ones([N, 3], scalarType: .double)
    let labels = [Int](repeating: 1, count: N)
    let slope = gradient(at: start) { $0(x).crossEntropy(labels: labels) }.flattened
    let norm = slope.squared().sum().squareRoot().item
    let sizes = (0..<20).map { (seed: UInt64) -> Double in
      var model = start
      PrivateDescent(clip: 0.25, noise: 0, share: 0.5).train(
        &model, x: x, labels: labels, learningRate: 0.1, plan: TrainingPlan(steps: 1), random: RandomSource(seed: seed))
      let moved = (start.flattened - model.flattened).squared().sum().squareRoot().item
      return moved / (0.1 * min(norm, 0.25)) * 10  // B = qN = 10
    }
    #expect(sizes.allSatisfy { abs($0 - $0.rounded()) < 1e-9 } && Set(sizes.map { $0.rounded() }).count > 3, "\(sizes)")
  }

  @Test(
    "§ 12.7.1: private descent learns digits: above 0.7 after 30 steps with σ = 1, and never above its noiseless self")
  func digits() throws {
    let digits = try LabeledImages.opticalDigits().prefix(600)
    func accuracyOnFit(_ σ: Double) -> Double {
      var model = MLP([64, 10], random: RandomSource(seed: 3))
      let history = PrivateDescent(clip: 1, noise: σ, share: 0.1).train(
        &model, x: digits.flattened, labels: digits.labels, learningRate: 1, plan: TrainingPlan(steps: 30),
        random: RandomSource(seed: 4))
      #expect(history.epochs.count == 30)
      return accuracy(model(digits.flattened), labels: digits.labels)
    }
    let (exact, noisy, drowned) = (accuracyOnFit(0), accuracyOnFit(1), accuracyOnFit(40))
    #expect(exact > 0.8 && noisy > 0.7 && noisy < exact + 0.02 && drowned < 0.5, "\(exact), \(noisy), \(drowned)")
  }
}
