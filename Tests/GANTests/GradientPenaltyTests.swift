import Backprop
import CNN
import Checking
import Foundations
import GAN
import Regularization
import Running
import Tensors
import Testing
import Training
import ch08

@Suite("§ 8.4.2  The gradient penalty")
struct GradientPenaltyTests {
  private let random = RandomSource(seed: 9)

  @Test("(8.16): derivatives of the penalty, which are second derivatives of f, are central differences to 1e-6")
  func secondDerivatives() {
    let critic = MLP([3, 5, 1], activation: .tanh, random: random).converted(to: .double)
    let (real, fake) = (spread([4, 3]), 1 + spread([4, 3], offset: 50))
    let x̂ = interpolated(real, fake, using: random)
    expectGradient(at: critic, tolerance: 1e-6) { f in
      f(fake).mean() - f(real).mean() + 10 * gradientPenalty(at: x̂) { f($0) }
    }
    expectGradient(at: critic, tolerance: 1e-6) { f in realPenalty(at: real) { f($0) } }
    // The penalty moves the generator too, through x̂.
    expectGradient(at: fake, tolerance: 1e-6) { fake in gradientPenalty(at: 0.3 * real + 0.7 * fake) { critic($0) } }
  }

  @Test("(8.16): the penalty is 0 for a critic of slope 1 and (s − 1)² for slope s, whatever the shape of an example")
  func knownSlopes() {
    for shape: Shape in [[6, 1], [6, 4], [6, 2, 3, 3]] {
      let x = random.normal(shape, scalarType: .double)
      let w = random.normal(Shape([1] + shape.lengths.dropFirst()), scalarType: .double)
      let unit = w / w.squared().sum().squareRoot()
      for s in [0.0, 0.5, 1, 3] {
        let f = { (x: Tensor) in s * (x * unit).flattened(from: 1).sum(axes: [1]) }
        #expect(abs(gradientPenalty(at: x, of: f).item - (s - 1) * (s - 1)) < 1e-10)
        #expect(abs(realPenalty(at: x, of: f).item - 0.5 * s * s) < 1e-10)
      }
    }
  }

