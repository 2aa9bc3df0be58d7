import DataSets
import Diffusion
import Figures
import Messages
import Running
import Tensors
import Training

/// A diffusion model of digits, as Listing 10.8b trains it. § 10.8
public struct TrainedDenoiser: Sendable {
  /// The network after its last step.
  public let model: UNet
  /// The network with the moving average of its parameters.
  public let average: UNet
  /// The losses of the training; none if the network was read from a file.
  public let history: History
  /// The steps of the training.
  public let steps: Int
  /// The pixels along a side of its images.
  public let side: Int
  /// Whether it was trained in this run.
  var isFresh: Bool { !history.epochs.isEmpty }

  /// The result of a training.
  init(_ training: DenoiserTraining<UNet>, _ history: History, steps: Int, side: Int) {
    (model, average) = (training.model, training.average.model)
    (self.history, self.steps, self.side) = (history, steps, side)
  }

  /// A network from a file.
  init(loaded model: UNet, side: Int) {
    (self.model, average, history, steps, self.side) = (model, model, History(), 0, side)
  }
}

/// The sizes and the training of the U-Net of Listing 10.8b for a run's budget and the size of its images.
struct DenoiserPlan {
  /// The network.
  var sizes = UNetSizes()
  /// Adam's rate.
  var learningRate = 2e-4
  /// The epochs and the batches.
  var plan: TrainingPlan

  /// As printed with `--full`; otherwise half as wide, with a learning rate that is twenty times as large.
  init(_ run: Run, side: Int) {
    sizes.width = run.choose(quick: 8, standard: 16, full: 32)
    sizes.time = run.choose(quick: 32, standard: 128, full: 128)
    learningRate = run.choose(quick: 4e-3, standard: 4e-3, full: 2e-4)
    plan =
      side == 28
      ? run.plan(quick: 1, standard: 5, full: 20, batchSize: run.choose(quick: 32, standard: 32, full: 128))
      : run.plan(quick: 5, standard: 100, full: 300, batchSize: run.choose(quick: 64, standard: 64, full: 128))
  }
}

extension Run {
  /// Digits for a diffusion model: with `--full` all, otherwise a part of MNIST.
  func diffusionDigits() throws -> ImageClassification {
    try digits(choose(quick: 256, standard: 6_000, full: .max), choose(quick: 100, standard: 1_000, full: .max))
  }

  /// Trains the U-Net of Listing 10.8 on digits. A line tells the losses of an epoch; the average is measured on the
  /// test images ten times.
  func trainedDenoiser(on data: ImageClassification, schedule: NoiseSchedule) -> TrainedDenoiser {
    let settings = DenoiserPlan(self, side: data.train.width)
    var training = DenoiserTraining(
      UNet(settings.sizes, random: random.split()), learningRate: settings.learningRate)
    let test = centred(data.test.images)
    let (epochs, looks) = (settings.plan.epochs, max(1, settings.plan.epochs / 10))
    let history = training.train(
      on: centred(data.train.images), schedule: schedule, plan: settings.plan, random: random.split()
    ) { state, epoch in
      guard epoch.number % looks == 0 || epoch.number == epochs else { return [:] }
      let loss = state.average.model.simpleLoss(
        on: test, schedule: schedule, times: 2, random: RandomSource(seed: 10))
      self.say(
        "Epoch \(epoch.number), Loss: \(decimals(epoch.loss, 4))   test loss of the average: \(decimals(loss, 4))")
      return ["test loss": loss]
    }
    return TrainedDenoiser(
      training, history, steps: epochs * settings.plan.stepsPerEpoch(of: data.train.count), side: data.train.width)
  }
}
