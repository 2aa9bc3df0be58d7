import Applications
import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Training
import ch12

@Suite("§ 12.5.3  SHAP and Shapley values")
struct ShapleyTests {
  private static func game(_ d: Int, seed: UInt64 = 1) -> CoalitionGame {
    let random = RandomSource(seed: seed)
    return CoalitionGame(values: (0..<1 << d).map { _ in random.normal() })
  }
  private func expectSame(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-12) {
    #expect(zip(a, b).allSatisfy { abs($0 - $1) <= tolerance } && a.count == b.count, "\(a) and \(b)")
  }

  @Test("§ 12.5.3: the glove game: who owns the only left glove gets 2/3, the two others 1/6")
  func gloves() {
    let game = CoalitionGame(players: 3) { $0[0] && ($0[1] || $0[2]) ? 1 : 0 }
    expectSame(game.shapleyValues, [2.0 / 3, 1.0 / 6, 1.0 / 6])
  }

  @Test("§ 12.5.3: the sum over subsets is the mean over all orders, and the regression of SHAP", arguments: 1...7)
  func threeWays(d: Int) throws {
    let game = Self.game(d, seed: UInt64(d))
    expectSame(game.shapleyValuesByOrders, game.shapleyValues)
    expectSame(try game.shapleyValuesByRegression(), game.shapleyValues, 1e-10)
  }

  @Test("§ 12.5.3: efficiency: the values add up to f of all players minus f of none", arguments: [1, 4, 10])
  func efficiency(d: Int) {
    let game = Self.game(d)
    #expect(abs(game.shapleyValues.reduce(0, +) - game.total) < 1e-12)
  }

  @Test("§ 12.5.3: symmetry: players that add the same to every coalition get the same")
  func symmetry() {
    let base = Self.game(5)
    // Coalitions with players 1 and 3 exchanged are worth the same.
    func exchanged(_ s: Int) -> Int { (s & ~0b1010) | ((s >> 1 & 1) << 3) | ((s >> 3 & 1) << 1) }
    let game = CoalitionGame(values: base.values.indices.map { (base.values[$0] + base.values[exchanged($0)]) / 2 })
    let φ = game.shapleyValues
    #expect(abs(φ[1] - φ[3]) < 1e-12 && abs(φ[0] - φ[1]) > 1e-3)
  }

  @Test("§ 12.5.3: dummy: a player that adds the same amount to every coalition gets that amount")
  func dummy() {
    let base = Self.game(4)
    let game = CoalitionGame(values: (0..<32).map { base.values[$0 & 15] + ($0 >> 4 == 1 ? 0.7 : 0) })
    let φ = game.shapleyValues
    #expect(abs(φ[4] - 0.7) < 1e-12)
    expectSame(Array(φ.prefix(4)), base.shapleyValues)
  }

  @Test("§ 12.5.3: linearity: the values of a weighted sum of games are the weighted sum of values")
  func linearity() {
    let (f, g) = (Self.game(6), Self.game(6, seed: 2))
    let sum = CoalitionGame(values: zip(f.values, g.values).map { 2 * $0 - 3 * $1 })
    expectSame(sum.shapleyValues, zip(f.shapleyValues, g.shapleyValues).map { 2 * $0 - 3 * $1 })
  }

  @Test("§ 12.5.3: random orders give the values within four standard errors")
  func sampled() {
    let game = Self.game(8)
    let found = game.sampledShapleyValues(orders: 2_000, random: RandomSource(seed: 4))
    for (i, exact) in game.shapleyValues.enumerated() {
      #expect(abs(found.values[i] - exact) < 4 * found.errors[i] && found.errors[i] < 0.05)
    }
    #expect(abs(found.values.reduce(0, +) - game.total) < 1e-10)
  }

  @Test("§ 12.5.3: for a linear model the marginal values are wᵢ (xᵢ − mean of zᵢ), whatever depends on what")
  func linearModel() {
    let random = RandomSource(seed: 7)
    let (w, x) = (random.normal([5], scalarType: .double), random.normal([5], scalarType: .double))
    let z = matmul(random.normal([40, 5], scalarType: .double), random.normal([5, 5], scalarType: .double))
    let game = marginalGame(of: { matmul($0, w) + 3 }, at: x, background: z, players: (0..<5).map { $0..<$0 + 1 })
    expectSame(game.shapleyValues, (w * (x - z.mean(axes: [0]))).scalars)
    let columns = marginalGame(of: { matmul($0, w) }, at: x, background: z, players: [0..<2, 2..<5])
    let single = game.shapleyValues
    expectSame(columns.shapleyValues, [single[0] + single[1], single[2] + single[3] + single[4]])
  }

  @Test("§ 12.5.3: two choices of f(S): an unused feature gets ρ x₂/2 by conditioning, and 0 without")
  func correlated() throws {
    for ρ in [-0.8, 0, 0.5] {
      let model = LinearGaussianGame(
        w: Tensor([1, 0], scalarType: .double), mean: Tensor([0, 0], scalarType: .double),
        covariance: Tensor([[1, ρ], [ρ, 1]], scalarType: .double))
      let x = Tensor([1, 1.5], scalarType: .double)
      expectSame(model.marginal(at: x).shapleyValues, [1, 0])
      expectSame(try model.conditional(at: x).shapleyValues, [1 - 0.75 * ρ, 0.75 * ρ])
    }
  }

  @Test("§ 12.5.3: both choices agree for independent features, and differ for correlated ones")
  func independent() throws {
    let random = RandomSource(seed: 9)
    let (w, x, μ) = (
      random.normal([4], scalarType: .double), random.normal([4], scalarType: .double),
      random.normal([4], scalarType: .double)
    )
    let A = random.normal([4, 4], scalarType: .double)
    let independent = LinearGaussianGame(w: w, b: 2, mean: μ, covariance: 3 * Tensor.identity(4, scalarType: .double))
    expectSame(try independent.conditional(at: x).shapleyValues, independent.marginal(at: x).shapleyValues)
    expectSame(independent.marginal(at: x).shapleyValues, (w * (x - μ)).scalars)
    let correlated = LinearGaussianGame(w: w, mean: μ, covariance: matmul(A, A.transposed))
    let (c, m) = (try correlated.conditional(at: x), correlated.marginal(at: x))
    #expect(zip(c.shapleyValues, m.shapleyValues).contains { abs($0 - $1) > 0.1 })
    #expect(abs(c.total - m.total) < 1e-10)
  }

  @Test("§ 12.5.3: the values of people's columns add up to their logits above the background's mean")
  func people() throws {
    let people = try PeopleExplained(
      trained: 500, explained: 4, background: 8, plan: TrainingPlan(epochs: 2, batchSize: 64),
      random: RandomSource(seed: 1))
    #expect(people.columns.last == "sex" && people.values.allSatisfy { $0.count == 6 })
    #expect(people.deviation < 1e-4)
  }

  @Test("games and features that do not fit stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = CoalitionGame(values: [1, 2, 3]) }
    await #expect(processExitsWith: .failure) { _ = CoalitionGame(values: [1]) }
    await #expect(processExitsWith: .failure) {
      _ = marginalGame(of: { $0 }, at: .zeros([3]), background: .zeros([2, 4]), players: [0..<3])
    }
    await #expect(processExitsWith: .failure) {
      _ = saliency(of: { $0 }, at: .zeros([3, 2]), classes: [0])
    }
  }
}
