import DataSets
import Figures
import Foundations
import GAN
import Messages
import Running
import Tensors
import Training

/// § 8.3.1: generators that forget modes, measured on mixtures whose modes are known.
public let section8_3_1 = Exercise(
  .section, "8.3.1", "Mode collapse on a ring and on a grid", seconds: 55, quick: 3, full: 240
) { run in
  run.say("Four games against 8 or 25 Gaussians. A warning says when the samples of a fixed noise lose modes.\n")
  let own = GaussianMixture.ring().sample(count: 10_000, from: run.random).points
  let exact = ModeCoverage(of: own, in: .ring())
  let gridPoints = GaussianMixture.grid().sample(count: 10_000, from: run.random).points
  var rows = [
    row("the ring's own points", exact, distance(own, .ring(), run.random)),
    row(
      "the grid's own points", ModeCoverage(of: gridPoints, in: .grid()), distance(gridPoints, .grid(), run.random)),
  ]
  var first: [PlayedGame] = []
  for kind in CollapseGame.allCases {
    let played = run.choose(quick: 1...1, standard: kind.seeds, full: 1...5).map { kind.played($0, run) }
    rows += played.map { row("\(kind.rawValue), seed \($0.seed)", $0.coverage, $0.distance) }
    first += played.prefix(1)
    if kind == .equal { run.card("least share at a mode, equal steps", played.map(\.coverage.share).min() ?? .nan) }
    run.card("modes recovered, \(kind.rawValue)", played.map { "\($0.coverage.recovered())" }.joined(separator: ", "))
  }
  run.say("")
  run.show(
    Table(
      "10,000 points of each generator",
      columns: ["generator", "modes with 20 points", "of", "share at a mode", "KL to uniform", "W₂"], rows: rows),
    as: "modes"
  )
  showFigures(first, run)
  run.parameters = first[0].players.generator.parameterCount + first[0].players.discriminator.parameterCount
  run.card("share of the ring's own points at a mode", exact.share)
}

/// A game that has been played.
struct PlayedGame {
  let kind: CollapseGame
  let seed: Int
  let players: Adversaries<MLP, MLP>
  let history: History
  let coverage: ModeCoverage
  /// W₂ of 400 points to as many real ones, by the cheapest assignment.
  let distance: Double
}

/// The games of the comparison.
enum CollapseGame: String, CaseIterable {
  case equal = "ring, equal steps"
  case five = "ring, five generator steps"
  case penalized = "ring, five generator steps, R1"
  case grid = "grid, equal steps"

  var game: PointGame {
    switch self {
    case .equal: PointGame(.ring())
    case .five: PointGame(.ring(), generatorSteps: 5)
    case .penalized: PointGame(.ring(), generatorSteps: 5, realPenalty: 1)
    case .grid: PointGame(.grid())
    }
  }

  /// The seeds of the standard run.
  var seeds: ClosedRange<Int> { self == .equal ? 1...3 : 1...2 }
  /// The rounds of the standard run, and those between two pictures.
  var rounds: (all: Int, picture: Int) {
    switch self {
    case .equal: (2_000, 50)
    case .five, .penalized: (500, 20)
    case .grid: (1_500, 50)
    }
  }

  /// The game played from a seed.
  func played(_ seed: Int, _ run: Run) -> PlayedGame {
    let epochs = run.choose(quick: 2, standard: rounds.all / rounds.picture, full: 2 * rounds.all / rounds.picture)
    let plan = run.reporting(TrainingPlan(epochs: epochs, batchSize: 256), "\(rawValue), seed \(seed)")
    let random = RandomSource(seed: 1_000 &* run.options.seed &+ UInt64(seed))
    let (players, history) = game.trained(points: 256 * rounds.picture, plan: plan, random: random) {
      run.say("\(rawValue), seed \(seed): \($0)")
    }
    let points = players.generator(random.normal([10_000, game.latent]))
    return PlayedGame(
      kind: self, seed: seed, players: players, history: history,
      coverage: ModeCoverage(of: points, in: game.mixture), distance: distance(points, game.mixture, random))
  }
}

/// W₂ of the first 400 points to as many drawn ones. (8.13)
private func distance(_ points: Tensor, _ mixture: GaussianMixture, _ random: RandomSource) -> Double {
  let real = mixture.sample(count: 400, from: random).points
  return Transport(from: points.sliced(0..<400, axis: 0), to: real, power: 2).distance
}

private func row(_ name: String, _ c: ModeCoverage, _ distance: Double) -> [Table.Cell] {
  [
    .text(name), .integer(c.recovered()), .integer(c.counts.count), .number(c.share, decimals: 3),
    .number(c.divergence, decimals: 4), .number(distance, decimals: 3),
  ]
}
