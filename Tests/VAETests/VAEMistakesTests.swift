import Backprop
import Checking
import DataSets
import Distributions
import Running
import Tensors
import Testing
import Training
import VAE
import ch09

@Suite("The mistakes of chapter 9")
struct VAEMistakesTests {
  private let random = RandomSource(seed: 8)

  @Test("Listing 9.8: the likelihood of an image is a sum: with the mean over its pixels the KL falls to 0 in training")
  func pixels() throws {
    struct Averaged: EvidenceModel {
      var network: VariationalAutoencoder
      let latentCount = 4
      static var parameters: [PartialKeyPath<Averaged>] { [\.network] }
      func encoded(_ x: Tensor) -> Normal { network.encoded(x) }
      func evidence(of x: Tensor, noise ε: Tensor) -> EvidenceTerms {
        let q = encoded(x)
        let z = reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε)
        return EvidenceTerms(
          reconstruction: Mistake.meanOverPixels(of: x, logits: network.decodedLogits(z)),
          divergences: standardDivergences(of: q))
      }
    }
    let digits = try LabeledImages.opticalDigits().prefix(300).flattened
    func divergence<M: EvidenceModel>(_ model: M) -> Double {
      var model = model
      return trainByEvidence(
        &model, on: digits, learningRate: 3e-3, plan: TrainingPlan(epochs: 60, batchSize: 50),
        random: RandomSource(seed: 2))["KL"].last ?? 0
    }
    let network = VariationalAutoencoder(inputs: 64, hidden: [32], latent: 4, random: RandomSource(seed: 1))
    let (right, wrong) = (divergence(network), divergence(Averaged(network: network)))
    #expect(right > 2 && wrong < 0.05, "\(right), \(wrong)")
  }

  @Test("(9.26): the deviation of the samples is exp(½ log σ²), and √σ if log σ is read as log σ²")
  func deviation() {
    let ε = random.normal([20_000], scalarType: .double)
    let q = Normal(mean: 0 * ε, logVariance: 0 * ε + 4 * Tensor(2, scalarType: .double).log())  // σ = 4
    let right = reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε).variance().item
    let wrong = Mistake.sampleOfLogDeviation(q, noise: ε).variance().item
    #expect(abs(right - 16) < 0.5 && abs(wrong - 4) < 0.15)
  }

  @Test("(9.18): the KL is an average over q of log q − log p; the other direction is an average over p")
  func direction() {
    let n = 40_000
    let q = Normal(
      mean: Tensor.zeros([n], scalarType: .double) + 0.5,
      logVariance: Tensor.zeros([n], scalarType: .double) + 2 * Tensor(0.6, scalarType: .double).log())
    let p = Normal.standard([n], scalarType: .double)
    func average(over law: Normal, _ ratio: (Tensor) -> Tensor) -> (mean: Double, error: Double) {
      let values = ratio(law.mean + law.standardDeviation * random.normal([n], scalarType: .double))
      return (values.mean().item, (values.variance() / Double(n)).squareRoot().item)
    }
    let right = average(over: q) { q.logDensity(at: $0) - p.logDensity(at: $0) }
    #expect(abs(right.mean - standardDivergences(of: q)[0].item) < 4 * right.error)
    let other = average(over: p) { p.logDensity(at: $0) - q.logDensity(at: $0) }
    let wrong = Mistake.divergencesOfPrior(from: q)[0].item
    #expect(abs(other.mean - wrong) < 4 * other.error && abs(wrong - right.mean) > 0.1)
  }

  @Test("(9.16): the expectation is over fresh noise: noise drawn once has an average that is not the expectation's")
  func noise() {
    // d/dμ E[(μ + ε)²] = 2 μ = 6.
    let table = random.normal([1], scalarType: .double)
    func slope(_ ε: Tensor) -> Double {
      gradient(at: Tensor([3], scalarType: .double)) { ($0 + ε).squared().sum() }.item
    }
    let wrong = (0..<2_000).reduce(0.0) { sum, _ in sum + slope(Mistake.noiseOfTable(table, [0])) } / 2_000
    let right = (0..<2_000).reduce(0.0) { sum, _ in sum + slope(random.normal([1], scalarType: .double)) } / 2_000
    #expect(abs(right - 6) < 0.2 && abs(wrong - 6 - 2 * table[0].item) < 1e-9 && abs(wrong - 6) > 0.3)
  }

  @Test("§ 9.8: the cross-entropy of a pixel in [0, 1] is never negative; of one in [−1, 1] it has no lower bound")
  func unit() {
    let logits = random.normal([200, 1], standardDeviation: 20, scalarType: .double)
    let x = random.uniform([200, 1], in: 0..<1, scalarType: .double)
    #expect(logLikelihoods(of: x, logits: logits).max().item <= 0)
    for size in [10.0, 100, 1_000] {
      let black = Mistake.likelihoodOutsideUnit(of: 0 * x, logits: 0 * logits - size)
      #expect(black.min().item > size - 1)
    }
  }

  @Test("Remark 9.9: without its stop the straight-through output has the gradient of z_q: the encoder gets none")
  func stop() {
    let (z_e, book) = (spread([6, 2]), VectorQuantizer(vectors: spread([4, 2], offset: 30)))
    let wrong = gradient(at: z_e) {
      Mistake.straightThroughWithoutStop($0, to: book.vectors.gathered(book.nearest(to: $0))).squared().sum()
    }
    #expect(wrong.abs().max().item == 0)
    let codes = book.nearest(to: z_e)
    let leaked = gradient(at: book) {
      Mistake.straightThroughWithoutStop(z_e, to: $0.vectors.gathered(codes)).squared().sum()
    }
    #expect(leaked.vectors.abs().max().item > 0.1)
    let right = gradient(at: z_e) { book($0).squared().sum() }
    expectClose(right, 2 * book.vectors.gathered(codes), tolerance: 1e-13, scale: 1)
  }

  @Test("(9.8): at the mean of q the terms are no bound: they exceed log p(x), which a sum over z gives")
  func mean() {
    // One latent variable, whose decoder is p(x = 1 | z) = σ(4 z); q = N(½, 1).
    let z = Tensor.linear(from: -9, to: 9, count: 4_001, scalarType: .double)
    let prior = Normal.standard([4_001], scalarType: .double).logDensity(at: z).exp() * (18.0 / 4_000)
    let logP = ((4 * z).sigmoid() * prior).sum().log().item  // ln ½
    #expect(abs(logP + Tensor(2, scalarType: .double).log().item) < 1e-6)
    var model = VariationalAutoencoder(inputs: 1, hidden: [1], latent: 1, random: random).converted(to: .double)
      .mapParameters { 0 * $0 }
    model.mean.bias = Tensor([0.5], scalarType: .double)
    // z ↦ relu(z + 20) − 20 is z wherever it matters.
    model.decoder[0].weight = Tensor([[1]], scalarType: .double)
    model.decoder[0].bias = Tensor([20], scalarType: .double)
    model.decoder[1].weight = Tensor([[4]], scalarType: .double)
    model.decoder[1].bias = Tensor([-80], scalarType: .double)
    let x = Tensor.ones([20_000, 1], scalarType: .double)
    let ε = random.normal([20_000, 1], scalarType: .double)
    let terms = model.evidence(of: x, noise: ε)
    let bound = (terms.reconstruction - terms.divergence).mean().item
    let wrong = (Mistake.reconstructionAtMean(model, of: x) - terms.divergence).mean().item
    #expect(bound < logP && wrong > logP + 0.2, "\(bound), \(wrong), \(logP)")
  }

  @Test("§ 9.9.1: the annealed weight is 1 from step T − 1 on; counted by epochs it may never be")
  func annealing() throws {
    let (T, right) = (50, annealedWeight(over: 50))
    #expect(right(0) == 1.0 / 50 && right(T - 1) == 1 && right(T) == 1 && right(10 * T) == 1)
    let wrong = Mistake.weightByEpoch(over: T, stepsPerEpoch: 20)
    // After 30 epochs of 12 steps, T = 200.
    let exhibit = try #require(exhibits9.first { $0.mistake == "annealing that never reaches 1" })
    #expect(exhibit.shows.wrong.scalars == [0.15] && exhibit.shows.right.scalars == [1])
    #expect(exhibit.hides.wrong.scalars == [0.15])
    #expect(wrong(10 * T) < 0.6 && Mistake.weightByEpoch(over: T, stepsPerEpoch: 1)(7) == right(7))
  }
}
