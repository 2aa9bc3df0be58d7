import Backprop
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// Exercise 2.2: the variance of a mini-batch gradient, and the cost of larger batches. The proof is in the solutions.
public let exercise2_2 = Exercise("2.2", "The variance of a mini-batch gradient", stars: 1, seconds: 5, full: 30) {
  run in
  let study = studyBatchVariance(
    batchSizes: [1, 2, 5, 10, 20, 50, 100, 200], draws: run.choose(quick: 500, standard: 4000, full: 20_000),
    random: run.random)
  run.say(
    "\(grouped(study.count)) gradients in \(study.dimension) dimensions, σ² = \(decimals(study.variance, 5))\n")
  run.show(varianceTable(study), as: "variance")
  run.show(
    LineChart(
      "Variance of a mini-batch gradient, N = \(study.count)", x: Axis("batch size B", .logarithmic),
      y: Axis("E ‖ĝ − ∇L‖²", .logarithmic),
      series: Sampling.allCases.flatMap { sampling in
        let rows = study.rows.filter { $0.sampling == sampling && $0.formula > 0 }
        let x = rows.map { Double($0.batchSize) }
        return [
          Series("formula, \(sampling.rawValue)", x: x, rows.map(\.formula)),
          Series("drawn, \(sampling.rawValue)", x: x, rows.map(\.drawn), style: .points),
        ]
      }), as: "variance")

  let digits = try LabeledImages.opticalDigits()
  let goal = run.choose(quick: 1, standard: 0.1, full: 0.1)
  let costs = compareBatchCosts(
    on: digits,
    batchSizes: run.choose(quick: [32, 256], standard: [4, 16, 64, 256, 1024], full: [1, 4, 16, 64, 256, 1024]),
    goal: goal, random: run.random)
  run.show(costTable(costs, goal: goal), as: "batch-size")
  run.show(
    LineChart(
      "A network for digits, until its training loss is \(decimals(goal, 1))", x: Axis("batch size B", .logarithmic),
      y: Axis("number", .logarithmic),
      series: [
        Series(
          "examples", x: costs.map { Double($0.batchSize) }, costs.map { $0.examples.map(Double.init) ?? .nan },
          style: .both),
        Series(
          "steps", x: costs.map { Double($0.batchSize) }, costs.map { $0.steps.map(Double.init) ?? .nan },
          style: .both),
      ]), as: "batch-size")
  run.card("σ²", study.variance)
}

/// The variance of mini-batch gradients by formula and by drawing them.
public struct BatchVarianceStudy: Sendable {
  /// One batch size, one way of drawing.
  public struct Row: Sendable {
    /// The batch size B and the way of drawing.
    public let batchSize: Int, sampling: Sampling
    /// The variance by the formula of Proposition 2.1, and that of batches that were drawn.
    public let formula, drawn: Double
  }
  /// The number N of gradients, and that of their components.
  public let count, dimension: Int
  /// The variance σ² of one gradient.
  public let variance: Double
  /// The measurements.
  public let rows: [Row]
}

/// Draws batches of the gradients of a least-squares loss in five parameters on 200 examples, `draws` for each size and
/// way of drawing. Exercise 2.2
public func studyBatchVariance(batchSizes: [Int], draws: Int, random: RandomSource) -> BatchVarianceStudy {
  let N = 200
  let problem = NoisyLine(examples: N, features: 5, random: random)
  let θ = problem.bowl.minimizer + 0.3
  let residual = matmul(problem.x, θ) - problem.y
  let population = GradientPopulation(residual.expanded(axis: 1) * problem.x)  // ∇ ½ (θᵀxᵢ − yᵢ)² = (θᵀxᵢ − yᵢ) xᵢ
  let rows = Sampling.allCases.flatMap { sampling in
    batchSizes.map { B in
      let batches = (0..<draws).map { _ in sampling.batch(of: B, from: N, random: random) }
      return BatchVarianceStudy.Row(
        batchSize: B, sampling: sampling, formula: population.varianceOfEstimate(batchSize: B, sampling),
        drawn: population.moments(over: batches).variance)
    }
  }
  return BatchVarianceStudy(count: N, dimension: 5, variance: population.variance, rows: rows)
}

