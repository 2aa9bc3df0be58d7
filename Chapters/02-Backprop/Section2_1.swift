import Backprop
import Figures
import Foundation
import Foundations
import Messages
import Running
import Tensors

/// § 2.1: gradient descent on a bowl, below and beyond 2/λ_max; and full, mini-batch and single-sample steps on one
/// problem.
public let section2_1 = Exercise(
  .section, "2.1", "Gradient descent, with all examples and with few", seconds: 2, full: 60
) { run in
  let bowl = QuadraticBowl(
    hessian: Tensor([[10, 0], [0, 1]], scalarType: .double), minimizer: Tensor.zeros([2], scalarType: .double))
  let descents = descend(bowl, shares: [0.05, 0.5, 10.0 / 11, 0.99, 1.01], steps: 100)
  run.show(descentTable(descents), as: "contraction")
  run.show(
    LineChart(
      "A bowl with curvatures 10 and 1", x: Axis("step"),
      y: Axis("distance to the minimum", .logarithmic, range: 1e-8...1e2),
      series: descents.map { Series(decimals($0.share, 2) + " · 2/λ_max", x: counted($0.distances), $0.distances) }),
    as: "contraction")

  let problem = NoisyLine(examples: 1000, features: 20, random: run.random)
  let races = raceBatchSizes(problem, epochs: run.choose(quick: 2, standard: 10, full: 30), random: run.random)
  run.show(raceTable(races), as: "batches")
  let chart = { (title: String, axis: Axis, x: (BatchRace) -> [Double]) in
    LineChart(
      title, x: axis, y: Axis("loss above its minimum", .logarithmic, range: 1e-4...10),
      series: races.map { Series($0.name, x: x($0), $0.losses) })
  }
  run.show(
    Panels(
      "Least squares with 1,000 examples",
      [
        chart("Against examples seen", Axis("examples seen", .logarithmic), \.examples),
        chart("Against steps", Axis("steps", .logarithmic), \.steps),
      ]), as: "batches")
  showConvergence(run)
  for race in races { run.card("last loss, \(race.name)", race.losses.last ?? .nan) }
}

/// Gradient descent on a bowl with one learning rate.
public struct BowlDescent: Sendable {
  /// The learning rate η as a share of 2/λ_max, and the largest |1 − ηλ| that belongs to it.
  public let share, contraction: Double
  /// ‖θₜ − θ*‖ for t = 0, 1, 2, ….
  public let distances: [Double]
  /// The factor of the last step.
  public var lastFactor: Double { distances[distances.count - 1] / distances[distances.count - 2] }
}

/// Descends a bowl from a point at distance √p, once for each learning rate.
public func descend(_ bowl: QuadraticBowl, shares: [Double], steps: Int) -> [BowlDescent] {
  shares.map { share in
    let η = share * bowl.largestLearningRate
    let path = descentPath(from: bowl.minimizer + 1, learningRate: η, steps: steps) { bowl($0) }
    return BowlDescent(
      share: share, contraction: bowl.contractions(learningRate: η).max() ?? .nan,
      distances: path.map { ($0 - bowl.minimizer).norm().item })
  }
}

/// Least squares on noisy examples of a linear function, whose features have deviations from 1 down to 0.2.
public struct NoisyLine: Sendable {
  /// The features, as rows, and the targets. [N×p], [N]
  public let x, y: Tensor
  /// The loss minus its minimum, which is a bowl.
  public let bowl: QuadraticBowl

  /// A problem with this many examples and features.
  public init(examples N: Int, features p: Int, random: RandomSource) {
    let scales = Tensor.linear(from: 1, to: 0.2, count: p, scalarType: .double)
    x = random.normal([N, p], scalarType: .double) * scales
    y = matmul(x, random.normal([p], scalarType: .double)) + random.normal([N], scalarType: .double)
    bowl = QuadraticBowl(leastSquares: x, y)
  }

