import Backprop
import Figures
import Foundations
import Messages
import RNN
import Running
import Tensors

/// § 5.4: the bound (5.7) and the norms below it, spectral radii, clipping, and what a recurrent network can learn over
/// 100 steps.
public let section5_4 = Exercise(
  .section, "5.4", "Vanishing and exploding gradients", seconds: 40
) { run in
  let cases = studyBounds(units: run.choose(quick: 16, standard: 64, full: 128), random: run.random)
  run.show(boundTable(cases), as: "bound")
  run.show(boundFigure(cases), as: "bound")
  let powers = studyPowers(size: run.choose(quick: 20, standard: 100, full: 200), random: run.random)
  run.show(
    LineChart(
      "Spectral radius and norms", x: Axis("k"), y: Axis("norm", .logarithmic),
      series: powers.map { Series($0.name, x: $0.lags.map(Double.init), $0.norms) }), as: "radius")
  run.show(
    Table(
      "The spectral radius ρ, and norms of products of k matrices",
      columns: ["matrix", "ρ", "k = 1", "largest", "last"],
      rows: powers.map {
        [
          .text($0.name), .number($0.radius, decimals: 3), .scientific($0.norms[0]),
          .scientific($0.norms.max() ?? 0), .scientific($0.norms.last ?? 0),
        ]
      }), as: "radius")
  let rescue = rescueByClipping(steps: run.choose(quick: 50, standard: 400, full: 400), random: run.random)
  run.show(clippingTable(rescue), as: "clipping")
  run.show(
    LineChart(
      "Gradient descent from 1.5 Q over 40 steps", x: Axis("step"),
      y: Axis("loss", .logarithmic), series: rescue.map { Series($0.name, $0.losses) }), as: "clipping")
  showLatch(run)
}

/// A simple layer along a sequence of 100 steps.
public struct BoundCase: Sendable {
  /// W_hh, and the standard deviation of the inputs.
  public let matrix: String, inputSize: Double
  /// The norms and their bound.
  public let bound: JacobianBound
}

/// Measures (5.7) for several matrices and inputs. Theorem 5.4
public func studyBounds(units: Int, random: RandomSource) -> [BoundCase] {
  let cases: [(String, RecurrentMatrix, Double)] = [
    ("0.9 Q", .orthogonal(0.9), 0.01), ("1.0 Q", .orthogonal(1), 0.01), ("1.0 Q", .orthogonal(1), 1),
    ("1.5 Q", .orthogonal(1.5), 0), ("1.5 Q", .orthogonal(1.5), 0.01), ("1.5 Q", .orthogonal(1.5), 1),
    ("as usual", .uniform, 1),
  ]
  return cases.map { name, matrix, size in
    var layer = VanillaRNN(1, units, random: random).converted(to: .double)
    layer.weights.recurrent = matrix.matrix(units, scalarType: .double, random: random)
    layer.weights.inputBias = 0 * layer.weights.inputBias
    layer.weights.recurrentBias = 0 * layer.weights.recurrentBias
    // Unit inputs to every unit: what counts is the size of W_xh x.
    layer.weights.input = Tensor.ones([units, 1], scalarType: .double)
    let x = random.normal([100, 1], standardDeviation: size, scalarType: .double)
    return BoundCase(matrix: name, inputSize: size, bound: JacobianBound(layer, along: x, every: 5))
  }
}

private func boundTable(_ cases: [BoundCase]) -> Table {
  Table(
    "‖∂h₁₀₀/∂h₀‖ and its bound, Q orthogonal",
    columns: ["W_hh", "input", "σ_max", "γ", "bound (5.7)", "norm", "norm / bound", "the notes say", "found"],
    rows: cases.map { item in
      let (bound, norm) = (item.bound, item.bound.norms.norms.last ?? 0)
      let factor = bound.largestSingularValue * bound.largestSlope
      return [
        .text(item.matrix), .number(item.inputSize, decimals: 2), .number(bound.largestSingularValue, decimals: 3),
        .number(bound.largestSlope, decimals: 3), .scientific(bound.bounds().last ?? 0), .scientific(norm),
        .scientific(norm / (bound.bounds().last ?? 1)),
        .text(factor > 1.001 ? "grows" : factor < 0.999 ? "decays" : "neither"),
        .text(norm > 1.01 ? "grew" : norm < 0.99 ? "decayed" : "kept"),
      ]
    })
}

private func boundFigure(_ cases: [BoundCase]) -> LineChart {
  let bound = cases.first { $0.matrix == "1.5 Q" && $0.inputSize == 0 }
  let own = cases.map { item in
    let lags = item.bound.norms.lags.map(Double.init)
    return Series("\(item.matrix), input \(decimals(item.inputSize, 2))", x: lags, item.bound.norms.norms)
  }
  let limit =
    bound.map { [Series("bound for 1.5 Q", x: $0.bound.norms.lags.map(Double.init), $0.bound.bounds())] } ?? []
  return LineChart(
    "The gradient over the lag, and its bound", x: Axis("lag t − k"),
    y: Axis("‖∂hₜ/∂hₖ‖", .logarithmic, range: 1e-24...1e18), series: own + limit)
}

/// Norms of products of matrices with a given spectral radius.
public struct PowerCase: Sendable {
  /// The matrix.
  public let name: String
  /// ρ of a factor without tanh′.
  public let radius: Double
  /// The lags and the norms.
  public let lags: [Int], norms: [Double]
}

/// Powers of a Gaussian matrix with ρ = 0.95, and products diag(tanh′) W with ρ(W) = 0 and a saturated unit.
public func studyPowers(size: Int, random: RandomSource) -> [PowerCase] {
  let A = random.normal([size, size], scalarType: .double)
  let B = 0.95 / spectralRadius(A) * A
  let W = 2 * Tensor([[1, -1], [1, -1]], scalarType: .double)
  let J = matmul(Tensor([[1, 0], [0, 1e-6]], scalarType: .double), W)
  return [("Gaussian, k-th power", B, B, 200, 4), ("nilpotent, one unit saturated", W, J, 30, 1)].map {
    name, matrix, factor, count, every in
    let norms = LagNorms([Tensor](repeating: factor, count: count), every: every)
    return PowerCase(name: name, radius: spectralRadius(matrix), lags: norms.lags, norms: norms.norms)
  }
}
