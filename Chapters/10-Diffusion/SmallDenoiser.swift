import DataSets
import Diffusion
import Messages
import Running
import Tensors
import Training

/// A U-Net of width 16 for digits of any size, trained for a third of a minute: enough to compare samplers.
struct SmallDenoiser {
  /// The average of the trained network.
  let model: UNet
  let history: History

  init(_ run: Run, on data: ImageClassification, schedule: NoiseSchedule, epochs: Int = 40) {
    var sizes = UNetSizes()
    (sizes.width, sizes.time) = (run.choose(quick: 8, standard: 16, full: 32), 64)
    var training = DenoiserTraining(UNet(sizes, random: run.random.split()), averaging: 0.995, learningRate: 1e-3)
    history = training.train(
      on: centred(data.train.images), schedule: schedule,
      plan: run.plan(quick: 1, standard: epochs, full: 5 * epochs, batchSize: 64, label: "U-Net"),
      random: run.random.split())
    model = training.average.model
  }

  var seconds: Double { history.epochs.map(\.seconds).reduce(0, +) }
}

extension Run {
  /// Digits for the comparisons of this chapter: 8×8 ones, or a part of MNIST.
  func comparedDigits() throws -> ImageClassification {
    let data = try digits(
      choose(quick: 200, standard: 3_000, full: .max), choose(quick: 100, standard: 1_000, full: .max))
    say(data.provenance + "\n")
    return data
  }
}
