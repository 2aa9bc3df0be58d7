import Figures
import GAN
import Messages
import Running
import Tensors
import Training

// Listing 8.7: its first round, tables and figures

/// The parameters of both networks as printed, and the losses of their first round on 16 drawn images.
func firstRound(random: RandomSource) -> String {
  let game = ImageGame()
  let images = random.uniform([16, 1, 28, 28], in: 0..<1)
  let (players, history) = game.trained(on: images, plan: TrainingPlan(epochs: 1, batchSize: 16), random: random)
  let counts = [players.generator.parameterCount, players.discriminator.parameterCount].map(grouped)
  let losses = ["discriminator", "generator"].map { decimals(history[$0][0], 4) }
  return "As printed: \(counts[0]) + \(counts[1]) parameters. First round, 16 images of noise: "
    + "Loss_D: \(losses[0]) Loss_G: \(losses[1])"
}

/// `BCELoss` behind a sigmoid, in single precision, beside the loss on logits, for the target 1.
public func squashedTable() -> Table {
  let logits = [0.0, -10, -20, -27, -30, -40, -90]
  let a = Tensor(logits)
  let (loss, slope) = squashedLoss(a)
  let slopes = gradient(at: a) { (-$0).softplus().sum() }
  return Table(
    "Loss_G and its slope by the logit of D, in single precision",
    columns: ["logit", "BCELoss on σ", "its slope", "loss on logits", "slope"],
    rows: logits.indices.map { i in
      [
        .number(logits[i], decimals: 0), .number(loss.scalars[i], decimals: 4), .text(scientific(slope.scalars[i])),
        .number((-a).softplus().scalars[i], decimals: 4), .text(scientific(slopes.scalars[i])),
      ]
    })
}

/// The sheets, the animation of the training and its strip, and the curves of the losses and of the measures.
func showFigures(
  of players: Adversaries<Generator, Discriminator>, _ history: History, real: Tensor, batch: Int, _ run: Run
) {
  let frames = players.snapshots.frames
  guard let last = frames.last else { return }
  run.show(
    Panels(
      "Real and generated images",
      [
        ImageGrid("real", images: pictures(real, 25), columns: 5),
        ImageGrid("generated", images: pictures(last, 25), columns: 5),
      ]), as: "images")
  let film = Animation(
    "The same noise during the training", frames: frames.map { sheet($0, side: 4) },
    captions: frames.indices.map { "epoch \($0 + 1)" }, milliseconds: 300)
  run.show(film, as: "training")
  run.show(Panels(film.title, columns: 1, [strip(of: film)]), as: "training-strip")
  run.show(lossChart(history), as: "losses")
}

/// The strip of an animation without its title.
func strip(of film: Animation) -> ImageGrid {
  var strip = film.strip
  strip.title = ""
  return strip
}

/// The losses of both players, with those of D = ½: 2 ln 2 and ln 2.
func lossChart(_ history: History) -> LineChart {
  let (D, G) = (history["discriminator"], history["generator"])
  let ends = [1, Double(max(2, D.count))]
  let ln2 = Tensor(2, scalarType: .double).log().item
  return LineChart(
    "Losses during the training", x: Axis("epoch"), y: Axis("loss"),
    series: [
      Series("Loss_D", D, style: .both), Series("Loss_G", G, style: .both),
      Series("2 ln 2", x: ends, [2 * ln2, 2 * ln2]), Series("ln 2", x: ends, [ln2, ln2]),
    ])
}
