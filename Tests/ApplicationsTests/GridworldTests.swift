import Applications
import Checking
import Tensors
import Testing
import Training

@Suite("§ 12.10  Gridworld and Bellman's equation")
struct GridworldTests {
  private let grid = Gridworld()
  private var distances: Tensor { Tensor((0..<25).map { -Double(grid.distance($0)) }, scalarType: .double) }

  @Test("§ 12.10: v* is minus the distance to the nearer corner, after 4 sweeps of v and 5 of q")
  func sweeps() {
    let (v, q) = (grid.process.stateValueIteration(), grid.process.valueIteration())
    #expect(v.values == distances && q.values.max(axes: [1]) == distances)
    #expect(v.sweeps == 4 && q.sweeps == 5)
    let fourth = grid.process.valueIteration(limit: 4)
    #expect((fourth.values - q.values).abs().max().item == 1, "q(s, a) still lacks the moves that need a fifth step")
  }

  @Test("§ 12.10: a move that slips goes to either side, with half the share each, and stays if the border is there")
  func slips() {
    let world = Gridworld(slip: 0.3)
    func chances(_ i: Int, _ j: Int, _ move: Gridworld.Move) -> [Int: Double] {
      let row = world.process.transitions[world.state(i, j), move.rawValue].scalars
      return Dictionary(
        uniqueKeysWithValues: row.enumerated().filter { $0.element > 0 }.map { ($0.offset, $0.element) })
    }
    let (s, side) = (world.state, 0.15)
    #expect(chances(3, 3, .up) == [s(3, 4): 0.7, s(2, 3): side, s(4, 3): side])
    #expect(chances(3, 3, .left) == [s(2, 3): 0.7, s(3, 4): side, s(3, 2): side])
    #expect(chances(5, 1, .down) == [s(5, 1): 0.7 + side, s(4, 1): side])
  }

