import Backprop
import DataSets
import Foundations
import Running
import Tensors
import Testing
import ch02

@Suite("§ 2.1 The demonstrations of gradient descent")
struct Section2_1Tests {
  @Test("§ 2.1.1: the factor of a late step is the largest |1 − ηλ|, below 1 as long as η is below 2/λ_max")
  func contraction() {
    let bowl = QuadraticBowl(
      hessian: Tensor([[10, 0], [0, 1]], scalarType: .double), minimizer: Tensor([3, 4], scalarType: .double))
    for descent in descend(bowl, shares: [0.05, 0.5, 0.99, 1.01], steps: 100) {
      #expect(abs(descent.lastFactor - descent.contraction) < 1e-6)
      #expect((descent.contraction < 1) == (descent.share < 1))
      #expect(descent.distances.count == 101 && abs(descent.distances[0] - 2.0.squareRoot()) < 1e-12)
    }
  }

  @Test(
    "§ 2.1.2: single examples come close with fewest examples, full batches with fewest steps, and only these arrive")
  func race() {
    let random = RandomSource(seed: 1)
    let races = raceBatchSizes(NoisyLine(examples: 1000, features: 20, random: random), epochs: 10, random: random)
    let reached = { (race: BatchRace, of: [Double]) in race.losses.firstIndex { $0 < 0.5 }.map { of[$0] } ?? .infinity }
    let examples = races.map { reached($0, $0.examples) }
    let steps = races.map { reached($0, $0.steps) }
    #expect(examples[2] < examples[0] / 5 && steps[0] < steps[2] / 5)
    let last = races.map { Tensor(Array($0.losses.suffix(20)), scalarType: .double).mean().item }
    #expect(last[0] < 1e-3 * last[2] && last[3] < 0.5 * last[2])
    #expect(races.map(\.batchSize) == [1000, 32, 1, 1])
  }
}

@Suite("§ 2.1 Guarantees of descent, measured")
struct Section2_1ConvergenceTests {
  @Test("§ 2.1: between random points the logistic loss is convex everywhere, that of two layers is not")
  func convexity() {
    let studies = measureConvexity(pairs: 200, random: RandomSource(seed: 1))
    #expect(studies[0].shareNegative == 0 && (studies[0].gaps.min() ?? 0) > 0)
    #expect(studies[1].shareNegative > 0.05 && (studies[1].gaps.min() ?? 0) < -0.01)
  }

  @Test("§ 2.1: the bound of the convergence theorem holds with a wide margin, with noise and without")
  func promise() {
    let studies = measureConvergence(noises: [0, 1], steps: [10, 100], runs: 3, random: RandomSource(seed: 1))
    #expect(studies.map(\.steps) == [10, 100, 10, 100])
    for study in studies { #expect(study.smallest < 0.5 * study.bound && study.learningRate <= 0.5) }
  }

  @Test("§ 2.1: twice the noise leaves twice the gradient, which contradicts √(ηβσ) (erratum)")
  func floor() {
    for floor in measureFloor(deviations: [1, 4], learningRate: 0.2, steps: 10_000, random: RandomSource(seed: 1)) {
      #expect(abs(floor.measured / floor.exact - 1) < 0.05)
      #expect(abs(floor.measured / floor.printed - 1) > 0.2)
    }
  }
}

@Suite("§ 2.6 The demonstrations of vanishing and exploding gradients")
struct Section2_6Tests {
  @Test("§ 2.6.1: chains of sigmoids are measured for every width and gain, between their bounds")
  func chains() {
    let studies = studySigmoidChains(gains: [3, 8], depth: 6, widths: [4, 8], random: RandomSource(seed: 1))
    #expect(studies.map(\.width) == [4, 4, 8, 8] && studies.map(\.gain) == [3, 8, 3, 8])
    #expect(studies.allSatisfy { $0.norms.norm[0] <= $0.norms.atMost[0] && $0.norms.norm[0] >= $0.norms.atLeast[0] })
  }

  @Test("§ 2.6.3: of nine networks those with a remedy keep the gradient, sigmoids alone lose it")
  func remedies() throws {
    let studies = studyRemedies(depth: 20, width: 32, random: RandomSource(seed: 1))
    let left = Dictionary(uniqueKeysWithValues: studies.map { ($0.name, $0.relative[0]) })
    for name in ["tanh, Xavier", "ReLU, He", "sigmoid, residual", "sigmoid, batch norm", "ReLU, Xavier, layer norm"] {
      #expect(try #require(left[name]) > 0.05, "\(name)")
    }
    #expect(try #require(left["sigmoid, Xavier"]) < 1e-9)
    #expect(try #require(left["ReLU, Xavier"]) < 1e-2)
  }

  @Test("§ 2.6.2: off a cliff of norm 75,000 unclipped descent never lands; clipped to 1 it arrives at w = 1")
  func cliff() {
    let walks = walkOffCliff(clips: [nil, 1], steps: 150)
    #expect(walks[0].norms[0] > 7e4 && !(walks[0].losses[149].isFinite))
    #expect(walks[1].losses[149] < 1e-12 && abs(walks[1].weights[149] - 1) < 1e-9)
    #expect(zip(walks[1].weights, walks[1].weights.dropFirst()).allSatisfy { abs($0 - $1) <= 0.005 + 1e-12 })
  }

