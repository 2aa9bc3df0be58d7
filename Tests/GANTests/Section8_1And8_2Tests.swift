import Checking
import DataSets
import Foundation
import GAN
import Tensors
import Testing
import ch08

@Suite("§ 8.1, § 8.2 and § 8.3.2  What their commands show")
struct Section8_1And8_2Tests {
  @Test("§ 8.1: both classifiers are within 0.02 of the exact boundary, and equal weights are not")
  func boundaries() throws {
    let models = try ClassifierPair(fitting: twoClasses.sample(count: 20_000, from: RandomSource(seed: 5)))
    let gaps = try models.gaps(to: twoClasses)
    #expect(gaps.discriminative < 0.02 && gaps.generative < 0.02)
    let careless = twoClasses.components.map { part in
      GaussianMixture.Component(weight: 1, mean: part.mean, factor: part.factor)
    }
    #expect(try LinearBoundary(between: GaussianMixture(careless)).gap(to: LinearBoundary(between: twoClasses)) > 0.15)
  }

  @Test("Remark 8.3: outliers near the mean are found by the mixture, and not by one Gaussian")
  func anomalies() throws {
    let found = try Anomalies(count: 10_000, random: RandomSource(seed: 2))
    #expect(found.foundByMixture >= 0.95 && found.foundByOneGaussian == 0)
  }

  @Test("Remark 8.3: completions have the conditional mean and variance, the marginal has others")
  func completion() throws {
    for row in try Completion(of: twoClasses, draws: 20_000, random: RandomSource(seed: 1)).rows {
      #expect(abs(row.drawn.mean - row.exact.mean) < 0.03 && abs(row.drawn.variance - row.exact.variance) < 0.04)
      #expect(abs(row.marginal.mean - row.exact.mean) > 0.05 && row.marginal.variance > row.exact.variance)
      #expect(abs(row.marginal.mean) < 1e-12 && abs(row.marginal.variance - 1) < 1e-12)  // x₂ is N(0, 1)
    }
  }

  @Test("Figure 8.1: both players have a box, and each box says what the gradient of each step does there")
  func loop() {
    let figure = trainingLoop()
    #expect(figure.nodes.map(\.name) == ["z ∼ p_z", "generator G", "x ∼ p_data", "discriminator D", "V(D, G)"])
    #expect(figure.nodes.allSatisfy { $0.lines.count == figure.quantities.count })
    #expect(figure.nodes[3].inputs == [1, 2] && figure.nodes[4].inputs == [3])
    #expect(figure.nodes[1].lines == ["held: no gradient", "θ ← θ − η ∂V/∂θ"])
    #expect(figure.nodes[3].lines == ["φ ← φ + η ∂V/∂φ", "held: ∂V/∂G(z) passes"])
  }

  @Test("Figure 8.1: the step of D leaves G as it is, and the step of G passes its gradient through D and leaves D")
  func steps() {
    let random = RandomSource(seed: 1)
    var game = ShiftGame(start: 1, loss: .saturating)
    game.moveDiscriminator(using: random)
    #expect(game.shift.item == 1 && game.discriminator[1].item < 0, "D rises where the data are")
    let held = game.discriminator
    game.moveGenerator(using: random)
    #expect(game.discriminator == held && game.shift.item < 1, "G moves where D rises")
  }

  @Test("(8.1): the literal logarithm of 1 − σ(a) makes V −∞ at D*, the one of logits does not")
  func literal() {
    let world = NormalPair()
    let D: (Tensor) -> Tensor = { 3 * $0 - 4.5 }
    #expect(literalGameValue(of: D, world) == -.infinity)
    let V = gameValue(of: D, real: world.real, fake: world.fake, by: world.rule).item
    #expect(abs(V + 0.3327397) < 5e-8)
    #expect(abs(literalGameValue(of: { $0 - 1.5 }, world) - -0.552584) < 1e-6)
  }

  @Test("§ 8.3.2: the generator of the command stays at 20 with one loss and arrives at 0 with the other")
  func far() {
    let games = [AdversarialLoss.saturating, .nonSaturating].map {
      FarGame($0, rounds: 600, random: RandomSource(seed: 1))
    }
    #expect(abs(games[0].path[600] - 20) < 0.1 && abs(games[1].path[600]) < 0.1)
    #expect(games[0].slope > -0.01 && games[1].slope < -0.99)
    #expect(games.map(\.name) == ["log(1 − D)", "−log D"])
  }
}

@Suite("Exercises 8.1 and 8.2")
struct Exercise8_1And8_2Tests {
  @Test("Exercise 8.1: D* is σ(3x − 4.5): ½ at 1.5, 0.0110 at 0, 0.9890 at 3, rising, with a linear logit (8.2)")
  func equal() {
    let values = optimalValues(NormalPair(), at: [1.5, 0, 3])
    #expect(values[0] == 0.5 && abs(values[1] - 0.010987) < 1e-6 && abs(values[2] - 0.989013) < 1e-6)
    let grid = Tensor.linear(from: -5, to: 8, count: 14, scalarType: .double)
    let logits = optimalLogit(NormalPair().real(grid), NormalPair().fake(grid)).scalars
    #expect(zip(logits, logits.dropFirst()).allSatisfy { abs($1 - $0 - 3) < 1e-12 })
  }

  @Test("Exercise 8.1: with deviation 2 the logit is quadratic, and D* is not monotone, with its minimum at −1")
  func wide() {
    let grid = Array(stride(from: -5.0, through: 8, by: 0.5))
    let values = optimalValues(NormalPair(deviation: 2), at: grid)
    let expected = grid.map { (x: Double) -> Double in
      let logit: Double = 3 * x * x / 8 + 3 * x / 4 - 9 / 8.0
      return 1 / (1 + 2 * exp(-logit))
    }
    #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-14 })
    #expect(grid[values.indices.min { values[$0] < values[$1] } ?? 0] == -1)
    #expect(values[0] > 0.97)
  }

  @Test(
    "Exercise 8.2.2 and 8.2.3: W is |θ| with slope sign θ, JSD has slope 0, with noise it has a slope (8.13), (8.8)")
  func slopes() {
    for θ in [-2, -0.3, 0.7, 4.0] {
      let W = wassersteinBySorting(Tensor([0], scalarType: .double), Tensor([θ], scalarType: .double)).item
      #expect(W == abs(θ))
      #expect(GeneratorObjective.wasserstein.slope(at: θ) == (θ > 0 ? 1 : -1))
      #expect(GeneratorObjective.divergence.slope(at: θ) == 0)
      #expect(GeneratorObjective.smoothed.slope(at: θ) * θ > 0)
    }
  }

  @Test("Exercise 8.2: the figure has W = |θ|, and JSD = log 2 everywhere but at θ = 0 (8.8)")
  func figure() {
    let series = pointMassFigure().series
    #expect(series.count == 5 && zip(series[0].x, series[0].y).allSatisfy { $1 == abs($0) })
    for (θ, J) in zip(series[1].x, series[1].y) { #expect(abs(J - (θ == 0 ? 0 : log(2))) < 1e-15) }
    #expect(series[1].x.contains(0))
  }

  @Test("Exercise 8.2.3: from θ = 3 JSD does not move, W and JSD with noise arrive")
  func descent() {
    func end(_ objective: GeneratorObjective) -> Double { objective.descent(from: 3, steps: 400, rate: 0.05)[400] }
    #expect(end(.divergence) == 3 && abs(end(.wasserstein)) < 0.051 && abs(end(.smoothed)) < 0.11)
  }
}
