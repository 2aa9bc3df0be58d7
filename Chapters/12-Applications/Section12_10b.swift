import Applications
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.10, beside the notes: a gridworld solved exactly, by value iteration, by policy iteration and from samples.
public let section12_10b = Exercise(
  .section, "12.10b", "Agents: a gridworld", seconds: 1, quick: 1, full: 5
) { run in
  let grid = Gridworld()
  let uniform = Policy.uniform(states: 25, actions: 4)
  let (random, best) = (try grid.process.values(of: uniform), grid.process.valueIteration())
  run.show(mapFigure(grid, random: random, best: best.values), as: "values")
  run.show(sweepTable(grid), as: "sweeps")
  let policies = try Gridworld(slip: 0.3).process.policyIteration(from: uniform)
  let sweeps = Gridworld(slip: 0.3).process.stateValueIteration(tolerance: 1e-12).sweeps
  run.show(marketTable(), as: "market")

  let episodes = run.choose(quick: 200, standard: 3_000, full: 30_000)
  let simulated = SimulatedReturns(grid, episodes: episodes, random: run.random.split())
  run.card("v(3, 3) of the random policy, by a linear solve", random[grid.state(3, 3)].item)
  run.card("the same, by \(grouped(episodes)) episodes", simulated.mean)
  run.card("its standard error", simulated.error)
  run.card(
    "sweeps of value iteration, on v and on q", "\(grid.process.stateValueIteration().sweeps) and \(best.sweeps)")
  run.card("slipping moves: sweeps of v to 1e-12, rounds of policy iteration", "\(sweeps) and \(policies.count - 1)")

  let learned = [
    ("certain moves, α = 0.5", 0.0, Double.infinity), ("slipping moves, α = 0.5", 0.3, .infinity),
    ("slipping moves, α falls", 0.3, 20),
  ].map { name, slip, halving in
    let world = Gridworld(slip: slip).process
    var agent = QLearning(in: world, rate: 0.5, halving: halving, exploration: 1)
    let plan = run.reporting(TrainingPlan(epochs: 30, batchSize: 1), name)
    let errors = agent.train(
      plan: plan, episodes: episodes / 30, optimal: world.valueIteration(tolerance: 1e-12).values,
      random: run.random.split())
    return (name: name, errors: errors)
  }
  run.show(learningFigure(learned, episodes: episodes / 30), as: "q-learning")
  for (name, errors) in learned { run.card("largest error of q, \(name)", errors[errors.count - 1]) }
}

// MARK: - Values

/// Returns of episodes from the middle under the random policy.
private struct SimulatedReturns {
  let mean, error: Double

  init(_ grid: Gridworld, episodes: Int, random: RandomSource) {
    let π = Policy.uniform(states: 25, actions: 4)
    let G = Tensor(
      (0..<episodes).map { _ in
        let rewards = grid.process.episode(from: grid.state(3, 3), under: π, using: random).rewards
        return discountedReturns(of: rewards, discount: 1)[0]
      }, scalarType: .double)
    mean = G.mean().item
    error = (G.variance(isUnbiased: true).item / Double(episodes)).squareRoot()
  }
}

private func mapFigure(_ grid: Gridworld, random v: Tensor, best q: Tensor) -> Panels {
  func map(_ title: String, _ v: Tensor, _ format: String) -> HeatMap {
    HeatMap(
      title, rows: (1...grid.side).reversed().map(String.init), columns: (1...grid.side).map(String.init),
      values: grid.rows(v), format: format)
  }
  let slipping = Gridworld(slip: 0.3)
  return Panels(
    "A gridworld: every move costs 1, two corners end an episode", columns: 2,
    [
      map("random policy, v", v, "%.1f"), map("best policy, v*", q.max(axes: [1]), "%.0f"),
      field("all best moves", grid, q),
      field("the same if 30 % of moves slip", slipping, slipping.process.valueIteration(tolerance: 1e-12).values),
    ])
}

/// An arrow in every cell for each of its best moves, a third of a cell from the middle.
private func field(_ title: String, _ grid: Gridworld, _ q: Tensor) -> VectorField {
  let (best, ends) = (grid.process.bestActions(q), grid.process.terminals.sorted().map(grid.cell))
  let range = 0.5...(Double(grid.side) + 0.5)
  return VectorField(
    title, x: Axis("i", range: range), y: Axis("j", range: range), count: 3 * grid.side,
    paths: [Series("end", x: ends.map { Double($0.i) }, ends.map { Double($0.j) }, style: .points)]
  ) { x, y in
    let (i, j) = (Int(x.rounded()), Int(y.rounded()))
    let s = grid.state(i, j)
    if grid.process.terminals.contains(s) { return (0, 0) }
    let moves = best[s].compactMap(Gridworld.Move.init).map(\.step)
    let here = moves.first { abs(x - Double(i) - Double($0.i) / 3) + abs(y - Double(j) - Double($0.j) / 3) < 0.1 }
    return here.map { (Double($0.i), Double($0.j)) } ?? (0, 0)
  }
}

private func sweepTable(_ grid: Gridworld) -> Table {
  let (v, q) = (grid.process.stateValueIteration().values, grid.process.valueIteration().values)
  let discounted = Gridworld(discount: 0.9).process.valueIteration().changes
  return Table(
    "Value iteration: largest errors after i sweeps, and the changes with γ = 0.9",
    columns: ["i", "‖vᵢ − v*‖", "‖qᵢ − q*‖", "‖qᵢ₊₁ − qᵢ‖, γ = 0.9"],
    rows: (0...5).map { i in
      [
        .integer(i), .number((grid.process.stateValueIteration(limit: i).values - v).abs().max().item, decimals: 0),
        .number((grid.process.valueIteration(limit: i).values - q).abs().max().item, decimals: 0),
        .number(i < discounted.count ? discounted[i] : 0, decimals: 4),
      ]
    })
}

private func marketTable() -> Table {
  let market = MarkovDecisionProcess.market
  func fixed(_ p: Double) -> Table.Cell {
    let π = Policy(Tensor([[p, 1 - p], [1, 0]], scalarType: .double))
    return .number(market.values(of: π, steps: 3)[0].item, decimals: 3)
  }
  return Table(
    "Three steps in the market: wait for 1, or fetch, and sell for 3 in the next step",
    columns: ["rule", "expected return"],
    rows: [
      ["by the steps left: wait, fetch, sell", .number(market.bestValues(steps: 3).values[3][0].item, decimals: 3)],
      ["always wait", fixed(1)], ["always fetch", fixed(0)],
      ["wait with probability 1 − 1/√3, the best fixed rule", fixed(1 - 1 / 3.0.squareRoot())],
    ])
}

private func learningFigure(_ learned: [(name: String, errors: [Double])], episodes: Int) -> LineChart {
  LineChart(
    "Q-learning from samples", x: Axis("episodes"), y: Axis("largest error of q", .logarithmic),
    series: learned.map { name, errors in
      Series(name, x: errors.indices.map { Double(($0 + 1) * episodes) }, errors)
    })
}
