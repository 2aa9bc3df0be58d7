import DataSets
import Figures
import Foundations
import GAN
import Messages
import Running
import Tensors
import Training

/// § 8.5: a generator that makes the mode it is asked for, and who must know the label for that.
public let section8_5 = Exercise(
  .section, "8.5", "Conditional GAN on a ring with its modes as labels", seconds: 20, quick: 2, full: 40
) { run in
  let (random, game) = (run.random, PointGame(.ring()))
  var (rows, figures) = ([[Table.Cell]](), [any Figure]())

  func play<G: ConditionalNetwork, D: ConditionalNetwork>(_ name: String, _ G: G, _ D: D) {
    let epochs = run.choose(quick: 1, standard: 20, full: 40)
    let plan = run.reporting(TrainingPlan(epochs: epochs, batchSize: 256), name)
    let (trained, _) = game.trained(G, against: D, points: 25_600, plan: plan, random: random)
    let obedience = game.obedience(of: trained, perMode: 1_000, random: random)
    let modes = game.mixture.components.indices
    let points = modes.map { k in
      cloud("y = \(k)", trained(random.normal([60, game.latent]), [Int](repeating: k, count: 60)))
    }
    let all = modes.flatMap { k in [Int](repeating: k, count: 1_250) }
    let coverage = ModeCoverage(of: trained(random.normal([10_000, game.latent]), all), in: game.mixture)
    rows.append(
      [
        .text(name), .number(obedience, decimals: 3), .integer(coverage.recovered()),
        .number(coverage.share, decimals: 3), .number(deviation(trained, game, random), decimals: 3),
      ])
    figures.append(pointsOverModes(name, points, game.mixture))
    run.say("\(name): \(NumberText.formatted(obedience, "%.3f")) at the mode that was asked for")
    run.card("at the mode asked for, \(name)", obedience)
  }

  let (G, D) = (game.conditionalGenerator(random: random), game.conditionalDiscriminator(random: random))
  run.say("Three games on the ring: with the label for both players, for the generator only, and for nobody.\n")
  play("both know y", G, D)
  play("only G knows y", G, LabelBlind(game.players(random: random).discriminator))
  let blind = game.players(random: random)
  play("nobody knows y", LabelBlind(blind.generator), LabelBlind(blind.discriminator))
  run.say("")
  run.show(
    Table(
      "10,000 points of each generator",
      columns: ["game", "at the mode asked for", "modes", "share at a mode", "deviation for one y"],
      rows: rows), as: "modes")
  run.show(Panels("The modes asked for, by colour", columns: 2, figures), as: "points")
  run.parameters = G.parameterCount + D.parameterCount
}

/// The standard deviation of a coordinate of the points for one label, on average over the labels. The ring has 0.1 for
/// each mode.
private func deviation(_ G: some ConditionalNetwork, _ game: PointGame, _ random: RandomSource) -> Double {
  let modes = game.mixture.components.indices
  let variances = modes.map { k in
    G(random.normal([1_000, game.latent]), [Int](repeating: k, count: 1_000)).variance(axes: [0]).mean().item
  }
  return (variances.reduce(0, +) / Double(modes.count)).squareRoot()
}
