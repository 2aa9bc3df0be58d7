import Figures
import GAN
import Messages
import Running
import Tensors

/// § 8.3.2: the slopes of three losses of the generator, and a generator that starts 20 deviations from the data.
public let section8_3_2 = Exercise(
  .section, "8.3.2", "Vanishing gradients of the generator", seconds: 3, quick: 1, full: 3
) { run in
  run.show(slopeTable(), as: "slopes")
  run.show(slopeFigure(), as: "slopes")
  let rounds = run.choose(quick: 200, standard: 1_500, full: 1_500)
  run.say(
    "A generator N(μ, 1) starts at μ = 20; the data are N(0, 1). First 100 steps of D, then \(grouped(rounds)) rounds."
  )
  let games = [AdversarialLoss.saturating, .nonSaturating].map {
    FarGame($0, rounds: rounds, random: run.random.split())
  }
  run.show(gameTable(games), as: "training")
  run.show(gameFigure(games), as: "training")
  for game in games { run.card("μ at the end, \(game.name)", game.path[game.path.count - 1]) }
}

/// A generator that starts far from the data, and the course of its training.
public struct FarGame {
  /// The generator's loss.
  public let loss: AdversarialLoss
  /// The mean logit of the examples, and the slope of the loss there, when the rounds begin.
  public let logit, slope: Double
  /// μ before the first round and after each of them.
  public let path: [Double]

  /// The training of a generator that starts at μ = 20.
  public init(_ loss: AdversarialLoss, rounds: Int, random: RandomSource) {
    var game = ShiftGame(start: 20, loss: loss)
    for _ in 0..<100 { game.moveDiscriminator(using: random) }
    (self.loss, logit) = (loss, game.fakeLogit)
    slope = loss.generatorSlope(atLogit: Tensor(game.fakeLogit, scalarType: .double)).item
    path = game.play(rounds: rounds, using: random)
  }

  /// The loss in words.
  public var name: String { loss == .saturating ? "log(1 − D)" : "−log D" }
}

// MARK: - The slopes

private func slopeTable() -> Table {
  Table(
    "The slope of the generator's loss in the logit b, D = σ(b), and in D itself",
    columns: ["b", "D", "log(1 − D)", "its slope in b", "its slope in D", "−log D in b", "critic −b"],
    rows: [-14, -10, -5, 0, 5.0].map { b in
      let logit = Tensor(b, scalarType: .double)
      let D = logit.sigmoid()
      return [
        .number(b, decimals: 0), .scientific(D.item), .scientific(-logit.softplus().item),
        .scientific(AdversarialLoss.saturating.generatorSlope(atLogit: logit).item, digits: 4),
        .number(gradient(at: D) { (1 - $0).log() }.item, decimals: 6),
        .number(AdversarialLoss.nonSaturating.generatorSlope(atLogit: logit).item, decimals: 5),
        .number(AdversarialLoss.wasserstein.generatorSlope(atLogit: logit).item, decimals: 0),
      ]
    })
}

private func slopeFigure() -> LineChart {
  let b = Tensor.linear(from: -12, to: 12, count: 300, scalarType: .double)
  let names: [(AdversarialLoss, String)] = [
    (.saturating, "log(1 − D)"), (.nonSaturating, "−log D"), (.wasserstein, "critic, −b"),
  ]
  return LineChart(
    "§ 8.3.2: how strongly each loss moves a generated example", x: Axis("logit b of the example"),
    y: Axis("|slope|", .logarithmic),
    series: names.map { loss, name in
      Series(name, x: b.scalars, loss.generatorSlope(atLogit: b).abs().scalars)
    })
}

// MARK: - The trained pair

private func gameTable(_ games: [FarGame]) -> Table {
  Table(
    "A generator that starts 20 deviations away",
    columns: ["loss of G", "mean logit at the start", "slope in it", "μ at the end"],
    rows: games.map { game in
      [
        .text(game.name), .number(game.logit, decimals: 2), .scientific(game.slope),
        .number(game.path[game.path.count - 1], decimals: 3),
      ]
    })
}

private func gameFigure(_ games: [FarGame]) -> LineChart {
  LineChart(
    "§ 8.3.2: the mean of the generated examples", x: Axis("round"), y: Axis("μ"),
    series: games.map { Series($0.name, x: $0.path.indices.map(Double.init), $0.path) })
}
