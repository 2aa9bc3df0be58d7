import DataSets
import Figures
import Messages
import Regularization
import Running
import Tensors
import Theory

/// § 11.4.1: infinitely many features as a kernel, and the feature space of a kernel.
public let section11_4_1b = Exercise(
  .section, "11.4.1b", "The end of the curve: kernel ridge regression", seconds: 1, quick: 1
) { run in
  let limit = try FeatureLimit(
    counts: run.choose(
      quick: [200, 800, 3_200], standard: [200, 800, 3_200, 12_800, 51_200], full: [200, 800, 3_200, 12_800, 51_200]),
    random: run.random.split())
  run.show(limit.table, as: "limit")
  let curve = KernelCurve(random: run.random.split())
  run.show(try curve.figure(), as: "curves")
  run.card("test error of the kernel's interpolation", limit.kernelError)
  run.card("test error of kernel ridge regression, λ = 0.1", limit.kernelRidgeError)
  run.card("largest gap between kernel and feature space of (1 + x x′)²", try curve.quadraticGap())
}

/// Predictions from more and more random features beside those of their kernel. § 11.4.1
public struct FeatureLimit: Sendable {
  /// The numbers of features.
  public let counts: [Int]
  /// The root mean squared distance between the predictions, without and with penalty.
  public let distances, ridgeDistances: [Double]
  /// The test errors from features, without penalty.
  public let errors: [Double]
  /// The test errors from the kernel, without and with penalty.
  public let kernelError, kernelRidgeError: Double

  /// The comparison on one problem of § 11.4.1.
  public init(counts: [Int], random: RandomSource) throws {
    let line = NoisyLine(examples: 100, tests: 300, inputs: 20, noise: 0.5, random: random)
    let exact = try KernelRidge(fitting: line.x, line.y, penalty: 0, kernel: reluKernel)(line.testX)
    let ridge = try KernelRidge(fitting: line.x, line.y, penalty: 0.1, kernel: reluKernel)(line.testX)
    var (distances, ridgeDistances, errors): ([Double], [Double], [Double]) = ([], [], [])
    for p in counts {
      let φ = RandomFeatures(p, inputs: 20, random: random)
      let (F, G) = (φ(line.x), φ(line.testX))
      let free = matmul(G, try dualRidgeRegression(F, line.y, penalty: 0))
      let penalized = matmul(G, try dualRidgeRegression(F, line.y, penalty: 0.1))
      distances.append((free - exact).squared().mean().squareRoot().item)
      ridgeDistances.append((penalized - ridge).squared().mean().squareRoot().item)
      errors.append(line.error(of: free))
    }
    (self.counts, self.distances, self.ridgeDistances, self.errors) = (counts, distances, ridgeDistances, errors)
    (kernelError, kernelRidgeError) = (line.error(of: exact), line.error(of: ridge))
  }

  var table: Table {
    Table(
      "p random features beside their kernel, n = 100; the kernel's test error is \(decimals(kernelError, 3))",
      columns: ["p", "test error", "distance to the kernel's predictions", "× √p", "the same, λ = 0.1"],
      rows: counts.indices.map { k in
        [
          .integer(counts[k]), .number(errors[k], decimals: 3), .number(distances[k], decimals: 4),
          .number(distances[k] * Double(counts[k]).squareRoot(), decimals: 2),
          .number(ridgeDistances[k], decimals: 4),
        ]
      })
  }
}

/// Twelve noisy examples of a curve, and three kernels.
public struct KernelCurve: Sendable {
  /// Inputs and targets. [12×1], [12]
  public let x, y: Tensor

  /// Examples of a sine.
  public init(random: RandomSource) {
    let sample = RegressionCurve.sine.sample(count: 12, noise: 0.2, from: random, scalarType: .double)
    (x, y) = (sample.x, sample.y.flattened(from: 0))
  }

  /// The features (1, √2 x, x²) of (1 + x x′)². [N×1] → [N×3]
  public static func quadraticFeatures(_ x: Tensor) -> Tensor {
    Tensor.concatenated(
      [Tensor.ones(x.shape, scalarType: .double), Tensor(2, scalarType: .double).squareRoot() * x, x.squared()], axis: 1
    )
  }

  /// The largest difference between kernel ridge regression with (1 + x x′)² and ridge regression on its features.
  public func quadraticGap(penalty λ: Double = 0.01) throws -> Double {
    let grid = RegressionCurve.sine.grid(count: 41, scalarType: .double).x
    let byKernel = try KernelRidge(fitting: x, y, penalty: λ, kernel: polynomialKernel(degree: 2))(grid)
    let w = try ridgeRegression(Self.quadraticFeatures(x), y, penalty: λ)
    return (byKernel - matmul(Self.quadraticFeatures(grid), w)).abs().max().item
  }

  func figure() throws -> Panels {
    let curve = RegressionCurve.sine.grid(count: 121, scalarType: .double)
    let place = curve.x.flattened(from: 0).scalars
    @Sendable func withConstant(_ x: Tensor) -> Tensor {
      Tensor.concatenated([x - 0.5, Tensor.ones(x.shape, scalarType: .double) / 4], axis: 1)
    }
    let relu: KernelRidge.Kernel = { reluKernel(withConstant($0), withConstant($1)) }
    func chart(_ name: String, _ kernel: @escaping KernelRidge.Kernel, _ penalties: [Double]) throws -> LineChart {
      LineChart(
        name, x: Axis("x"), y: Axis("y", range: -2...2),
        series: [
          Series("truth", x: place, curve.y.flattened(from: 0).scalars),
          Series("examples", x: x.flattened(from: 0).scalars, y.scalars, style: .points),
        ]
          + (try penalties.map { λ in
            let h = try KernelRidge(fitting: x, y, penalty: λ, kernel: kernel)
            return Series(λ == 0 ? "λ = 0" : "λ = \(scientific(λ, digits: 1))", x: place, h(curve.x).scalars)
          }))
    }
    return Panels(
      "Kernel ridge regression on 12 examples", columns: 2,
      [
        try chart("(1 + x x′)⁵", polynomialKernel(degree: 5), [1e-3, 1e-7]),
        try chart("infinitely many ReLUs", relu, [0, 1e-3]),
      ])
  }
}
