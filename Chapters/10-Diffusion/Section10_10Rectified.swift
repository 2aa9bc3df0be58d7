import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// § 10.10: rectified flow. A second flow is trained on the pairs of the first.
public let section10_10b = Exercise(
  .section, "10.10b", "Rectified flow", seconds: 8, quick: 2, full: 120
) { run in
  run.show(
    reflowOnLine(quantiles: run.choose(quick: 200, standard: 2_000, full: 10_000)).table, as: "line")
  let steps = run.choose(quick: 20, standard: 2_500, full: 10_000)
  let study = PlaneStudy(
    steps: steps, count: run.choose(quick: 60, standard: 400, full: 800), pairings: [.independent],
    random: run.random.split(), report: run.progress)
  let first = study.fields[0]
  let random = run.random.split()
  let noise = random.normal([run.choose(quick: 400, standard: 10_000, full: 20_000), 2])
  let pairs = (noise: noise, data: first.model.flowed(noise, steps: 40, by: .heun))
  var model = TimedNetwork(2, hidden: [96, 96, 96], scale: 100, random: random.split())
  var plan = TrainingPlan(steps: steps, examples: noise.shape[0], batchSize: 128)
  plan.report = run.progress("reflow")
  trainVelocity(
    &model, on: pairs.data, from: pairs.noise, learningRate: 3e-3, plan: plan, random: random.split())
  let data = ringOfEight.sample(count: study.noise.shape[0], from: random).points
  let second = PlaneField("reflow", model, noise: study.noise, data: data)
  let fields = [PlaneField("independent", first.model, noise: study.noise, data: data), second]
  run.show(
    planeTable("W₂ to a ring of eight Gaussians, by steps of Euler's method", fields, between: study.between),
    as: "plane")
  let some = study.noise[0..<min(60, study.noise.shape[0])]
  run.show(
    Panels(
      "A flow, and a second one trained on its pairs", columns: 2,
      [
        fields[0].figure("first flow, 40 steps", some), second.figure("reflow, 40 steps", some),
        fields[0].figure("first flow, 1 step", some, steps: 1), second.figure("reflow, 1 step", some, steps: 1),
      ]), as: "plane")
  run.parameters = model.parameterCount
  run.card("curvature of the first flow", fields[0].curvature)
  run.card("curvature after a reflow", second.curvature)
  run.card("W₂ after 1 step, first flow", fields[0].distances[0])
  run.card("W₂ after 1 step, reflow", second.distances[0])
  run.card("W₂ of two samples of the data", study.between)
}

/// Reflow on the line, with exact velocities.
public struct ReflowOnLine: Sendable {
  /// W₁ to the data after 1, 2, 4, 8 steps of Euler's method, before and after the reflow.
  public let first, second: [Double]
  /// The curvatures.
  public let curvatures: [Double]
  /// E(x₁ − x₀)² of independent pairs, of the flow's pairs, and of the optimal transport.
  public let costs: [Double]

  var table: Table {
    func row(_ name: String, _ distances: [Double?], _ curvature: Double?, _ cost: Double) -> [Table.Cell] {
      [.text(name)] + distances.map { $0.map { .number($0, decimals: 4) } ?? "" }
        + [curvature.map { .number($0, decimals: 4) } ?? "", .number(cost, decimals: 4)]
    }
    let none = [Double?](repeating: nil, count: 4)
    return Table(
      "On the line, with exact velocities: W₁ by steps of Euler's method",
      columns: ["pairs", "1 step", "2", "4", "8", "curvature", "E(x₁ − x₀)²"],
      rows: [
        row("independent", first, curvatures[0], costs[0]), row("the flow's", second, curvatures[1], costs[1]),
        row("optimal transport", none, nil, costs[2]),
      ])
  }
}

/// The measures of the exact flow to two hills, and of the flow along its pairs.
public func reflowOnLine(quantiles n: Int) -> ReflowOnLine {
  let a = middleQuantiles(n)
  let noise = Tensor(a, shape: [n, 1], scalarType: .double)
  let quantiles = twoHills.middleQuantiles(n)
  let field = ExactVelocity(to: twoHills)
  let ends = field.flowed(noise, steps: 200, by: .heun)
  let reflow = MonotoneFlow(from: a, to: ends.scalars)
  let data = Tensor(quantiles, scalarType: .double)
  func distances(_ field: some VelocityField) -> [Double] {
    [1, 2, 4, 8].map { wassersteinBySorting(field.flowed(noise, steps: $0).reshaped([n]), data).item }
  }
  // E(x₁ − x₀)² = E x₁² + E x₀² for independent pairs.
  let independent = (data.squared() + noise.reshaped([n]).squared()).mean().item
  return ReflowOnLine(
    first: distances(field), second: distances(reflow),
    curvatures: [field.curvature(from: noise, steps: 200, by: .heun), reflow.curvature(from: noise, steps: 200)],
    costs: [
      independent, transportCost(from: noise, to: ends), transportCost(from: noise, to: data.expanded(axis: 1)),
    ])
}
