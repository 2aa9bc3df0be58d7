import DataSets
import Figures
import Foundations
import Messages
import Regularization
import Running
import Tensors
import Training

/// Exercise 3.5: weight decay and L2 are the same for gradient descent, but not for Adam.
public let exercise3_5 = Exercise(
  "3.5", "AdamW against Adam with L2", stars: 3, seconds: 15, quick: 1, full: 180,
  needs: { DataNeeds(train: $0.choose(quick: 100, standard: 200, full: 1_000)) }
) {
  run in
  run.show(pathTable(compareDescents()), as: "descent")
  run.show(decayRateTable(compareDecayRates(penalty: 0.01)), as: "two-parameters")
  run.show(firstStepTable(compareFirstSteps()), as: "first-step")

  let data = try run.data.mnist()
  let (size, seeds) = run.choose(quick: (100, 1), standard: (200, 3), full: (1_000, 5))
  let coefficients = run.choose(
    quick: [0, 0.1], standard: [0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10], full: [0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10])
  let results = compareDecays(
    coefficients, on: data, examples: size, seeds: seeds, firstSeed: run.options.seed,
    make: { MLP([data.train.flattened.shape[1], 128, 10], random: $0) }
  ) { label in
    run.plan(quick: 2, standard: 100, full: 200, batchSize: 32, label: label)
  }
  run.say("\(data.provenance); \(grouped(size)) examples, a fifth of the labels wrong\n")
  run.show(decayTable(results), as: "coefficients")
  run.show(coefficientChart(results), as: "coefficients")
  run.show(generalizationCurves(results), as: "generalization")
  run.card("data", data.provenance)
  for rule in DecayRule.allCases {
    guard let best = bestByValidation(results.filter { $0.rule == rule }) else { continue }
    run.card("\(rule.rawValue), best λ by validation", best.coefficient)
    run.card("\(rule.rawValue), its test accuracy", best.testAccuracy)
  }
}

// MARK: - 3.5.1 Gradient descent

/// One form of decay, its coefficient, and the path of fifty steps of gradient descent.
public struct DescentEnd: Sendable {
  /// The rule, as a formula, and its coefficient as a function of λ and η.
  public let rule, coefficient: String
  /// The weight after every step.
  public let path: [Double]
}

/// Descends the loss ½ h (θ − 1)² from θ = 2 with an L2 penalty λ, and with four choices of a weight decay.
/// Exercise 3.5.1
///
/// The first two follow the path of the penalty; the exercise's λ_wd = λ / η follows another in either form.
public func compareDescents(
  learningRate η: Double = 0.1, penalty λ: Double = 0.01, curvature h: Double = 0.02, steps: Int = 50
) -> [DescentEnd] {
  func path(_ step: (_ θ: Double, _ g: Double) -> Double) -> [Double] {
    var θ = 2.0
    return (0..<steps).map { _ in
      θ = step(θ, h * (θ - 1))
      return θ
    }
  }
  func plain(_ λ: Double) -> [Double] { path { θ, g in (1 - λ) * θ - η * g } }
  func scaled(_ λ: Double) -> [Double] { path { θ, g in (1 - η * λ) * θ - η * g } }
  return [
    DescentEnd(rule: "θ − η (g + λθ), an L2 penalty", coefficient: "λ", path: path { θ, g in θ - η * (g + λ * θ) }),
    DescentEnd(rule: "(1 − λ_wd) θ − η g", coefficient: "λ_wd = ηλ", path: plain(η * λ)),
    DescentEnd(rule: "(1 − η λ_wd) θ − η g", coefficient: "λ_wd = λ", path: scaled(λ)),
    DescentEnd(rule: "(1 − λ_wd) θ − η g", coefficient: "λ_wd = λ/η, as printed", path: plain(λ / η)),
    DescentEnd(rule: "(1 − η λ_wd) θ − η g", coefficient: "λ_wd = λ/η, as printed", path: scaled(λ / η)),
  ]
}

// MARK: - 3.5.2 Two parameters

