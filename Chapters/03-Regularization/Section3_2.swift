import DataSets
import Figures
import Foundation
import Foundations
import Messages
import Regularization
import Running
import Tensors
import Training

/// § 3.2: the geometry of an L2 penalty, its effect on a network, and its prior.
public let section3_2 = Exercise(
  .section, "3.2", "L2 regularization: shrinking, the ball, a prior", seconds: 3, quick: 1, full: 40
) {
  run in
  try showBall(run)
  showNetworks(run)
  try showPrior(run)
}

/// The loss in the figures of §§ 3.2 and 3.3: a tilted valley with its minimum off the axes.
let tiltedValley = QuadraticLoss(
  hessian: Tensor([[2, 0.9], [0.9, 1]], scalarType: .double), minimum: Tensor([2, 1], scalarType: .double))

// MARK: - § 3.2.3: the ball

private func showBall(_ run: Run) throws {
  let radii = [2.0, 1.5, 1, 0.5, 0.1]
  let rows = try radii.map { r -> [Table.Cell] in
    let (θ, λ) = try tiltedValley.minimum(inBallOfRadius: r)
    let downhill = -tiltedValley.gradient(at: θ)
    let cosine = ((downhill * θ).sum() / (downhill.norm() * θ.norm())).item
    return [
      .number(r, decimals: 1), .number(λ, decimals: 4), .number(θ.scalars[0], decimals: 4),
      .number(θ.scalars[1], decimals: 4), .number(tiltedValley(θ).item, decimals: 4), .number(cosine, decimals: 9),
    ]
  }
  run.show(
    Table(
      "The lowest point of a ball", columns: ["radius", "λ", "θ₁", "θ₂", "loss", "cosine of −∇L and θ"], rows: rows),
    as: "ball")
  run.show(try ballFigure(radius: 1), as: "ball")
}

/// Level curves, the sphere, the point where they touch, and the ridge solutions for all λ.
private func ballFigure(radius r: Double) throws -> ScatterPlot {
  let (θ, _) = try tiltedValley.minimum(inBallOfRadius: r)
  let circle = (0...120).map { Double($0) * .pi / 60 }
  let path = try stride(from: -3.0, through: 3, by: 0.1).map {
    try tiltedValley.ridgeMinimum(strength: pow(10, $0)).scalars
  }
  let center = tiltedValley.minimum.scalars
  var plot = ScatterPlot(
    "Where a level curve touches the ball", x: Axis("θ₁", range: -1.5...4), y: Axis("θ₂", range: -1.5...2.82),
    groups: [
      levelCurves(through: θ),
      Series("‖θ‖ = \(Int(r))", x: circle.map { r * cos($0) }, circle.map { r * sin($0) }),
      Series("ridge, all λ", x: path.map { $0[0] }, path.map { $0[1] }),
      Series("solution in the ball", x: [θ.scalars[0]], [θ.scalars[1]], style: .points),
      Series("minimum of the loss", x: [center[0]], [center[1]], style: .points),
    ])
  plot.size = Canvas.Size(width: 697, height: 440)  // equal units on both axes
  return plot
}

/// Three level curves of the valley in one series; the second passes through `θ`.
func levelCurves(through θ: Tensor) -> Series {
  let level = tiltedValley(θ).item
  let points = [0.25, 1, 1.9].flatMap { tiltedValley.levelCurve($0 * level).scalars + [.nan, .nan] }
  return Series(
    "equal loss", x: stride(from: 0, to: points.count, by: 2).map { points[$0] },
    stride(from: 1, to: points.count, by: 2).map { points[$0] })
}

// MARK: - § 3.2.2: networks

/// A network trained with one strength of the penalty.
public struct ShrunkNetwork: Sendable {
  /// The strength λ.
  public let strength: Double
  /// The norm ‖θ‖ of all parameters.
  public let norm: Double
  /// The cross-entropy on fresh examples.
  public let testLoss: Double
  /// The accuracies on the examples and on fresh ones.
  public let trainAccuracy, testAccuracy: Double
}

/// Trains the same network on a few noisy moons by (3.4) with several λ.
public func shrinkNetworks(
  strengths: [Double], random: RandomSource, plan: (_ label: String) -> TrainingPlan
) -> [ShrunkNetwork] {
  let points = LabeledPoints.moons(count: 50, noise: 0.3, from: random.split())
  let test = LabeledPoints.moons(count: 2_000, noise: 0.3, from: random.split())
  let start = MLP([2, 64, 64, 2], initialization: .he, random: random.split())
  return strengths.map { λ in
    var (model, optimizer) = (start, ShrinkingGradientDescent(learningRate: 0.2, strength: λ))
    train(&model, with: &optimizer, examples: 1, plan: plan("λ = \(λ)"), random: random) { model, _ in
      crossEntropy(logits: model(points.points), labels: points.labels)
    }
    return ShrunkNetwork(
      strength: λ, norm: model.flattened.norm().item,
      testLoss: crossEntropy(logits: model(test.points), labels: test.labels).item,
      trainAccuracy: accuracy(model(points.points), labels: points.labels),
      testAccuracy: accuracy(model(test.points), labels: test.labels))
  }
}

private func showNetworks(_ run: Run) {
  let networks = shrinkNetworks(
    strengths: [0, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1], random: run.random.split()
  ) { label in run.plan(steps: run.choose(quick: 300, standard: 3_000, full: 20_000), label: label) }
  run.show(
    Table(
      "MLP 2-64-64-2 on 50 noisy moons, trained by (3.4)",
      columns: ["λ", "‖θ‖", "train accuracy", "test accuracy", "test loss"],
      rows: networks.map { network in
        [
          .text("\(network.strength)"), .number(network.norm, decimals: 3),
          .number(network.trainAccuracy, decimals: 3), .number(network.testAccuracy, decimals: 3),
          .number(network.testLoss, decimals: 3),
        ]
      }), as: "networks")
  for network in networks where [0, 1e-2].contains(network.strength) {
    run.card("test loss, λ = \(network.strength)", network.testLoss)
  }
}

// MARK: - The prior

private func showPrior(_ run: Run) throws {
  let random = run.random.split()
  let (N, σ2, τ2) = (20, 0.25, 0.5)
  let X = random.normal([N, 4], scalarType: .double)
  let truth = random.normal([4], standardDeviation: τ2.squareRoot(), scalarType: .double)
  let y = matmul(X, truth) + random.normal([N], standardDeviation: σ2.squareRoot(), scalarType: .double)
  let w = try ridgeRegression(X, y, penalty: σ2 / (Double(N) * τ2))
  let slope = gradient(at: w) { negativeLogPosterior($0, X, y, noiseVariance: σ2, priorVariance: τ2) }
  run.say(
    "Ridge with λ = σ²/Nτ² and the posterior for w ~ N(0, τ² I): its slope at the ridge solution is "
      + scientific(slope.norm().item, digits: 2))
}
