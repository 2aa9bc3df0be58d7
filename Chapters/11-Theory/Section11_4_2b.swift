import Figures
import Messages
import Running
import Tensors
import Theory
import Training

/// Remark 11.11: the same data, other architectures and losses, other interpolators.
public let section11_4_2b = Exercise(
  .section, "11.4.2b", "Other architectures, other biases", seconds: 7, quick: 2, full: 60
) { run in
  let world = try SparseWorld(random: run.random.split())
  let trained = run.choose(quick: [1e-3, 5], standard: [1e-3, 1e-2, 0.1, 1, 5], full: [1e-3, 1e-2, 0.1, 1, 5])
  let steps = run.choose(quick: 4_000, standard: 20_000, full: 100_000)
  let networks = trained.map { α in
    world.trained(from: α, plan: run.plan(steps: steps, label: "start \(scientific(α, digits: 1))"))
  }
  run.show(try world.table(trained, networks), as: "starts")
  run.show(try world.figure(trained, networks), as: "starts")
  let margin = try MarginWorld(
    random: run.random.split(), last: run.choose(quick: 10_000, standard: 100_000, full: 1_000_000))
  run.show(margin.table, as: "logistic")
  run.show(margin.figure, as: "logistic")
  run.card("‖w − w_ℓ1‖ from α = 0.001", (networks[0].weights - world.smallestL1.weights).norm().item)
  run.card("‖w − w_ℓ2‖ from α = 5", (networks[networks.count - 1].weights - world.shortest).norm().item)
  run.card("last cosine to the widest margin", margin.cosines.last ?? .nan)
}

/// 20 examples of 60 numbers, whose targets depend on three of them. Remark 11.11
public struct SparseWorld: Sendable {
  /// Examples and targets. [20×60], [20]
  public let X, y: Tensor
  /// The interpolator with the smallest ‖w‖₁.
  public let smallestL1: SmallestL1
  /// The shortest interpolator, X⁺y. [60]
  public let shortest: Tensor

  /// The world of a random source.
  public init(random: RandomSource) throws {
    X = random.normal([20, 60], scalarType: .double)
    y = matmul(X[0..<3, axis: 1], Tensor([1.5, -1, 0.8], scalarType: .double))
    smallestL1 = try SmallestL1(X, y)
    shortest = minimumNormSolution(X, y)
  }

  /// A diagonal network trained from u = v = α. The steps are shorter for larger α, where the loss is steeper.
  public func trained(from α: Double, plan: TrainingPlan) -> DiagonalNetwork {
    var network = DiagonalNetwork(60, start: α)
    network.train(on: X, y, learningRate: 0.05 / (1 + 4 * α * α), plan: plan)
    return network
  }

  func table(_ starts: [Double], _ networks: [DiagonalNetwork]) throws -> Table {
    Table(
      "w = u² − v² from u = v = α: 20 examples, 60 weights, the truth has three that are not 0",
      columns: ["α", "loss", "‖w‖₁", "‖w‖₂", "‖w − w_ℓ1‖", "‖w − w_ℓ2‖", "‖w − 2α² sinh(Xᵀν)‖"],
      rows: try zip(starts, networks).map { α, network in
        let w = network.weights
        return [
          .text(scientific(α, digits: 1)), .text(scientific((network(X) - y).squared().mean().item / 2, digits: 2)),
          .number(w.abs().sum().item, decimals: 4), .number(w.norm().item, decimals: 4),
          .number((w - smallestL1.weights).norm().item, decimals: 4), .number((w - shortest).norm().item, decimals: 4),
          .number((w - (try diagonalFlowLimit(X, y, start: α))).norm().item, decimals: 4),
        ]
      }
        + [
          ("smallest ‖w‖₁", smallestL1.weights), ("smallest ‖w‖₂", shortest),
        ].map { name, w in
          [
            .text(name), .text("0"), .number(w.abs().sum().item, decimals: 4), .number(w.norm().item, decimals: 4),
            .number((w - smallestL1.weights).norm().item, decimals: 4),
            .number((w - shortest).norm().item, decimals: 4), .text(""),
          ]
        })
  }