  @Test("(8.16): the norm is over all numbers of an example, and not over one axis of an image")
  func norm() {
    let x = spread([2, 3, 4, 5])
    let f = { (x: Tensor) in (x.squared() / 2).flattened(from: 1).sum(axes: [1]) }  // ∇f = x
    let norms = gradientNorms(x, of: f)
    #expect(norms.shape == [2])
    for i in 0..<2 { #expect(abs(norms[i].item - x[i].norm().item) < 1e-12) }
    let byChannel = x.squared().sum(axes: [1]).squareRoot()  // the mistake: one norm for each pixel
    let wrong = (byChannel - 1).squared().mean().item
    #expect(abs(gradientPenalty(at: x, of: f).item - wrong) > 1)
  }

  @Test(
    "(8.16): one ε for each example: x̂ lies on the segment, and the mean penalty of a known critic is in closed form")
  func interpolation() {
    let (N, D) = (4_000, 16)
    let (real, fake) = (Tensor.ones([N, D], scalarType: .double), Tensor.zeros([N, D], scalarType: .double))
    let x̂ = interpolated(real, fake, using: random)
    #expect(x̂ == x̂.sliced(0..<1, axis: 1).broadcast(to: x̂.shape))  // all numbers of an example share ε
    let ε = x̂.sliced(0..<1, axis: 1)
    #expect(ε.min().item >= 0 && ε.max().item < 1)
    #expect(abs(ε.mean().item - 0.5) < 0.02 && abs(ε.variance().item - 1.0 / 12) < 0.005)
    // f(x) = ½‖x‖² has the gradient x̂ = ε x of length ε √D: E (ε √D − 1)² = D/3 − √D + 1 = 2.33 for D = 16.
    let f = { (x: Tensor) in (x.squared() / 2).sum(axes: [1]) }
    let penalty = gradientPenalty(at: x̂, of: f).item
    #expect(abs(penalty - 7.0 / 3) < 0.1)
    let perPixel = random.uniform([N, D], scalarType: .double) * real  // the mistake: about (√(D/3) − 1)² = 1.71
    #expect(abs(gradientPenalty(at: perPixel, of: f).item - 7.0 / 3) > 0.4)
  }

  @Test("(8.16): without batch normalization ∂f(x₀)/∂x₁ is exactly 0; with it examples mix, and the norms are wrong")
  func batchNormalization() {
    let x = random.normal([5, 1, 28, 28])
    var sizes = ConvolutionalSizes()
    (sizes.generator, sizes.discriminator) = (4, 4)
    let critic = Discriminator(sizes, isNormalized: false, random: random)
    let normalized = Discriminator(sizes, random: random)
    #expect(mixing(critic, x) == 0)
    #expect(mixing(normalized, x) > 1e-6)
    // The gradient of the batch's sum is that of each example alone, only without normalization.
    func alone(_ f: Discriminator, _ i: Int) -> Double {
      Mode.training { gradient(at: x) { f($0)[i].sum() }[i].norm().item }
    }
    func together(_ f: Discriminator) -> Tensor { Mode.training { gradientNorms(x) { f($0) } } }
    let (clean, mixed) = (together(critic), together(normalized))
    #expect(abs(clean[0].item / alone(critic, 0) - 1) < 1e-4)
    #expect(abs(mixed[0].item / alone(normalized, 0) - 1) > 0.01)
  }

  /// max |∂f(x₀)/∂xⱼ| over the other examples of the batch.
  private func mixing(_ f: Discriminator, _ x: Tensor) -> Double {
    Mode.training { gradient(at: x) { f($0)[0].sum() } }[1..<x.shape[0]].abs().max().item
  }

  @Test("(8.16) labels as its WGAN objective minus what (8.15) maximizes: both agree on the best critic")
  func sign() {
    let (a, b) = (Tensor([2, 3, 1.5]), Tensor([0.5, -1, 0]))
    let objective = a.mean() - b.mean()  // (8.15)
    #expect(AdversarialLoss.wasserstein.discriminator(real: a, fake: b) == -objective)
  }
}

@Suite("§ 8.4.2  The best critic in one dimension")
struct PenaltyOptimumTests {
  private let real = LineNormal(3, 1)
  private let fake = LineNormal(0, 1)

  @Test("(8.16): the best critic of N(3, 1) and N(0, 1) has the value 7.630, 3.463, 3.046 for λ = 1, 10, 100; W₁ is 3")
  func values() {
    for (λ, known) in [(1.0, 7.630), (10, 3.463), (100, 3.046)] {
      let best = PenaltyOptimum(real: real, fake: fake, penalty: λ)
      #expect(abs(best.value - known) < 1e-3 && abs(best.wasserstein - 3) < 1e-9)
      #expect(best.valueOfWrongSign.map { abs($0 - (best.value - 6)) < 1e-9 } ?? (λ == 1))
    }
    #expect(abs(PenaltyOptimum.valueOfPoints(distance: 3, penalty: 10) - 3.45) < 1e-15)
    // Narrow normals approach point masses.
    let narrow = PenaltyOptimum(real: LineNormal(3, 0.02), fake: LineNormal(0, 0.02), penalty: 10)
    #expect(abs(narrow.value - 3.45) < 0.01)
  }

