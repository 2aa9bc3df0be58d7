// § 11.4.2  The same data and loss, another architecture: Remark 11.11

import Messages
import Tensors
import Training

/// The linear predictor x ↦ wᵀx with w = u² − v², entry by entry: the simplest network whose implicit bias is not
/// that of Theorem 11.10. Remark 11.11
///
/// From u = v = α, where w = 0, gradient flow on any loss of X w stays on w = 2α² sinh(Xᵀν). Among all interpolators it
/// finds the shortest one for large α, and the one with the smallest ‖w‖₁ for small α. Woodworth and others (2020).
public struct DiagonalNetwork: Module {
  /// The factors. [p]
  public var u, v: Tensor

  /// The factors.
  public static var parameters: [PartialKeyPath<DiagonalNetwork>] { [\.u, \.v] }

  /// p weights w = 0, from the start u = v = α.
  public init(_ p: Int, start α: Double) {
    u = Tensor(repeating: α, [p], scalarType: .double)
    v = u
  }

  /// w = u² − v². [p]
  public var weights: Tensor { u.squared() - v.squared() }

  /// wᵀx of every row. [N×p] → [N]
  public func callAsFunction(_ x: Tensor) -> Tensor { matmul(x, weights) }

  /// Trains on L = 1/2n ‖X w − y‖² with all examples in each step: the history of the loss.
  @discardableResult
  public mutating func train(on X: Tensor, _ y: Tensor, learningRate η: Double, plan: TrainingPlan) -> History {
    var optimizer = GradientDescent(learningRate: η)
    return Training.train(&self, with: &optimizer, examples: 1, plan: plan, random: RandomSource(seed: 0)) {
      network, _ in (network(X) - y).squared().mean() / 2
    }
  }
}

/// The interpolator that gradient flow finds in a `DiagonalNetwork` from u = v = α, without training: w = 2α² sinh(Xᵀν)
/// with X w = y, by Newton's method for ν. Remark 11.11 [n×p], [n] → [p]
///
/// ν minimizes the convex Σⱼ 2α² cosh((Xᵀν)ⱼ) − νᵀy. Throws if the rows of X depend on each other.
public func diagonalFlowLimit(_ X: Tensor, _ y: Tensor, start α: Double) throws -> Tensor {
  try diagonalFlow(X, y, start: α).weights
}

/// The limit w = 2α² sinh(Xᵀν), and ν.
private func diagonalFlow(_ X: Tensor, _ y: Tensor, start α: Double) throws -> (weights: Tensor, ν: Tensor) {
  let scale = 2 * α * α
  func sinh(_ s: Tensor) -> Tensor { (s.exp() - (-s).exp()) / 2 }
  func cosh(_ s: Tensor) -> Tensor { (s.exp() + (-s).exp()) / 2 }
  func objective(_ ν: Tensor) -> Double { scale * cosh(matmul(X.transposed, ν)).sum().item - (ν * y).sum().item }
  var ν = Tensor.zeros([X.shape[0]], scalarType: .double)
  for _ in 0..<500 {
    let s = matmul(X.transposed, ν)
    let slope = scale * matmul(X, sinh(s)) - y
    if slope.norm().item <= 1e-13 * y.norm().item { break }
    let step = try LinearAlgebra.solve(matmul(scale * cosh(s) * X, X.transposed), slope)
    let (value, decrease) = (objective(ν), (step * slope).sum().item)
    var t = 1.0
    while t > 1e-12 && !(objective(ν - t * step) <= value - 0.25 * t * decrease) { t /= 2 }
    ν = ν - t * step
  }
  return (scale * sinh(matmul(X.transposed, ν)), ν)
}

/// The interpolator X w = y with the smallest ‖w‖₁, and a proof that there is none with a smaller one. Remark 11.11
///
/// Chen, Donoho and Saunders (1998): basis pursuit. With |Xᵀν| ≤ 1 everywhere, any interpolator has
/// ‖w‖₁ ≥ wᵀXᵀν = νᵀy, and ours reaches it.
public struct SmallestL1: Sendable {
  /// The weights. [p]
  public let weights: Tensor
  /// ν, the certificate. [n]
  public let certificate: Tensor

  /// The solution for examples and targets. Throws if the search ends without a certificate. [n×p], [n]
  ///
  /// The limit of a diagonal network for a small α is close to it, and its ν, scaled, to a certificate. Its largest
  /// weights, n at most, are the candidates for the support S. On the right S, X_S w = y gives w, and a small change of
  /// ν makes X_Sᵀν = sign w exact.
  public init(_ X: Tensor, _ y: Tensor) throws {
    let near = try diagonalFlow(X, y, start: 1e-6)
    let order = near.weights.abs().argsort(isDescending: true)
    let scaled = near.ν / matmul(X.transposed, near.ν).abs().max()
    for size in 1...X.shape[0] {
      let support = order.prefix(size).sorted()
      let A = X.gathered(support, axis: 1)
      let w = LinearAlgebra.leastSquares(A, y)
      let ν = scaled + minimumNormSolution(A.transposed, w.sign() - matmul(A.transposed, scaled))
      let isExact = (matmul(A, w) - y).norm().item <= 1e-9 * y.norm().item
      if isExact && matmul(X.transposed, ν).abs().max().item <= 1 + 1e-9 {
        weights = w.scatterAdded(support, length: X.shape[1])
        certificate = ν
        return
      }
    }
    throw SearchError(
      description:
        "cannot find the smallest ‖w‖₁ with X w = y for examples \(X.shape): none of the supports tried has a "
        + "certificate; take other data, or more examples")
  }
}

/// Why a search ended without a result.
public struct SearchError: Error, CustomStringConvertible {
  /// What was attempted, what was found, and what to do.
  public let description: String
}
