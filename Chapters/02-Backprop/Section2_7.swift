import Backprop
import DataSets
import Figures
import Foundations
import Running
import Tensors

/// § 2.7: one small network three ways, from loops over indices to automatic differentiation, with the same losses.
public let section2_7 = Exercise(.section, "2.7", "By loops, by matrices, automatically", seconds: 1, full: 3) { run in
  let lab = runAutomationLab(
    points: run.choose(quick: 20, standard: 100, full: 400), steps: run.choose(quick: 10, standard: 60, full: 200),
    random: run.random)
  let shown = lab.steps.filter { $0 % (lab.losses[0].count / 5) == 0 }
  run.show(
    Table(
      "Losses of gradient descent", columns: ["step"] + Automation.allCases.map(\.rawValue),
      rows: shown.map { step in [.integer(step)] + lab.losses.map { .number($0[step], decimals: 12) } }), as: "losses")
  run.show(
    Table(
      "One gradient", columns: ["how", "milliseconds"],
      rows: zip(Automation.allCases, lab.seconds).map { [.text($0.rawValue), .measured($1 * 1000, decimals: 2)] }),
    as: "time")
  run.card("last loss", lab.losses[0][lab.losses[0].count - 1])
  run.card("largest difference", lab.largestDifference)
}

/// The losses of one training run, with the gradients computed in every way, and the time of one gradient.
public struct AutomationLab: Sendable {
  /// The losses before each step, a list for each way.
  public let losses: [[Double]]
  /// The seconds for one gradient.
  public let seconds: [Double]

  /// The steps, from 0.
  public var steps: Range<Int> { losses[0].indices }
  /// The largest relative difference between two ways at any step.
  public var largestDifference: Double {
    let table = Tensor(losses, scalarType: .double)
    return ((table - table[0]).abs() / table[0]).max().item
  }
}

/// Trains a 2-4-2 network of tanh neurons on two moons, in double precision, by loops, by matrices and automatically.
public func runAutomationLab(points: Int, steps: Int, random: RandomSource) -> AutomationLab {
  let moons = LabeledPoints.moons(count: points, noise: 0.1, from: random)
  let x = moons.points(.double)
  let network = TanhNetwork(random: random).converted(to: .double)
  let losses = Automation.allCases.map {
    $0.losses(from: network, at: x, labels: moons.labels, steps: steps, learningRate: 0.5)
  }
  let clock = ContinuousClock()
  let seconds = Automation.allCases.map { way in
    clock.measure { for _ in 0..<10 { _ = way.gradient(of: network, at: x, labels: moons.labels) } } / .seconds(10)
  }
  return AutomationLab(losses: losses, seconds: seconds)
}
