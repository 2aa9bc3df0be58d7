import Checking
import Tensors
import Testing
import Theory
import ch11

@Suite("§ 11.3  Rademacher complexity")
struct RademacherComplexityTests {
  @Test("Definition 11.7, (11.5): the mean over drawn signs agrees with that over all signs, within four errors")
  func exact() {
    let random = RandomSource(seed: 1)
    let points = random.normal([10, 2], scalarType: .double)
    let classes: [any RademacherClass] = [
      LinearBall(points, radius: 2), FiniteValues(LinearDichotomies(points).patterns),
      FiniteValues(random.normal([7, 10], scalarType: .double)),
    ]
    for H in classes {
      let found = H.complexity(draws: 20_000, random: random)
      #expect(abs(found.mean - H.exactComplexity) < 4 * found.error && found.error < 0.01)
    }
  }

  @Test(
    "Definition 11.7: all labellings have complexity 1, one function has 0, and shifting all functions changes nothing")
  func extremes() {
    #expect(FiniteValues(LabelPatterns(points: 8, 0..<256)).exactComplexity == 1)
    let one = RandomSource(seed: 2).normal([1, 9], scalarType: .double)
    #expect(abs(FiniteValues(one).exactComplexity) < 1e-15)
    let many = RandomSource(seed: 3).normal([6, 9], scalarType: .double)
    #expect(abs(FiniteValues(many).exactComplexity - FiniteValues(many + one).exactComplexity) < 1e-14)
  }

  @Test("(11.5), Massart: 64 random lists of 40 labels have 0.367, at most √(2 log 64 / 40) = 0.456")
  func massart() {
    let H = randomLabels()
    let found = H.complexity(draws: 20_000, random: RandomSource(seed: 1))
    #expect(abs(H.bound - 0.4560) < 1e-4)
    #expect(abs(found.mean - 0.367) < 0.003 && found.mean < H.bound)
    let random = RandomSource(seed: 2)
    for size in [2, 10, 100] {
      let other = FiniteValues(random.normal([size, 12], scalarType: .double))
      #expect(other.exactComplexity <= other.bound)
    }
  }

  @Test("(11.5), supremum: no vector of the ball and no member of the class correlates more than the formula says")
  func suprema() {
    let random = RandomSource(seed: 3)
    let ball = LinearBall(random.normal([12, 3], scalarType: .double), radius: 1.5)
    let σ = randomSigns(5, examples: 12, random: random)
    let w = random.normal([3, 2_000], scalarType: .double)
    let found = matmul(matmul(σ, ball.inputs), 1.5 * w / w.norm(axes: [0], keepsAxes: true)) / 12
    for (best, sup) in zip(found.max(axes: [1]).scalars, ball.suprema(σ).scalars) {
      #expect(best <= sup + 1e-12 && best > 0.99 * sup)
    }
  }

  @Test(
    "Theorem 11.8, (11.6): with the complexity of the losses, no rule violates the bound on more than δ of 300 samples")
  func bound() {
    let checked = LossBoundCheck(examples: 100, trials: 300, draws: 200, random: RandomSource(seed: 1))
    #expect(checked.violationShare <= 0.1)
    #expect(checked.largestShare > 0.2 && checked.largestShare < 0.5)
  }

  @Test("Theorem 11.8: with the complexity of H it is false: outputs ±0.01 give 0.149 while the gap is ½")
  func memorizer() {
    let memorizer = Memorizer(scale: 0.01)
    let printed = RademacherBound(lossComplexity: memorizer.complexity, δ: 0.05).gap(examples: 1_000)
    #expect(abs(printed - 0.149) < 0.0005 && memorizer.gap > printed)
    #expect(RademacherBound(lossComplexity: memorizer.lossComplexity, δ: 0.05).gap(examples: 1_000) > memorizer.gap)
    // The closed forms by enumeration, for ten inputs.
    let all = LabelPatterns(points: 10, 0..<1_024)
    #expect(abs(FiniteValues(0.01 * FiniteValues(all).values).exactComplexity - 0.01) < 1e-12)
    #expect(abs(FiniteValues(FiniteValues(all).values .> 0).exactComplexity - 0.5) < 1e-12)
    // With fair labels the rule that fits a sample has the risk ½ all the same.
    let labels = randomSigns(1, examples: 10, random: RandomSource(seed: 1)).scalars.map { $0 > 0 ? 1 : 0 }
    let fit = FiniteClass([labels], labels: 2)
    let risk = fit.risks(under: FiniteDistribution(chanceOfOne: [Double](repeating: 0.5, count: 10))).item
    #expect(fit.losses(on: labels.enumerated().map { 2 * $0 + $1 }).values.max().item == 0)
    #expect(abs(risk - memorizer.gap) < 1e-15)
  }

