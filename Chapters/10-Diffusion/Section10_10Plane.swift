import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Tensors
import Training

/// The ring of eight Gaussians that the flows of § 10.10 are trained on.
let ringOfEight = GaussianMixture.ring(of: 8, radius: 2, deviation: 0.15)

/// A velocity field in the plane, trained with one kind of pairs, with its measures.
struct PlaneField {
  let name: String
  let model: TimedNetwork
  /// W₂ between flowed noise and data, by the number of steps of Euler's method.
  let distances: [Double]
  let curvature: Double
  /// E‖x₁ − x₀‖² between noise and the end of the flow.
  let cost: Double

  /// The numbers of steps.
  static let steps = [1, 2, 4, 8, 16]

  init(_ name: String, _ model: TimedNetwork, noise: Tensor, data: Tensor) {
    (self.name, self.model) = (name, model)
    distances = Self.steps.map { Transport(from: model.flowed(noise, steps: $0), to: data, power: 2).distance }
    curvature = model.curvature(from: noise, steps: 40)
    cost = transportCost(from: noise, to: model.flowed(noise, steps: 40))
  }

  /// The paths of the first rows of the noise, each with its points.
  func figure(_ title: String, _ noise: Tensor, steps: Int = 40) -> LineChart {
    var path = [noise]
    _ = model.flowed(noise, steps: steps) { _, x in
      path.append(x)
      return true
    }
    let lines = (0..<noise.shape[0]).map { i in path.map { [$0[i, 0].item, $0[i, 1].item] } + [[.nan, .nan]] }
    let (all, ends) = (lines.flatMap { $0 }, path[path.count - 1])
    var chart = LineChart(
      title, x: Axis("x₁", range: -3...3), y: Axis("x₂", range: -3...3),
      series: [
        Series("path", x: all.map { $0[0] }, all.map { $0[1] }),
        Series("end", x: ends.sliced(0..<1, axis: 1).scalars, ends.sliced(1..<2, axis: 1).scalars, style: .points),
      ])
    chart.size = .init(width: 560, height: 600)
    return chart
  }
}

/// The table of some fields.
func planeTable(_ title: String, _ fields: [PlaneField], between: Double) -> Table {
  Table(
    title,
    columns: ["pairs"] + PlaneField.steps.map { $0 == 1 ? "1 step" : "\($0)" } + ["curvature", "E‖x₁ − x₀‖²"],
    rows: fields.map { field in
      [.text(field.name)] + field.distances.map { .number($0, decimals: 3) }
        + [.number(field.curvature, decimals: 3), .number(field.cost, decimals: 3)]
    } + [
      [.text("two samples of the data")]
        + PlaneField.steps.map { $0 == 1 ? .number(between, decimals: 3) : "" } + ["", ""]
    ])
}

/// Flows to a ring of eight Gaussians, trained with independent and with optimal pairs.
struct PlaneStudy {
  let fields: [PlaneField]
  let noise: Tensor
  /// W₂ of two samples of the data.
  let between: Double

  init(
    steps: Int, count: Int, pairings: [FlowPairing] = FlowPairing.allCases, random: RandomSource,
    report: (String) -> (@Sendable (TrainingProgress) -> Void)
  ) {
    let x1 = ringOfEight.sample(count: 10_000, from: random).points
    let data = ringOfEight.sample(count: count, from: random).points
    let noise = random.normal([count, 2])
    fields = pairings.map { pairing in
      var model = TimedNetwork(2, hidden: [96, 96, 96], scale: 100, random: random.split())
      var plan = TrainingPlan(steps: steps, examples: x1.shape[0], batchSize: 128)
      plan.report = report("\(pairing.rawValue) pairs")
      trainVelocity(&model, on: x1, pairing: pairing, learningRate: 3e-3, plan: plan, random: random.split())
      return PlaneField(pairing.rawValue, model, noise: noise, data: data)
    }
    self.noise = noise
    between = Transport(from: ringOfEight.sample(count: count, from: random).points, to: data, power: 2).distance
  }

  var table: Table {
    planeTable("W₂ to a ring of eight Gaussians, by steps of Euler's method", fields, between: between)
  }

  var figure: Panels {
    Panels(
      "From noise to a ring of eight Gaussians",
      fields.map { $0.figure("\($0.name) pairs", noise[0..<min(60, noise.shape[0])]) })
  }
}
