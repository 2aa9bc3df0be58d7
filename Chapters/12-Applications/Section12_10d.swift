import Applications
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.10, beside the notes: the gradient of a policy, exactly and from episodes, and a pole balanced by it.
public let section12_10d = Exercise(
  .section, "12.10d", "Agents: policy gradients balance a pole", seconds: 15, quick: 2, full: 120
) { run in
  let episodes = run.choose(quick: 200, standard: 10_000, full: 100_000)
  let estimates = try EstimatedPolicyGradients(episodes: episodes, random: run.random.split())
  run.show(estimates.table, as: "estimates")

  let updates = run.epochs(quick: 3, standard: 60, full: 100)
  let seeds = run.choose(quick: 1, standard: 3, full: 10)
  let found = [true, false].map { hasBaseline in
    (0..<seeds).map { seed in
      var settings = ReinforceSettings()
      settings.hasBaseline = hasBaseline
      let name = hasBaseline ? "with a baseline" : "without a baseline"
      let plan = run.reporting(TrainingPlan(steps: updates), "\(name), seed \(seed + 1) of \(seeds)")
      return ReinforceRun(settings, plan: plan, random: run.random.split())
    }
  }
  run.show(resultTable(found), as: "results")
  run.show(lengthFigure(found), as: "lengths")
  run.parameters = found[0][0].agent.policy.parameterCount
  run.card("variance of the gradient, without a baseline", estimates.variances[0])
  run.card("variance of the gradient, with v as the baseline", estimates.variances[1])
  run.card("pushes of greedy episodes, with a baseline", mean(found[0].map(\.greedyLength)))
  run.card("pushes of greedy episodes, without a baseline", mean(found[1].map(\.greedyLength)))
}

private func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }

// MARK: - The gradient in a gridworld

/// Estimates of ∇J by episodes from the middle of the gridworld, under the random policy.
private struct EstimatedPolicyGradients {
  let exact: Tensor
  let means: [Tensor]
  let variances: [Double]
  let episodes: Int

  init(episodes: Int, random: RandomSource) throws {
    let grid = Gridworld()
    let (θ, s0) = (Tensor.zeros([25, 4], scalarType: .double), grid.state(3, 3))
    let π = softmaxPolicy(θ)
    exact = try grid.process.policyGradient(at: θ, from: s0)
    let v = try grid.process.values(of: π)
    var sums = [Tensor](repeating: .zeros([25, 4], scalarType: .double), count: 2)
    var squares = sums
    for _ in 0..<episodes {
      let episode = grid.process.episode(from: s0, under: π, using: random)
      for (place, baseline) in [nil, v].enumerated() {
        let g = grid.process.estimatedGradient(from: episode, under: π, baseline: baseline)
        sums[place] = sums[place] + g
        squares[place] = squares[place] + g.squared()
      }
    }
    let N = Double(episodes)
    means = sums.map { $0 / N }
    variances = zip(squares, means).map { ($0 / N - $1.squared()).sum().item }
    self.episodes = episodes
  }

  /// Beside a few numbers of the gradient, their sum of variances.
  var table: Table {
    let grid = Gridworld()
    let places: [(Int, Int, Gridworld.Move)] = [(1, 2, .down), (2, 2, .down), (3, 3, .left), (1, 5, .left)]
    return Table(
      "∂J/∂θ(s, a) of the random policy, from \(grouped(episodes)) episodes that begin at (3, 3)",
      columns: ["s", "a", "exact", "REINFORCE", "with v(s) as the baseline"],
      rows: places.map { i, j, move in
        let (s, a) = (grid.state(i, j), move.rawValue)
        return [
          .text("(\(i), \(j))"), .text(move.arrow), .number(exact[s, a].item, decimals: 3),
          .number(means[0][s, a].item, decimals: 3), .number(means[1][s, a].item, decimals: 3),
        ]
      } + [["all", "", "variance", .number(variances[0], decimals: 0), .number(variances[1], decimals: 0)]])
  }
}

// MARK: - The pole

private func resultTable(_ found: [[ReinforceRun]]) -> Table {
  Table(
    "REINFORCE: the mean number of pushes, of at most 500, over \(found[0].count) seeds",
    columns: ["", "first update", "last 10 updates", "greedy, at the end", "pushes of the whole training"],
    rows: zip(["with a baseline", "without a baseline"], found).map { name, runs in
      [
        .text(name), .number(mean(runs.map { $0.lengths.first ?? .nan }), decimals: 0),
        .number(mean(runs.map { mean($0.lengths.suffix(10)) }), decimals: 0),
        .number(mean(runs.map(\.greedyLength)), decimals: 0),
        .integer(Int(mean(runs.map { 16 * $0.lengths.reduce(0, +) }).rounded())),
      ]
    })
}

private func lengthFigure(_ found: [[ReinforceRun]]) -> LineChart {
  LineChart(
    "REINFORCE: mean and range of the seeds", x: Axis("updates, of 16 episodes each"),
    y: Axis("pushes until the pole falls", range: 0...500),
    series: zip(["with a baseline", "without a baseline"], found).map { name, runs in
      let columns = runs[0].lengths.indices.map { update in runs.map { $0.lengths[update] } }
      return Series(
        name, columns.map(mean), band: (columns.map { $0.min() ?? .nan }, columns.map { $0.max() ?? .nan }))
    })
}
