import Backprop
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors

/// Guarantees of descent: convexity between random points, the bound of the convergence theorem, and what noise leaves.
func showConvergence(_ run: Run) {
  let runs = run.choose(quick: 4, standard: 20, full: 100)
  let random = RandomSource(seed: run.options.seed)
  run.show(convexityTable(measureConvexity(pairs: 50 * runs, random: random)), as: "convexity")
  let promises = measureConvergence(
    noises: [0, 0.01, 1],
    steps: run.choose(quick: [10, 100], standard: [10, 100, 1000], full: [10, 100, 1000, 10_000]),
    runs: runs, random: random)
  run.show(promiseTable(promises), as: "convergence")
  let floors = measureFloor(deviations: [0.5, 1, 2], learningRate: 0.2, steps: 1000 * runs, random: random)
  run.show(floorTable(floors), as: "floor")
}

/// The midpoint gaps of a loss between pairs of random points.
public struct ConvexityStudy: Sendable {
  /// The name of the model.
  public let name: String
  /// (L(a) + L(b)) / 2 − L((a + b) / 2) for every pair.
  public let gaps: [Double]
  /// The share of pairs between which the loss is not convex.
  public var shareNegative: Double { Double(gaps.count { $0 < 0 }) / Double(gaps.count) }
}

/// Looks for a pair of points between which the logistic loss, or that of a network of two layers, is above its chord.
public func measureConvexity(pairs: Int, random: RandomSource) -> [ConvexityStudy] {
  let points = LabeledPoints.moons(count: 60, from: random)
  let (x, y) = (points.points(.double), Tensor(points.labels.map(Double.init), scalarType: .double))
  let network = MLP([2, 4, 1], activation: .tanh, random: random).converted(to: .double)
  let logistic = { (θ: Tensor) in binaryCrossEntropy(logits: matmul(x, θ), targets: y) }
  let deep = { (θ: Tensor) in
    binaryCrossEntropy(logits: network.withParameters(from: θ)(x).squeezed(axis: 1), targets: y)
  }
  func gaps(_ L: (Tensor) -> Tensor, parameters p: Int) -> [Double] {
    (0..<pairs).map { _ in
      midpointGap(L, random.normal([p], scalarType: .double), random.normal([p], scalarType: .double))
    }
  }
  return [
    ConvexityStudy(name: "logistic regression", gaps: gaps(logistic, parameters: 2)),
    ConvexityStudy(name: "two layers, 2-4-1", gaps: gaps(deep, parameters: network.parameterCount)),
  ]
}

/// Σ θᵢ² / (1 + θᵢ²): a well with flat slopes. It is not convex, its gradient is Lipschitz with β = 2, and its minimum
/// is 0.
public func well(_ θ: Tensor) -> Tensor { (θ.squared() / (1 + θ.squared())).sum() }

/// Stochastic gradient descent on the well, against the bound of the theorem.
public struct ConvergenceStudy: Sendable {
  /// The variance σ² of the noise, the number T of steps, and the learning rate for both.
  public let noise: Double, steps: Int, learningRate: Double
  /// The mean over the runs of min ‖∇L‖², and its bound.
  public let smallest, bound: Double
}

/// Descends the well from (3, −2, 1, ½) with normal noise, `runs` times for every variance and number of steps.
public func measureConvergence(noises: [Double], steps: [Int], runs: Int, random: RandomSource) -> [ConvergenceStudy] {
  let start = Tensor([3, -2, 1, 0.5], scalarType: .double)
  return noises.flatMap { noise in
    steps.map { T in
      let guarantee = StationaryPointGuarantee(smoothness: 2, gap: well(start).item, noise: noise)
      let η = guarantee.learningRate(steps: T)
      let smallest = (0..<runs).map { _ in
        var (θ, least) = (start, Double.infinity)
        for _ in 0..<T {
          let g = gradient(at: θ, of: well)
          least = min(least, g.squared().sum().item)
          θ -= η * (g + random.normal([4], standardDeviation: (noise / 4).squareRoot(), scalarType: .double))
        }
        return least
      }
      return ConvergenceStudy(
        noise: noise, steps: T, learningRate: η, smallest: smallest.reduce(0, +) / Double(runs),
        bound: guarantee.bound(steps: T))
    }
  }
}

/// The gradient that a fixed learning rate leaves.
public struct NoiseFloor: Sendable {
  /// The deviation σ of the noise.
  public let deviation: Double
  /// √E ‖∇L‖² in the long run: measured, by the exact formula σ √(ηβ / (2 − ηβ)), and √(ηβσ) as printed.
  public let measured, exact, printed: Double
}

/// Descends ½ β θ² with β = 2 and noise of each deviation, and measures ‖∇L‖ after a thousand steps.
public func measureFloor(deviations: [Double], learningRate η: Double, steps: Int, random: RandomSource) -> [NoiseFloor]
{
  let β = 2.0
  return deviations.map { σ in
    var (θ, sum) = (0.0, 0.0)
    for t in 0..<1000 + steps {
      if t >= 1000 { sum += β * β * θ * θ }
      θ -= η * (β * θ + σ * random.normal())
    }
    return NoiseFloor(
      deviation: σ, measured: (sum / Double(steps)).squareRoot(), exact: σ * (η * β / (2 - η * β)).squareRoot(),
      printed: (η * β * σ).squareRoot())
  }
}

private func convexityTable(_ studies: [ConvexityStudy]) -> Table {
  Table(
    "(L(a) + L(b))/2 − L((a + b)/2) between \(grouped(studies[0].gaps.count)) pairs of random parameters",
    columns: ["model", "smallest", "largest", "negative"],
    rows: studies.map {
      [
        .text($0.name), .scientific($0.gaps.min() ?? .nan), .scientific($0.gaps.max() ?? .nan),
        .text(decimals(100 * $0.shareNegative, 1) + "%"),
      ]
    })
}

private func promiseTable(_ studies: [ConvergenceStudy]) -> Table {
  Table(
    "A well that is not convex: min ‖∇L‖² of T steps, and the bound 4βΔ/T + √(8βΔσ²/T)",
    columns: ["σ²", "T", "η", "min ‖∇L‖²", "bound"],
    rows: studies.map {
      [
        .number($0.noise, decimals: 2), .integer($0.steps), .number($0.learningRate, decimals: 4),
        .scientific($0.smallest), .scientific($0.bound),
      ]
    })
}

private func floorTable(_ floors: [NoiseFloor]) -> Table {
  Table(
    "A fixed learning rate: what is left of ‖∇L‖ in the long run, η = 0.2, β = 2",
    columns: ["σ", "measured", "σ √(ηβ / (2 − ηβ))", "printed: √(ηβσ)"],
    rows: floors.map {
      [
        .number($0.deviation, decimals: 1), .number($0.measured, decimals: 4), .number($0.exact, decimals: 4),
        .number($0.printed, decimals: 4),
      ]
    })
}
