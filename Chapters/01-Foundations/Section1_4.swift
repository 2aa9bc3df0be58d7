import Figures
import Foundations
import Running
import Tensors

/// § 1.4: the universal approximation theorem made visible: fits of growing width, the constructions of its proof, and
/// depth.
public let section1_4 = Exercise(.section, "1.4", "Universal approximation made visible", seconds: 5, full: 50) { run in
  let widths = run.choose(
    quick: [2, 8, 32], standard: [2, 4, 8, 16, 32, 64, 128], full: [2, 4, 8, 16, 32, 64, 128, 256])
  let seeds = run.choose(quick: 1, standard: 5, full: 9)
  for target in [ApproximationTarget.curve, .surface] {
    let curves = errorsAgainstWidth(of: target, widths: widths, seeds: seeds, random: run.random.split())
    run.show(errorTable(curves, target), as: "errors-\(target.name)")
    run.show(
      LineChart(
        "Error of the best fit to \(target.formula)", x: Axis("hidden neurons", .logarithmic),
        y: Axis("largest error", .logarithmic),
        series: curves.map { Series($0.activation.description, x: widths.map(Double.init), $0.errors, style: .both) }),
      as: "errors-\(target.name)")
  }
  run.show(fitsOfGrowingWidth(random: run.random.split()), as: "fits")
  run.show(surfaceFits(random: run.random.split()), as: "surface")
  showConstructions(run)
  showDepth(run)
}

// MARK: - Error against width

/// A continuous function on [0, 1]ᵈ to approximate.
public struct ApproximationTarget: Sendable {
  /// A short name, and the formula.
  public let name, formula: String
  /// The dimension d.
  public let dimensions: Int
  /// The function, for points stored as rows. [N×d] → [N]
  public let value: @Sendable (Tensor) -> Tensor

  /// sin 2πx + ½ sin 6πx on [0, 1].
  public static let curve = ApproximationTarget(name: "curve", formula: "sin 2πx + ½ sin 6πx", dimensions: 1) { x in
    ((2 * Double.pi) * x).sin().squeezed(axis: 1) + 0.5 * ((6 * Double.pi) * x).sin().squeezed(axis: 1)
  }
  /// sin 2πx · cos πy on [0, 1]².
  public static let surface = ApproximationTarget(name: "surface", formula: "sin 2πx · cos πy", dimensions: 2) { x in
    let (first, second) = (x.sliced(0..<1, axis: 1), x.sliced(1..<2, axis: 1))
    return (((2 * Double.pi) * first).sin() * (Double.pi * second).cos()).squeezed(axis: 1)
  }

  /// The points of the fit, and more points between them for the error.
  func grids() -> (fit: Tensor, check: Tensor) {
    let perAxis = dimensions == 1 ? 301 : 25
    return (
      unitCubeGrid(dimensions: dimensions, perAxis: perAxis), unitCubeGrid(dimensions: dimensions, perAxis: 2 * perAxis)
    )
  }
}

/// The largest errors of one activation's best fits, width by width.
public struct ErrorCurve: Sendable {
  /// The activation of the hidden layer.
  public let activation: Activation
  /// The numbers of hidden neurons.
  public let widths: [Int]
  /// The largest error of each width, the median over the seeds.
  public let errors: [Double]
}

/// Fits random hidden layers of growing width by least squares, for ReLU, tanh, sigmoid, GELU and, in vain, z².
public func errorsAgainstWidth(
  of target: ApproximationTarget, activations: [Activation] = [.relu, .tanh, .sigmoid, .gelu, .square], widths: [Int],
  seeds: Int, random: RandomSource
) -> [ErrorCurve] {
  let (x, between) = target.grids()
  return activations.map { activation in
    let errors = widths.map { width in
      let found = (0..<seeds).map { _ in
        ShallowNetwork(
          fitting: target.value, at: x, neurons: width, activation: activation, steepness: 8, random: random
        ).largestError(from: target.value, at: between)
      }
      return found.sorted()[seeds / 2]
    }
    return ErrorCurve(activation: activation, widths: widths, errors: errors)
  }
}

private func errorTable(_ curves: [ErrorCurve], _ target: ApproximationTarget) -> Table {
  Table(
    "Largest error of the best fit to \(target.formula)",
    columns: ["hidden neurons"] + curves.map(\.activation.description),
    rows: curves[0].widths.indices.map { place in
      [.integer(curves[0].widths[place])] + curves.map { .scientific($0.errors[place]) }
    })
}

/// The curve, ReLU networks of 4, 8 and 32 neurons, and a network of z².
private func fitsOfGrowingWidth(random: RandomSource) -> LineChart {
  let target = ApproximationTarget.curve
  let (x, between) = target.grids()
  let at = between.scalars
  let fits = [(Activation.relu, 4), (.relu, 8), (.relu, 32), (.square, 32)].map { activation, width in
    let network = ShallowNetwork(
      fitting: target.value, at: x, neurons: width, activation: activation, steepness: 8, random: random)
    return Series("\(activation), \(width) neurons", x: at, network(between).scalars)
  }
  return LineChart(
    "Fits of growing width", x: Axis("x"), series: [Series(target.formula, x: at, target.value(between).scalars)] + fits
  )
}

/// The surface and tanh networks of 4, 16 and 64 neurons, as maps of 24×24 points.
private func surfaceFits(random: RandomSource) -> Panels {
  let target = ApproximationTarget.surface
  let (side, x) = (24, unitCubeGrid(dimensions: 2, perAxis: 24))
  func map(_ title: String, _ values: Tensor) -> HeatMap {
    let rows = values.reshaped([side, side]).transposed.flipped(axis: 0)  // y upwards
    return HeatMap(
      title, rowTitle: "y", columnTitle: "x", values: (0..<side).map { rows[$0].scalars }, format: nil,
      colors: .diverging, range: -1...1)
  }
  let fits = [4, 16, 64].map { width in
    let network = ShallowNetwork(
      fitting: target.value, at: x, neurons: width, activation: .tanh, steepness: 8, random: random)
    return map("tanh, \(width) neurons", network(x))
  }
  return Panels("A surface and its fits", columns: 2, [map(target.formula, target.value(x))] + fits)
}
