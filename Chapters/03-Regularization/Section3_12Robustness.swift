import Figures
import Foundations
import Regularization
import Running
import Tensors
import Training

/// The accuracies of a network on inputs moved by at most ε.
public struct AttackStudy: Sendable {
  /// The radius ε: how far a pixel may move.
  public let radius: Double
  /// The accuracy after a move along random signs, after one step along the gradient's signs, and after ten projected
  /// steps.
  public let random, fast, projected: Double
}

/// Measures the accuracy of a classifier after moving its inputs in three ways. [N×n₀]
public func attack(
  _ model: MLP, x: Tensor, labels: [Int], radii: [Double], steps: Int = 10, random: RandomSource
) -> [AttackStudy] {
  let loss = { (x: Tensor) in crossEntropy(logits: model(x), labels: labels) * Double(labels.count) }
  let signs = 2 * random.bernoulli(x.shape, probability: 0.5, scalarType: x.scalarType) - 1
  return radii.map { ε in
    let inputs = [
      x + ε * signs, fastGradientSign(x, radius: ε, loss: loss),
      projectedGradientAttack(x, radius: ε, stepSize: ε / 4, steps: steps, loss: loss),
    ]
    let accuracies = inputs.map { accuracy(model($0), labels: labels) }
    return AttackStudy(radius: ε, random: accuracies[0], fast: accuracies[1], projected: accuracies[2])
  }
}

/// Related to § 3.12: attacks on a network that classifies digits, and its Lipschitz constant.
func showRobustness(_ run: Run) throws {
  let (data, random) = (try run.data.mnist(), RandomSource(seed: run.options.seed))
  let digits = data.train.prefix(4_000).rows
  let test = data.test.prefix(min(500, data.test.count))
  var (model, optimizer) = (MLP([digits.inputs.shape[1], 64, 10], random: random.split()), Adam())
  fit(
    &model, with: &optimizer, to: digits, plan: run.plan(quick: 4, standard: 15, full: 15, batchSize: 64),
    random: random.split(), loss: crossEntropy(logits:labels:))
  let studies = attack(
    model, x: test.flattened, labels: test.labels, radii: [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3],
    random: random.split())
  run.show(
    Table(
      "Accuracy after moving every pixel by at most ε (pixels are in 0…1)",
      columns: ["ε", "random signs", "FGSM", "PGD, 10 steps"],
      rows: studies.map { study in
        [
          .number(study.radius, decimals: 2), .number(study.random, decimals: 3), .number(study.fast, decimals: 3),
          .number(study.projected, decimals: 3),
        ]
      }), as: "attacks")
  run.show(
    LineChart(
      "Accuracy under attack", x: Axis("ε"), y: Axis("test accuracy", range: 0...1),
      series: [
        Series("random signs", x: studies.map(\.radius), studies.map(\.random), style: .both),
        Series("FGSM", x: studies.map(\.radius), studies.map(\.fast), style: .both),
        Series("PGD", x: studies.map(\.radius), studies.map(\.projected), style: .both),
      ]), as: "attacks")
  run.card("Lipschitz constant, at most", model.lipschitzBound)
  run.card("Lipschitz constant, at least", model.steepestSlope(at: test.flattened[0..<20]))
}