  @Test(
    "§ 11.3: for labels ±1 the complexity is 1 − 2 · the mean training error on random labels, and it grows with k"
  )
  func noise() {
    let rows = noiseRows(points: 9, random: RandomSource(seed: 1))
    for row in rows { #expect(abs(row.complexity - (1 - 2 * row.error)) < 1e-12) }
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.complexity < $1.complexity })
    #expect(rows.last.map { $0.k == 9 && $0.error == 0 } ?? false, "as many parameters as points fit all labels")
  }

  @Test(
    "§ 11.3: with ‖w‖ ≤ B the complexity on unit vectors is proportional to B and at most B/√m in any dimension"
  )
  func norms() {
    let random = RandomSource(seed: 2)
    for d in [2, 50, 1_000] {
      let x = unitVectors(64, dimensions: d, random: random)
      let found = [1.0, 10].map { LinearBall(x, radius: $0).complexity(draws: 500, random: RandomSource(seed: 3)).mean }
      #expect(found[0] <= 0.125 && found[0] > 0.1 && abs(found[1] / found[0] - 10) < 1e-9)
    }
  }
}

/// A network for given signs, as NumPy and PyTorch found it.
private struct WitnessRecord: Decodable { var x: [[Double]], signs: [Double], correlation: Double }
private struct BallRecord: Decodable { var x: [[Double]], radius: Double, complexity: Double }
private struct BoundRecords: Decodable {
  var others: [String: WitnessRecord]
  var balls: [String: BallRecord]
}

@Suite("§ 11.3  Bounds by the norms of the weights")
struct SpectralCounterexampleTests {
  @Test("Proposition 11.9: the network has ‖a‖ = 1 and ‖W‖ = 1, and correlates with the signs as stated when run")
  func feasible() {
    let random = RandomSource(seed: 1)
    let x = unitVectors(200, dimensions: 20, random: random)
    let σ = randomSigns(1, examples: 200, random: random)[0]
    let net = SpectralWitness(x, signs: σ)
    let s = LinearAlgebra.singularValues(net.W)
    #expect((s - 1).abs().max().item < 1e-12 && abs(net.a.norm().item - 1) < 1e-12)
    #expect(abs((σ * net(x)).mean().item - net.correlation) < 1e-14)
    #expect(abs(net.W.norm().item - 20.0.squareRoot()) < 1e-12)
  }

  @Test("Proposition 11.9: the correlation is that of NumPy's eigenvectors and PyTorch's network")
  func reference() throws {
    let records = try golden("theory_bounds", as: BoundRecords.self)
    let record = try #require(records.others["SpectralWitness"])
    let net = SpectralWitness(
      Tensor(record.x, scalarType: .double), signs: Tensor(record.signs, scalarType: .double))
    #expect(abs(net.correlation / record.correlation - 1) < 1e-12)
  }

  @Test(
    "Proposition 11.9, (11.7): networks of spectral norm 1 correlate more than the printed bound allows, for every draw"
  )
  func counterexample() {
    for (d, m, atLeast, printed) in [(50, 1_000, 0.055, 0.05266), (200, 2_000, 0.067, 0.03723)] {
      let found = SpectralCounterexample(dimensions: d, examples: m, draws: 3, random: RandomSource(seed: 1))
      #expect(abs(found.printedBound - printed) < 1e-5)
      #expect(found.correlations.allSatisfy { $0 > atLeast && $0 > found.printedBound })
      let share = found.complexityAtLeast / (Double(d) / Double(m)).squareRoot()
      #expect(share > 0.2 && share < 0.27, "0.2 √(d/m)")
      #expect(found.complexityAtLeast < found.frobeniusBound)
    }
  }