/// The cost of reaching a training loss with batches of one size.
public struct BatchCost: Sendable {
  /// The batch size B, and the learning rate that needed the fewest examples.
  public let batchSize: Int, learningRate: Double
  /// The noise √E ‖ĝ − ∇L‖² over ‖∇L‖ at the beginning, for batches without replacement.
  public let noise: Double
  /// The steps until the goal; nil if it was not reached.
  public let steps: Int?
  /// The examples seen until the goal.
  public var examples: Int? { steps.map { $0 * batchSize } }
}

/// Trains 64-32-10 on the digits by gradient descent with every batch size, each with the best of several learning
/// rates. Exercise 2.2
public func compareBatchCosts(
  on digits: LabeledImages, batchSizes: [Int], goal: Double, epochs: Int = 40,
  rates: [Double] = [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
  random: RandomSource
) -> [BatchCost] {
  let x = digits.flattened - digits.flattened.mean(axes: [0])
  let start = MLP([64, 32, 10], initialization: .he, random: random)
  let noise = GradientPopulation(at: start, count: x.shape[0]) { network, i in
    network(x[i..<i + 1]).crossEntropy(labels: [digits.labels[i]])
  }
  let signal = noise.full.norm().item
  return batchSizes.map { B in
    let runs = rates.map { η in
      descend(
        from: start, x, digits.labels, batchSize: B, learningRate: η, goal: goal, epochs: epochs, random: random.split()
      )
    }
    let best = runs.indices.min { (runs[$0] ?? .max) < (runs[$1] ?? .max) } ?? 0
    return BatchCost(
      batchSize: B, learningRate: rates[best],
      noise: noise.varianceOfEstimate(batchSize: B, .withoutReplacement).squareRoot() / signal, steps: runs[best])
  }
}

/// The steps until the loss of all examples is below the goal; it is checked eight times an epoch, or after every step.
private func descend(
  from start: MLP, _ x: Tensor, _ labels: [Int], batchSize B: Int, learningRate η: Double, goal: Double, epochs: Int,
  random: RandomSource
) -> Int? {
  let N = labels.count
  var run = DigitDescent(network: start, optimizer: GradientDescent(learningRate: η))
  var plan = TrainingPlan(steps: epochs * N / B)  // it reports nothing: the largest rates are expected to diverge
  plan.shouldStop = { history in history["loss of all"].last.map { $0 < goal || $0 == .infinity } ?? false }
  let history = train(&run, examples: 1, plan: plan, random: random) { run, step throws(Breakdown) in
    if run.order.count < B { run.order = random.permutation(N) }
    let batch = Array(run.order.suffix(B))
    run.order.removeLast(B)
    try step.descend(&run.network, with: &run.optimizer) {
      $0(x.gathered(batch)).crossEntropy(labels: batch.map { labels[$0] })
    }
    guard step.number.isMultiple(of: max(1, N / (8 * B))) else { return }
    step.measure("loss of all", run.network(x).crossEntropy(labels: labels).item)
  }
  return history["loss of all"].last.map { $0 < goal } == true ? history.epochs.count : nil
}

/// A network in training, and the rest of the current order of the examples.
private struct DigitDescent: TrainingState {
  var network: MLP
  var optimizer: GradientDescent
  var order: [Int] = []
  static var kept: [PartialKeyPath<DigitDescent>] { [\.network, \.optimizer, \.order] }
}

private func varianceTable(_ study: BatchVarianceStudy) -> Table {
  let sizes = study.rows.filter { $0.sampling == .withReplacement }.map(\.batchSize)
  return Table(
    "E ‖ĝ − ∇L‖², \(study.count) examples",
    columns: ["B", "σ²/B", "drawn with replacement", "σ²/B · (N−B)/(N−1)", "drawn without"],
    rows: sizes.map { B in
      [.integer(B)]
        + Sampling.allCases.flatMap { sampling in
          study.rows.filter { $0.batchSize == B && $0.sampling == sampling }
            .flatMap { [Table.Cell.number($0.formula, decimals: 5), .number($0.drawn, decimals: 5)] }
        }
    })
}

private func costTable(_ costs: [BatchCost], goal: Double) -> Table {
  Table(
    "Until the training loss is \(goal), each batch size with its best learning rate",
    columns: ["B", "noise / signal at the start", "best η", "steps", "examples"],
    rows: costs.map { cost in
      [
        .integer(cost.batchSize), .number(cost.noise, decimals: 3), .number(cost.learningRate, decimals: 2),
        cost.steps.map { .integer($0) } ?? "never", cost.examples.map { .integer($0) } ?? "never",
      ]
    })
}