  /// 1/2B Σ (yᵢ − θᵀxᵢ)² over a batch.
  public func loss(_ θ: Tensor, _ batch: [Int]) -> Tensor {
    (matmul(x.gathered(batch), θ) - y.gathered(batch)).squared().mean() / 2
  }
}

/// Descent with batches of one size: the loss above its minimum against its cost.
public struct BatchRace: Sendable {
  /// The name and size of the batches, and the learning rate.
  public let name: String, batchSize: Int, learningRate: Double
  /// The steps made at each measurement.
  public let steps: [Double]
  /// The loss of all examples minus its minimum at each measurement.
  public let losses: [Double]
  /// The examples seen at each measurement.
  public var examples: [Double] { steps.map { $0 * Double(batchSize) } }
}

/// Runs gradient descent with all examples, with mini-batches, with single examples, and with single examples and a
/// falling learning rate.
public func raceBatchSizes(_ problem: NoisyLine, epochs: Int, random: RandomSource) -> [BatchRace] {
  let N = problem.y.count
  let best = problem.bowl.bestLearningRate
  let settings: [(String, Int, (Int) -> Double)] = [
    ("all \(grouped(N))", N, { _ in best }), ("batches of 32", 32, { _ in best / 4 }), ("single", 1, { _ in 0.03 }),
    ("single, η falling", 1, { t in 0.03 / (1 + Double(t) / 300) }),
  ]
  return settings.map { name, B, rate in
    var θ = Tensor.zeros([problem.x.shape[1]], scalarType: .double)
    var (steps, losses) = ([0.0], [problem.bowl(θ).item])
    var order: [Int] = []
    let total = max(epochs * N / B, 20 * epochs)
    for t in 0..<total {
      if order.count < B { order = random.permutation(N) }
      let batch = Array(order.suffix(B))
      order.removeLast(B)
      θ = descentStep(from: θ, learningRate: rate(t)) { problem.loss($0, batch) }
      if isLookedAt(t + 1) || t == total - 1 {
        steps.append(Double(t + 1))
        losses.append(problem.bowl(θ).item)
      }
    }
    return BatchRace(
      name: name, batchSize: B, learningRate: rate(0), steps: Array(steps.dropFirst()),
      losses: Array(losses.dropFirst()))
  }
}

/// The first twenty steps, then steps about 5% apart: even on a logarithmic axis.
private func isLookedAt(_ step: Int) -> Bool { step <= 20 || step.isMultiple(of: max(1, step / 20)) }

private func descentTable(_ descents: [BowlDescent]) -> Table {
  Table(
    "Gradient descent on a bowl with curvatures 10 and 1",
    columns: [
      "η / (2/λ_max)", "largest |1 − ηλ|", "factor of the last step",
      "distance after \(descents[0].distances.count - 1) steps",
    ],
    rows: descents.map {
      [
        .number($0.share, decimals: 3), .number($0.contraction, decimals: 4), .number($0.lastFactor, decimals: 4),
        .scientific($0.distances.last ?? .nan),
      ]
    })
}

private func raceTable(_ races: [BatchRace]) -> Table {
  let goals = [1.0, 0.1, 0.01]
  return Table(
    "Examples (and steps) until the loss is this far above its minimum",
    columns: ["batch", "first η"] + goals.map { "\($0)" } + ["at the end"],
    rows: races.map { race in
      let reached = goals.map { goal in
        race.losses.firstIndex { $0 < goal }.map {
          "\(grouped(Int(race.examples[$0]))) (\(grouped(Int(race.steps[$0]))))"
        } ?? "never"
      }
      return [.text(race.name), .number(race.learningRate, decimals: 3)] + reached.map { .text($0) }
        + [.scientific(race.losses.last ?? .nan)]
    })
}

/// 0, 1, 2, …: the numbers of steps after each measurement.
func counted(_ values: [Double]) -> [Double] { values.indices.map(Double.init) }
