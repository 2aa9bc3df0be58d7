import Foundation
import Regularization
import Tensors

/// The correlation between the features of a regression.
public enum FeatureDesign: String, Sendable {
  /// All features independent.
  case independent
  /// The ten relevant features in two groups of five, with correlation 0.9 within a group.
  case grouped = "grouped (correlation 0.9)"
}

/// A linear regression with 100 features of which the first 10 matter: y = X w + ε with ε ~ N(0, 1).
public struct SparseRegressionData: Sendable {
  /// Examples as rows with their targets: to fit, to choose λ, and to report.
  public let train, validation, test: (X: Tensor, y: Tensor)
  /// The true weights. [100]
  public let truth: Tensor

  /// 80 examples to fit, 80 to choose λ and 1,000 to report on.
  public init(design: FeatureDesign, random: RandomSource) {
    let relevant: [Double] =
      design == .independent
      ? [3, -2, 2, -1.5, 1.5, -1, 1, -1, 0.75, 0.5] : [2, 2, 2, 2, 2, -1, -1, -1, -1, -1]
    let w = Tensor(relevant + Array(repeating: 0, count: 90), scalarType: .double)
    func draw(_ count: Int) -> (X: Tensor, y: Tensor) {
      let own = random.normal([count, 100], scalarType: .double)
      let X = design == .independent ? own : Self.correlated(own, random)
      return (X, matmul(X, w) + random.normal([count], scalarType: .double))
    }
    (truth, train, validation, test) = (w, draw(80), draw(80), draw(1_000))
  }

  /// Features 0 to 4 and 5 to 9 share a common part: weights of √0.9 for it and √0.1 for their own part give
  /// correlation 0.9 and variance 1.
  private static func correlated(_ own: Tensor, _ random: RandomSource) -> Tensor {
    let parts = own.split([5, 5, 90], axis: 1)
    let common = random.normal([own.shape[0], 2], scalarType: .double)
    let groups = (0..<2).map { g in
      0.9.squareRoot() * common.sliced(g..<g + 1, axis: 1) + 0.1.squareRoot() * parts[g]
    }
    return Tensor.concatenated(groups + [parts[2]], axis: 1)
  }
}

/// The fit of one penalty on one data set, with the λ that is best on the validation examples.
public struct PenaltyTrial: Sendable {
  /// The chosen strength λ.
  public let strength: Double
  /// The fitted weights, and the true ones. [100]
  public let weights, truth: Tensor
  /// The mean squared error on the test examples; the noise alone gives 1.
  public let testError: Double

  /// The number of the 10 relevant features with a nonzero weight.
  public var relevantFound: Int { weights.scalars.prefix(10).count { $0 != 0 } }
  /// The number of the 90 other features with a nonzero weight.
  public var irrelevantKept: Int { weights.scalars.dropFirst(10).count { $0 != 0 } }
  /// ‖w − truth‖.
  public var distance: Double { (weights - truth).norm().item }
}

/// The fits of one penalty on several data sets: Exercise 3.2.3.
public struct PenaltyResult: Sendable {
  /// The name of the penalty.
  public let name: String
  /// The fits, one per data set.
  public let trials: [PenaltyTrial]

  /// The mean of a quantity over the data sets.
  public func mean(_ figure: (PenaltyTrial) -> Double) -> Double {
    trials.map(figure).reduce(0, +) / Double(trials.count)
  }
}

/// Fits lasso, ridge and elastic net to the same data sets; each penalty has the λ with the lowest validation error.
/// Exercise 3.2.3
public func comparePenalties(
  design: FeatureDesign, repetitions: Int, strengths: Int, random: RandomSource
) throws -> [PenaltyResult] {
  let sets = (0..<repetitions).map { _ in SparseRegressionData(design: design, random: random.split()) }
  let penalties: [(String, Double)] = [("L1 (α = 1)", 1), ("L2 (α = 0)", 0), ("elastic net (α = 0.5)", 0.5)]
  return try penalties.map { name, mix in
    PenaltyResult(name: name, trials: try sets.map { try bestOnValidation($0, mix: mix, strengths: strengths) })
  }
}

/// The fit with the lowest validation error along a path of decreasing strengths, each started from the previous fit.
private func bestOnValidation(_ data: SparseRegressionData, mix: Double, strengths: Int) throws -> PenaltyTrial {
  let N = Double(data.train.X.shape[0])
  let (H, c) = (matmul(data.train.X.transposed, data.train.X) / N, matmul(data.train.X.transposed, data.train.y) / N)
  func error(_ w: Tensor, _ set: (X: Tensor, y: Tensor)) -> Double { (matmul(set.X, w) - set.y).squared().mean().item }
  let strongest = lassoLimit(data.train.X, data.train.y) / max(mix, 0.1)
  var w = Tensor.zeros(c.shape, scalarType: .double)
  var best = (λ: strongest, w: w, error: Double.infinity)
  for k in 0..<strengths {
    let λ = strongest * pow(1e-3, Double(k) / Double(max(1, strengths - 1)))
    w =
      try mix == 0
      ? ridgeRegression(data.train.X, data.train.y, penalty: λ)
      : ElasticNet(strength: λ, mix: mix).minimum(hessian: H, linear: c, from: w, tolerance: 1e-5)
    let found = error(w, data.validation)
    if found < best.error { best = (λ, w, found) }
  }
  return PenaltyTrial(
    strength: best.λ, weights: best.w, truth: data.truth, testError: error(best.w, data.test))
}
