import Figures
import Foundation
import Regularization
import Running
import Tensors
import Training

/// § 3.9: the factor by which Adam attenuates or amplifies an L2 penalty, and the decay of weights under both rules.
public let section3_9 = Exercise(.section, "3.9", "The effective decay of Adam and AdamW", seconds: 1) { run in
  let steps = run.choose(quick: 1_000, standard: 4_000, full: 10_000)
  let multipliers = measureDecayMultipliers(steps: steps, random: run.random)
  run.show(
    Table(
      "The factor on an L2 penalty of λθ = 0.01",
      columns: ["gradient rms", "measured", "1/√(rms² + (λθ)²)", "AdamW"],
      rows: multipliers.map {
        [
          .text("\($0.rms)"), .number($0.measured, decimals: 2), .number($0.expected, decimals: 2),
          .number(1, decimals: 0),
        ]
      }), as: "multipliers")
  run.show(multiplierChart(multipliers), as: "multipliers")

  let decays = watchDecay(steps: steps, random: run.random)
  run.show(decayChart(decays), as: "decay")
  for multiplier in multipliers { run.card("multiplier at rms \(multiplier.rms)", multiplier.measured) }
}

/// One size of gradients, and the factor of Adam on a penalty.
public struct DecayMultiplier: Sendable {
  /// The root mean square of the loss gradients.
  public let rms: Double
  /// The factor, measured and by the formula.
  public let measured, expected: Double
}

/// Measures the factor for gradients from 10 down to 0.001, with λθ = 0.01.
public func measureDecayMultipliers(
  _ sizes: [Double] = [10, 1, 0.1, 0.01, 0.001], pull: Double = 0.01, steps: Int, random: RandomSource
) -> [DecayMultiplier] {
  sizes.map { rms in
    DecayMultiplier(
      rms: rms, measured: measuredDecayMultiplier(gradientRMS: rms, pull: pull, steps: steps, random: random),
      expected: expectedDecayMultiplier(gradientRMS: rms, pull: pull))
  }
}

/// The mean weight during training under one rule and one size of gradients.
public struct DecayCurve: Sendable {
  /// The rule and the size.
  public let name: String
  /// The steps of the measurements, and the mean weight there.
  public let steps: [Double], weights: [Double]
}

/// Measures the mean of 500 weights that start at 1, under large (10) or small (0.1) noise as gradients: η = 0.001,
/// λ = 0.1.
public func watchDecay(steps: Int, random: RandomSource) -> [DecayCurve] {
  [10, 0.1].flatMap { rms in
    [
      decayCurve(
        "Adam + L2, gradients \(rms)", AdamWithL2(penalty: 0.1), rms: rms, steps: steps, random: random.split()),
      decayCurve("AdamW, gradients \(rms)", Adam(weightDecay: 0.1), rms: rms, steps: steps, random: random.split()),
    ]
  }
}

private func decayCurve<O: Optimizer>(
  _ name: String, _ optimizer: O, rms: Double, steps: Int, random: RandomSource
) -> DecayCurve {
  var (optimizer, weights) = (optimizer, Tensor.ones([500], scalarType: .double))
  var (places, means): ([Double], [Double]) = ([0], [1])
  for step in 1...steps {
    optimizer.update(&weights, along: random.normal([500], standardDeviation: rms, scalarType: .double))
    if step.isMultiple(of: max(1, steps / 50)) {
      places.append(Double(step))
      means.append(weights.mean().item)
    }
  }
  return DecayCurve(name: name, steps: places, weights: means)
}

private func multiplierChart(_ multipliers: [DecayMultiplier]) -> LineChart {
  let sizes = (0...60).map { pow(10, -3 + 4 * Double($0) / 60) }
  return LineChart(
    "The factor of Adam on an L2 penalty (λθ = 0.01)", x: Axis("root mean square of the loss gradient", .logarithmic),
    y: Axis("factor on the decay", .logarithmic),
    series: [
      Series("Adam + L2, measured", x: multipliers.map(\.rms), multipliers.map(\.measured), style: .points),
      Series("1/√(rms² + (λθ)²)", x: sizes, sizes.map { expectedDecayMultiplier(gradientRMS: $0, pull: 0.01) }),
      Series("AdamW", x: sizes, sizes.map { _ in 1 }),
    ])
}

private func decayChart(_ curves: [DecayCurve]) -> LineChart {
  LineChart(
    "Weights under noise: the mean of 500 (η = 0.001, λ = 0.1)", x: Axis("step"), y: Axis("mean weight"),
    series: curves.map { Series($0.name, x: $0.steps, $0.weights) })
}
