import Backprop
import Figures
import Foundations
import GAN
import Messages
import Running
import Tensors
import Training

/// § 8.4.2: the gradient penalty, the best critic that it allows, and trained critics by the sign they begin with.
public let section8_4_2 = Exercise(.section, "8.4.2", "The gradient penalty", seconds: 20, quick: 2, full: 200) { run in
  let seeds = run.choose(quick: 1, standard: 8, full: 16)
  let time = run.choose(quick: 1, standard: 20, full: 200)
  run.say("\(seeds + 2) critics and some small ones are trained: about \(time) seconds.")
  run.show(optimumTable(), as: "optimum")
  var runs = (0..<seeds).map { trainedCritic(run, λ: 10, place: $0) }
  runs += [1, 100].map { trainedCritic(run, λ: $0, place: 0) }
  run.show(trainedTable(runs), as: "trained")
  let signs = [1, 2, 8].map { D in (D, rightSigns(run, dimensions: D)) }
  run.show(signTable(signs), as: "signs")
  run.show(slopeFigure(runs), as: "slopes")

  let best = PenaltyOptimum(real: real, fake: fake, penalty: 10)
  run.parameters = MLP([1, 64, 64, 1], random: run.random).parameterCount
  run.card("W₁", best.wasserstein)
  run.card("value of the best critic, λ = 10", best.value)
  let right = runs.filter { $0.λ == 10 && $0.value > 0 }
  run.card("critics with the right sign, of \(seeds)", Double(right.count))
  if !right.isEmpty {
    run.card("mean value of these", right.map(\.value).reduce(0, +) / Double(right.count))
  }
}

private let real = LineNormal(3, 1)
private let fake = LineNormal(0, 1)

// MARK: - Closed form

/// The best critics for several λ: their values and slopes, in closed form.
public func optimumTable() -> Table {
  Table(
    "The best critic of N(3, 1) and N(0, 1) by (8.16); W₁ = 3",
    columns: ["λ", "its value W₁ + ∫ Δ²/(2λr)", "slope at 1.5", "slope at −4", "wrong sign", "two points, 3 apart"],
    rows: [1.0, 10, 100, 1_000].map { λ in
      let best = PenaltyOptimum(real: real, fake: fake, penalty: λ)
      let slopes = best.slope(Tensor([1.5, -4], scalarType: .double)).scalars
      return [
        .integer(Int(λ)), .number(best.value, decimals: 4), .number(slopes[0], decimals: 4),
        .number(slopes[1], decimals: 4), best.valueOfWrongSign.map { .number($0, decimals: 4) } ?? "none",
        .number(PenaltyOptimum.valueOfPoints(distance: 3, penalty: λ), decimals: 4),
      ]
    })
}

// MARK: - Trained

/// A trained critic.
private struct CriticRun {
  let λ: Double
  /// Its value before and after the training.
  let start, value: Double
  let critic: MLP

  /// The closed form for the sign of its value.
  var expected: Double {
    let best = PenaltyOptimum(real: real, fake: fake, penalty: λ)
    return value > 0 ? best.value : best.valueOfWrongSign ?? .nan
  }
}

/// A critic of widths 1–64–64–1, with weights of its own for each place.
private func trainedCritic(_ run: Run, λ: Double, place: Int) -> CriticRun {
  var recipe = AdversarialRecipe.wassersteinCritic
  recipe.gradientPenalty = λ
  var critic = MLP([1, 64, 64, 1], activation: .leakyReLU(slope: 0.2), random: run.random)
  func value(_ critic: MLP) -> Double {
    let f = critic.converted(to: .double)
    return criticValue({ f($0) }, real: real, fake: fake)
  }
  let start = value(critic)
  let steps = run.choose(quick: 40, standard: 1_000, full: 4_000)
  var plan = run.plan(steps: steps, label: "λ = \(decimals(λ, 0)), critic \(place + 1)")
  plan.batchSize = 256
  plan.learningRate = cosineAnnealing(from: recipe.discriminatorRate, over: steps)
  trainCritic(&critic, by: recipe, real: real, fake: fake, plan: plan, random: run.random)
  return CriticRun(λ: λ, start: start, value: value(critic), critic: critic)
}

private func trainedTable(_ runs: [CriticRun]) -> Table {
  Table(
    "Trained critics", columns: ["λ", "value before", "value", "closed form for its sign", "deviation"],
    rows: runs.map { run in
      [
        .integer(Int(run.λ)), .number(run.start, decimals: 3), .number(run.value, decimals: 3),
        .number(run.expected, decimals: 3),
        .text(decimals(100 * abs(run.value / run.expected - 1), 1) + " %"),
      ]
    })
}

/// How many of how many small critics end with the right sign in D dimensions.
private func rightSigns(_ run: Run, dimensions D: Int) -> (right: Int, all: Int) {
  let (all, steps) = (run.choose(quick: 1, standard: 12, full: 40), run.choose(quick: 10, standard: 200, full: 400))
  let right = (0..<all).count { place in
    var critic = MLP([D, 32, 32, 1], activation: .leakyReLU(slope: 0.2), random: run.random)
    var plan = run.plan(steps: steps, label: "\(D) dimensions, critic \(place + 1)")
    plan.batchSize = 256
    trainCritic(
      &critic, by: .wassersteinCritic, real: real, fake: fake, dimensions: D, plan: plan, random: run.random)
    return criticValue({ critic($0) }, real: real, fake: fake, dimensions: D, random: run.random) > 0
  }
  return (right, all)
}

private func signTable(_ signs: [(Int, (right: Int, all: Int))]) -> Table {
  Table(
    "N((3, 0, …), I) and N(0, I), λ = 10: critics that end with the right sign",
    columns: ["dimensions", "critics", "with the right sign"],
    rows: signs.map { [.integer($0), .integer($1.all), .integer($1.right)] })
}

/// The slopes of the best critics, and of two that were trained.
private func slopeFigure(_ runs: [CriticRun]) -> LineChart {
  let x = Tensor.linear(from: -3, to: 6, count: 91, scalarType: .double)
  let closed = [1.0, 10, 100].map { λ in
    Series(
      "best, λ = \(decimals(λ, 0))", x: x.scalars, PenaltyOptimum(real: real, fake: fake, penalty: λ).slope(x).scalars)
  }
  let chosen = [runs.first { $0.λ == 10 && $0.value > 0 }, runs.first { $0.λ == 10 && $0.value < 0 }]
  let trained = zip(["trained, λ = 10", "trained, wrong sign"], chosen).compactMap { name, run in
    run.map { run in
      let f = run.critic.converted(to: .double)
      return Series(name, x: x.scalars, gradient(at: x.expanded(axis: 1)) { f($0).sum() }.scalars)
    }
  }
  return LineChart("The slope f′ of critics", x: Axis("x"), y: Axis("f′", range: -1.5...4.5), series: closed + trained)
}
