import Applications
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.10, beside the notes: a deep Q-network balances a pole, and what each of its parts does.
public let section12_10c = Exercise(
  .section, "12.10c", "Agents: deep Q-learning balances a pole", seconds: 50, quick: 2, full: 600
) { run in
  let epochs = run.epochs(quick: 2, standard: 30, full: 60)
  let seeds = run.choose(quick: 1, standard: 3, full: 10)
  let random = randomLength(episodes: run.choose(quick: 50, standard: 1_000, full: 1_000), random: run.random.split())
  run.say(
    "\(deepQVariants.count) variants with \(grouped(epochs * 500)) pushes each, seeds: \(seeds); random pushes balance "
      + "the pole for \(decimals(random, 1))")
  let sources = (0..<seeds).map { _ in run.random.split().state }
  let found = deepQVariants.map { variant in
    let runs = sources.indices.map { seed in
      let plan = run.reporting(
        TrainingPlan(epochs: epochs, batchSize: 1), "\(variant.name), seed \(seed + 1) of \(seeds)")
      return DeepQRun(variant.settings, plan: plan, random: RandomSource(state: sources[seed]))
    }
    return DeepQFound(name: variant.name, runs: runs)
  }
  run.show(variantTable(found), as: "variants")
  run.show(lengthFigure(found), as: "lengths")
  run.show(valueFigure(found), as: "values")
  let best = found[0].runs.max { ($0.lengths.last ?? 0) < ($1.lengths.last ?? 0) } ?? found[0].runs[0]
  run.show(policyFigure(best.agent), as: "policy")
  run.show(episodeFigure(best.agent, start: leaning, pushes: 240), as: "episode")
  run.parameters = best.agent.network.parameterCount
  run.card("pushes until the pole falls, at random", random)
  for variant in found { run.card("pushes over the last third, \(variant.name)", variant.lateLength) }
  run.card("value at the start, everything", found[0].lastValue)
  run.card("value at the start, no target network", found[2].lastValue)
}

/// A variant of deep Q-learning.
public struct DeepQVariant: Sendable {
  /// The name in tables, and the settings.
  public let name: String, settings: DeepQSettings

  init(_ name: String, _ change: (inout DeepQSettings) -> Void = { _ in }) {
    var settings = DeepQSettings()
    change(&settings)
    (self.name, self.settings) = (name, settings)
  }
}

/// The whole method, with another loss, and without some of its parts.
public let deepQVariants = [
  DeepQVariant("everything"),
  DeepQVariant("double") { $0.isDouble = true },
  DeepQVariant("no target network") { $0.targetPeriod = 0 },
  DeepQVariant("no target network, squared loss") { ($0.targetPeriod, $0.clipsDifferences) = (0, false) },
  DeepQVariant("no memory: the newest 64 moves") { $0.memory = 0 },
  DeepQVariant("neither target network nor memory") { ($0.targetPeriod, $0.memory) = (0, 0) },
]

/// A cart at rest in the middle, with a pole at rest that leans to the right by 6°, twice as far as in any start.
private let leaning = [0, 0, 6 * Double.pi / 180, 0]

/// The runs of a variant.
private struct DeepQFound {
  let name: String
  let runs: [DeepQRun]

  var lateLength: Double { runs.map(\.lateLength).reduce(0, +) / Double(runs.count) }
  var lastValue: Double { runs.map { $0.values.last ?? .nan }.reduce(0, +) / Double(runs.count) }
  var steps: [Double] { runs[0].steps }

  /// The mean over the seeds, with the smallest and the largest, of numbers by epoch.
  func series(_ numbers: (DeepQRun) -> [Double]) -> Series {
    let all = runs.map(numbers)
    let columns = steps.indices.map { epoch in all.map { $0[epoch] } }
    return Series(
      name, x: steps, columns.map { $0.reduce(0, +) / Double($0.count) },
      band: (columns.map { $0.min() ?? .nan }, columns.map { $0.max() ?? .nan }))
  }
}

/// The mean number of pushes of episodes by random actions.
private func randomLength(episodes: Int, random: RandomSource) -> Double {
  let world = CartPole()
  let lengths = world.lengths(from: world.starts(episodes, using: random)) { s in
    (0..<s.shape[0]).map { _ in random.integer(below: 2) }
  }
  return Double(lengths.reduce(0, +)) / Double(episodes)
}

private func variantTable(_ found: [DeepQFound]) -> Table {
  Table(
    "Pushes of greedy episodes, of at most 500, and max q at the start, of at most 100",
    columns: ["variant", "all epochs", "last third", "worst epoch after a third", "max q at the end"],
    rows: found.map { variant in
      func mean(_ number: (DeepQRun) -> Double) -> Double {
        variant.runs.map(number).reduce(0, +) / Double(variant.runs.count)
      }
      return [
        .text(variant.name), .number(mean(\.meanLength), decimals: 0), .number(variant.lateLength, decimals: 0),
        .number(mean(\.worstLength), decimals: 0),
        .number(variant.lastValue, decimals: 0),
      ]
    })
}

private func lengthFigure(_ found: [DeepQFound]) -> LineChart {
  LineChart(
    "How long greedy episodes last: mean and range of the seeds", x: Axis("pushes of the training"),
    y: Axis("pushes until the pole falls", range: 0...500),
    series: [found[0], found[2], found[3], found[4]].map { $0.series(\.lengths) })
}

private func valueFigure(_ found: [DeepQFound]) -> LineChart {
  let bound = Series("1/(1 − γ)", x: found[0].steps, found[0].steps.map { _ in 100 })
  return LineChart(
    "The value that the network claims at the start", x: Axis("pushes of the training"),
    y: Axis("max q", .logarithmic),
    series: [found[0], found[2], found[3], found[1]].map { variant in
      var series = variant.series(\.values)
      series.band = nil
      return series
    } + [bound])
}

/// The pushes of an episode from a leaning pole, and the line between both pushes for a cart at rest in the middle.
private func policyFigure(_ agent: DeepQAgent) -> ContourPlot {
  let (degree, world) = (Double.pi / 180, CartPole())
  func advantage(_ θ: Double, _ ω: Double) -> Double {
    let q = agent.network(Tensor([[0, 0, θ * degree, ω * degree]]))
    return (q[0, 1] - q[0, 0]).item
  }
  var (s, places) = (Tensor([leaning], scalarType: .double), [[(θ: Double, ω: Double)]](repeating: [], count: 2))
  for _ in 0..<100 where !world.hasFailed(s)[0] {
    let push = agent.greedyActions(s)
    places[push[0]].append((s[0, 2].item / degree, s[0, 3].item / degree))
    s = world.pushed(s, push)
  }
  return ContourPlot(
    "Two seconds that begin with a lean of 6°",
    x: Axis("angle in degrees", range: -12...12), y: Axis("degrees per second", range: -80...80), levels: [0],
    paths: zip(["pushes to the left", "pushes to the right"], places).map { name, places in
      Series(name, x: places.map(\.θ), places.map(\.ω), style: .points)
    }, fineness: 40, height: advantage)
}
