// § 11.4.2  Which of the many interpolators gradient descent finds

import Messages
import Tensors

/// The loss L(w) = ½ ‖X w − y‖² of a linear regression, usually with more weights than examples: p > n. § 11.4.2
public struct OverparameterizedRegression: Sendable {
  /// The examples as rows, and their targets. [n×p], [n]
  public let X, y: Tensor
  /// An orthonormal basis of Im(Xᵀ), the row space, as columns. [p×rank]
  public let rowBasis: Tensor
  /// The singular values of X that are not zero up to rounding, descending.
  public let singularValues: [Double]

  /// The regression of these targets on these examples.
  public init(_ X: Tensor, _ y: Tensor) {
    require(
      X.rank == 2 && y.shape == [X.shape[0]] && X.scalarType == .double,
      "cannot fit \(y.shape) targets to \(X.scalarType) examples \(X.shape): one target per row, in double precision, "
        + "is needed")
    (self.X, self.y) = (X, y)
    let (_, s, V) = LinearAlgebra.svd(X)
    let rank = s.scalars.count { $0 > 1e-12 * s.scalars[0] }
    (rowBasis, singularValues) = (V[0..<rank, axis: 1], Array(s.scalars[0..<rank]))
  }

  /// L(w) = ½ ‖X w − y‖²
  public func loss(_ w: Tensor) -> Double { 0.5 * (matmul(X, w) - y).squared().sum().item }

  /// ∇L(w) = Xᵀ(X w − y), which is in Im(Xᵀ). [p]
  public func gradient(_ w: Tensor) -> Tensor { matmul(X.transposed, matmul(X, w) - y) }

  /// λ_max = σ²_max, the smoothness β of L: descent needs η < 2/λ_max.
  public var largestCurvature: Double { singularValues[0] * singularValues[0] }

  /// σ²_min, the smallest curvature that is not zero: the constant μ of the Polyak–Łojasiewicz inequality.
  public var smallestCurvature: Double {
    let σ = singularValues[singularValues.count - 1]
    return σ * σ
  }

  /// The part of w in Im(Xᵀ): Xᵀ(XXᵀ)⁻¹X w. [p]
  public func rowPart(of w: Tensor) -> Tensor { matmul(rowBasis, matmul(rowBasis.transposed, w)) }

  /// The part of w in the null space of X. No gradient ever changes it. [p]
  public func nullPart(of w: Tensor) -> Tensor { w - rowPart(of: w) }

  /// X⁺y, the shortest of all minima. (11.8), Theorem 11.10 [p]
  public var pseudoinverseSolution: Tensor { matmul(LinearAlgebra.pseudoinverse(X), y) }

  /// Xᵀ(XXᵀ)⁻¹y, as in the proof of Theorem 11.10. Throws where two rows depend on each other. [p]
  public func gramSolution() throws -> Tensor {
    matmul(X.transposed, try LinearAlgebra.solve(matmul(X, X.transposed), y))
  }

  /// The limit of descent from w₀: the null part of w₀, which does not change, plus X⁺y. § 11.4.2
  public func limit(from w₀: Tensor) -> Tensor { nullPart(of: w₀) + pseudoinverseSolution }
}

/// Gradient descent that reports all iterates.
extension OverparameterizedRegression {
  /// w after T steps w ← w − η Xᵀ(X w − y). `visit` gets every iterate, w₀ included. Theorem 11.10
  public func descended(
    from w₀: Tensor, learningRate η: Double, steps T: Int, visit: (_ w: Tensor) -> Void = { _ in }
  ) -> Tensor {
    var w = w₀
    visit(w)
    for _ in 0..<T {
      w = w - η * gradient(w)
      visit(w)
    }
    return w
  }

  /// w after T stochastic steps w ← w − η xᵢ(xᵢᵀw − yᵢ), each with one random example. Exercise 11.5
  ///
  /// Where the targets can be interpolated, all these gradients vanish at the same point, so a constant η converges.
  public func stochasticallyDescended(
    from w₀: Tensor, learningRate η: Double, steps T: Int, random: RandomSource,
    visit: (_ w: Tensor) -> Void = { _ in }
  ) -> Tensor {
    var w = w₀
    visit(w)
    for _ in 0..<T {
      let i = random.integer(below: y.count)
      w = w - (η * ((X[i] * w).sum() - y[i])) * X[i]
      visit(w)
    }
    return w
  }
}

/// The Polyak–Łojasiewicz inequality, which takes the place of convexity: every point with a small gradient has a small
/// loss.
extension OverparameterizedRegression {
  /// The smallest possible loss: 0 if X w = y has a solution.
  public var smallestLoss: Double { loss(pseudoinverseSolution) }

  /// ½ ‖∇L(w)‖² − μ (L(w) − L*), with μ = σ²_min: never negative.
  ///
  /// It is 0 where w − X⁺y lies along the singular vector of σ_min. L is not strongly convex: along the null space its
  /// curvature is 0. Groudiev, *Deep Learning*, class notes, 3.4.
  public func lojasiewiczGap(at w: Tensor) -> Double {
    0.5 * gradient(w).squared().sum().item - smallestCurvature * (loss(w) - smallestLoss)
  }

  /// The guarantee that follows for η = 1/β: L(w_t) − L* ≤ (1 − μ/β)ᵗ (L(w₀) − L*).
  public func guarantee(after t: Int, from w₀: Tensor) -> Double {
    let rate = 1 - smallestCurvature / largestCurvature
    return smallestLoss + (0..<t).reduce(loss(w₀) - smallestLoss) { gap, _ in gap * rate }
  }
}
