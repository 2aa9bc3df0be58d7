import Diffusion
import Figures
import Messages
import Running
import Tensors

/// Exercise 10.1: the induction of Theorem 10.3, checked step by step and by drawing.
public let exercise10_1 = Exercise("10.1", "Any number of steps at once", stars: 1, seconds: 2, quick: 1) { run in
  let schedules = [("linear", NoiseSchedule.linear()), ("cosine", .cosine())]
  run.show(inductionTable(schedules[0].1), as: "induction")
  let errors = schedules.map { name, schedule in (name, InductionErrors(schedule)) }
  run.show(errorTable(errors), as: "errors")
  let draws = run.choose(quick: 2_000, standard: 100_000, full: 1_000_000)
  run.show(drawnTable(draws: draws, random: run.random.split()), as: "drawn")
  run.card("largest error of a composed variance", errors.map(\.1.variance).max() ?? .nan)
}

/// The largest differences between the composed steps and (10.2), and that of α_t (1 − ᾱ_{t−1}) + β_t from 1 − ᾱ_t.
public struct InductionErrors: Sendable {
  /// The largest difference of a factor, of a variance, and of the sum of two variances.
  public private(set) var factor = 0.0, variance = 0.0, sum = 0.0

  /// The differences over all steps of a schedule. Exercise 10.1
  public init(_ schedule: NoiseSchedule) {
    var composed = GaussianKernel.identity
    for t in 1...schedule.steps {
      composed = composed.then(schedule.kernel(at: t))
      let direct = schedule.kernel(upTo: t)
      factor = max(factor, abs(composed.factor - direct.factor))
      variance = max(variance, abs(composed.variance - direct.variance))
      sum = max(sum, abs(schedule.α[t] * (1 - schedule.ᾱ[t - 1]) + schedule.β[t] - (1 - schedule.ᾱ[t])))
    }
  }
}

private func inductionTable(_ schedule: NoiseSchedule) -> Table {
  Table(
    "The step from t − 1 to t, linear schedule: the factor of x₀ and the two variances that add up",
    columns: ["t", "√α_t √ᾱ_{t−1}", "√ᾱ_t", "√α_t, (10.5) as printed", "α_t (1 − ᾱ_{t−1})", "+ β_t", "1 − ᾱ_t"],
    rows: [1, 2, 10, 100, 500, 1_000].map { t in
      [
        .integer(t), .number((schedule.α[t] * schedule.ᾱ[t - 1]).squareRoot(), decimals: 6),
        .number(schedule.ᾱ[t].squareRoot(), decimals: 6), .number(schedule.α[t].squareRoot(), decimals: 6),
        .number(schedule.α[t] * (1 - schedule.ᾱ[t - 1]), decimals: 6), .number(schedule.β[t], decimals: 6),
        .number(1 - schedule.ᾱ[t], decimals: 6),
      ]
    })
}

private func errorTable(_ errors: [(String, InductionErrors)]) -> Table {
  Table(
    "1,000 steps composed one by one, beside (10.2): the largest differences",
    columns: ["schedule", "factor", "variance", "variance line of the proof"],
    rows: errors.map { name, e in
      [
        .text(name), .scientific(e.factor, digits: 1), .scientific(e.variance, digits: 1),
        .scientific(e.sum, digits: 1),
      ]
    })
}

/// x₅₀ drawn through 50 steps and in one, from x₀ = 1.5.
private func drawnTable(draws N: Int, random: RandomSource) -> Table {
  let schedule = NoiseSchedule.linear(50, from: 1e-3, to: 0.1)
  let x0 = Tensor(repeating: 1.5, [N], scalarType: .double)
  let chain = schedule.chain(from: x0, steps: 50, random: random)
  let once = schedule.noised(x0, at: 50, noise: random.normal([N], scalarType: .double))
  let exact = schedule.kernel(upTo: 50)
  let rows: [(String, Double, Double)] = [
    ("50 steps, (10.1)", chain.mean().item, chain.variance().item),
    ("one step, (10.8)", once.mean().item, once.variance().item),
    ("exact, (10.2)", 1.5 * exact.factor, exact.variance),
  ]
  return Table(
    "x₅₀ from x₀ = 1.5 with β from 0.001 to 0.1, \(grouped(N)) draws", columns: ["", "mean", "variance"],
    rows: rows.map { [.text($0.0), .number($0.1, decimals: 4), .number($0.2, decimals: 4)] })
}
