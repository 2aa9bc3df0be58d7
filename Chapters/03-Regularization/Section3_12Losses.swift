import DataSets
import Figures
import Foundations
import Regularization
import Running
import Tensors
import Training

/// Shows the effect of label smoothing and R-Drop on a network's predictions. § 3.12
func showModernLosses(_ run: Run) throws {
  let data = try run.data.mnist()
  let results = compareModernLosses(
    on: data, examples: run.choose(quick: 200, standard: 500, full: 1_400), seed: run.options.seed
  ) { name in
    run.plan(quick: 3, standard: 30, full: 60, batchSize: 50, label: name)
  }
  run.show(
    Table(
      "Label smoothing and R-Drop on \(data.name)",
      columns: ["loss", "test accuracy", "test cross-entropy", "mean confidence", "divergence of two passes"],
      rows: results.map {
        [
          .text($0.name), .number($0.accuracy, decimals: 4), .number($0.crossEntropy, decimals: 4),
          .number($0.meanConfidence, decimals: 3), .number($0.divergence, decimals: 4),
        ]
      }), as: "losses")
  run.show(
    Histogram(
      "How sure the networks are", x: Axis("largest probability"),
      samples: results.prefix(2).map { ($0.name, $0.confidences) }, bins: 20), as: "confidence")
  for result in results { run.card("mean confidence, \(result.name)", result.meanConfidence) }
}

/// The predictions on test images of a network trained with one loss.
public struct ModernLossResult: Sendable {
  /// The loss.
  public let name: String
  /// The accuracy on the test images, and their cross-entropy without smoothing.
  public let accuracy, crossEntropy: Double
  /// The largest probability of every test image.
  public let confidences: [Double]
  /// The symmetric divergence of two passes with different masks over the test images.
  public let divergence: Double

  /// The mean of the largest probabilities.
  public var meanConfidence: Double { confidences.reduce(0, +) / Double(confidences.count) }
}

/// Trains the network of Listing 3.10 with the cross-entropy, with label smoothing by 0.1 (3.34) and with R-Drop of
/// weight 5 (3.35).
public func compareModernLosses(
  on data: ImageClassification, examples: Int, seed: UInt64, plan: (_ name: String) -> TrainingPlan
) -> [ModernLossResult] {
  let few = data.train.stratifiedSplit(first: examples, from: RandomSource(seed: seed)).first
    .standardized(like: data.train)
  let test = data.test.prefix(2_000).standardized(like: data.train)
  let losses: [(String, (RegularizedNetwork, Tensor, [Int]) -> Tensor)] = [
    ("cross-entropy", { model, x, y in model(x).crossEntropy(labels: y) }),
    ("label smoothing, α = 0.1", { model, x, y in smoothedCrossEntropy(logits: model(x), labels: y, smoothing: 0.1) }),
    ("R-Drop, α = 5", { model, x, y in rDropLoss(of: model, x, labels: y, weight: 5) }),
  ]
  return losses.map { name, loss in
    let random = RandomSource(seed: seed)
    var (model, optimizer) = (
      RegularizedNetwork(inputs: few.flattened.shape[1], dropout: 0.3, random: random), Adam(learningRate: 1e-3)
    )
    train(&model, with: &optimizer, examples: few.count, plan: plan(name), random: random) { model, batch in
      loss(model, few.images.gathered(batch), batch.map { few.labels[$0] })
    }
    return result(name, model, test)
  }
}

private func result(_ name: String, _ model: RegularizedNetwork, _ test: LabeledImages) -> ModernLossResult {
  let logits = model(test.images)
  let passes = monteCarloDropout(model, at: test.images, passes: 2).samples
  return ModernLossResult(
    name: name, accuracy: accuracy(logits, labels: test.labels),
    crossEntropy: logits.crossEntropy(labels: test.labels).item,
    confidences: logits.softmax().max(axes: [1]).scalars,
    divergence: symmetricDivergence(logits: passes[0], passes[1]).item)
}
