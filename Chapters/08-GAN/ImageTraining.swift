import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

// What the trainings on images share: fixed noise, the lines and tables of losses, measures, and figures.

/// Latent vectors that are the same at every look at a generator.
struct FixedNoise {
  /// Those of the images on show, of the images watched for collapse, and of the images judged. [N×latent]
  let shown, watched, judged: Tensor

  init(latent: Int, judged count: Int, random: RandomSource) {
    (shown, watched) = (random.normal([25, latent]), random.normal([200, latent]))
    judged = random.normal([count, latent])
  }
}

/// The ends of the four quarters of a training, in epochs.
func quarters(of epochs: Int) -> [Int] { Set((1...4).map { max(1, ($0 * epochs + 3) / 4) }).sorted() }

/// The line of Listing 8.7 after an epoch; its losses are means over the epoch, not those of the last batch.
func lossLine(_ epoch: EpochSoFar, of epochs: Int) -> String {
  lossLine(
    epoch.number, of: epochs, discriminator: epoch.metrics["discriminator"] ?? .nan,
    generator: epoch.metrics["generator"] ?? .nan)
}

/// The line that Listing 8.7 prints after an epoch. Output 8.7
public func lossLine(_ epoch: Int, of epochs: Int, discriminator: Double, generator: Double) -> String {
  "Epoch [\(epoch)/\(epochs)] Loss_D: \(decimals(discriminator, 4)) Loss_G: \(decimals(generator, 4))"
}

/// The measures of a look at the generator, for the history.
func metrics(of quality: SampleQuality) -> [String: Double] {
  [
    "Fréchet distance": quality.frechetDistance, "density": quality.density, "coverage": quality.coverage,
    "recognized": quality.recognized, "label KL": quality.labelDivergence,
  ]
}

/// The losses and the measures at some epochs, by the names of the players.
func lossTable(
  _ history: History, _ looks: [Int], title: String = "Losses and measures",
  players: (String, String) = ("Loss_D", "Loss_G")
) -> Table {
  let names = ["discriminator", "generator", "Fréchet distance", "coverage", "recognized", "label KL"]
  return Table(
    title, columns: ["epoch", players.0, players.1] + names.dropFirst(2),
    rows: looks.filter { $0 <= history.epochs.count }.map { epoch in
      [.integer(epoch)]
        + zip(names, [4, 4, 1, 2, 2, 3]).map { .number(history[$0][epoch - 1], decimals: $1) }
    })
}

/// The first `side`² images of a batch as one picture. [N×C×H×W]
func sheet(_ images: Tensor, side: Int) -> Pixels {
  let (C, H, W) = (images.shape[1], images.shape[2], images.shape[3])
  let rows = images[0..<side * side].reshaped([side, side, C, H, W]).permuted([2, 0, 3, 1, 4])  // [C×rows×H×columns×W]
  return Pixels(width: side * W, height: side * H, planes: rows.scalars)
}
