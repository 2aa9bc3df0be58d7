import CNN
import DataSets
import Foundation
import Foundations
import Tensors
import Training

// MARK: - 4.2.2 to 4.2.4: networks with and without shortcuts

/// One training run of a mini-ResNet or of its plain counterpart.
public struct ShortcutRun: Sendable {
  /// Loss and test accuracy, epoch by epoch.
  public let history: History
  /// The norms of the gradients of all convolutions, step by step.
  public let norms: [[Double]]
}

/// Training runs of one network from several seeds.
public struct ShortcutResult: Sendable {
  /// The number of layers.
  public let layers: Int
  /// Whether blocks add their input.
  public let isResidual: Bool
  /// The number of parameters.
  public let parameters: Int
  /// The training runs, one for each seed.
  public let runs: [ShortcutRun]

  /// A name for tables and figures.
  public var name: String { "\(layers) layers, \(isResidual ? "residual" : "plain")" }
  /// The test accuracy at the end: mean, lowest and highest over the seeds.
  public var accuracy: (mean: Double, low: Double, high: Double) {
    spread(runs.map { $0.history["test accuracy"].last ?? .nan })
  }
  /// The loss of every epoch: mean, lowest and highest over the seeds.
  public var losses: [(mean: Double, low: Double, high: Double)] {
    (0..<(runs.map(\.history.losses.count).min() ?? 0)).map { epoch in spread(runs.map { $0.history.losses[epoch] }) }
  }

  /// The norm of the gradient of one convolution, step by step: the geometric mean over the seeds and over `window`
  /// steps.
  public func norms(of convolution: Int, window: Int) -> [Double] {
    let steps = runs.map(\.norms.count).min() ?? 0
    return stride(from: 0, to: steps, by: window).map { first in
      let logs = runs.flatMap { run in (first..<min(first + window, steps)).map { log(run.norms[$0][convolution]) } }
      return exp(logs.reduce(0, +) / Double(logs.count))
    }
  }

  private func spread(_ values: [Double]) -> (mean: Double, low: Double, high: Double) {
    (values.reduce(0, +) / Double(max(1, values.count)), values.min() ?? .nan, values.max() ?? .nan)
  }
}

/// Networks of several depths, with and without shortcuts, trained by AdamW from the same weights on the same batches,
/// with recorded gradients of their convolutions. Exercise 4.2.4, Exercise 4.2.3
public func compareShortcuts(
  layers: [Int], seeds: Int, width: Int = 16, on data: ImageClassification, random: RandomSource,
  plan: (_ label: String) -> TrainingPlan
) -> [ShortcutResult] {
  let seeds = (0..<seeds).map { _ in random.next() }
  return layers.flatMap { layers in
    [true, false].map { isResidual in
      var parameters = 0
      let runs = seeds.map { seed in
        let random = RandomSource(seed: seed)
        var net = MiniResNet(
          layers: layers, classes: data.classNames.count, width: width, isResidual: isResidual, random: random.split())
        parameters = net.parameterCount
        return trainMiniResNet(
          &net, on: data, plan: plan("\(layers) layers, \(isResidual ? "residual" : "plain")"), random: random)
      }
      return ShortcutResult(layers: layers, isResidual: isResidual, parameters: parameters, runs: runs)
    }
  }
}

/// Trains a mini-ResNet by AdamW with η = 0.002 and λ = 0.01; all batches are full. Exercise 4.2.2
public func trainMiniResNet(
  _ net: inout MiniResNet, on data: ImageClassification, plan: TrainingPlan, random: RandomSource
) -> ShortcutRun {
  var (optimizer, plan) = (GradientRecorder(Adam(learningRate: 2e-3, weightDecay: 1e-2)), plan)
  plan.dropsRest = data.train.count >= plan.batchSize
  let history = fit(
    &net, with: &optimizer, to: data.train.examples, test: data.test.examples, judgedBy: 256, plan: plan,
    random: random)
  return ShortcutRun(history: history, norms: optimizer.norms)
}

extension ImageClassification {
  /// The images with mean 0 and variance 1 of every colour over the training set, reduced by means over squares of
  /// pixels.
  func shrunk(to side: Int) -> ImageClassification {
    let factor = max(1, train.width / side)
    let x = train.images
    let (μ, σ2) = (x.mean(axes: [0, 2, 3], keepsAxes: true), x.variance(axes: [0, 2, 3], keepsAxes: true))
    func changed(_ part: LabeledImages) -> LabeledImages {
      let x = (part.images - μ) / σ2.squareRoot()
      return LabeledImages(images: factor > 1 ? x.averagePooled2D(window: factor) : x, labels: part.labels)
    }
    return with(train: changed(train), test: changed(test))
  }
}