  @Test("(11.7): with Frobenius norms the bound for d = 800 and m = 6,400 is 0.94; the printed one is 0.0208")
  func bounds() {
    let bounds = NormBounds(examples: 6_400)
    #expect(abs(bounds.frobenius([1, 800.0.squareRoot()]) - 0.942) < 0.001)
    #expect(abs(bounds.spectral([1, 1]) - 0.0208) < 0.0001)
    // Homogeneous: twice a layer is twice the bound, and so are inputs of twice the length.
    #expect(abs(bounds.spectral([2, 3]) - 6 * bounds.spectral([1, 1])) < 1e-15)
    #expect(abs(NormBounds(inputNorm: 2, examples: 6_400).frobenius([1, 1]) - 2 * bounds.frobenius([1, 1])) < 1e-15)
  }

  @Test("(11.7): the Frobenius bound is above the complexity of one unit, the best of 2,000 for each of 200 draws")
  func oneUnit() {
    // x ↦ a·relu(W x) with ‖W‖_F ≤ 1, ‖a‖ ≤ 1 has the complexity of one unit: sup_u |(1/m) Σ σᵢ relu(u·xᵢ)|.
    let (m, random) = (100, RandomSource(seed: 1))
    let x = unitVectors(m, dimensions: 3, random: random)
    let u = unitVectors(2_000, dimensions: 3, random: random)
    let hidden = maximum(0, matmul(x, u.transposed))
    let σ = randomSigns(200, examples: m, random: random)
    let complexity = (matmul(σ, hidden) / Double(m)).abs().max(axes: [1]).mean().item
    #expect(complexity > 0.05 && complexity <= NormBounds(examples: m).frobenius([1, 1]))
  }
}

@Suite("Exercise 11.2  The complexity of a ball of linear functions")
struct Exercise11_2Tests {
  @Test(
    "Exercise 11.2, (11.17): over all signs the complexity lies between 1/√2 of the bound and the bound, for 40 samples"
  )
  func bounds() {
    let random = RandomSource(seed: 1)
    for count in 1...40 {
      let ball = LinearBall(random.normal([2 + count % 9, 1 + count % 5], scalarType: .double), radius: 3)
      let share = ball.exactComplexity / ball.bound
      #expect(share <= 1 + 1e-12 && share >= 0.5.squareRoot() - 1e-12)
    }
  }

  @Test("Exercise 11.2: equality for orthogonal inputs of any lengths; 1/√2 of the bound for two equal inputs")
  func equality() {
    let samples = exercise11_2Samples(random: RandomSource(seed: 1)).map { LinearBall($0.x) }
    for place in [2, 3] { #expect(abs(samples[place].exactComplexity / samples[place].bound - 1) < 1e-12) }
    #expect(abs(samples[5].exactComplexity / samples[5].bound - 0.5.squareRoot()) < 1e-12)
    #expect(samples[4].exactComplexity / samples[4].bound < 0.79)
  }

  @Test("Exercise 11.2, derivation: E ‖Σ σᵢ xᵢ‖² is Σ ‖xᵢ‖² exactly, which Jensen's inequality turns into (11.17)")
  func derivation() {
    let x = RandomSource(seed: 2).normal([9, 4], scalarType: .double)
    let squares = matmul(allSigns(9), x).squared().sum(axes: [1]).mean().item
    #expect(abs(squares / x.squared().sum().item - 1) < 1e-12)
  }

  @Test("Exercise 11.2: the exact complexity is that of PyTorch's projected ascent")
  func reference() throws {
    let record = try #require(try golden("theory_bounds", as: BoundRecords.self).balls["LinearBall"])
    let ball = LinearBall(Tensor(record.x, scalarType: .double), radius: record.radius)
    #expect(abs(ball.exactComplexity / record.complexity - 1) < 1e-9)
  }
}