  @Test("§ 12.10: the random policy's values along the edge are −23, −34.33, −39.67 and −41.67")
  func randomPolicy() throws {
    let v = try grid.process.values(of: .uniform(states: 25, actions: 4))
    let edge = (2...5).map { v[grid.state($0, 1)].item }
    for (value, thirds) in zip(edge, [-69.0, -103, -119, -125]) { #expect(abs(value - thirds / 3) < 1e-10) }
    #expect(v[0].item == 0 && v[24].item == 0)
  }

  @Test("§ 12.10: q* solves Bellman's equation exactly, and only q* does")
  func optimality() {
    let q = grid.process.valueIteration().values
    #expect((grid.process.backedUp(q) - q).abs().max().item == 0)
    let other = q + Tensor((0..<25).map { $0 == 12 ? 1 : 0 }, shape: [25, 1], scalarType: .double)
    #expect((grid.process.backedUp(other) - other).abs().max().item > 0.5)
  }

  @Test("§ 12.10: the greedy policy of q* has the value v*, and no policy of a random world is better")
  func greedy() throws {
    let q = grid.process.valueIteration().values
    expectClose(try grid.process.values(of: .greedy(q)), distances, tolerance: 1e-12)
    let world = randomProcess(RandomSource(seed: 5))
    let best = try world.values(of: .greedy(world.valueIteration(tolerance: 1e-13).values))
    for code in 0..<8 {
      let v = try world.values(of: Policy(actions: [code & 1, code >> 1 & 1, code >> 2], of: 2))
      #expect((best - v).min().item > -1e-10, "policy \(code) is better in some state")
    }
  }

  @Test("§ 12.10, the principle of optimality: every tail of an optimal path is optimal")
  func tails() {
    let q = grid.process.valueIteration().values
    let (best, random) = (grid.process.bestActions(q), RandomSource(seed: 1))
    for start in 0..<25 {
      var (s, path) = (start, [start])
      while !grid.process.terminals.contains(s) {
        s = grid.process.successor(of: s, by: random.shuffled(best[s])[0], using: random)
        path.append(s)
      }
      for (t, state) in path.enumerated() { #expect(path.count - 1 - t == grid.distance(state)) }
    }
  }

  @Test("§ 12.10: with γ = 0.9 the changes of value iteration fall by 0.9 exactly, where moves slip by at most 0.9")
  func contraction() {
    let certain = Gridworld(discount: 0.9).process.valueIteration().changes
    #expect(certain.count == 5)
    for (a, b) in zip(certain, certain.dropFirst()) { #expect(abs(b / a - 0.9) < 1e-12) }
    let slips = Gridworld(slip: 0.3, discount: 0.9).process.valueIteration(tolerance: 1e-10).changes
    #expect(slips.count > 30)
    for (a, b) in zip(slips, slips.dropFirst()) { #expect(b <= 0.9 * a + 1e-15) }
  }

  @Test("§ 12.10: Bellman's operator contracts any two tables by γ")
  func contracts() {
    let random = RandomSource(seed: 6)
    for _ in 0..<50 {
      let world = randomProcess(random)
      let (p, q) = (random.normal([3, 2], scalarType: .double), random.normal([3, 2], scalarType: .double))
      let after = (world.backedUp(p) - world.backedUp(q)).abs().max().item
      #expect(after <= 0.9 * (p - q).abs().max().item + 1e-12)
    }
  }

  @Test("§ 12.10: policy iteration improves every state until it reaches v*, in far fewer rounds than sweeps")
  func policyIteration() throws {
    let slips = Gridworld(slip: 0.3).process
    let policies = try slips.policyIteration(from: .uniform(states: 25, actions: 4))
    let values = try policies.map { try slips.values(of: $0) }
    for (a, b) in zip(values, values.dropFirst()) { #expect((b - a).min().item > -1e-10) }
    let sweeps = slips.stateValueIteration(tolerance: 1e-12)
    expectClose(values[values.count - 1], sweeps.values, tolerance: 1e-10, scale: 1)
    #expect(policies.count <= 5 && sweeps.sweeps > 20, "\(policies.count) policies, \(sweeps.sweeps) sweeps")
  }

  @Test("§ 12.10: over three steps the best plan earns 4, the best fixed rule 3, and the best random rule 3.385")
  func market() {
    let market = MarkovDecisionProcess.market
    let (values, actions) = market.bestValues(steps: 3)
    #expect(values[3][0].item == 4)
    #expect(actions.map { $0[0] } == [0, 1, 0], "wait with 1 step left, fetch with 2, wait with 3")
    #expect(market.actionValues(ahead: values[2])[0].scalars == [4, 4], "fetching first is as good")
    for a in 0..<2 { #expect(market.values(of: Policy(actions: [a, 0], of: 2), steps: 3)[0].item == 3) }
    func value(_ p: Double) -> Double {
      market.values(of: Policy(Tensor([[p, 1 - p], [1, 0]], scalarType: .double)), steps: 3)[0].item
    }
    let best = 3 + 2 / 27.0.squareRoot()
    #expect(abs(value(1 - 1 / 3.0.squareRoot()) - best) < 1e-12)
    #expect((0...1_000).allSatisfy { value(Double($0) / 1_000) <= best + 1e-12 })
    #expect((0...100).allSatisfy { abs(value(Double($0) / 100) - polynomial(Double($0) / 100)) < 1e-12 })
  }

  private func polynomial(_ p: Double) -> Double { 3 + 2 * p - 3 * p * p + p * p * p }

  @Test("§ 12.10: with discounted rewards and no last step, a stationary policy is optimal in the same world")
  func endless() throws {
    let endless = MarkovDecisionProcess(
      transitions: MarkovDecisionProcess.market.transitions, rewards: MarkovDecisionProcess.market.rewards,
      discount: 0.9)
    let optimal = endless.stateValueIteration(tolerance: 1e-13).values
    let fixed = try (0..<2).map { try endless.values(of: Policy(actions: [$0, 0], of: 2))[0].item }
    #expect(abs((fixed.max() ?? 0) - optimal[0].item) < 1e-10)
    #expect(fixed[1] > fixed[0], "fetching is better: 3 every other step")
  }
}

@Suite("§ 12.10  Q-learning")
struct QLearningTests {
  private let grid = Gridworld()

  @Test("§ 12.10: one step moves q(s, a) by α towards r + γ max q(s′, ·), and a terminal s′ adds nothing")
  func update() {
    var agent = QLearning(in: Gridworld(discount: 0.9).process, rate: 0.5, exploration: 1)
    agent.learn(grid.state(3, 3), 0, reward: 4, next: grid.state(2, 3))
    #expect(agent.actionValues[grid.state(3, 3), 0].item == 2)
    for a in 0..<4 { agent.learn(grid.state(2, 3), a, reward: -2, next: grid.state(1, 1)) }
    let difference = agent.learn(grid.state(3, 3), 0, reward: 4, next: grid.state(2, 3))
    #expect(abs(difference - (4 + 0.9 * -1 - 2)) < 1e-12)
    for a in 0..<4 { agent.learn(grid.state(1, 1), a, reward: 100, next: grid.state(1, 1)) }
    let last = agent.learn(grid.state(1, 2), 3, reward: -1, next: grid.state(1, 1))
    #expect(last == -1, "whatever the table holds for a terminal state")
  }

  @Test("§ 12.10: a table learned from samples alone reaches q*: within 3e-3 after 1,000 episodes, 1e-8 after 3,000")
  func reachesTheOptimum() {
    let q = grid.process.valueIteration().values
    var agent = QLearning(in: grid.process, rate: 0.5, exploration: 1)
    let errors = agent.train(
      plan: TrainingPlan(epochs: 3, batchSize: 1), episodes: 1_000, optimal: q, random: RandomSource(seed: 1))
    #expect(errors[0] < 3e-3 && errors[2] < 1e-8, "\(errors)")
  }

  @Test("§ 12.10: where moves slip, a table with a constant rate keeps an error; a falling rate halves it and more")
  func noise() {
    let world = Gridworld(slip: 0.3).process
    let q = world.valueIteration(tolerance: 1e-12).values
    let errors = [.infinity, 20].map { halving in
      var agent = QLearning(in: world, rate: 0.5, halving: halving, exploration: 1)
      return agent.train(
        plan: TrainingPlan(epochs: 1, batchSize: 1), episodes: 3_000, optimal: q, random: RandomSource(seed: 1))[0]
    }
    #expect(errors[0] > 0.5 && errors[1] < 0.5 * errors[0], "\(errors)")
  }
}