  @Test(
    "Listing 2.6: after clipping to norm 1 the total norm is 1 where it was longer, and unchanged where it was shorter")
  func listing() throws {
    let digits = LabeledImages.drawnDigits(count: 20, from: RandomSource(seed: 1))
    let results = clipDigitGradients(digits, norm: 1, random: RandomSource(seed: 2))
    #expect(results[0].before < 1 && results[0].after == results[0].before)
    #expect(results[1].before > 10 && abs(results[1].after - 1) < 1e-5)
    let sum = results[1].partsAfter.reduce(0) { $0 + $1 * $1 }
    #expect(results[1].partsAfter.count == 6 && abs(sum - 1) < 1e-5)
  }
}

@Suite("Exercise 2.2 The variance of a mini-batch gradient")
struct Exercise2_2Tests {
  @Test(
    "Exercise 2.2: drawn batches have variance σ²/B with replacement, and (N − B)/(N − 1) times that without (erratum)")
  func variance() throws {
    let study = studyBatchVariance(batchSizes: [5, 50, 100, 200], draws: 800, random: RandomSource(seed: 1))
    for row in study.rows {
      let expected = study.variance / Double(row.batchSize)
      let factor = row.sampling == .withReplacement ? 1 : Double(200 - row.batchSize) / 199
      #expect(abs(row.formula - expected * factor) < 1e-12)
      // 800 draws of five components: an estimate of a variance with a standard error of at most 5%.
      #expect(abs(row.drawn - row.formula) <= 0.15 * row.formula + 1e-20, "\(row)")
    }
    let all = try #require(study.rows.last)
    #expect(all.sampling == .withoutReplacement && all.batchSize == 200 && all.drawn < 1e-20)
  }

  @Test("Exercise 2.2: the log-log slope of the variance against B is −1 with replacement, and steeper without")
  func slope() {
    let study = studyBatchVariance(batchSizes: [1, 10, 100], draws: 2, random: RandomSource(seed: 2))
    for sampling in Sampling.allCases {
      let rows = study.rows.filter { $0.sampling == sampling }
      let x = Tensor(rows.map { Double($0.batchSize) }, scalarType: .double).log()
      let y = Tensor(rows.map(\.formula), scalarType: .double).log()
      let slope = slopeThroughOrigin(x - x.mean(), y - y.mean())
      #expect(sampling == .withReplacement ? abs(slope + 1) < 1e-12 : slope < -1.1)
    }
  }

  @Test("Exercise 2.2: larger batches need fewer steps and more examples, for less noise (the trade-off)")
  func tradeOff() throws {
    let digits = try LabeledImages.opticalDigits().prefix(400)
    let costs = compareBatchCosts(
      on: digits, batchSizes: [8, 200], goal: 0.8, epochs: 20, rates: [0.1, 0.3, 1], random: RandomSource(seed: 1))
    let (few, many) = (costs[0], costs[1])
    #expect(abs(few.noise / many.noise - (25.0 * 392 / 200).squareRoot()) < 1e-6)
    #expect(try #require(few.steps) > #require(many.steps))
    #expect(try #require(few.examples) < #require(many.examples))
  }
}

@Suite("Exercise 2.5 Transfer a learning rate to wider networks")
struct Exercise2_5Tests {
  @Test("Exercise 2.5: ten times the width needs a smaller rate in the standard parametrization, the same under µP")
  func transfer() throws {
    let digits = try LabeledImages.opticalDigits().prefix(640)
    let sweeps = sweepLearningRates(
      on: digits, widths: [32, 320], exponents: Array(-9 ... -3), epochs: 2, seeds: 1, random: RandomSource(seed: 1))
    let (standard, µP) = (sweeps[0], sweeps[1])
    #expect(standard.losses[0] == µP.losses[0])  // the same networks at the base width
    #expect(standard.shift >= 2, "\(standard.best)")
    #expect(abs(µP.shift) <= 1, "\(µP.best)")
    #expect(µP.transferred[1] < standard.transferred[1])
  }
}

@Suite("§ 2.9 The coordinate check")
struct CoordinateCheckTests {
  @Test("§ 2.9: on digits the outputs of the standard parametrization move with the width, those of µP do not")
  func check() throws {
    let checks = checkCoordinates(
      of: try LabeledImages.opticalDigits().prefix(32), widths: [32, 128, 512], random: RandomSource(seed: 1))
    #expect(checks.map(\.parametrization) == [.standard, .maximalUpdate])
    #expect(checks[0].check.exponent(layer: 3, step: 3) > 0.5)
    for layer in 1...3 { #expect(abs(checks[1].check.exponent(layer: layer, step: 3)) < 0.25) }
    #expect(checks[0].check.change[0] == checks[1].check.change[0])
  }
}
