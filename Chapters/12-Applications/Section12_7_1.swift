import Applications
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// § 12.7.1: what (ε, δ) means, what it costs, and DP-SGD on digits.
public let section12_7_1 = Exercise(
  .section, "12.7.1", "Differential privacy", seconds: 12, quick: 1
) { run in
  run.show(gaussianTable(), as: "gaussian")
  run.show(mechanismFigure(), as: "mechanisms")
  run.show(responseTable(respondents: 10_000, random: run.random.split()), as: "answers")
  let published = RenyiAccountant(share: 0.01, noise: 4).epsilon(steps: 10_000, delta: 1e-5)
  run.say(
    "q = 0.01, σ = 4, 10,000 steps, δ = 10⁻⁵: ε = \(decimals(published.epsilon, 2)) at the order \(published.order)\n")
  let steps = run.choose(quick: 10, standard: 150, full: 600)
  let found = try [PrivateDigits.Network.linear, .hidden].flatMap { network in
    try privateDigits(network, noises: [0, 1, 2, 4, 8], steps: steps, seed: run.options.seed) { σ in
      run.plan(steps: steps, label: "DP-SGD, \(network.rawValue), σ = \(decimals(σ, 0))")
    }
  }
  run.show(digitsTable(found, steps: steps), as: "digits")
  run.show(priceFigure(found), as: "price")
  run.card("ε of the published run", published.epsilon)
  for one in found {
    run.card(
      "test accuracy, \(one.network.rawValue), σ = \(decimals(one.noise, 0))",
      one.history["test accuracy"].last ?? .nan)
  }
}

// MARK: - Definition 12.4

private func gaussianTable() -> Table {
  Table(
    "Definition 12.4: the least δ of the Gaussian mechanism; noise of deviation σC",
    columns: ["ε", "σ = 1", "σ = 2", "σ = 1, example replaced", "σ for δ = 10⁻⁵", "√(2 ln(1.25/δ))/ε"],
    rows: [0.1, 0.5, 1, 2].map { ε in
      func δ(_ Δ: Double, _ σ: Double) -> Table.Cell {
        .number(GaussianMechanism(sensitivity: Δ, deviation: σ).delta(epsilon: ε), decimals: 4)
      }
      return [
        .number(ε, decimals: 1), δ(1, 1), δ(1, 2), δ(2, 1),
        .number(GaussianMechanism.calibrated(sensitivity: 1, epsilon: ε, delta: 1e-5).deviation, decimals: 3),
        .number(GaussianMechanism.classicalDeviation(sensitivity: 1, epsilon: ε, delta: 1e-5), decimals: 3),
      ]
    })
}

/// Two densities whose ratio never exceeds e^ε, and the δ of Gaussian noise.
private func mechanismFigure() -> Panels {
  let laplace = LaplaceMechanism(sensitivity: 1, epsilon: 1)
  let places = (-40...50).map { Double($0) / 10 }
  let epsilons = (0...60).map { Double($0) / 20 }
  return Panels(
    "Definition 12.4: outcomes of two adjacent data sets",
    [
      LineChart(
        "Laplace noise, ε = 1", x: Axis("outcome"), y: Axis("density", .logarithmic),
        series: [
          Series("true number 0", x: places, places.map { laplace.density(at: $0, value: 0) }),
          Series("true number 1", x: places, places.map { laplace.density(at: $0, value: 1) }),
        ]),
      LineChart(
        "Gaussian noise σC", x: Axis("ε"), y: Axis("least δ", range: 0...0.7),
        series: [(1.0, 1.0, "σ = 1"), (1, 2, "σ = 2"), (1, 4, "σ = 4"), (2, 1, "σ = 1, replaced")].map { Δ, σ, name in
          Series(name, x: epsilons, epsilons.map { GaussianMechanism(sensitivity: Δ, deviation: σ).delta(epsilon: $0) })
        }),
    ])
}

