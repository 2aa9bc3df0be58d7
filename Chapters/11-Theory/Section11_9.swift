import Backprop
import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory
import Training

/// § 11.9: the bottleneck's curve, and the information plane of networks in training.
public let section11_9 = Exercise(.section, "11.9", "The information bottleneck", seconds: 12, quick: 1) { run in
  let joint = InformationBottleneck.example
  let critical = InformationBottleneck.criticalBeta(of: joint)
  let betas = [0.5, 0.9, 1, 1.05, 1.1, 1.25, 1.5, 2, 3, 5, 10, 50]
  let solutions = betas.map { share in
    var solution = InformationBottleneck(
      joint: joint, beta: share * critical, states: 8, random: run.random.split())
    solution.converge(steps: run.choose(quick: 300, standard: 5_000, full: 20_000))
    return solution
  }
  run.show(bottleneckTable(critical, solutions), as: "bottleneck")
  run.show(bottleneckFigure(joint, solutions), as: "curve")

  let epochs = run.choose(quick: 30, standard: 3_000, full: 10_000)
  let seeds = run.choose(quick: 1, standard: 3, full: 8)
  var measured: [Activation: [InformationPlane]] = [:]
  for σ in [Activation.tanh, .relu] {
    measured[σ] = (0..<seeds).map { seed in
      InformationPlane(
        activation: σ, plan: run.plan(steps: epochs, label: "\(σ), network \(seed + 1)"),
        task: run.random.split(), random: run.random.split())
    }
  }
  let (tanh, relu) = (measured[.tanh] ?? [], measured[.relu] ?? [])
  run.show(planeTable(tanh, relu), as: "epochs")
  run.show(planeFigure(tanh[0], relu[0]), as: "plane")
  run.show(binFigure(tanh[0], relu[0]), as: "bins")
  run.card("β at which the bottleneck opens, 1/ρ²", critical)
  for (name, planes) in [("tanh", tanh), ("ReLU", relu)] {
    let last = planes[0].lastLayer(bins: 30)
    run.card("I(X;T) of the last hidden layer, \(name), 30 bins: largest", last.map(\.aboutInput).max() ?? .nan)
    run.card("I(X;T) of the last hidden layer, \(name), 30 bins: final", last.last?.aboutInput ?? .nan)
  }
}

private func bottleneckTable(_ critical: Double, _ solutions: [InformationBottleneck]) -> Table {
  Table(
    "(11.15): 8 values of X, binary Y, 1/ρ² = \(decimals(critical, 4))",
    columns: ["β ρ²", "β", "I(X;T), bits", "I(T;Y), bits", "I(X;T) − β I(T;Y)"],
    rows: solutions.map {
      [
        .number($0.beta / critical, decimals: 2), .number($0.beta, decimals: 3),
        .number($0.informationAboutInput, decimals: 4), .number($0.informationAboutTarget, decimals: 4),
        .number($0.objective, decimals: 4),
      ]
    })
}

private func bottleneckFigure(_ joint: Tensor, _ solutions: [InformationBottleneck]) -> Panels {
  let points = solutions.map { (x: $0.informationAboutInput, y: $0.informationAboutTarget) }
  let all = mutualInformation(ofJoint: joint)
  let curve = LineChart(
    "the curve of solutions", x: Axis("I(X;T), bits", range: 0...3), y: Axis("I(T;Y), bits", range: 0...0.7),
    series: [
      Series("solutions", x: points.map(\.x), points.map(\.y), style: .both),
      Series("I(X;Y)", x: [0, 3], [all, all]), Series("I(T;Y) = I(X;T)", x: [0, 0.7], [0, 0.7]),
    ])
  let maps = [1.1, 1.5, 6].map { share in
    var solution = InformationBottleneck(
      joint: joint, beta: share * InformationBottleneck.criticalBeta(of: joint), states: 3,
      random: RandomSource(seed: 2))
    solution.converge()
    return HeatMap(
      "p(t|x), β = \(decimals(solution.beta, 2))", rowTitle: "x", columnTitle: "t",
      values: (0..<solution.encoder.shape[0]).map { solution.encoder[$0].scalars }, format: nil, range: 0...1)
  }
  return Panels("What T keeps of X, and what it tells about Y", columns: 4, [curve] + maps)
}

// MARK: - Networks

private func planeTable(_ tanh: [InformationPlane], _ relu: [InformationPlane]) -> Table {
  let rows: [[Table.Cell]] = [("tanh", tanh), ("ReLU", relu)].flatMap { name, planes in
    InformationPlane.bins.flatMap { bins in
      planes.enumerated().map { network, plane in
        let about = plane.lastLayer(bins: bins)
        let shown = plane.shown.map { about[$0] }
        return [.text(name), .integer(bins), .integer(network + 1)]
          + shown.map { .number($0.aboutInput, decimals: 2) }
          + [.number(about.last?.aboutLabel ?? .nan, decimals: 2), .number(plane.accuracy, decimals: 3)]
      }
    }
  }
  let epochs = tanh[0].shown.map { tanh[0].epochs[$0] }
  return Table(
    "Remark 11.22: I(X;T) in bits of the last hidden layer, 3 neurons, after these epochs",
    columns: ["activation", "bins", "network"] + epochs.map(grouped) + ["I(T;Y) at the end", "accuracy"], rows: rows)
}

private func planeFigure(_ tanh: InformationPlane, _ relu: InformationPlane) -> Panels {
  Panels(
    "The information plane: four hidden layers in training, 30 bins",
    [("tanh", tanh), ("ReLU", relu)].map { name, plane in
      LineChart(
        name, x: Axis("I(X;T), bits", range: 0...10.5), y: Axis("I(T;Y), bits", range: 0...1.05),
        series: InformationPlane.hidden.indices.map { layer in
          let path = plane.measured[30]?[layer] ?? []
          return Series(
            "\(InformationPlane.hidden[layer]) neurons", x: path.map(\.aboutInput), path.map(\.aboutLabel), style: .both
          )
        })
    })
}

private func binFigure(_ tanh: InformationPlane, _ relu: InformationPlane) -> Panels {
  Panels(
    "The same runs in bins of three sizes: the last hidden layer",
    [("tanh", tanh), ("ReLU", relu)].map { name, plane in
      LineChart(
        name, x: Axis("epoch", .logarithmic), y: Axis("I(X;T), bits", range: 0...10.5),
        series: InformationPlane.bins.map { bins in
          let path = plane.lastLayer(bins: bins)
          return Series(
            "\(grouped(bins)) bins", x: plane.epochs.map { max(0.5, Double($0)) }, path.map(\.aboutInput))
        })
    })
}
