import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Training
import ch01

@Suite("The demonstrations of chapter 1's sections")
struct SectionsTests {
  // MARK: - § 1.1

  @Test("§ 1.1: no value leaves the range of its activation, and GELU falls to −0.16997 at −0.7518 where ℝ is printed")
  func ranges() throws {
    let ranges = measureActivationRanges(points: 4_001, random: RandomSource(seed: 1))
    let of = Dictionary(uniqueKeysWithValues: ranges.map { ($0.name, $0) })
    let gelu = try #require(of["GELU"])
    #expect(abs(gelu.smallest + 0.16997) < 1e-5)
    #expect(abs(gelu.argmin + 0.7518) < 0.01)
    let sigmoid = try #require(of["sigmoid"])
    #expect(sigmoid.smallest > 0 && sigmoid.largest < 1 && abs(sigmoid.steepest - 0.25) < 1e-9)
    #expect(try #require(of["ReLU"]).smallest == 0)
    #expect(abs(try #require(of["Leaky ReLU"]).smallest + 0.1) < 1e-12)
    let softmax = try #require(of["softmax"])
    #expect(softmax.smallest > 0 && softmax.largest < 1)
  }

  @Test(
    "§ 1.1.2: ten layers of sigmoids leave less than a millionth of the gradient, ten of ReLU at least a tenth"
  )
  func vanishing() throws {
    let profiles = vanishingGradients(depth: 10, width: 32, random: RandomSource(seed: 1))
    #expect(profiles.map(\.norms.count) == [10, 10, 10])
    #expect(profiles[0].firstOverLast < 1e-6)
    #expect(profiles[2].firstOverLast > 0.1)
  }

  // MARK: - § 1.2

  @Test("§ 1.2: more bumps always fit the examples better, and in the end the curve worse")
  func overfitting() throws {
    let (x, y) = RegressionCurve.sine.sample(
      count: 20, noise: 0.2, from: RandomSource(seed: 3), scalarType: .double)
    let fits = try fitBumps([1, 4, 15], x: x.squeezed(axis: 1), y: y.squeezed(axis: 1))
    #expect(fits[0].trainError > fits[1].trainError && fits[1].trainError > fits[2].trainError)
    #expect(fits[0].testError > 2 * fits[1].testError)
    #expect(fits[2].testError > 2 * fits[1].testError)
  }

  @Test(
    "§ 1.2: a line separates neither rings nor the exclusive or; a line on squares and products does, an MLP too")
  func features() throws {
    let results = try compareFeatures(count: 100, random: RandomSource(seed: 1)) { _ in TrainingPlan(steps: 60) }
    for result in results where result.name != "moons" {
      #expect(result.raw < 0.75)
      #expect(result.chosen > 0.95)
      #expect(result.learned > 0.95)
    }
  }

  @Test("§ 1.2: rounding to 16 bits changes weights by at most half a unit in the last place")
  func rounding() {
    let random = RandomSource(seed: 1)
    let model = MLP([784, 8, 10], random: random)
    let results = accuraciesAfterRounding(model, images: .drawnDigits(count: 20, from: random))
    #expect(results.map(\.format) == ["float32", "float16", "bfloat16"])
    #expect(results[0].change == 0)
    for (result, format) in zip(results.dropFirst(), HalfPrecision.allCases) {
      #expect(result.change > 0)
      #expect(result.change < 1 / Double(1 << (format.fractionBits + 1)))
    }
  }

  // MARK: - § 1.4

  @Test("§ 1.4: the curve is sin 2πx + ½ sin 6πx and the surface sin 2πx · cos πy, at points where these are known")
  func targets() {
    let x = Tensor([[0], [0.25], [0.5], [1.0 / 12]], scalarType: .double)
    expectClose(
      ApproximationTarget.curve.value(x), Tensor([0, 0.5, 0, 1], scalarType: .double), tolerance: 1e-12, scale: 1)
    let points = Tensor([[0.25, 0], [0.25, 1], [0.75, 0], [0.25, 0.5], [1.0 / 12, 1.0 / 3]], scalarType: .double)
    expectClose(
      ApproximationTarget.surface.value(points), Tensor([1, -1, -1, 0, 0.25], scalarType: .double), tolerance: 1e-12,
      scale: 1)
  }