  func figure(_ starts: [Double], _ networks: [DiagonalNetwork]) throws -> Panels {
    let grid = (0...32).map { Tensor(2 - 5.5 * Double($0) / 32, scalarType: .double) }
      .map { 10 * ((Tensor(10, scalarType: .double).log() * ($0 - 1)).exp().item) }.reversed()
    let limits = try grid.map { try diagonalFlowLimit(X, y, start: $0) }
    let x = Array(grid)
    func distances(_ w: Tensor) -> [Double] { limits.map { ($0 - w).norm().item } }
    let places = (1...60).map(Double.init)
    return Panels(
      "w = u² − v²: the start decides which interpolator is found", columns: 1,
      [
        LineChart(
          "", x: Axis("start α", .logarithmic), y: Axis("distance"),
          series: [
            Series("to w_ℓ1, by formula", x: x, distances(smallestL1.weights)),
            Series("to w_ℓ2, by formula", x: x, distances(shortest)),
            Series(
              "trained", x: starts + starts,
              networks.map { ($0.weights - smallestL1.weights).norm().item }
                + networks.map { ($0.weights - shortest).norm().item }, style: .points),
          ]),
        LineChart(
          "", x: Axis("entry"), y: Axis("w"),
          series: [
            Series("α = 0.001", x: places, networks[0].weights.scalars, style: .points),
            Series("α = 5", x: places, networks[networks.count - 1].weights.scalars, style: .points),
          ]),
      ])
  }
}

/// Forty separable points of the plane, and logistic regression on them. Remark 11.11
public struct MarginWorld: Sendable {
  /// The points, and their labels ±1. [40×2], [40]
  public let points, labels: Tensor
  /// The widest margin.
  public let widest: WidestMargin
  /// Descent, noted at powers of √10.
  public let descent: LogisticDescent
  /// Its cosines to the widest margin.
  public let cosines: [Double]

  /// Points at least 0.3 from a line through the origin; descent to the step `last`.
  public init(random: RandomSource, last: Int) throws {
    var (rows, signs): ([[Double]], [Double]) = ([], [])
    while rows.count < 40 {
      let point = [1.5 * random.normal(), 1.5 * random.normal()]
      let side = 0.8 * point[0] + 0.6 * point[1]
      if abs(side) < 0.3 { continue }
      rows.append(point)
      signs.append(side < 0 ? -1 : 1)
    }
    points = Tensor(rows, scalarType: .double)
    labels = Tensor(signs, scalarType: .double)
    widest = try WidestMargin(points, labels: labels)
    let steps = [1, 3, 10, 32, 100, 316, 1_000, 3_162, 10_000, 31_623, 100_000, 316_228, 1_000_000]
    descent = LogisticDescent(points, labels: labels, learningRate: 0.02, noting: steps.filter { $0 <= last })
    cosines = descent.cosines(with: widest.weights)
  }

  /// The increase of ‖w‖ per unit of ln t between two neighbouring notes, from the second on.
  public var growth: [Double] {
    let halfDecade = Tensor(10, scalarType: .double).log().item / 2
    return zip(descent.norms.dropFirst(), descent.norms).map { ($0 - $1) / halfDecade }
  }

  var table: Table {
    Table(
      "Logistic regression on 40 separable points; the widest margin is \(decimals(widest.margin, 4)), "
        + "‖ŵ‖ = \(decimals(1 / widest.margin, 3))",
      columns: ["step", "cosine to ŵ", "‖w‖", "growth per unit of ln t", "margin of w/‖w‖"],
      rows: descent.steps.indices.map { k in
        let w = descent.weights[k]
        let margin = (labels * matmul(points, w)).min().item / w.norm().item
        return [
          .integer(descent.steps[k]), .number(cosines[k], decimals: 6), .number(descent.norms[k], decimals: 3),
          k == 0 ? .text("") : .text(decimals(growth[k - 1], 3)), .number(margin, decimals: 4),
        ]
      })
  }

  var figure: Panels {
    let (xs, ys) = (points[0..<1, axis: 1].scalars, points[1..<2, axis: 1].scalars)
    func group(_ name: String, _ sign: Double) -> Series {
      let chosen = labels.scalars.indices.filter { labels.scalars[$0] == sign }
      return Series(name, x: chosen.map { xs[$0] }, chosen.map { ys[$0] }, style: .points)
    }
    func line(_ name: String, _ w: Tensor) -> Series {
      let (a, b, size) = (w[0].item, w[1].item, w.norm().item)
      return Series(name, x: [-4 * b / size, 4 * b / size], [4 * a / size, -4 * a / size])
    }
    let steps = descent.steps.map(Double.init)
    return Panels(
      "Logistic regression turns to the widest margin", columns: 2,
      [
        ScatterPlot(
          "", x: Axis("x₁", range: -4...4), y: Axis("x₂", range: -4...4),
          groups: [
            group("−1", -1), group("+1", 1), line("step 1", descent.weights[0]), line("widest margin", widest.weights),
          ]),
        LineChart(
          "", x: Axis("step", .logarithmic), y: Axis("", .logarithmic),
          series: [
            Series("1 − cosine", x: steps, cosines.map { 1 - $0 }, style: .both),
            Series("‖w‖", x: steps, descent.norms, style: .both),
          ]),
      ])
  }
}
