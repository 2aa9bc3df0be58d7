import Figures
import GAN
import Messages
import Running

// Exercise 8.3: tables and figures

extension PenaltyComparison {
  /// Steps and slopes of both games.
  var stepTable: Table {
    Table(
      "Steps, and the mean slope of D between real and generated images",
      columns: ["game", "steps of D", "steps of G", "batch norm in D", "slope, first epoch", "slope, last epoch"],
      rows: all.map { game in
        [
          .text(game.name), .integer(game.steps.D), .integer(game.steps.G),
          .text(game.players.discriminator.norms.isEmpty ? "no" : "yes"),
          .number(game.history["slope"].first ?? .nan, decimals: 3), .number(game.slope, decimals: 3),
        ]
      })
  }

  /// Whether a loss tells how good the images are.
  var rankTable: Table {
    Table(
      "Rank correlation with the Fréchet distance over \(epochs) epochs",
      columns: ["game", "minus the loss of D", "loss of G", "first distance", "last distance"],
      rows: all.map { game in
        let (ranks, distances) = (game.ranks, game.history["Fréchet distance"])
        return [
          .text(game.name), .number(ranks.discriminator, decimals: 2), .number(ranks.generator, decimals: 2),
          .number(distances.first ?? .nan, decimals: 1), .number(distances.last ?? .nan, decimals: 1),
        ]
      })
  }

  /// The losses of both games and their Fréchet distances.
  var curves: Panels {
    func chart(_ title: String, _ y: Axis, _ series: [Series]) -> LineChart {
      LineChart(title, x: Axis("epoch"), y: y, series: series)
    }
    return Panels(
      "DCGAN and WGAN-GP on the same images", columns: 2,
      [
        chart(
          "DCGAN", Axis("loss"),
          [Series("Loss_D", all[0].history["discriminator"]), Series("Loss_G", all[0].history["generator"])]),
        chart("WGAN-GP", Axis("minus the critic's loss"), [Series("", all[1].history["discriminator"].map { -$0 })]),
        chart(
          "Fréchet distance", Axis("distance", .logarithmic),
          all.map { Series($0.name, $0.history["Fréchet distance"]) }),
        chart("Mean slope of D", Axis("‖∇f(x̂)‖", .logarithmic), all.map { Series($0.name, $0.history["slope"]) }),
      ])
  }

  /// Images of both generators.
  var sheets: Panels {
    Panels(
      "Generated images",
      all.map { game in
        let frames = game.players.snapshots.frames
        return ImageGrid(game.name, images: frames.last.map { pictures($0, 25) } ?? [], columns: 5)
      })
  }
}