  @Test("§ 1.4: the error falls with the width, for every activation but z², whose networks stay parabolas")
  func width() throws {
    let curves = errorsAgainstWidth(of: .curve, widths: [4, 40], seeds: 1, random: RandomSource(seed: 2))
    for curve in curves where curve.activation != .square {
      #expect(curve.errors[1] < 0.25 * curve.errors[0], "\(curve.activation)")
    }
    let square = try #require(curves.first { $0.activation == .square })
    #expect(abs(square.errors[1] - square.errors[0]) < 1e-6)
    #expect(square.errors[1] > 1)
  }

  @Test(
    "§ 1.4: the interpolating network's error stays below M / 8n² and comes close to it; that of the steps falls as 1/n"
  )
  func constructions() {
    let errors = constructionErrors(pieces: [8, 16, 32], points: 801)
    #expect(errors.allSatisfy { $0.interpolating <= $0.bound })
    #expect(errors[2].interpolating > 0.98 * errors[2].bound)
    #expect(abs(errors[0].interpolating / errors[2].interpolating - 16) < 2)  // falls as 1/n²
    #expect(abs(errors[0].steps / errors[2].steps - 4) < 0.4)  // falls as 1/n
  }

  @Test("§ 1.4: the tent map applied L times has 2ᴸ pieces, made by 2 L neurons")
  func tents() {
    let counts = countTentPieces(times: [1, 2, 3, 7])
    #expect(counts.map(\.pieces) == [2, 4, 8, 128])
    #expect(counts.map(\.deepNeurons) == [2, 4, 6, 14])
    #expect(counts.map(\.shallowNeurons) == [1, 3, 7, 127])
  }

  // MARK: - § 1.5

  @Test("§ 1.5: with ReLU the variance changes by n Var(W) / 2 per layer, so He's scale keeps it")
  func variances() throws {
    let studies = studyInitializations(depth: 8, width: 96, random: RandomSource(seed: 1))
    #expect(studies.count == 12)
    for study in studies where study.activation == .relu {
      let expected = 96 * study.initialization.variance(outputs: 96, inputs: 96) / 2
      #expect(abs(study.factorPerLayer / expected - 1) < 0.15, "\(study.name)")
    }
    let he = try #require(studies.first { $0.activation == .relu && $0.name == "He" })
    #expect(he.lastOverFirst > 0.4 && he.lastOverFirst < 2.5)
  }

  // MARK: - § 1.8

  @Test("§ 1.8: a KAN of three edges fits exp(sin πx + y²) ten times as well as an MLP with as many parameters")
  func kan() throws {
    let fit = fitCompositeFunction(examples: 150, starts: 2, seed: 1) { _ in TrainingPlan(steps: 1_000) }
    let (kan, mlp) = (fit.results[0], fit.results[1])
    #expect(kan.parameters == 48 && mlp.parameters <= 48)
    #expect(kan.error < 0.05)
    #expect(kan.error < mlp.error / 10)
    #expect(fit.edges.map(\.name) == ["sin πx", "y²", "exp u"])
    #expect(fit.edges.allSatisfy { $0.distance < 0.1 })
  }

  @Test(
    "§ 1.8: students with more parameters, and with more examples, have smaller losses; the exponents are positive"
  )
  func scaling() {
    let studies = studyScaling(widths: [2, 16], examples: [32, 1024], seeds: 1, seed: 1) { _ in TrainingPlan(steps: 250)
    }
    for study in studies {
      #expect(study.losses[1] < 0.8 * study.losses[0], "\(study.what)")
      #expect(study.law.exponent > 0)
      #expect(study.law.floor < study.losses[1])
    }
  }
}
