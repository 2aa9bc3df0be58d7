import Applications
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// § 12.5.3: Shapley values by four ways, of two games for one model, of people, and of parts of images.
public let section12_5_3 = Exercise(
  .section, "12.5.3", "SHAP and Shapley values", seconds: 2, quick: 1, full: 10
) { run in
  run.show(try waysTable(orders: run.choose(quick: 200, standard: 2_000, full: 20_000), run.random.split()), as: "ways")
  run.show(try correlationTable(), as: "correlation")
  run.show(try correlationFigure(), as: "correlation")
  let people = try PeopleExplained(
    trained: run.choose(quick: 1_000, standard: 10_000, full: 20_000),
    explained: run.choose(quick: 6, standard: 200, full: 1_000),
    background: run.choose(quick: 10, standard: 100, full: 200),
    plan: run.plan(quick: 3, standard: 15, full: 30, batchSize: 256), random: run.random.split())
  run.show(people.table, as: "people")
  run.show(people.figure, as: "people")
  run.show(
    try patchFigure(
      copies: run.choose(quick: 1, standard: 3, full: 8),
      plan: run.plan(quick: 3, standard: 12, full: 20, batchSize: 64), random: run.random.split()), as: "patches")
  run.card("largest deviation from efficiency", people.deviation)
  run.card("share of the column sex in the sum of ∣φ∣", people.shareOfGroup)
}

// MARK: - Ways to compute them

/// A game of seven players in which pairs gain by working together.
private func pairGame(_ random: RandomSource) -> CoalitionGame {
  let alone = (0..<7).map { _ in random.uniform(in: 0..<1) }
  let together = (0..<7).map { _ in (0..<7).map { _ in random.normal() } }
  return CoalitionGame(players: 7) { members in
    let own = members.indices.filter { members[$0] }
    let pairs = own.reduce(0) { sum, i in own.reduce(sum) { $1 > i ? $0 + together[i][$1] : $0 } }
    return own.reduce(pairs) { $0 + alone[$1] }
  }
}

private func waysTable(orders: Int, _ random: RandomSource) throws -> Table {
  let game = pairGame(random)
  let (exact, byOrders) = (game.shapleyValues, game.shapleyValuesByOrders)
  let byRegression = try game.shapleyValuesByRegression()
  let sampled = game.sampledShapleyValues(orders: orders, random: random)
  let rows: [[Table.Cell]] = exact.indices.map {
    [
      .text("\($0 + 1)"), .number(exact[$0], decimals: 6), .number(byOrders[$0], decimals: 6),
      .number(byRegression[$0], decimals: 6), .number(sampled.values[$0], decimals: 3),
      .number(sampled.errors[$0], decimals: 3),
    ]
  }
  func sum(_ values: [Double]) -> Table.Cell { .number(values.reduce(0, +), decimals: 6) }
  return Table(
    "A game of seven players whose pairs gain or lose by working together; all players are worth "
      + decimals(game.total, 6),
    columns: ["player", "64 subsets", "5,040 orders", "regression", "\(grouped(orders)) orders", "± s. e."],
    rows: rows + [["sum", sum(exact), sum(byOrders), sum(byRegression), sum(sampled.values), ""]])
}

// MARK: - Two games for one model

/// f(x) = x₁ of two standard normal features with correlation ρ.
private func correlated(_ ρ: Double) -> LinearGaussianGame {
  LinearGaussianGame(
    w: Tensor([1, 0], scalarType: .double), mean: Tensor([0, 0], scalarType: .double),
    covariance: Tensor([[1, ρ], [ρ, 1]], scalarType: .double))
}

private func correlationTable() throws -> Table {
  let x = Tensor([1, 1.5], scalarType: .double)
  let rows = try [0, 0.3, 0.6, 0.9, 0.99].map { ρ -> [Table.Cell] in
    let (marginal, conditional) = (correlated(ρ).marginal(at: x), try correlated(ρ).conditional(at: x))
    let values = marginal.shapleyValues + conditional.shapleyValues
    return [.number(ρ, decimals: 2)] + values.map { .number($0, decimals: 4) }
  }
  return Table(
    "f(x) = x₁ at x = (1, 1.5): what the unused second feature gets depends on the choice of f(S)",
    columns: ["ρ", "φ₁, marginal", "φ₂, marginal", "φ₁, conditional", "φ₂, conditional"], rows: rows)
}

private func correlationFigure() throws -> LineChart {
  let x = Tensor([1, 1.5], scalarType: .double)
  let places = (-19...19).map { Double($0) / 20 }
  let values = try places.map { try correlated($0).conditional(at: x).shapleyValues }
  return LineChart(
    "f(x) = x₁ at x = (1, 1.5)", x: Axis("correlation of the two features"), y: Axis("Shapley value"),
    series: [
      Series("φ₁, conditional", x: places, values.map { $0[0] }),
      Series("φ₂, conditional", x: places, values.map { $0[1] }),
      Series("φ₁, marginal", x: places, places.map { _ in 1 }),
      Series("φ₂, marginal", x: places, places.map { _ in 0 }),
    ])
}

// MARK: - People

