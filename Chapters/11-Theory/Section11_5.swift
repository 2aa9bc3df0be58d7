import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory

/// § 11.5.1: the tangent kernel of networks of growing width, and its limit.
public let section11_5_1 = Exercise(
  .section, "11.5.1", "The neural tangent kernel", seconds: 7, quick: 1
) { run in
  let widths = run.choose(
    quick: [16, 64, 256], standard: [16, 64, 256, 1_024, 4_096], full: [16, 64, 256, 1_024, 4_096])
  let draws = run.choose(quick: 40, standard: 400, full: 2_000)
  let spreads = KernelActivation.allCases.map { σ in
    widths.map { KernelSpread(width: $0, activation: σ, inputs: pair, draws: draws, random: run.random.split()) }
  }
  let deepWidths = run.choose(quick: [16, 64], standard: [16, 64, 256], full: [16, 64, 256, 1_024])
  let deep = deepWidths.map { n in
    KernelSpread(width: n, layers: 4, activation: .erf, inputs: pair, draws: draws / 4, random: run.random.split())
  }
  run.show(spreadTable(spreads + [deep]), as: "spread")
  run.show(angleFigure(draws: 8, widths: [16, 256, 4_096], random: run.random.split()), as: "kernels")

  let steps = run.choose(quick: 20, standard: 300, full: 1_000)
  let repeats = run.choose(quick: 1, standard: 5, full: 9)
  let trainings = KernelActivation.allCases.map { σ in
    widths.map { n in (0..<repeats).map { _ in ringTraining(width: n, activation: σ, steps: steps, run) } }
  }
  let drifts = trainings.map { $0.map { median($0.map(\.kernelDrift)) } }
  run.show(driftTable(trainings, drifts), as: "drift")
  run.show(widthFigure(spreads, drifts), as: "widths")
  run.card("spread · √n, smallest and largest, erf", range(spreads[1].map { $0.deviation * root($0.width) }))
  run.card("drift of the kernel, n = \(grouped(widths[0])), erf", drifts[1][0])
  run.card(
    "drift of the kernel, n = \(grouped(widths[widths.count - 1])), erf", drifts[1][widths.count - 1])
}

/// Two inputs on the ring, 60 degrees apart.
private let pair = ringPoints(6)[0..<2]

/// The target of the trainings on the ring: a constant, a slow and a fast wave. [N]
func ringTarget(_ N: Int) -> Tensor { 0.5 + ringAngles(N).cos() + (2 * ringAngles(N)).sin() }

func root(_ n: Int) -> Double { Double(n).squareRoot() }

private func range(_ values: [Double]) -> String {
  "\(decimals(values.min() ?? 0, 3)) to \(decimals(values.max() ?? 0, 3))"
}

private func ringTraining(width n: Int, activation σ: KernelActivation, steps: Int, _ run: Run) -> TangentTraining {
  TangentTraining(
    of: WideNetwork([2, n], activation: σ, biasFactor: 1, random: run.random.split()), inputs: ringPoints(12),
    targets: ringTarget(12), steps: steps, isCentred: true, report: run.progress("\(σ.rawValue), width \(n)"))
}

private func spreadTable(_ spreads: [[KernelSpread]]) -> Table {
  let names = ["ReLU, one hidden layer", "erf, one hidden layer", "erf, three hidden layers"]
  let limits = [(2, KernelActivation.relu), (2, .erf), (4, .erf)].map { layers, σ in
    KernelLimit(layers: layers, activation: σ).tangentKernel(pair[0..<1], pair[1..<2]).item
  }
  return Table(
    "Theorem 11.13: Θ(x, x′) at initialization, two inputs 60 degrees apart",
    columns: ["network", "width n", "draws", "mean", "limit Θ*", "standard deviation", "times √n"],
    rows: spreads.indices.flatMap { i in
      spreads[i].map {
        [
          .text(names[i]), .integer($0.width), .integer($0.values.count), .number($0.mean, decimals: 4),
          .number(limits[i], decimals: 4), .number($0.deviation, decimals: 4),
          .number($0.deviation * root($0.width), decimals: 3),
        ]
      }
    })
}

/// The value in the middle.
func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

private func driftTable(_ trainings: [[[TangentTraining]]], _ drifts: [[Double]]) -> Table {
  Table(
    "Theorem 11.13: training on 12 points of the ring, η = 1/λ_max, medians of \(trainings[0][0].count) networks",
    columns: ["activation", "width n", "‖Θ_T − Θ₀‖/‖Θ₀‖", "‖θ_T − θ₀‖/‖θ₀‖", "loss before", "loss after"],
    rows: zip(trainings, drifts).flatMap { row, drifts in
      zip(row, drifts).map { networks, drift in
        let network = networks[0].before
        return [
          .text(network.activation.rawValue), .integer(network.weights[0].shape[0]), .number(drift, decimals: 4),
          .number(median(networks.map(\.weightMovement)), decimals: 4),
          .number(median(networks.map { $0.losses.first ?? .nan }), decimals: 3),
          .scientific(median(networks.map { $0.losses.last ?? .nan })),
        ]
      }
    })
}

/// The kernel between a fixed input and one at an angle: several draws and the limit.
private func angleFigure(draws: Int, widths: [Int], random: RandomSource) -> Panels {
  let degrees = (0...72).map { 5 * Double($0) - 180 }
  let θ = Tensor(degrees.map { $0 * Double.pi / 180 }, scalarType: .double)
  let points = 2.0.squareRoot() * Tensor.stacked([θ.cos(), θ.sin()], axis: 1)
  let fixed = ringPoints(12)[0..<1]
  let limit = KernelLimit(layers: 2, activation: .relu).tangentKernel(fixed, points).scalars
  return Panels(
    "Θ(x, x′) of ReLU networks, \(draws) draws for each width",
    widths.map { n in
      let kernels = (0..<draws).map { _ in
        WideNetwork([2, n], activation: .relu, random: random).tangentKernel(fixed, points).scalars
      }
      let low = degrees.indices.map { i in kernels.map { $0[i] }.min() ?? 0 }
      let high = degrees.indices.map { i in kernels.map { $0[i] }.max() ?? 0 }
      return LineChart(
        "n = \(grouped(n))", x: Axis("degrees between x and x′"), y: Axis("Θ", range: -0.5...2.5),
        series: [Series("limit Θ*", x: degrees, limit)]
          + kernels.prefix(3).enumerated().map { i, kernel in
            i == 0
              ? Series("three draws, range of all", x: degrees, kernel, band: (low, high))
              : Series("", x: degrees, kernel)
          })
    })
}

private func widthFigure(_ spreads: [[KernelSpread]], _ drifts: [[Double]]) -> Panels {
  let n = spreads[0].map { Double($0.width) }
  func chart(
    _ title: String, _ label: String, _ values: [[Double]], _ power: String, _ fall: (Double) -> Double
  )
    -> LineChart
  {
    LineChart(
      title, x: Axis("width n", .logarithmic), y: Axis(label, .logarithmic),
      series: [
        Series("ReLU", x: n, values[0], style: .both), Series("erf", x: n, values[1], style: .both),
        Series(power, x: n, n.map { values[1][0] * fall($0 / n[0]) }),
      ])
  }
  return Panels(
    "Wider networks have less random and more constant kernels",
    [
      chart("at initialization", "deviation of Θ(x, x′)", spreads.map { $0.map(\.deviation) }, "1/√n") {
        1 / $0.squareRoot()
      },
      chart("in training", "‖Θ_T − Θ₀‖/‖Θ₀‖", drifts, "1/n") { 1 / $0 },
    ])
}
