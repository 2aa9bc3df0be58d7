// § 12.1.1  Training detectors, and measuring them

import Backprop
import DataSets
import Foundations
import Messages
import Tensors
import Training

/// The mean average precisions of a detector on scenes. § 12.1.1
public struct DetectionQuality: Sendable, Equatable {
  /// mAP with an overlap of at least 0.5, and of at least 0.75.
  public let at50, at75: Double

  /// The quality of detections.
  public init(_ detections: [[Detection]], truths: [[LabeledBox]], classes: Int = DrawnObject.formNames.count) {
    at50 = meanAveragePrecision(of: detections, truths: truths, classes: classes, overlap: 0.5)
    at75 = meanAveragePrecision(of: detections, truths: truths, classes: classes, overlap: 0.75)
  }

  /// The quality of a detector on scenes.
  public init<D: Detector>(of detector: D, on scenes: DrawnScenes) {
    self.init(detector.detections(in: scenes.images), truths: scenes.truths)
  }
}

extension LabeledBox {
  /// The box in the mirrored scene.
  public var mirrored: LabeledBox {
    var mirrored = box
    mirrored.x = Double(DrawnScenes.side) - box.x
    return LabeledBox(mirrored, label: label)
  }
}

/// Trains a detector on scenes with Adam, whose learning rate falls along a cosine. § 12.1.1
///
/// Left and right are exchanged in half of the batches: the forms look the same in a mirror.
/// After every epoch `evaluate` gets the detector; its results are added to the history.
@discardableResult
public func trainDetector<D: Detector>(
  _ detector: inout D, on scenes: DrawnScenes, learningRate: Double = 3e-3, plan: TrainingPlan, random: RandomSource,
  evaluate: (D) -> [String: Double] = { _ in [:] }
) -> History {
  var adam = Adam(learningRate: learningRate)
  let plan = plan.annealed(from: learningRate, examples: scenes.count, training: detector)
  let (truths, changes) = (scenes.truths, random.split())
  return train(
    &detector, with: &adam, examples: scenes.count, plan: plan, random: random,
    loss: { detector, batch in
      let isMirrored = changes.bernoulli(0.5)
      let x = scenes.images.gathered(batch)
      let these = batch.map { image in isMirrored ? truths[image].map(\.mirrored) : truths[image] }
      return detector.loss(
        detector(isMirrored ? x.flipped(axis: 3) : x), CellTargets(these, on: detector.layout))
    }, evaluate: evaluate)
}

/// Trains a classifier on scenes with one object each; the class is the object's form.
@discardableResult
public func trainClassifier(
  _ classifier: inout SceneClassifier, on scenes: DrawnScenes, learningRate: Double = 3e-3, plan: TrainingPlan,
  random: RandomSource
) -> History {
  require(
    scenes.objects.allSatisfy { $0.count == 1 }, "cannot classify scenes with several objects: draw them with 1...1")
  var adam = Adam(learningRate: learningRate)
  let labels = scenes.objects.map { $0[0].form }
  return train(
    &classifier, with: &adam, examples: scenes.count, plan: plan, random: random,
    loss: { model, batch in model(scenes.images.gathered(batch)).crossEntropy(labels: batch.map { labels[$0] }) })
}
