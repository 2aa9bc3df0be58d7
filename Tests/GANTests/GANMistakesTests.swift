import CNN
import Checking
import DataSets
import Foundations
import GAN
import Regularization
import Running
import Tensors
import Testing
import Training
import ch08

@Suite("The mistakes of chapter 8")
struct GANMistakesTests {
  private let random = RandomSource(seed: 9)

  @Test("§ 8.2.1: the loss of the generator is finite for every finite logit, in the literal form only below 37")
  func literal() {
    func value(_ b: Double) -> (wrong: Double, right: Double) {
      let b = Tensor([b], scalarType: .double)
      return (Mistake.literalLoss(fake: b).item, AdversarialLoss.saturating.generator(fake: b).item)
    }
    #expect(value(36).wrong.isFinite && value(37).wrong == -.infinity && value(1_000).right == -1_000)
    #expect(value(-1_000).right == 0 && abs(value(3).wrong - value(3).right) < 1e-14)
  }

  @Test("Listing 8.7: the generator's loss has slope −1 however sure D is, unless a sigmoid comes before it")
  func sigmoid() {
    let logits = Tensor([-10, -30, -90])  // in Float, as in the listing
    let right = gradient(at: logits) { (3 * AdversarialLoss.nonSaturating.generator(fake: $0)) }.scalars
    let wrong = Mistake.slopeBehindSigmoid(fake: logits).scalars
    #expect(right.allSatisfy { abs($0 + 1) < 1e-4 })
    #expect(abs(wrong[0] + 1) < 1e-3 && abs(wrong[1] + 0.0936) < 1e-3 && wrong[2] == 0, "\(wrong)")
  }

  @Test("(8.16): all numbers of an interpolate divide the way from G(z) to x alike")
  func interpolation() {
    let (x, y) = (Tensor.ones([50, 2, 3]), Tensor.zeros([50, 2, 3]))
    func spread(_ x̂: Tensor) -> Double {
      let rows = x̂.flattened(from: 1)
      return (rows.max(axes: [1]) - rows.min(axes: [1])).max().item
    }
    #expect(spread(interpolated(x, y, using: random)) == 0)
    #expect(spread(Mistake.interpolatedByNumber(x, y, using: random)) > 0.9)
  }

  @Test("(8.16): the penalty of a critic with slope 1 is 0 for images too, and not if the norm is over the channels")
  func norm() {
    let x = random.normal([3, 3, 4, 4], scalarType: .double)
    let f = { (x: Tensor) in x.sum(axes: [1, 2, 3]) / Double(48).squareRoot() }
    #expect(gradientPenalty(at: x, of: f).item < 1e-20)
    // Each pixel has three slopes of 1/√48: a norm of ¼.
    #expect(abs(Mistake.penaltyByPixel(at: x, of: f).item - 0.75 * 0.75) < 1e-12)
  }

  @Test("§ 8.4.2: without batch normalization the critic's value for an image depends on that image only")
  func critic() {
    let x = random.normal([3, 1, 28, 28])
    func slope(_ f: Discriminator) -> Double { gradient(at: x, mode: .training) { f($0)[0].sum() }[1].norm().item }
    #expect(slope(Discriminator(.quarter, isNormalized: false, random: random)) == 0)
    #expect(slope(Mistake.normalizedCritic(.quarter, random: random)) > 1e-5)
  }

  @Test(
    "§ 8.2.1: in its step D moves alone, and in the generator's step G; with a gradient through the fakes both move")
  func both() {
    let (G, D) = (MLP([2, 8, 2], random: random), MLP([2, 8, 1], random: random))
    let (x, z) = (random.normal([16, 2]), random.normal([16, 2]))
    var players = Adversaries(G, against: D, recipe: AdversarialRecipe())
    let plan = TrainingPlan(epochs: 1, batchSize: 16)
    train(&players, examples: 16, plan: plan, random: random) { players, step throws(Breakdown) in
      try players.descendDiscriminator(on: x, noise: z, random: random, step: step)
    }
    #expect(players.generator.flattened == G.flattened && players.discriminator.flattened != D.flattened)
    let wrong = Mistake.stepOfBoth((G, D), on: x, noise: z, rate: 0.5)
    #expect(wrong.0.flattened != G.flattened && wrong.1.flattened != D.flattened)
    // G has helped D: its fakes are recognized more easily.
    #expect(D(wrong.0(z)).mean().item < D(G(z)).mean().item)
  }

  @Test("§ 8.8.1: eight points, one of each mode, get the best score and the best precision")
  func score() {
    let ring = GaussianMixture.ring()
    let real = ring.sample(count: 400, from: random)
    let firsts = (0..<8).compactMap { real.labels.firstIndex(of: $0) }
    let copies = real.points(.double).gathered((0..<400).map { firsts[$0 % 8] })
    let measures = NeighbourMeasures(of: copies, among: NeighbourBalls(around: real.points(.double)))
    let judged = Mistake.judgedByScore(ring.posterior(of: copies), measures).scalars
    #expect(abs(judged[0] - 1) < 1e-9 && judged[1] == 1)
    #expect(measures.coverage < 0.3 && measures.recall < 0.1)
  }

  @Test("§ 8.8.2: the bias of 200 samples beside 5,000 is 13 times that of 5,000, though all are of one distribution")
  func few() {
    let (N, M) = (5_000, 200)
    let identity = Tensor.identity(16, scalarType: .double)
    let ratio = frechetBias(covariance: identity, counts: N, M) / frechetBias(covariance: identity, counts: N, N)
    #expect(abs(ratio - 13) < 1e-9, "1/200 + 1/5,000 beside 2/5,000: a half of 26")
    let real = random.normal([N, 16], scalarType: .double)
    let generated = random.normal([N, 16], scalarType: .double)
    let (wrong, right) = (Mistake.distanceOfFew(real, generated), frechetDistance(real, generated))
    #expect(wrong / right > 8 && wrong / right < 18, "\(wrong), \(right)")
  }
}
