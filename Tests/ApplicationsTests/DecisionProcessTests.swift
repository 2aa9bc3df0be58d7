import Applications
import Checking
import Tensors
import Testing

/// A process of three states, two actions and random transitions, in which nothing is terminal.
func randomProcess(_ random: RandomSource, discount: Double = 0.9) -> MarkovDecisionProcess {
  MarkovDecisionProcess(
    transitions: (2 * random.normal([3, 2, 3], scalarType: .double)).softmax(),
    rewards: random.normal([3, 2], scalarType: .double), discount: discount)
}

@Suite("§ 12.10  Markov decision processes")
struct DecisionProcessTests {
  @Test("§ 12.10: from every state, every action's probabilities of next states sum to 1")
  func rows() {
    for world in [Gridworld().process, Gridworld(slip: 0.2).process, randomProcess(RandomSource(seed: 1))] {
      let sums = world.transitions.sum(axes: [2])
      expectClose(sums, .ones(sums.shape, scalarType: .double), tolerance: 1e-12)
    }
  }

  @Test("§ 12.10: the frequencies of simulated moves are P(s′ | s, a) up to 4 standard errors")
  func frequencies() {
    let (world, random, draws) = (Gridworld(slip: 0.3).process, RandomSource(seed: 1), 4_000)
    for s in [6, 12, 20] {
      for a in 0..<4 {
        var counts = [Double](repeating: 0, count: world.states)
        for _ in 0..<draws { counts[world.successor(of: s, by: a, using: random)] += 1 }
        for (next, count) in counts.enumerated() {
          let p = world.transitions[s, a, next].item
          let error = (p * (1 - p) / Double(draws)).squareRoot()
          #expect(abs(count / Double(draws) - p) <= 4 * error, "from \(s) by \(a) to \(next)")
        }
      }
    }
  }

  @Test("§ 12.10: returns obey Gₜ = Rₜ₊₁ + γ Gₜ₊₁, and the exponent of the sum is k − t − 1")
  func returns() {
    let (R, γ) = ([3.0, -1, 4, 1, -5, 9], 0.9)
    let G = discountedReturns(of: R, discount: γ)
    for t in R.indices {
      #expect(abs(G[t] - (R[t] + γ * (t + 1 < R.count ? G[t + 1] : 0))) < 1e-12)
      // Rₖ is at index k − 1.
      let sum = (t + 1...R.count).reduce(0.0) { (sum: Double, k: Int) -> Double in
        let power = (0..<k - t - 1).reduce(1.0) { (power: Double, _: Int) -> Double in power * γ }
        return sum + power * R[k - 1]
      }
      #expect(abs(G[t] - sum) < 1e-12)
    }
    #expect(discountedReturns(of: R, discount: 0) == R, "only the next reward counts")
    #expect(discountedReturns(of: R, discount: 1)[0] == 11, "all rewards count the same")
    #expect(
      discountedReturns(of: [1, 1], discount: 0.5, last: 8) == [3.5, 5], "a cut-off episode goes on with v(S_T)")
  }

  @Test("§ 12.10: Monte Carlo returns of the random policy agree with the linear solve to 4 standard errors")
  func monteCarlo() throws {
    let grid = Gridworld()
    let π = Policy.uniform(states: 25, actions: 4)
    let (exact, random, episodes) = (try grid.process.values(of: π), RandomSource(seed: 1), 3_000)
    let G = (0..<episodes).map { _ in
      grid.process.episode(from: grid.state(3, 3), under: π, using: random).rewards.reduce(0, +)
    }
    let mean = G.reduce(0, +) / Double(episodes)
    let variance = G.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(episodes - 1)
    let error = (variance / Double(episodes)).squareRoot()
    #expect(abs(exact[grid.state(3, 3)].item + 112.0 / 3) < 1e-10, "−37.33")
    #expect(abs(mean - exact[grid.state(3, 3)].item) < 4 * error, "\(mean) ± \(error)")
    #expect(error < 0.7)
  }

  @Test("§ 12.10: an episode's rewards follow its actions, and it ends in a terminal state or at the limit")
  func episodes() {
    let (grid, random) = (Gridworld(), RandomSource(seed: 1))
    let π = Policy.uniform(states: 25, actions: 4)
    let whole = grid.process.episode(from: grid.state(3, 3), under: π, using: random)
    #expect(whole.states.count == whole.actions.count + 1 && whole.rewards.count == whole.actions.count)
    #expect(grid.process.terminals.contains(whole.states.last ?? -1))
    let cut = grid.process.episode(from: grid.state(3, 3), under: π, limit: 3, using: random)
    #expect(cut.actions.count == 3)
    let over = grid.process.episode(from: 0, under: π, using: random)
    #expect(over.states == [0] && over.actions.isEmpty && over.rewards.isEmpty)
  }

  @Test("§ 12.10: a deterministic policy is a stochastic one with a single 1 in every row")
  func deterministic() throws {
    let (world, random) = (randomProcess(RandomSource(seed: 2)), RandomSource(seed: 3))
    let π = Policy(actions: [1, 0, 1], of: 2)
    #expect(π.actions == [1, 0, 1] && π.probabilities.sum(axes: [1]).scalars == [1, 1, 1])
    #expect((0..<20).allSatisfy { _ in π.action(in: 1, using: random) == 0 })
    let chain = world.chain(under: π)
    for (s, a) in [1, 0, 1].enumerated() { expectClose(chain[s], world.transitions[s, a], tolerance: 0) }
  }

  @Test("§ 12.10: v_π = r_π + γ P_π v_π, and v_π(s) = Σ_a π(a | s) q_π(s, a)")
  func policyValues() throws {
    let random = RandomSource(seed: 4)
    for _ in 0..<20 {
      let world = randomProcess(random)
      let π = Policy(random.normal([3, 2], scalarType: .double).softmax())
      let v = try world.values(of: π)
      let ahead = (world.chain(under: π) * v).sum(axes: [1])
      expectClose(v, world.rewards(under: π) + 0.9 * ahead, tolerance: 1e-12, scale: 1)
      expectClose(v, (π.probabilities * world.actionValues(ahead: v)).sum(axes: [1]), tolerance: 1e-12, scale: 1)
    }
  }

  @Test("§ 12.10: without discount, the value of a policy that never ends is an error")
  func endless() {
    let left = Policy(actions: [Int](repeating: 0, count: 25), of: 4)
    #expect(throws: LinearAlgebraError.self) { try Gridworld().process.values(of: left) }
  }

  @Test("transitions that do not sum to 1, and a policy that does not, stop with a message")
  func wrong() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = MarkovDecisionProcess(
          transitions: Tensor([0.5, 0.4, 1, 0], shape: [2, 1, 2]), rewards: .zeros([2, 1]), discount: 1)
      }, "cannot use the transitions from state 0 by action 0")
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Policy(Tensor([[0.5, 0.5], [0.5, 0.6]]))
      }, "cannot act in state 1")
  }
}
