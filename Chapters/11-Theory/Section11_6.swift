import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory

/// § 11.6: what width buys, what depth buys, and the pieces of networks.
public let section11_6 = Exercise(.section, "11.6", "Depth and width", seconds: 8, quick: 2) { run in
  let widths = run.choose(quick: [4, 16], standard: [4, 16, 64, 128], full: [4, 16, 64, 128, 256])
  let seeds = run.choose(quick: 1, standard: 5, full: 11)
  run.show(approximationTable(widths: widths, seeds: seeds, random: run.random.split()), as: "approximation")
  run.show(depthTable(folds: 12), as: "depth")
  run.show(depthFigure(folds: 12), as: "neurons")
  run.show(errorTable(folds: 6), as: "errors")
  run.show(foldFigure(), as: "folds")
  let draws = run.choose(quick: 200, standard: 4_000, full: 40_000)
  run.show(piecesTable(draws: draws, random: run.random.split()), as: "pieces")
  run.show(try regionsTable(random: run.random.split()), as: "regions")
  run.show(polynomialTable(random: run.random.split()), as: "polynomials")
  let deep = PiecewiseLinear(of: Sawtooth(folds: 12).network(hiddenLayers: 4), on: 0...1)
  let neurons = [4, 1].map { grouped(Sawtooth(folds: 12).neurons(hiddenLayers: $0)) }
  run.card("neurons for g∘¹², four hidden layers and one", neurons.joined(separator: " and "))
  run.card("error of four hidden layers", deep.largestDistance(to: Sawtooth(folds: 12).function))
}

/// Theorem 11.15: random hidden neurons, outputs by least squares, for the sawtooth of 1, 2, 3 and 4 folds.
private func approximationTable(widths: [Int], seeds: Int, random: RandomSource) -> Table {
  let x = unitCubeGrid(dimensions: 1, perAxis: 257)
  func error(_ k: Int, _ n: Int, _ σ: Activation) -> Double {
    let target = iteratedTentMap(x.squeezed(axis: 1), times: k)
    let errors = (0..<seeds).map { _ in
      ShallowNetwork(
        fitting: { _ in target }, at: x, neurons: n, activation: σ, steepness: σ == .tanh ? 20 : 4, random: random
      ).largestError(from: { _ in target }, at: x)
    }
    return median(errors)
  }
  return Table(
    "Theorem 11.15: largest error with n random neurons and fitted outputs, median of \(seeds)",
    columns: ["activation", "n"] + (1...4).map { "\(1 << $0) pieces" },
    rows: [Activation.relu, .tanh, .square].flatMap { σ in
      widths.map { n in
        [.text("\(σ)"), .integer(n)] + (1...4).map { .number(error($0, n, σ), decimals: 4) }
      }
    })
}

private func depthTable(folds k: Int) -> Table {
  let sawtooth = Sawtooth(folds: k)
  return Table(
    "Theorem 11.16: networks that equal g∘¹², with 4,096 pieces",
    columns: ["hidden layers", "width", "neurons", "pieces", "largest error"],
    rows: [1, 2, 3, 4, 6, 12].map { l in
      let network = sawtooth.network(hiddenLayers: l)
      let function = PiecewiseLinear(of: network, on: 0...1)
      return [
        .integer(l), .integer(network.widths[1]), .integer(sawtooth.neurons(hiddenLayers: l)),
        .integer(function.pieces), .number(function.largestDistance(to: sawtooth.function), decimals: 1),
      ]
    })
}

private func depthFigure(folds k: Int) -> LineChart {
  let layers = [1, 2, 3, 4, 6, 12]
  let l = layers.map(Double.init)
  return LineChart(
    "Neurons of networks that equal g∘¹²", x: Axis("hidden layers"), y: Axis("neurons", .logarithmic),
    series: [
      Series("l · 2^(12/l)", x: l, layers.map { Double(Sawtooth(folds: k).neurons(hiddenLayers: $0)) }, style: .both),
      Series("width 2^(12/l)", x: l, layers.map { Double(1 << (k / $0)) }, style: .both),
    ])
}

