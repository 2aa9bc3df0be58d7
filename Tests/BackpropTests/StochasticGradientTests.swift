import Backprop
import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 2.1.2 Stochastic gradient descent")
struct StochasticGradientTests {
  private static let x = RandomSource(seed: 1).normal([6, 3], scalarType: .double)
  private static let labels = [0, 1, 1, 0, 1, 0]
  private static let network = MLP([3, 4, 2], activation: .tanh, random: RandomSource(seed: 2)).converted(to: .double)

  private static func loss(_ network: MLP, _ example: Int) -> Tensor {
    crossEntropy(logits: network(x[example..<example + 1]), labels: [labels[example]])
  }
  private static let population = GradientPopulation(at: network, count: 6, of: loss)

  @Test("§ 2.1.2: a batch of all examples takes a step of gradient descent")
  func fullBatch() {
    let whole = { (network: MLP) in crossEntropy(logits: network(Self.x), labels: Self.labels) }
    let expected = descentStep(from: Self.network, learningRate: 0.2, of: whole)
    let step = stochasticStep(from: Self.network, learningRate: 0.2, batch: Array(0..<6), of: Self.loss)
    expectClose(step.flattened, expected.flattened, tolerance: 1e-13)
    expectClose(Self.population.full, gradient(at: Self.network, of: whole).flattened, tolerance: 1e-12, scale: 1e-3)
  }

  @Test(
    "§ 2.1.2: the gradient of a mini-batch is the mean of its examples' gradients, also with an example taken twice")
  func mean() {
    let g = miniBatchGradient(at: Self.network, batch: [4, 1, 4], of: Self.loss).flattened
    let one = { (i: Int) in Self.population.gradients[i] }
    expectClose(g, (2 * one(4) + one(1)) / 3, tolerance: 1e-12, scale: 1e-3)
    expectClose(g, Self.population.estimate([4, 1, 4]), tolerance: 1e-12, scale: 1e-3)
  }

  @Test(
    "Proposition 2.1: over all 15 pairs, 20 triples … of six examples the average mini-batch gradient is the full one",
    arguments: 1...6)
  func unbiased(batchSize: Int) {
    let subsets = Sampling.withoutReplacement.allBatches(of: batchSize, from: 6)
    #expect(subsets.count == [6, 15, 20, 15, 6, 1][batchSize - 1] && Set(subsets).count == subsets.count)
    #expect(subsets.allSatisfy { $0.count == batchSize && $0 == Set($0).sorted() })
    expectClose(Self.population.moments(over: subsets).mean, Self.population.full, tolerance: 1e-12, scale: 1e-3)
  }

  @Test("Proposition 2.1: the same holds over all 6, 36, 216 sequences with replacement", arguments: 1...3)
  func unbiasedWithReplacement(batchSize: Int) {
    let sequences = Sampling.withReplacement.allBatches(of: batchSize, from: 6)
    #expect(sequences.count == [6, 36, 216][batchSize - 1] && Set(sequences).count == sequences.count)
    expectClose(Self.population.moments(over: sequences).mean, Self.population.full, tolerance: 1e-12, scale: 1e-3)
  }

  @Test("Proposition 2.1: the variance over all batches is σ²/B with replacement and σ²/B · (N − B)/(N − 1) without")
  func variance() {
    for (sampling, sizes) in [(Sampling.withReplacement, 1...3), (.withoutReplacement, 1...6)] {
      for B in sizes {
        let exact = Self.population.moments(over: sampling.allBatches(of: B, from: 6)).variance
        let formula = Self.population.varianceOfEstimate(batchSize: B, sampling)
        #expect(abs(exact - formula) < 1e-12 * Self.population.variance, "\(sampling), B = \(B)")
      }
    }
    #expect(Self.population.varianceOfEstimate(batchSize: 6, .withoutReplacement) == 0)
  }

  @Test("§ 2.1.2: batches drawn without replacement hold no example twice, those with replacement often do")
  func drawing() {
    let random = RandomSource(seed: 3)
    for _ in 0..<20 { #expect(Set(Sampling.withoutReplacement.batch(of: 5, from: 6, random: random)).count == 5) }
    let repeats = (0..<20).count { _ in Set(Sampling.withReplacement.batch(of: 5, from: 6, random: random)).count < 5 }
    #expect(repeats > 10)  // 6 · 5 · 4 · 3 · 2 / 6⁵ of the batches, 9%, have five different examples
  }

  @Test(
    "§ 2.1.2: printed without its gradient sign, the single-sample step would subtract one number from every parameter")
  func withoutGradientSign() {
    let (θ, i) = (Self.network, 2)
    let right = stochasticStep(from: θ, learningRate: 0.1, batch: [i], of: Self.loss)
    let printed = θ.mapParameters { $0 - 0.1 * Self.loss(θ, i) }
    #expect(Self.loss(right, i).item < Self.loss(θ, i).item)
    // The printed form subtracts a scalar from a vector.
    #expect(Self.loss(θ, i).shape == [] && θ.flattened.shape == [26])
    let moved = (θ.flattened - printed.flattened).scalars
    #expect(moved.allSatisfy { abs($0 - moved[0]) < 1e-12 })
  }

  @Test("§ 2.1.2: an empty batch, and more examples than there are, stop with a message")
  func mistakes() async {
    let empty = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = miniBatchGradient(at: Tensor(1), batch: []) { θ, _ in θ }
    }
    expectStopped(empty, "cannot take the gradient of a mini-batch without examples")
    let many = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Sampling.withoutReplacement.batch(of: 7, from: 6, random: RandomSource(seed: 1))
    }
    expectStopped(many, "cannot draw 7 of 6 examples without replacement")
    let rows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = GradientPopulation(Tensor.zeros([3]))
    }
    expectStopped(rows, "cannot draw batches of gradients [3]")
  }
}
