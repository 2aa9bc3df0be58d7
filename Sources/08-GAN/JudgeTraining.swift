// § 8.8  The judge's training

import Backprop
import DataSets
import Files
import Foundations
import Tensors
import Training

extension ImageJudge {
  /// A judge trained on labelled images with values in [0, 1]: about 500 steps of Adam with 64 images each, with a
  /// learning rate that falls from 0.002 to 0 along a cosine. It takes a few seconds.
  ///
  /// The same images give the same judge in every run, so that measures can be compared between runs. The process keeps
  /// every judge, so a second call for the same images returns at once.
  public static func trained(
    on data: ImageClassification, steps: Int = 500, report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) -> ImageJudge {
    judges.value(for: JudgeKey(data, steps: steps)) { ImageJudge(training: data, steps: steps, report: report) }
  }

  private init(training data: ImageClassification, steps: Int, report: (@Sendable (TrainingProgress) -> Void)?) {
    let set = data.train
    let random = RandomSource(seed: 88)
    self.init(channels: set.channels, side: set.height, classes: data.classNames.count, random: random)
    var plan = TrainingPlan(steps: steps, examples: set.count, batchSize: 64)
    plan = plan.annealed(from: 2e-3, examples: set.count)
    plan.report = report
    var adam = Adam(learningRate: 2e-3)
    fit(&self, with: &adam, to: set.examples, plan: plan, random: random)
  }
}

/// The images and the steps that a judge was trained with.
private struct JudgeKey: Hashable, Sendable {
  let name: String
  let steps, classes: Int
  let shape: Shape
  let labels: [Int]
  /// Of the bytes of each image.
  let prints: [Fingerprint]

  init(_ data: ImageClassification, steps: Int) {
    let set = data.train
    (name, self.steps, classes, shape) = (data.name, steps, data.classNames.count, set.images.shape)
    (labels, prints) = (set.labels, (0..<set.count).map { Fingerprint(set.images[$0].littleEndianBytes) })
  }
}

/// The judges that the process has trained.
private let judges = OncePerProcess<JudgeKey, ImageJudge>()
