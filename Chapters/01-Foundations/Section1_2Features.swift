import DataSets
import Figures
import Foundation
import Foundations
import Running
import Tensors
import Training

/// The accuracies of three models on points that no line separates.
public struct FeatureComparison: Sendable {
  /// The name of the points.
  public let name: String
  /// Test accuracy of logistic regression on the coordinates.
  public let raw: Double
  /// Test accuracy of logistic regression on hand-chosen features: squares and the product.
  public let chosen: Double
  /// Test accuracy of a network that learns its features.
  public let learned: Double
}

/// Compares raw, chosen and learned features on moons, rings and the exclusive or.
public func compareFeatures(
  count: Int, random: RandomSource, plan: (_ label: String) -> TrainingPlan
) throws -> [FeatureComparison] {
  let sets: [(String, (RandomSource) -> LabeledPoints)] = [
    ("moons", { .moons(count: count, from: $0) }), ("rings", { .rings(count: count, from: $0) }),
    ("exclusive or", { .exclusiveOr(count: count, from: $0) }),
  ]
  return try sets.map { name, draw in
    let (train, test) = (draw(random), draw(random))
    let y = Tensor(train.labels.map(Double.init), scalarType: .double)
    func logistic(_ features: (Tensor) -> Tensor) throws -> Double {
      let model = try LogisticRegression(fitting: features(train.points(.double)), y, penalty: 1e-4)
      return share(model(features(test.points(.double))), test.labels)
    }
    let network = trainOnPoints(train, plan: plan(name), random: random)
    return FeatureComparison(
      name: name, raw: try logistic { $0 }, chosen: try logistic(quadraticFeatures),
      learned: accuracy(network(test.points), labels: test.labels))
  }
}

/// (x, y, x², y², xy) of points stored as rows. [N×2] → [N×5]
public func quadraticFeatures(_ x: Tensor) -> Tensor {
  let (first, second) = (x.sliced(0..<1, axis: 1), x.sliced(1..<2, axis: 1))
  return Tensor.concatenated([x, x.squared(), first * second], axis: 1)
}

/// An MLP 2-16-16-2 with tanh after a plan's steps of Adam, each on all points.
func trainOnPoints(_ points: LabeledPoints, plan: TrainingPlan, random: RandomSource) -> MLP {
  var network = MLP([2, 16, 16, 2], activation: .tanh, initialization: .xavier, random: random)
  var optimizer = Adam(learningRate: 0.02)
  let x = points.points
  train(&network, with: &optimizer, examples: 1, plan: plan, random: random) { network, _ in
    crossEntropy(logits: network(x), labels: points.labels)
  }
  return network
}

/// The share of logits on the right side of 0.
private func share(_ logits: Tensor, _ labels: [Int]) -> Double {
  Double(zip(logits.scalars, labels).count { ($0 > 0) == ($1 == 1) }) / Double(labels.count)
}

func showFeatures(_ run: Run) throws {
  let results = try compareFeatures(
    count: run.choose(quick: 100, standard: 400, full: 2_000), random: run.random.split()
  ) { name in run.plan(steps: run.choose(quick: 50, standard: 400, full: 1_000), label: name) }
  run.show(
    Table(
      "Test accuracy: a line, a line on chosen features, learned features",
      columns: ["points", "x, y", "x, y, x², y², xy", "MLP 2-16-16-2"],
      rows: results.map { result in
        [.text(result.name)]
          + [result.raw, result.chosen, result.learned].map { .number($0, decimals: 3) }
      }), as: "features")
}

// MARK: - The boundary of logistic regression

func showBoundary(_ run: Run) throws {
  let random = run.random.split()
  let points = LabeledPoints.moons(count: 200, from: random)
  let y = Tensor(points.labels.map(Double.init), scalarType: .double)
  let model = try LogisticRegression(fitting: points.points(.double), y, penalty: 1e-4)
  let network = trainOnPoints(
    points, plan: run.plan(steps: run.choose(quick: 50, standard: 400, full: 400), label: "moons"), random: random)
  let (w, b) = (model.weights.scalars, model.bias.item)
  let line = [-1.5, 2.5].map { (x: $0, y: -(w[0] * $0 + b) / w[1]) }
  let classes = [0, 1].map { label in
    let members = (0..<points.count).filter { points.labels[$0] == label }.map { Array(points[$0]) }
    return Series("class \(label)", x: members.map { $0[0] }, members.map { $0[1] }, style: .points)
  }
  run.show(
    ScatterPlot(
      "Two moons: a line, and a learned boundary", x: Axis("x", range: -1.5...2.5), y: Axis("y", range: -1...1.5),
      groups: classes + [
        Series("logistic regression", x: line.map(\.x), line.map(\.y)), boundary(of: network, name: "MLP 2-16-16-2"),
      ]), as: "moons")
}

/// Where the two logits of a network are equal: for each x, the lowest y from which class 0 is more likely.
private func boundary(of network: MLP, name: String) -> Series {
  let (xs, ys) = (stride(from: -1.5, through: 2.5, by: 0.05), Array(stride(from: -1.5, through: 2, by: 0.02)))
  let crossings = xs.map { x -> Double in
    let logits = network(Tensor(ys.map { [x, $0] }))
    let margin = (logits.sliced(0..<1, axis: 1) - logits.sliced(1..<2, axis: 1)).scalars
    return margin.indices.dropFirst().first { margin[$0 - 1] < 0 && margin[$0] >= 0 }.map { ys[$0] } ?? .nan
  }
  return Series(name, x: Array(xs), crossings)
}
