import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory

/// § 11.5.2: training beside its linearization, kernels that are singular, and lazy and rich training.
public let section11_5_2 = Exercise(
  .section, "11.5.2", "Linearized training, lazy and rich", seconds: 12, quick: 1
) { run in
  let widths = run.choose(quick: [16, 256], standard: [16, 64, 256, 1_024, 4_096], full: [16, 64, 256, 1_024, 4_096])
  let steps = run.choose(quick: 20, standard: 300, full: 1_000)
  let trainings = widths.map { n in
    TangentTraining(
      of: WideNetwork([2, n], activation: .erf, biasFactor: 1, random: run.random.split()), inputs: ringPoints(12),
      targets: ringTarget(12), steps: steps, isCentred: true, report: run.progress("width \(n)"))
  }
  run.show(predictionTable(trainings), as: "predictions")
  run.show(trajectoryFigure([trainings[0], trainings[trainings.count - 1]]), as: "trajectories")

  let eigenvalues = harmonicTable()
  run.show(eigenvalues, as: "eigenvalues")
  let waveSteps = run.choose(quick: 100, standard: 3_000, full: 3_000)
  let waves = [0.0, 1].map { β in
    TangentTraining(
      of: WideNetwork([2, 512], activation: .relu, biasFactor: β, random: run.random.split()), inputs: ringPoints(12),
      targets: (3 * ringAngles(12)).sin(), steps: waveSteps, report: run.progress("sin 3θ, β = \(Int(β))"))
  }
  for (name, wave) in zip(["without biases", "with biases"], waves) {
    let (first, last) = (decimals(wave.losses[0], 3), scientific(wave.losses[waveSteps], digits: 4))
    run.say("sin 3θ on the ring, \(name), \(grouped(waveSteps)) steps: loss from \(first) to \(last)")
  }
  run.say("")

  let scales = run.choose(quick: [0.3, 10], standard: [0.1, 0.3, 1, 3, 10, 30], full: [0.1, 0.3, 1, 3, 10, 30])
  let lazySteps = run.choose(quick: 100, standard: 10_000, full: 30_000)
  let start = WideNetwork([2, 200], activation: .erf, biasFactor: 1, random: run.random.split())
  let lazy = scales.map { α in
    TangentTraining(
      of: start, inputs: ringPoints(12), targets: ringTarget(12), steps: lazySteps, rate: 0.01, outputScale: α,
      isCentred: true, report: run.progress("α = \(α)"))
  }
  run.show(scaleTable(scales, lazy), as: "scales")
  let bent = WideNetwork([2, 500], activation: .relu, random: run.random.split())
  let ends = [scales[0], scales[scales.count - 1]].map { α in
    TangentTraining(
      of: bent, inputs: ringPoints(12), targets: evenTarget(12), steps: lazySteps, rate: 0.03, outputScale: α,
      isCentred: true, report: run.progress("ReLU, α = \(α)"))
  }
  run.show(neuronFigure([(scales[0], ends[0]), (scales[scales.count - 1], ends[1])]), as: "neurons")
  run.card("distance from (I − ηΘ₀)ᵗ, n = \(grouped(widths[0]))", trainings[0].distanceFromDescent)
  run.card(
    "distance from (I − ηΘ₀)ᵗ, n = \(grouped(widths[widths.count - 1]))",
    trainings[widths.count - 1].distanceFromDescent)
  run.card("loss of sin 3θ without biases", waves[0].losses[waveSteps])
  run.card("loss of sin 3θ with biases", waves[1].losses[waveSteps])
  run.card("change of the kernel, α = \(scales[0])", lazy[0].kernelDrift)
  run.card("change of the kernel, α = \(scales[scales.count - 1])", lazy[scales.count - 1].kernelDrift)
}

/// A target that a network without biases can learn: cos 2θ and sin 4θ/2 are even functions of x. [N]
func evenTarget(_ N: Int) -> Tensor { (2 * ringAngles(N)).cos() + 0.5 * (4 * ringAngles(N)).sin() }

