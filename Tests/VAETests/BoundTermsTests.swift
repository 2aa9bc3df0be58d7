import Backprop
import Checking
import DataSets
import Distributions
import Tensors
import Testing
import Training
import VAE

@Suite("§ 9.8  The terms of the bound")
struct BoundTermsTests {
  private static let x = RandomSource(seed: 1).uniform([600, 1, 5, 4], scalarType: .double)
  private static let model = VariationalAutoencoder(inputs: 20, hidden: [9], latent: 3, random: RandomSource(seed: 2))
    .converted(to: .double)

  @Test("Listing 9.8: log p(x | z) is minus the summed binary cross-entropy, KL is the library's, both per example")
  func terms() {
    let ε = RandomSource(seed: 3).normal([600, 3], scalarType: .double)
    let terms = Self.model.evidence(of: Self.x, noise: ε)
    let q = Self.model.encoded(Self.x)
    let logits = Self.model.decodedLogits(q.mean + q.standardDeviation * ε)
    let summed = logits.binaryCrossEntropy(targets: Self.x.flattened(from: 1), isSummed: true)
    #expect(abs(summed.item + terms.reconstruction.sum().item) < 1e-9)
    let divergence = q.klDivergence(to: .standard([600, 3], scalarType: .double))
    #expect((divergence - terms.divergences).abs().max().item < 1e-12)
    #expect(terms.reconstruction.shape == [600] && terms.divergence.shape == [600])
  }

  @Test("(9.23): the loss is −reconstruction + β KL on average over the examples, and β = 1 is (9.8)")
  func loss() {
    let terms = EvidenceTerms(reconstruction: Tensor([-3, -5]), divergences: Tensor([[1, 2], [0, 3]]))
    #expect(terms.loss().item == 7 && terms.loss(β: 4).item == 16 && terms.loss(β: 0.5).item == 5.5)
    #expect(terms.objective(β: 2).scalars == [-9, -11])
    #expect(terms.loss(β: 2).item == -terms.objective(β: 2).mean().item)
  }

  @Test("§ 9.9, (9.14): the measure takes the examples 500 at a time with the noise of a single pass")
  func measure() {
    let measure = EvidenceMeasure(of: Self.model, on: Self.x, random: RandomSource(seed: 4))
    let terms = Self.model.evidence(of: Self.x, noise: RandomSource(seed: 4).normal([600, 3], scalarType: .double))
    #expect(abs(measure.reconstruction + terms.reconstruction.mean().item) < 1e-12)
    let means = terms.divergences.mean(axes: [0]).scalars
    #expect(zip(measure.divergences, means).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(abs(measure.loss(β: 3) - terms.loss(β: 3).item) < 1e-11)
    let spread = Self.model.encoded(Self.x).mean.variance(axes: [0]).scalars
    #expect(zip(measure.meanVariances, spread).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test("§ 9.8: grey levels have an entropy below which no reconstruction gets: 13.658 nats for 8×8 digits")
  func greyLevels() throws {
    let digits = try LabeledImages.opticalDigits().flattened.converted(to: .double)
    let floor = greyLevelEntropies(digits)
    #expect(abs(floor.mean().item - 13.658) < 1e-3)
    // The images themselves as probabilities reach it: logits log x/(1 − x), held away from infinity.
    let p = digits.clamped(to: 1e-12...(1 - 1e-12))
    let perfect = -logLikelihoods(of: digits, logits: (p / (1 - p)).log())
    #expect((perfect - floor).abs().max().item < 1e-8)
    let other = -logLikelihoods(of: digits, logits: (p / (1 - p)).log() + 0.1)
    #expect((other - floor).min().item > 0)
    #expect(greyLevelEntropies(Tensor([[0, 1, 1, 0]])).item == 0)
    #expect(abs(greyLevelEntropies(Tensor([[0.5, 0.5]], scalarType: .double)).item - 1.3862943611198906) < 1e-14)
  }

  @Test("Listing 9.8: examples of any size are read; other numbers of pixels than the network's stop with a message")
  func sizes() async {
    for shape in [[7, 20], [7, 1, 4, 5], [7, 2, 2, 5]] as [Shape] {
      let terms = Self.model.evidence(
        of: .ones(shape, scalarType: .double), noise: .zeros([7, 3], scalarType: .double))
      #expect(terms.reconstruction.shape == [7])
    }
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = logLikelihoods(of: .ones([7, 20]), logits: .ones([7, 21]))
    }
    expectMessage(result, "cannot compare examples [7×20] with logits [7×21]")
  }

  @Test("(9.26): σ > 0 for any output; the derivative is finite at ±20, and beyond ±88 if log σ² is limited")
  func logVariance() {
    func slope(_ ℓ: Double, limited: Bool) -> Double {
      gradient(at: Tensor([ℓ])) { ℓ in
        standardDivergences(of: Normal(mean: .zeros([1]), logVariance: limited ? limitedLogVariance(ℓ) : ℓ)).sum()
      }.item
    }
    for ℓ in [-150.0, -20, 0, 20, 150] {
      #expect(Normal(mean: .zeros([1]), logVariance: Tensor([ℓ])).standardDeviation.item > 0)
      #expect(Normal(mean: .zeros([1]), logVariance: limitedLogVariance(Tensor([ℓ]))).standardDeviation.item < 2.3e4)
    }
    #expect(slope(20, limited: false).isFinite && slope(-20, limited: false) > -0.51)
    #expect(!slope(90, limited: false).isFinite)  // exp overflows in Float
    #expect([-200.0, -88, 88, 200].allSatisfy { slope($0, limited: true) == 0 })
    #expect(abs(slope(3, limited: true) - slope(3, limited: false)) == 0)
  }

  @Test("§ 9.9.1: a unit below λ free bits costs λ and has no gradient, one above it has that of the KL")
  func freeBits() {
    let q = Normal(mean: Tensor([[0.1, 2], [0.2, -2]]), logVariance: .zeros([2, 2]))  // KL 0.0125 and 2
    let g = gradient(at: q) { q in
      EvidenceTerms(reconstruction: .zeros([2]), divergences: standardDivergences(of: q)).loss(freeBits: 0.5)
    }
    #expect(g.mean.scalars == [0, 1, 0, -1] && g.logVariance.abs().max().item == 0)
    let terms = EvidenceTerms(reconstruction: .zeros([2]), divergences: standardDivergences(of: q))
    #expect(abs(terms.loss(freeBits: 0.5).item - 2.5) < 1e-6)
  }

  @Test("§ 9.9: slopes between neighbours on the curve; minima of R + βK have slopes in [β₁, β₂]")
  func slopes() {
    #expect(tradeOffSlopes([(1, 5), (3, 4), (9, 1)]) == [2, 2])
    // R(K) = 1/K is least for R + βK at K = 1/√β.
    let β = [0.5, 1, 2, 4, 10]
    let slopes = tradeOffSlopes(β.map { ($0.squareRoot(), 1 / $0.squareRoot()) })
    #expect(slopes.indices.allSatisfy { β[$0] < slopes[$0] && slopes[$0] < β[$0 + 1] })
  }
}
