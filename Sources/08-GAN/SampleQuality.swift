// § 8.8  The measures of generated images together

import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// A judge's measures of a set of images, compared with real ones. § 8.8
///
/// Values depend on the judge and on the numbers of images: show them next to those of real images. Do not rely on
/// precision or on the Inception Score alone, which can be high for images that are nothing like real ones.
public struct SampleQuality: Sendable {
  /// The number of judged images, and that of the real images they are compared with.
  public let count, referenceCount: Int
  /// The Fréchet distance between the features; lower is better. (8.19)
  public let frechetDistance: Double
  /// Density, coverage, precision and recall by 5 neighbours, among at most 2,000 images of each kind.
  public let neighbours: NeighbourMeasures
  /// The Inception Score with the judge's probabilities. (8.18)
  public let inceptionScore: Double
  /// KL(likeliest classes ‖ uniform), in nats.
  public let labelDivergence: Double
  /// The entropy of the likeliest classes, in nats.
  public let labelEntropy: Double
  /// The share of images with a class of probability above 0.95.
  public let recognized: Double
  /// The median distance to the nearest training image, in pixel values; nil if it was not measured.
  public var nearestTraining: Double?

  /// The measures of images in [0, 1] beside real ones.
  public init(of images: Tensor, against reference: LabeledImages, judgedBy judge: ImageJudge) {
    self.init(of: images, against: reference.images, judgedBy: judge)
  }

  /// The measures of images in [0, 1], compared with real ones. [N×C×H×W], [M×C×H×W]
  public init(of images: Tensor, against reference: Tensor, judgedBy judge: ImageJudge) {
    let real = judge.judged(reference)
    self.init(of: judge.judged(images), against: real, statistics: real.statistics, balls: Self.balls(of: real))
  }

  init(
    of images: JudgedImages, against reference: JudgedImages, statistics: FeatureStatistics, balls: NeighbourBalls
  ) {
    (count, referenceCount) = (images.count, reference.count)
    frechetDistance = GAN.frechetDistance(statistics, images.statistics)
    neighbours = NeighbourMeasures(of: Self.first(images.features), among: balls)
    let p = images.probabilities
    (inceptionScore, labelDivergence) = (GAN.inceptionScore(of: p), GAN.labelDivergence(of: p))
    (labelEntropy, recognized) = (GAN.labelEntropy(of: p), recognizedShare(of: p))
  }

  /// The density of the images among real ones.
  public var density: Double { neighbours.density }
  /// The share of real images with a generated one nearby.
  public var coverage: Double { neighbours.coverage }

  static func balls(of real: JudgedImages) -> NeighbourBalls { NeighbourBalls(around: first(real.features)) }

  private static func first(_ features: Tensor) -> Tensor { features[0..<min(2_000, features.shape[0])] }
}

/// The measures of generated images against a data set, with the measures of real images for comparison. § 8.8
public struct QualityMeasure: Sendable {
  /// The judge.
  public let judge: ImageJudge
  /// The judge's accuracy on the test images.
  public let accuracy: Double
  /// The measures of `count` training images drawn at random, as if they had been generated; the distance to the
  /// nearest training image is that of test images.
  public let real: SampleQuality
  private let reference: JudgedImages
  private let statistics: FeatureStatistics
  private let balls: NeighbourBalls
  private let training: Tensor

  /// The measures for `count` generated images, beside the test images of `data`, whose pixels are in [0, 1].
  ///
  /// Trains the judge, which takes a few seconds, unless the process has trained it already.
  public init(
    for data: ImageClassification, count: Int, steps: Int = 500,
    report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) {
    judge = ImageJudge.trained(on: data, steps: steps, report: report)
    reference = judge.judged(data.test.images)
    (statistics, balls) = (reference.statistics, SampleQuality.balls(of: reference))
    accuracy = Double(zip(reference.classes, data.test.labels).count { $0 == $1 }) / Double(data.test.count)
    training = data.train.flattened
    let drawn = RandomSource(seed: 88).permutation(data.train.count).prefix(count)
    var real = SampleQuality(
      of: judge.judged(data.train.images.gathered(Array(drawn))), against: reference, statistics: statistics,
      balls: balls)
    real.nearestTraining = median(nearestRows(of: data.test.prefix(500).flattened, in: training).distances)
    self.real = real
  }

  /// The measures of generated images in [0, 1], with the distance of the first 500 to the nearest training image.
  /// [N×C×H×W]
  public func callAsFunction(_ images: Tensor) -> SampleQuality {
    var quality = SampleQuality(of: judge.judged(images), against: reference, statistics: statistics, balls: balls)
    let rows = images[0..<min(500, images.shape[0])].flattened(from: 1)
    quality.nearestTraining = median(nearestRows(of: rows, in: training).distances)
    return quality
  }
}

extension QualityMeasure {
  /// The Fréchet distance alone, for measurements during a training. [N×C×H×W] in [0, 1]
  public func distance(of images: Tensor) -> Double {
    GAN.frechetDistance(statistics, judge.judged(images).statistics)
  }
}

extension Run {
  /// The measures for `count` generated images like those of a data set. With `--quick` the judge is trained for a few
  /// steps only.
  public func measure(for data: ImageClassification, count: Int) -> QualityMeasure {
    QualityMeasure(
      for: data, count: count, steps: choose(quick: 50, standard: 500, full: 500),
      report: progress("training the judge"))
  }

  /// Puts the measures of generated images on the card, next to those of real images, with the numbers of images.
  ///
  /// `name` distinguishes several sets in one run; only one of them needs the values of real images next to it.
  public func card(_ quality: SampleQuality, beside real: SampleQuality? = nil, of name: String = "") {
    let prefix = name.isEmpty ? "" : name + ": "
    let others = real.map { ", and \(grouped($0.count)) real ones, each" } ?? ""
    card(
      prefix + "judged",
      "\(grouped(quality.count)) images\(others) against \(grouped(quality.referenceCount)) real ones, in evaluation "
        + "mode")
    let rows: [(String, (SampleQuality) -> Double?)] = [
      ("Fréchet distance", \.frechetDistance), ("density", \.density), ("coverage", \.coverage),
      ("recognized", \.recognized), ("label KL", \.labelDivergence),
      ("nearest training image", \.nearestTraining),
    ]
    for (title, value) in rows {
      if let x = value(quality) { card(prefix + title, x) }
      if let x = real.flatMap(value) { card(prefix + title + ", real images", x) }
    }
  }
}

/// A table of measures, one row for each set of images: the first rows are usually real images.
public func qualityTable(_ title: String, _ sets: [(name: String, quality: SampleQuality)]) -> Table {
  Table(
    title,
    columns: [
      "images", "number", "Fréchet distance", "density", "coverage", "precision", "recall", "recognized", "score",
      "label KL",
    ],
    rows: sets.map { name, q in
      [
        .text(name), .integer(q.count), .number(q.frechetDistance, decimals: 1), .number(q.density, decimals: 2),
        .number(q.coverage, decimals: 2), .number(q.neighbours.precision, decimals: 2),
        .number(q.neighbours.recall, decimals: 2), .number(q.recognized, decimals: 2),
        .number(q.inceptionScore, decimals: 2), .number(q.labelDivergence, decimals: 3),
      ]
    })
}

/// The median.
private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