private func predictionTable(_ trainings: [TangentTraining]) -> Table {
  Table(
    "§ 11.5.2: outputs in training against two predictions by Θ₀, η = 1/λ_max, the largest distance",
    columns: ["width n", "y − (I − ηΘ₀)ᵗ (y − f(0))", "y − e^(−ηΘ₀t) (y − f(0)), (11.12)", "‖Θ_T − Θ₀‖/‖Θ₀‖"],
    rows: trainings.map {
      [
        .integer($0.before.weights[0].shape[0]), .number($0.distanceFromDescent, decimals: 4),
        .number($0.distanceFromFlow, decimals: 4), .number($0.kernelDrift, decimals: 4),
      ]
    })
}

/// Two outputs in the first steps: measured and predicted.
private func trajectoryFigure(_ trainings: [TangentTraining]) -> Panels {
  Panels(
    "One output in training, and its predictions by the kernel at the start",
    trainings.map { training in
      let shown = min(25, training.outputs.count - 1)
      let steps = (0...shown).map(Double.init)
      let (linearized, η) = (training.linearized, training.rate)
      let farthest = training.outputs[0].scalars.indices.max {
        (training.outputs[0] - training.targets).abs().scalars[$0]
          < (training.outputs[0] - training.targets).abs().scalars[$1]
      }
      let i = farthest ?? 0
      return LineChart(
        "n = \(grouped(training.before.weights[0].shape[0]))", x: Axis("step"), y: Axis("f(xᵢ)"),
        series: [
          Series("network", x: steps, (0...shown).map { training.outputs[$0].scalars[i] }, style: .points),
          Series("(I − ηΘ₀)ᵗ", x: steps, (0...shown).map { linearized.descent(steps: $0, rate: η).scalars[i] }),
          Series(
            "e^(−ηΘ₀t)", x: steps, (0...shown).map { linearized.flow(time: Double($0), rate: η).scalars[i] }),
        ])
    })
}

private func harmonicTable() -> Table {
  let x = ringPoints(12)
  func eigenvalues(_ layers: Int, _ β: Double) -> [Double] {
    harmonicEigenvalues(of: KernelLimit(layers: layers, activation: .relu, biasFactor: β).tangentKernel(x))
  }
  let (plain, biased, deep) = (eigenvalues(2, 0), eigenvalues(2, 1), eigenvalues(4, 0))
  return Table(
    "“If Θ₀ ≻ 0”: eigenvalues of Θ* on a ring of 12 points, ReLU",
    columns: ["eigenvectors", "number", "one hidden layer, no biases", "one hidden layer, β = 1", "three, no biases"],
    rows: plain.indices.map { m in
      [
        .text(m == 0 ? "constant" : "cos \(m)θ, sin \(m)θ"), .integer(m == 0 || m == 6 ? 1 : 2),
        .number(plain[m], decimals: 5), .number(biased[m], decimals: 5), .number(deep[m], decimals: 5),
      ]
    })
}

private func scaleTable(_ scales: [Double], _ trainings: [TangentTraining]) -> Table {
  Table(
    "Remark 11.14: f = α (g(x; θ) − g(x; θ₀)), erf, 200 neurons, the same start and time scale",
    columns: ["α", "‖Θ_T − Θ₀‖/‖Θ₀‖", "‖θ_T − θ₀‖/‖θ₀‖", "final loss"],
    rows: zip(scales, trainings).map {
      [
        .number($0, decimals: 1), .number($1.kernelDrift, decimals: 4), .number($1.weightMovement, decimals: 4),
        .scientific($1.losses.last ?? .nan),
      ]
    })
}

/// The neurons as points |aⱼ| wⱼ of the plane, before and after the training.
private func neuronFigure(_ trainings: [(scale: Double, training: TangentTraining)]) -> Panels {
  func places(_ network: WideNetwork, _ name: String) -> Series {
    let (w, a) = (network.weights[0], network.weights[1].abs().squeezed(axis: 0).expanded(axis: 1))
    let points = (a * w).scalars
    let (x, y) = (stride(from: 0, to: points.count, by: 2), stride(from: 1, to: points.count, by: 2))
    return Series(name, x: x.map { points[$0] }, y.map { points[$0] }, style: .points)
  }
  return Panels(
    "Neurons |aⱼ| wⱼ of two ReLU networks that fit the same 12 values",
    trainings.map { scale, training in
      ScatterPlot(
        "α = \(scale)", x: Axis("|a| w₁", range: -15...15), y: Axis("|a| w₂", range: -15...15),
        groups: [places(training.before, "before"), places(training.after, "after")])
    })
}