private func responseTable(respondents n: Int, random: RandomSource) -> Table {
  Table(
    "Definition 12.4: \(grouped(n)) randomised answers, of which 20 % would truly be yes",
    columns: ["ε", "true with probability", "yeses", "estimate", "± one standard error"],
    rows: [0.2, 1, 3].map { ε in
      let mechanism = RandomizedResponse(epsilon: ε)
      let yeses = Double((0..<n).count { mechanism.answer($0 < n / 5, random: random) }) / Double(n)
      return [
        .number(ε, decimals: 1), .number(mechanism.truthProbability, decimals: 3), .number(yeses, decimals: 4),
        .number(mechanism.estimatedShare(yeses: yeses), decimals: 3),
        .number(mechanism.varianceOfEstimate(share: 0.2, respondents: n).squareRoot(), decimals: 3),
      ]
    })
}

// MARK: - DP-SGD

/// A private training: its network, its noise, its history with the test accuracy, and what it cost.
public struct PrivateDigits: Sendable {
  /// What is trained.
  public enum Network: String, Sendable {
    /// Softmax regression, with 650 parameters.
    case linear
    /// A hidden layer of 32 units, with 2,410 parameters.
    case hidden = "hidden layer"

    /// The widths of the layers, and the learning rate.
    var plan: (widths: [Int], rate: Double) { self == .linear ? ([64, 10], 1) : ([64, 32, 10], 0.5) }
  }

  /// The network.
  public let network: Network
  /// The noise σ in units of the clipping norm.
  public let noise: Double
  /// The history, with "test accuracy" after every step.
  public let history: History
  /// The ε for δ = 10⁻⁴ after any number of steps.
  public let spent: [Double]
}

/// Trains a network on the 8×8 optical digits by DP-SGD with q = 0.1 and C = 1. § 12.7.1
///
/// Every parameter gets the same noise, so that of the whole gradient grows with the square root of their number.
public func privateDigits(
  _ network: PrivateDigits.Network, noises: [Double], steps: Int, seed: UInt64, plan: (_ σ: Double) -> TrainingPlan
) throws -> [PrivateDigits] {
  let (train, test) = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
  return noises.map { σ in
    var model = MLP(network.plan.widths, random: RandomSource(seed: seed))
    let history = PrivateDescent(clip: 1, noise: σ, share: 0.1).train(
      &model, x: train.flattened, labels: train.labels, learningRate: network.plan.rate, plan: plan(σ),
      random: RandomSource(seed: seed + 1)
    ) { ["test accuracy": accuracy($0(test.flattened), labels: test.labels)] }
    let accountant = RenyiAccountant(share: 0.1, noise: σ, largestOrder: 64)
    return PrivateDigits(
      network: network, noise: σ, history: history, spent: accountant.epsilons(steps: steps, delta: 1e-4))
  }
}

private func digitsTable(_ found: [PrivateDigits], steps: Int) -> Table {
  func last(_ one: PrivateDigits) -> Table.Cell { .number(one.history["test accuracy"].last ?? .nan, decimals: 3) }
  return Table(
    "DP-SGD on optical digits: q = 0.1, C = 1, \(steps) steps, δ = 10⁻⁴; test accuracy",
    columns: ["σ", "ε", "softmax regression", "hidden layer of 32"],
    rows: zip(found.filter { $0.network == .linear }, found.filter { $0.network == .hidden }).map { linear, hidden in
      [
        .number(linear.noise, decimals: 0), .text(linear.noise == 0 ? "∞" : decimals(linear.spent.last ?? .nan, 2)),
        last(linear), last(hidden),
      ]
    })
}

private func priceFigure(_ found: [PrivateDigits]) -> Panels {
  let linear = found.filter { $0.network == .linear }
  return Panels(
    "The price of privacy: softmax regression by DP-SGD on optical digits, δ = 10⁻⁴",
    [
      LineChart(
        "", x: Axis("step"), y: Axis("ε spent", .logarithmic),
        series: linear.filter { $0.noise > 0 }.map { Series("σ = \(decimals($0.noise, 0))", $0.spent) }),
      LineChart(
        "", x: Axis("step"), y: Axis("test accuracy", range: 0...1),
        series: linear.map { Series("σ = \(decimals($0.noise, 0))", $0.history["test accuracy"]) }),
    ])
}