/// Shapley values of the columns of a drawn census, for a network's logits. § 12.5.3
public struct PeopleExplained: Sendable {
  /// The names of the columns.
  public let columns: [String]
  /// The values of each person. [people × columns]
  public let values: [[Double]]
  /// The people, with their logits and the mean logit of the background.
  public let people: CensusPart, logits: [Double], mean: Double

  /// Trains a network on invented people, and explains the first of its test people.
  public init(trained: Int, explained: Int, background: Int, plan: TrainingPlan, random: RandomSource) throws {
    let census = Census.drawn(train: trained, test: explained + background)
    let encoded = EncodedCensus(census, .float)
    var network = MLP([encoded.encoding.width, 32, 1], random: random.split())
    var adam = Adam(learningRate: 3e-3)
    trainFairly(&network, with: &adam, on: encoded.train, encoded.people.train, penalty: 0, plan: plan, random: random)
    let model = network
    let f = { (x: Tensor) in model(x).flattened }
    let z = encoded.test[explained..<explained + background]
    columns = encoded.encoding.columns.map(\.name)
    values = (0..<explained).map {
      marginalGame(of: f, at: encoded.test[$0], background: z, players: encoded.encoding.features).shapleyValues
    }
    people = encoded.people.test.prefix(explained)
    logits = f(encoded.test[0..<explained]).scalars
    mean = f(z).mean().item
  }

  /// The largest difference between the sum of a person's values and their logit above the mean: efficiency.
  public var deviation: Double {
    zip(values, logits).map { abs($0.reduce(0, +) - ($1 - mean)) }.max() ?? .nan
  }

  /// The mean size of the values of each column.
  public var sizes: [Double] {
    columns.indices.map { column in values.reduce(0) { $0 + abs($1[column]) } / Double(values.count) }
  }

  /// The share of the last column, the group, in the sum of all sizes.
  public var shareOfGroup: Double { sizes[sizes.count - 1] / sizes.reduce(0, +) }

  var table: Table {
    func mean(_ column: Int, group: Int) -> Double {
      let members = people.groups.indices.filter { people.groups[$0] == group }
      return members.reduce(0) { $0 + values[$1][column] } / Double(members.count)
    }
    return Table(
      "\(grouped(values.count)) invented people: Shapley values of columns, for the logit of a network",
      columns: ["column", "mean ∣φ∣", "mean φ, Male", "mean φ, Female"],
      rows: columns.indices.map {
        [
          .text(columns[$0]), .number(sizes[$0], decimals: 3), .number(mean($0, group: 0), decimals: 3),
          .number(mean($0, group: 1), decimals: 3),
        ]
      })
  }

  /// The values of the people with the highest, the middle and the lowest logit.
  var figure: BarChart {
    let order = logits.indices.sorted { logits[$0] > logits[$1] }
    let chosen = [order[0], order[order.count / 2], order[order.count - 1]]
    return BarChart(
      "What makes three logits differ from the mean, \(signed(mean))", categories: columns,
      y: Axis("Shapley value"),
      series: chosen.map { Series("logit \(signed(logits[$0]))", values[$0]) }, format: "%.1f")
  }
}

/// A number with two decimals and a minus sign.
private func signed(_ x: Double) -> String { decimals(x, 2).replacing("-", with: "−") }

// MARK: - Parts of images

/// The Shapley values of eight squares of images whose left half decides.
private func patchFigure(copies: Int, plan: TrainingPlan, random: RandomSource) throws -> Panels {
  let study = try SaliencyStudy(copies: copies, plan: plan, random: random)
  let (x, labels) = (study.test.images, study.test.labels)
  let f = { (k: Int) in { (rows: Tensor) in study.network(rows).picked([Int](repeating: k, count: rows.shape[0])) } }
  // Pixels in the order of squares, so that a square is a range: [2, 4, 4, 4] → [2, 4, 4, 4] with squares first.
  func bySquare(_ images: Tensor) -> Tensor {
    images.reshaped([images.shape[0], 2, 4, 4, 4]).permuted([0, 1, 3, 2, 4]).reshaped([images.shape[0], 128])
  }
  func byPixel(_ rows: Tensor) -> Tensor {
    rows.reshaped([rows.shape[0], 2, 4, 4, 4]).permuted([0, 1, 3, 2, 4]).reshaped([rows.shape[0], 128])
  }
  let z = bySquare(x[100..<150])
  let players = (0..<8).map { $0 * 16..<($0 + 1) * 16 }
  let chosen = [3, 7, 8].compactMap { k in labels.firstIndex(of: k) }
  let panels = chosen.flatMap { index -> [any Figure] in
    let k = labels[index]
    let game = marginalGame(
      of: { f(k)(byPixel($0)) }, at: bySquare(x[index..<index + 1])[0], background: z, players: players)
    let φ = game.shapleyValues
    let image = picture(x[index])
    return [
      ImageGrid("\(k) is at the left", images: [image], columns: 1),
      HeatMap(
        "φ for the logit of \(k)", values: [Array(φ[0..<4]), Array(φ[4..<8])], format: "%.1f", colors: .diverging),
    ]
  }
  return Panels("Shapley values of eight squares", columns: 2, panels)
}
