// Exercise 3.5.3  AdamW against Adam with L2, on a network of the caller

import DataSets
import Figures
import Foundations
import Messages
import Tensors
import Training

/// The two rules that Exercise 3.5.3 compares.
public enum DecayRule: String, CaseIterable, Sendable {
  case l2 = "Adam + L2"
  case decoupled = "AdamW"
}

/// The training runs with one rule and one coefficient, one per seed.
public struct DecayResult: Sendable {
  /// The rule and its coefficient λ.
  public let rule: DecayRule, coefficient: Double
  /// The history for every seed, with "training loss", "test loss", "test accuracy" and "validation accuracy".
  public let histories: [History]

  /// The mean over the seeds of the last value of a metric.
  public func last(_ metric: String) -> Double {
    histories.reduce(0) { $0 + ($1[metric].last ?? .nan) } / Double(histories.count)
  }

  /// The mean accuracy on the test set.
  public var testAccuracy: Double { last("test accuracy") }

  /// The mean over the seeds of a metric, epoch by epoch.
  public func curve(_ metric: String) -> [Double] {
    (histories.first?.epochs ?? []).indices.map { epoch in
      histories.reduce(0) { $0 + $1[metric][epoch] } / Double(histories.count)
    }
  }
}

/// The result with the highest mean accuracy on the validation images.
public func bestByValidation(_ results: [DecayResult]) -> DecayResult? {
  results.max { $0.last("validation accuracy") < $1.last("validation accuracy") }
}

/// Exercise 3.5.3: trains a network on few examples, a fifth of them with a wrong label, by both rules with every
/// coefficient λ, from `seeds` starts each. A network that can memorize the examples should not. At most 500 of the
/// remaining training images are for validation.
///
/// `make` makes a new network, which gets images [N×C×H×W] and returns logits.
public func compareDecays<M: Module<Tensor, Tensor>>(
  _ coefficients: [Double], on data: ImageClassification, examples: Int, seeds: Int, firstSeed: UInt64,
  make: (RandomSource) -> M, plan: (_ label: String) -> TrainingPlan
) -> [DecayResult] {
  let data = data.standardized()
  let test = data.test.prefix(2_000)
  return DecayRule.allCases.flatMap { rule in
    coefficients.map { λ in
      let histories = (0..<UInt64(seeds)).map { offset in
        let random = RandomSource(seed: firstSeed + offset)
        let (set, rest) = data.train.stratifiedSplit(first: examples, from: random)
        let few = mislabeled(set, random: random)
        let judges = (validation: rest.prefix(500), test: test)
        let plan = plan("\(rule.rawValue), λ = \(λ)")
        return switch rule {
        case .l2: history(make(random), AdamWithL2(penalty: λ), few, judges, plan, random)
        case .decoupled: history(make(random), Adam(weightDecay: λ), few, judges, plan, random)
        }
      }
      return DecayResult(rule: rule, coefficient: λ, histories: histories)
    }
  }
}

/// The images with a wrong label for every fifth.
private func mislabeled(_ set: LabeledImages, random: RandomSource) -> LabeledImages {
  let labels = set.labels.enumerated().map { place, label in
    place.isMultiple(of: 5) ? (label + 1 + random.integer(below: 9)) % 10 : label
  }
  return LabeledImages(images: set.images, labels: labels)
}

private func history<M: Module<Tensor, Tensor>, O: Optimizer>(
  _ start: M, _ optimizer: O, _ few: LabeledImages, _ judges: (validation: LabeledImages, test: LabeledImages),
  _ plan: TrainingPlan, _ random: RandomSource
) -> History {
  var (model, optimizer) = (start, optimizer)
  return train(&model, with: &optimizer, examples: few.count, plan: plan, random: random) { model, batch in
    model(few.images.gathered(batch)).crossEntropy(labels: batch.map { few.labels[$0] })
  } evaluate: { model in
    let (logits, labels) = (inBatches(judges.test.images, of: 500) { model($0) }, judges.test.labels)
    return [
      "training loss": model(few.images).crossEntropy(labels: few.labels).item,
      "test loss": logits.crossEntropy(labels: labels).item,
      "test accuracy": accuracy(logits, labels: labels),
      "validation accuracy": accuracy(model(judges.validation.images), labels: judges.validation.labels),
    ]
  }
}

// MARK: - Table and figures

/// The losses and accuracies after the last epoch, a row for each result.
public func decayTable(_ results: [DecayResult]) -> Table {
  Table(
    "Both rules, after the last epoch",
    columns: ["rule", "λ", "training loss", "test loss", "test accuracy", "± over seeds"],
    rows: results.map { result in
      let accuracies = result.histories.map { $0["test accuracy"].last ?? .nan }
      let deviation = Tensor(accuracies, scalarType: .double).variance(isUnbiased: accuracies.count > 1).squareRoot()
        .item
      return [
        .text(result.rule.rawValue), .text(label(result.coefficient)),
        .number(result.last("training loss"), decimals: 4),
        .number(result.last("test loss"), decimals: 4), .number(result.testAccuracy, decimals: 4),
        .number(deviation, decimals: 4),
      ]
    })
}

/// Test accuracy against the coefficient; 0 does not fit on a logarithmic axis and is a horizontal line.
public func coefficientChart(_ results: [DecayResult]) -> LineChart {
  let positive = Array(Set(results.map(\.coefficient).filter { $0 > 0 })).sorted()
  let lines = DecayRule.allCases.map { rule in
    let points = results.filter { $0.rule == rule && $0.coefficient > 0 }
    return Series(rule.rawValue, x: points.map(\.coefficient), points.map(\.testAccuracy), style: .both)
  }
  let reference = results.first { $0.coefficient == 0 }.map { without in
    Series("λ = 0", x: positive, positive.map { _ in without.testAccuracy })
  }
  return LineChart(
    "Test accuracy against the coefficient", x: Axis("λ", .logarithmic), y: Axis("test accuracy"),
    series: lines + [reference].compactMap { $0 })
}

/// The test loss of every epoch, one panel per rule: without decay, and with the three coefficients that end lowest.
public func generalizationCurves(_ results: [DecayResult]) -> Panels {
  let top = 1.5 * (results.first { $0.coefficient == 0 }?.last("test loss") ?? 1)
  return Panels(
    "Generalization curves: the test loss, epoch by epoch",
    DecayRule.allCases.map { rule in
      let all = results.filter { $0.rule == rule }
      let best = all.filter { $0.coefficient > 0 }.sorted { $0.last("test loss") < $1.last("test loss") }.prefix(3)
      let shown = all.filter { $0.coefficient == 0 } + best.sorted { $0.coefficient < $1.coefficient }
      return LineChart(
        rule.rawValue, x: Axis("epoch"), y: Axis("test loss", range: 0...top),
        series: shown.map { Series("λ = \(label($0.coefficient))", $0.curve("test loss")) })
    })
}

private func label(_ λ: Double) -> String { λ == λ.rounded() ? "\(Int(λ))" : "\(λ)" }
