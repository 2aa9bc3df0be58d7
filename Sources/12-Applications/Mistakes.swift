// A gallery of mistakes: detection, explanations, audits, privacy, federated averaging, speech, agents

import DataSets
import Running
import Tensors

/// Mistakes in detection, § 12.1.1.
extension Mistake {
  /// Suppression that ignores the classes: a form in front of another one suppresses it. § 12.1.1
  public static func suppressedAcrossClasses(_ detections: [Detection], above limit: Double = 0.5) -> [Detection] {
    var kept: [Detection] = []
    for next in detections.sorted(by: { $0.score > $1.score })
    where !kept.contains(where: { $0.box.intersectionOverUnion(with: next.box) > limit }) { kept.append(next) }
    return kept
  }

  /// The recall where every detection of an object is right, also the second one of the same object: it may exceed 1.
  /// § 12.1.1
  public static func recallCountingTwice(
    _ detections: [Detection], truths: [LabeledBox], overlap: Double = 0.5
  ) -> Double {
    let right = detections.filter { detection in
      truths.contains { $0.label == detection.label && $0.box.intersectionOverUnion(with: detection.box) >= overlap }
    }
    return Double(right.count) / Double(truths.count)
  }
}

/// Mistakes in explanations and audits.
extension Mistake {
  /// The maps of Listing 12.5.2 for a batch: only the first row of the scores is differentiated. [N×3×H×W] → [N×H×W]
  public static func gradCAMOfFirstRow(_ cam: GradCAM, _ x: Tensor) -> Tensor { cam.asPrinted(x) }

  /// An audit by the labels as they were recorded, although some labels 1 of one group were recorded as 0. § 12.6.1
  public static func auditAsRecorded(_ predictions: [Bool], of people: DrawnCensus.People) -> FairnessAudit {
    FairnessAudit(predictions: predictions, labels: people.part.labels, groups: people.part.groups)
  }
}

/// Mistakes in private gradients, § 12.7.1. `g` has the gradients of a batch as rows. [batch×p]
extension Mistake {
  /// The sum of the gradients, clipped after it is taken: one example still decides its direction. § 12.7.1
  public static func sumClippedTogether(_ g: Tensor, clip C: Double) -> Tensor {
    let sum = g.sum(axes: [0])
    return sum / maximum(1, sum.squared().sum().squareRoot() / C)
  }

  /// Noise of the deviation σ where σC is needed. § 12.7.1
  public static func noisedWithoutClip(_ sum: Tensor, noise σ: Double, size B: Double, random: RandomSource) -> Tensor {
    (sum + σ * random.normal(sum.shape, scalarType: sum.scalarType)) / B
  }

  /// The mean over the examples that came: the size of a random batch is itself private. § 12.7.1
  public static func meanOverBatch(_ sum: Tensor, batch: [Int]) -> Tensor { sum / Double(batch.count) }

  /// The scale of Laplace noise upside down: less noise for more privacy. Definition 12.4
  public static func laplaceScale(sensitivity Δ: Double, epsilon ε: Double) -> Double { ε / Δ }
}

/// Mistakes in federated averaging.
extension Mistake {
  /// The plain mean of the clients' parameters: an example of a small client counts for more. § 12.7.2
  public static func plainAverage<P: Parameterized>(_ models: [P]) -> P {
    let sum = models.dropFirst().reduce(models[0]) { $0.zipParameters($1, +) }
    return sum.mapParameters { $0 / Double(models.count) }
  }
}

/// Mistakes in speech and with agents, § 12.10.
extension Mistake {
  /// A path whose blanks are removed first: then equal neighbours merge, and no text has a double letter. § 12.10
  public static func collapsedWithoutBlanks(_ path: [Int], blank: Int) -> [Int] {
    let symbols = path.filter { $0 != blank }
    return symbols.indices.filter { $0 == 0 || symbols[$0] != symbols[$0 - 1] }.map { symbols[$0] }
  }

  /// Targets of Q-learning that go on after the end: a terminal state is followed by nothing, so its y is r. § 12.10
  public static func learningTargetsWithoutEnd(rewards r: Tensor, following q: Tensor, discount γ: Double) -> Tensor {
    (r + γ * q.max(axes: [1])).stopGradient
  }
}
