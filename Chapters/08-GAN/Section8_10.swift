import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors

/// § 8.10: what StyleGAN adds to a generator, and generation in one step.
public let section8_10 = Exercise(.section, "8.10", "Styles, and one step instead of many", seconds: 2) { run in
  run.say("AdaIN, the mapping network, StyleGAN2's demodulation, and a consistency function.\n")
  run.show(normalizationTable(run.random), as: "adain")
  run.show(mappingTable(run.random), as: "mapping")
  run.show(demodulationTable(run.random), as: "demodulation")
  let flow = ProbabilityFlow(to: GaussianMixture([.init(weight: 1, mean: [1], deviation: 0.5)]))
  let (table, largest) = consistencyTable(flow)
  run.show(table, as: "consistency")
  run.show(trajectories(run.random), as: "trajectories")
  run.card("largest change of f(x, t) along the trajectory", largest)
}

// MARK: - Styles

/// The statistics of two contents with the style of a third image.
private func normalizationTable(_ random: RandomSource) -> Table {
  let contents = [
    ("noise", random.normal([1, 2, 16, 16])),
    ("noise, 5 times as strong, plus 3", 5 * random.normal([1, 2, 16, 16]) + 3),
  ]
  let style = Style(of: random.uniform([1, 2, 16, 16], in: 0..<4))
  func row(_ name: String, _ s: Style) -> [Table.Cell] {
    [.text(name)] + (0..<2).flatMap { k in [s.shift[0, k].item, s.scale[0, k].item].map { .number($0, decimals: 4) } }
  }
  return Table(
    "AdaIN: the result has the statistics of the style",
    columns: ["maps", "mean of channel 1", "deviation", "mean of channel 2", "deviation"],
    rows: [row("style", style)]
      + contents.flatMap { name, x in
        [row(name, Style(of: x)), row("  with the style", Style(of: adaptiveInstanceNormalized(x, style: style)))]
      })
}

/// What the mapping network makes of latent vectors of other lengths.
private func mappingTable(_ random: RandomSource) -> Table {
  let network = MappingNetwork(latent: 64, width: 64, random: random)
  let z = random.normal([500, 64])
  let w = network(z)
  return Table(
    "A mapping network of \(network.layers.count) layers, \(network.parameterCount) parameters",
    columns: ["latent vectors", "largest change of w"],
    rows: [("3 z", 3 * z), ("−z", -z)].map { name, z in
      [.text(name), .number((network(z) - w).abs().max().item, decimals: 6)]
    })
}

/// The variance of a layer's outputs when all styles are multiplied by a factor.
public func demodulationTable(_ random: RandomSource) -> Table {
  let (x, weight) = (random.normal([4, 16, 24, 24]), random.normal([32, 16, 3, 3]))
  let s = random.uniform([4, 16], in: 0.5..<1.5)
  func variance(_ y: Tensor) -> Table.Cell { .number(y.squared().mean().item, decimals: 3) }
  return Table(
    "16 channels of variance 1, 32 filters of 3×3 from N(0, 1)",
    columns: ["styles", "variance modulated", "demodulated"],
    rows: [1.0, 3, 10].map { factor in
      let styles = factor * s
      let scaled = styles.reshaped([4, 16, 1, 1]) * x
      return [
        .text("\(NumberText.formatted(factor, "%g")) s"), variance(convolution(scaled, weight)),
        variance(modulatedConvolution(x, weight, by: styles)),
      ]
    })
}

// MARK: - One step

/// A trajectory of the flow, and what the consistency function says at its points.
private func consistencyTable(_ flow: ProbabilityFlow) -> (table: Table, largest: Double) {
  let f = Consistency.gaussian(mean: Tensor([1], scalarType: .double), deviation: 0.5)
  let start = Tensor([[-70]], scalarType: .double)
  let path = flow.trajectory(start, from: 80, to: Consistency.end, steps: 120)
  let values = path.map { f($0.x, $0.t).item }
  let largest = values.map { abs($0 - values[0]) }.max() ?? 0
  let shown = stride(from: 0, through: 120, by: 20).map { $0 }
  let table = Table(
    "Data from N(1, 0.5²): 120 steps of Heun's method, and f(x, t) at points of the way",
    columns: ["step", "t", "x", "f(x, t)"],
    rows: shown.map { i in
      [
        .integer(i), .number(path[i].t, decimals: 4), .number(path[i].x.item, decimals: 4),
        .number(values[i], decimals: 4),
      ]
    })
  return (table, largest)
}

/// Trajectories from noise to data, for one Gaussian and for two.
private func trajectories(_ random: RandomSource) -> Panels {
  let one = GaussianMixture([.init(weight: 1, mean: [1], deviation: 0.5)])
  let two = GaussianMixture([
    .init(weight: 0.3, mean: [-2], deviation: 0.3), .init(weight: 0.7, mean: [1], deviation: 0.3),
  ])
  func chart(_ title: String, _ data: GaussianMixture) -> LineChart {
    let starts = Tensor([-9, -7, -5, -3, -1, 1, 3, 5, 7, 9].map { [$0] }, scalarType: .double)
    let path = ProbabilityFlow(to: data).trajectory(starts, from: 5, to: Consistency.end, steps: 60)
    return LineChart(
      title, x: Axis("t", .logarithmic), y: Axis("x"),
      series: (0..<starts.shape[0]).map { k in Series(x: path.map(\.t), path.map { $0.x[k, 0].item }) })
  }
  return Panels(
    "From noise at t = 5 to data at t = 0.002", [chart("one Gaussian", one), chart("two Gaussians", two)])
}
