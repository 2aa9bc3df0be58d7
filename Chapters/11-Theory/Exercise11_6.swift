import Backprop
import CNN
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory
import Training

/// Exercise 11.6: SGD, Adam and SAM, the largest eigenvalue of the Hessian, and generalization; on digits with wrong
/// labels, and with a residual network on images.
public let exercise11_6 = Exercise(
  "11.6", "Sharpness-aware minimization", stars: 2, seconds: 40, quick: 2, full: 3000,
  needs: { _ in DataNeeds(train: 64) }
) { run in
  let seeds = run.choose(quick: 1, standard: 4, full: 8)
  let rows = try MislabeledDigits.rules.map { rule in
    let found = try (0..<seeds).map { number in
      let digits = try MislabeledDigits(seed: run.options.seed + UInt64(number))
      return digits.minimum(
        by: rule,
        plan: run.reporting(
          TrainingPlan(epochs: run.choose(quick: 2, standard: 150, full: 300), batchSize: 30),
          "digits, \(rule.name), run \(number + 1)"))
    }
    return MinimumRow(rule, found)
  }
  run.show(minimumTable("300 digits, 20 % wrong labels, \(seeds) runs: means", rows), as: "digits")
  run.show(curvatureFigure(rows), as: "digits")
  for row in rows {
    run.card("largest eigenvalue, \(row.rule.name)", average(row.curvatures))
    run.card("test accuracy, \(row.rule.name)", average(row.testAccuracies))
  }
  try imagePart(run)
}

// MARK: - Exercise 11.6.2: a residual network

/// SGD, Adam and SAM with the residual network of chapter 4, on photographs if the reader has them.
private func imagePart(_ run: Run) throws {
  let count = run.choose(quick: 64, standard: 1_000, full: 20_000)
  let all = try run.data.cifar10(drawn: count, run.choose(quick: 50, standard: 1_000, full: 4_000))
  let data = all.limited(to: count, run.choose(quick: 50, standard: 1_000, full: 10_000))
  run.say(data.provenance + "\n")
  let side = run.choose(quick: 8, standard: 16, full: 32)
  let scale = PixelScale(of: data.train, byPlane: true)
  func examples(_ part: LabeledImages) -> Examples {
    let x = part.standardized(by: scale).images
    return Examples(x.shape[3] > side ? x.averagePooled2D(window: x.shape[3] / side) : x, labels: part.labels)
  }
  let (train, test) = (examples(data.train), examples(data.test))
  let starts = (0..<run.choose(quick: 1, standard: 2, full: 2)).map { _ in
    MiniResNet(
      layers: run.choose(quick: 8, standard: 8, full: 20), classes: data.classNames.count,
      width: run.choose(quick: 4, standard: 8, full: 16), random: run.random.split())
  }
  let (order, rules) = (run.random.state, [MinimumRule.sgd(0.05), .adam(5e-3), .sam(0.05, radius: 0.1)])
  let rows = rules.map { rule in
    let found = starts.enumerated().map { number, start in
      var plan = run.plan(
        quick: 1, standard: 12, full: 20, batchSize: 32, label: "images, \(rule.name), run \(number + 1)")
      plan.dropsRest = train.count >= plan.batchSize
      plan = plan.annealed(from: rule.learningRate, examples: train.count)
      return findMinimum(
        from: start, by: rule, train: train, test: test, measured: run.choose(quick: 32, standard: 128, full: 512),
        iterations: run.choose(quick: 2, standard: 20, full: 40), plan: plan, random: RandomSource(state: order))
    }
    return MinimumRow(rule, found)
  }
  run.show(minimumTable("A residual network of chapter 4 on \(data.name), \(side)×\(side)", rows), as: "images")
  run.parameters = starts.first?.parameterCount
  run.card("data", data.provenance)
  for row in rows {
    run.card("residual network, largest eigenvalue, \(row.rule.name)", average(row.curvatures))
    run.card("residual network, test accuracy, \(row.rule.name)", average(row.testAccuracies))
  }
}

// MARK: - Tables and figures

/// The minima of one rule over several runs.
public struct MinimumRow: Sendable {
  /// The rule.
  public let rule: MinimumRule
  /// The measurements, run by run.
  public let losses, trainAccuracies, testAccuracies, curvatures: [Double]

  /// The measurements of these minima.
  public init<M>(_ rule: MinimumRule, _ found: [FoundMinimum<M>]) {
    self.rule = rule
    (losses, curvatures) = (found.map(\.loss), found.map(\.curvature))
    (trainAccuracies, testAccuracies) = (found.map(\.trainAccuracy), found.map(\.testAccuracy))
  }
}

private func minimumTable(_ title: String, _ rows: [MinimumRow]) -> Table {
  Table(
    title,
    columns: ["rule", "training loss", "training accuracy", "test accuracy", "largest eigenvalue", "in each run"],
    rows: rows.map { row in
      [
        .text(row.rule.name), .number(average(row.losses), decimals: 3),
        .number(average(row.trainAccuracies), decimals: 3),
        .number(average(row.testAccuracies), decimals: 3), .number(average(row.curvatures), decimals: 2),
        .text(row.curvatures.map { decimals($0, 2) }.joined(separator: " ")),
      ]
    })
}

private func curvatureFigure(_ rows: [MinimumRow]) -> ScatterPlot {
  ScatterPlot(
    "300 digits with wrong labels: flatter minima, better tests", x: Axis("largest eigenvalue", .logarithmic),
    y: Axis("test accuracy"),

    groups: rows.map { Series($0.rule.name, x: $0.curvatures, $0.testAccuracies, style: .points) })
}