  @Test("(8.16): r is a density, and the closed slope minimizes the loss among all changes of the slope")
  func optimum() {
    let best = PenaltyOptimum(real: LineNormal(1, 0.5), fake: LineNormal(-1, 1), penalty: 10)
    let (x, w) = (best.rule.nodes, best.rule.weights)
    let (Δ, r) = (best.difference(x), best.interpolateDensity(x))
    #expect(abs((w * r).sum().item - 1) < 1e-10)
    func loss(_ slope: Tensor) -> Double { (w * (-Δ * slope + 10 * r * (slope.abs() - 1).squared())).sum().item }
    let slope = best.slope(x)
    #expect(abs(loss(slope) - best.loss) < 1e-12)
    for k in 1...4 {
      let bump = (Double(k) * x).sin()
      for size in [0.1, -0.1, 0.01] { #expect(loss(slope + size * bump) > best.loss) }
    }
    #expect(loss(-slope) > best.loss + 1)
    // x̂ of real draws has the density r: compare second moments.
    let random = RandomSource(seed: 2)
    let n = 40_000
    let drawn = interpolated(
      1 + 0.5 * random.normal([n, 1], scalarType: .double), -1 + random.normal([n, 1], scalarType: .double),
      using: random)
    #expect(abs(drawn.squared().mean().item - (w * r * x.squared()).sum().item) < 0.02)
  }

  @Test("(8.16): the best slope exceeds 1 wherever the distributions differ, and has no largest value")
  func slopes() {
    let best = PenaltyOptimum(real: real, fake: fake, penalty: 10)
    let slopes = best.slope(Tensor([1.5, -2, -4, -6], scalarType: .double)).scalars
    for (slope, known) in zip(slopes, [1.1280447, 1.2574785, 1.3538140, 1.4522682]) {
      #expect(abs(slope - known) < 2e-3)
    }
    #expect(slopes == slopes.sorted())  // it grows into the tails
  }

  @Test("§ 8.4.2: the tables have the slopes at 1.5 and −4, and deviations of trained critics from the closed form")
  func tables() throws {
    let optimum = cells(of: optimumTable()).map { $0.map { Double($0) ?? .nan } }
    #expect(optimum.map { $0[0] } == [1, 10, 100, 1_000])
    #expect(abs(optimum[1][2] - 1.1280447) < 2e-3 && abs(optimum[1][3] - 1.3538140) < 2e-3, "\(optimum[1])")
    try TemporaryFolder.temporary { folder in
      let words = ["section", "8.4.2", "--quick", "--out", folder.path]
      #expect(chapter8.run(words, console: Console(out: { _ in }, err: { _ in })) == 0)
      let name = try #require(folder.names.first { $0.hasSuffix("trained.csv") })
      let trained = cells(ofCSV: try folder.text(name))
      #expect(trained.count == 3)
      for row in trained {
        let (value, expected) = (Double(row[2]) ?? .nan, Double(row[3]) ?? .nan)
        let deviation = Double(row[4].prefix { $0 != " " }) ?? .nan
        #expect(abs(deviation - abs(100 * (value - expected) / expected)) < 0.051, "\(row)")
      }
    }
  }

  @Test(
    "(8.16): trained critics have the closed form's value for their sign, not W₁: to 1 % for λ = 10, 2 % for λ = 1"
  )
  func trained() throws {
    let best = PenaltyOptimum(real: real, fake: fake, penalty: 10)
    let wrong = try #require(best.valueOfWrongSign)
    let values = (1...3).map { trainedValue(penalty: 10, seed: $0) }
    for value in values { #expect(abs(value / (value > 0 ? best.value : wrong) - 1) < 0.01, "\(value)") }
    #expect(Set(values.map { $0 > 0 }) == [true, false])  // the wrong sign is a local optimum
    let value = trainedValue(penalty: 1, seed: 1)
    #expect(abs(value / 7.630 - 1) < 0.02, "\(value)")
  }

  private func trainedValue(penalty λ: Double, seed: UInt64) -> Double {
    let random = RandomSource(seed: seed)
    var recipe = AdversarialRecipe.wassersteinCritic
    recipe.gradientPenalty = λ
    var critic = MLP([1, 32, 32, 1], activation: .leakyReLU(slope: 0.2), random: random)
    var plan = TrainingPlan(epochs: 600, batchSize: 256)
    plan.learningRate = cosineAnnealing(from: 2e-3, over: 600)
    trainCritic(&critic, by: recipe, real: real, fake: fake, plan: plan, random: random)
    let f = critic.converted(to: .double)
    return criticValue({ f($0) }, real: real, fake: fake)
  }

  @Test("(8.16): in two dimensions a slope can turn instead of passing through 0, and critics find the right sign")
  func turning() {
    for seed in 1...4 {
      let random = RandomSource(seed: UInt64(seed))
      var critic = MLP([2, 32, 32, 1], activation: .leakyReLU(slope: 0.2), random: random)
      trainCritic(
        &critic, by: .wassersteinCritic, real: real, fake: fake, dimensions: 2,
        plan: TrainingPlan(epochs: 150, batchSize: 256), random: random)
      #expect(criticValue({ critic($0) }, real: real, fake: fake, dimensions: 2, random: random) > 2)
    }
  }
}
