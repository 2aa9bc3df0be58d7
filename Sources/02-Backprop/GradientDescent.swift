// § 2.1.1  Gradient descent

import Messages
import Tensors

/// The parameters after one step of gradient descent: θ − η ∇L(θ). § 2.1.1, § 2.10.1
///
/// The parameters are a tensor, a model, or an array of them; `L` returns a single number.
public func descentStep<P: Parameterized>(from θ: P, learningRate η: Double, of L: (P) -> Tensor) -> P {
  θ.zipParameters(gradient(at: θ, of: L)) { θ, g in θ - η * g }
}

/// All points that gradient descent visits: θ₀, θ₁, …, θ_T with θₜ₊₁ = θₜ − η ∇L(θₜ). § 2.1.1
public func descentPath<P: Parameterized>(
  from θ: P, learningRate η: Double, steps T: Int, of L: (P) -> Tensor
) -> [P] {
  require(T >= 0, "cannot make \(T) steps of gradient descent")
  var path = [θ]
  for t in 0..<T { path.append(descentStep(from: path[t], learningRate: η, of: L)) }
  return path
}

/// A bowl: L(θ) = ½ (θ − θ*)ᵀ H (θ − θ*) with a symmetric, positive definite H, on which the behaviour of descent is
/// known exactly.
///
/// Every loss looks like one near its minimum. Along an eigenvector of H with eigenvalue λ, one step multiplies the
/// distance to the minimum by 1 − ηλ.
public struct QuadraticBowl: Sendable {
  /// The Hessian H. [p×p]
  public let hessian: Tensor
  /// The minimiser θ* = argmin L(θ). [p]
  public let minimizer: Tensor
  /// The eigenvalues of H, ascending. [p]
  public let curvatures: [Double]
  /// The eigenvectors of H as columns. [p×p]
  public let directions: Tensor

  /// The bowl with this Hessian around this minimum.
  public init(hessian: Tensor, minimizer: Tensor) {
    require(
      hessian.rank == 2 && hessian.shape[0] == hessian.shape[1] && minimizer.shape == [hessian.shape[0]],
      "cannot make a bowl of a Hessian \(hessian.shape) and a minimum \(minimizer.shape): [p×p] and [p] are needed")
    (self.hessian, self.minimizer) = (hessian, minimizer)
    let eigen = LinearAlgebra.symmetricEigen(hessian)
    (curvatures, directions) = (eigen.values.scalars, eigen.vectors)
    require(
      (curvatures.min() ?? 1) > 0,
      "cannot make a bowl: the smallest curvature is \(curvatures.min() ?? 0), not positive")
  }

  /// The loss L(θ) = 1/2N ‖X θ − y‖² of least squares, minus its minimum: H = XᵀX / N, and θ* solves the normal
  /// equations.
  public init(leastSquares X: Tensor, _ y: Tensor) {
    self.init(
      hessian: matmul(X.transposed, X) / Double(X.shape[0]), minimizer: LinearAlgebra.leastSquares(X, y))
  }

  /// ½ (θ − θ*)ᵀ H (θ − θ*), which is 0 at the minimum.
  public func callAsFunction(_ θ: Tensor) -> Tensor {
    let d = θ - minimizer
    return 0.5 * (d * matmul(hessian, d)).sum()
  }

  /// The factor by which one step multiplies the distance along each eigenvector: |1 − η λ|, a contraction if it is
  /// below 1. § 2.1.1
  public func contractions(learningRate η: Double) -> [Double] { curvatures.map { λ in abs(1 - η * λ) } }

  /// The learning rate beyond which descent diverges: 2 / λ_max. § 2.1.1
  public var largestLearningRate: Double { 2 / (curvatures.max() ?? 1) }

  /// The learning rate with the smallest worst contraction: 2 / (λ_min + λ_max), where this is (κ − 1) / (κ + 1).
  public var bestLearningRate: Double { 2 / ((curvatures.min() ?? 1) + (curvatures.max() ?? 1)) }

  /// The condition number κ = λ_max / λ_min: how much longer the bowl is than wide, squared.
  public var conditionNumber: Double { (curvatures.max() ?? 1) / (curvatures.min() ?? 1) }
}