private func errorTable(folds k: Int) -> Table {
  let sawtooth = Sawtooth(folds: k)
  return Table(
    "Theorem 11.16: errors of p pieces on \(1 << k) alternating points",
    columns: ["pieces p", "least errors", "bound (2ᵏ − p − 1)/2"],
    rows: [1, 2, 4, 8, 16, 32, 48, 62, 63, 64].map {
      [.integer($0), .integer(sawtooth.leastErrors(pieces: $0)), .number(sawtooth.errorBound(pieces: $0), decimals: 1)]
    })
}

/// What each layer of width 2 makes of the input: the fold of the fold.
private func foldFigure() -> Panels {
  Panels(
    "Two neurons per layer fold the interval again and again", columns: 2,
    (1...4).map { k in
      let function = Sawtooth(folds: k).function
      return LineChart(
        "\(k) hidden layer\(k == 1 ? "" : "s"): \(1 << k) pieces", x: Axis("x"), y: Axis("g∘ᵏ(x)", range: 0...1),
        series: [Series("", x: function.nodes, function.values)])
    })
}

/// The largest numbers of pieces found among random networks.
private func piecesTable(draws: Int, random: RandomSource) -> Table {
  Table(
    "§ 11.6.2: pieces of \(grouped(draws)) random ReLU networks on a line",
    columns: ["hidden widths", "most pieces found", "bound Π (w + 1)", "wˡ"],
    rows: [[2], [3], [2, 2], [3, 3], [4, 4], [2, 2, 2]].map { widths in
      let found =
        (0..<draws).map { _ in
          PiecewiseLinear(of: lineNetwork(hiddenWidths: widths, random: random), on: -50...50).pieces
        }.max() ?? 0
      return [
        .text(widths.map(String.init).joined(separator: ", ")), .integer(found),
        .integer(PiecewiseLinear.mostPieces(hiddenWidths: widths)), .integer(widths.reduce(1, *)),
      ]
    })
}

private func regionsTable(random: RandomSource) throws -> Table {
  Table(
    "§ 11.6.2: regions of one layer of n ReLU neurons",
    columns: ["inputs d", "n", "enumerated", "Σ C(n, i), i ≤ d", "2ⁿ"],
    rows: try [(1, 6), (2, 3), (2, 6), (2, 12), (3, 6), (3, 10)].map { d, n in
      let patterns = try activationPatterns(
        weights: random.normal([n, d], scalarType: .double), biases: random.normal([n], scalarType: .double))
      return [
        .integer(d), .integer(n), .integer(patterns.count), .integer(mostRegions(hyperplanes: n, dimensions: d)),
        .integer(1 << n),
      ]
    })
}

/// Differences on windows without a kink: 0 above the degree.
private func polynomialTable(random: RandomSource) -> Table {
  let seed = random.next()
  let x = Tensor.linear(from: -2, to: 2, count: 161, scalarType: .double).expanded(axis: 1)
  func largest(_ hidden: Int, _ order: Int, _ σ: (Tensor) -> Tensor) -> Double {
    let layers = lineNetwork(hiddenWidths: Array(repeating: 3, count: hidden), random: RandomSource(seed: seed)).layers
    let (y, z) = outputs(of: layers, at: x, activation: σ)
    let values = y.scalars
    return windowsWithoutKink(z, length: 19).flatMap { first in
      // Every second point: wide enough for differences above rounding.
      finiteDifferences(stride(from: first, to: first + 19, by: 2).map { values[$0] }, order: order).map(\.magnitude)
    }.max() ?? 0
  }
  let cases: [(String, Int, [Int], (Tensor) -> Tensor)] = [
    ("ReLU", 1, [1, 2], relu), ("ReLU", 2, [1, 2], relu), ("ReLU²", 1, [2, 3], squaredReLU),
    ("ReLU²", 2, [4, 5], squaredReLU), ("ReLU²", 3, [8, 9], squaredReLU),
    ("tanh", 1, [3, 5, 9], tanh),
  ]
  return Table(
    "§ 11.6.1: the largest differences of order m where no neuron switches",
    columns: ["activation", "hidden layers", "m", "difference"],
    rows: cases.flatMap { name, hidden, orders, σ in
      orders.map { [.text(name), .integer(hidden), .integer($0), .scientific(largest(hidden, $0, σ), digits: 2)] }
    })
}