/// How fast two weights decay under one rule: −ln(θ_T / θ_S) / (η λ (T − S)), which is 1 for AdamW.
public struct DecayRates: Sendable {
  /// The rule.
  public let rule: String
  /// The rate of the weight with large gradients, and of the one with small ones.
  public let large, small: Double
}

/// The decay of two weights from 1. Their loss gradients alternate, ±10 and ±0.1, so the loss has no direction.
/// Exercise 3.5.2
public func compareDecayRates(
  magnitudes: [Double] = [10, 0.1], penalty λ: Double, learningRate η: Double = 1e-3, steps T: Int = 4_000
) -> [DecayRates] {
  func rates<O: Optimizer>(_ rule: String, _ optimizer: O) -> DecayRates {
    var (optimizer, θ) = (optimizer, Tensor([1, 1], scalarType: .double))
    let G = Tensor(magnitudes, scalarType: .double)
    // Alternating steps cancel on average; the first half of the steps lets the moments settle.
    var (last, middle) = (θ, θ)
    for t in 1...T {
      last = θ
      optimizer.update(&θ, along: t.isMultiple(of: 2) ? G : -G)
      if t == T / 2 { middle = (last + θ) / 2 }
    }
    let rate = -((last + θ) / 2 / middle).log() / (η * λ * Double(T - T / 2))
    return DecayRates(rule: rule, large: rate[0].item, small: rate[1].item)
  }
  return [
    rates("Adam + L2", AdamWithL2(learningRate: η, penalty: λ)),
    rates("AdamW", AdamW(learningRate: η, weightDecay: λ)),
  ]
}

/// The first step of a rule from the weights (1, 1) with gradients 10 and 0.1.
public struct FirstStep: Sendable {
  /// The rule, with its coefficient.
  public let rule: String
  /// The two weights after it.
  public let weights: [Double]
}

/// First steps with η = 0.1. That of Adam with L2 does not depend on λ here: m̂ / √v̂ is the sign of g + λθ, which λ
/// does not change. Exercise 3.5.2
public func compareFirstSteps(_ coefficients: [Double] = [0, 0.01, 1]) -> [FirstStep] {
  let g = Tensor([10, 0.1], scalarType: .double)
  func step<O: Optimizer>(_ rule: String, _ optimizer: O) -> FirstStep {
    var (optimizer, θ) = (optimizer, Tensor([1, 1], scalarType: .double))
    optimizer.update(&θ, along: g)
    return FirstStep(rule: rule, weights: θ.scalars)
  }
  return coefficients.map { step("Adam + L2, λ = \($0)", AdamWithL2(learningRate: 0.1, penalty: $0)) }
    + coefficients.map { step("AdamW, λ = \($0)", AdamW(learningRate: 0.1, weightDecay: $0)) }
}

// MARK: - Tables

private func pathTable(_ ends: [DescentEnd]) -> Table {
  Table(
    "3.5.1  Fifty steps of gradient descent (η = 0.1, λ = 0.01)",
    columns: ["rule", "coefficient", "θ after 50 steps", "distance from the L2 path"],
    rows: ends.map { end in
      let distance = zip(end.path, ends[0].path).map { abs($0 - $1) }.max() ?? 0
      return [
        .text(end.rule), .text(end.coefficient), .number(end.path[end.path.count - 1], decimals: 6),
        .number(distance < 1e-12 ? 0 : distance, decimals: 4),
      ]
    })
}

private func decayRateTable(_ rates: [DecayRates]) -> Table {
  Table(
    "3.5.2  Decay of two weights in units of ηλ per step, with gradients ±10 and ±0.1",
    columns: ["rule", "weight with ±10", "weight with ±0.1", "ratio"],
    rows: rates.map {
      [
        .text($0.rule), .number($0.large, decimals: 3), .number($0.small, decimals: 3),
        .number($0.small / $0.large, decimals: 1),
      ]
    })
}

private func firstStepTable(_ steps: [FirstStep]) -> Table {
  Table(
    "3.5.2  The first step from (1, 1) along gradients 10 and 0.1 (η = 0.1)", columns: ["rule", "θ₁", "θ₂"],
    rows: steps.map { [.text($0.rule), .number($0.weights[0], decimals: 4), .number($0.weights[1], decimals: 4)] })
}
