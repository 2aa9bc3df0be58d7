// § 11.3  Proposition 11.9: bounds by the norms of the weights

import Foundations
import Tensors

/// Bounds on the Rademacher complexity of ReLU networks by norms of their matrices. Proposition 11.9
public struct NormBounds: Sendable {
  /// B_x = max ‖xᵢ‖, and the number of examples m.
  public let inputNorm: Double, examples: Int

  /// The bounds for m inputs of norm at most B_x.
  public init(inputNorm: Double = 1, examples m: Int) { (self.inputNorm, examples) = (inputNorm, m) }

  /// B_x Πₗ ‖Wₗ‖_σ √(2 L log 2) / √m with spectral norms, as printed: not an upper bound. (11.7)
  public func spectral(_ norms: [Double]) -> Double {
    inputNorm * norms.reduce(1, *) * root(norms.count) / Double(examples).squareRoot()
  }

  /// B_x Πₗ ‖Wₗ‖_F (√(2 L log 2) + 1) / √m with Frobenius norms. Golowich, Rakhlin and Shamir (2018), for (11.7)
  public func frobenius(_ norms: [Double]) -> Double {
    inputNorm * norms.reduce(1, *) * (root(norms.count) + 1) / Double(examples).squareRoot()
  }

  private func root(_ L: Int) -> Double { (2 * Double(L) * naturalLogarithm(2)).squareRoot() }
}

/// A network x ↦ a·relu(W x) with ‖a‖ = 1 and ‖W‖_σ = 1 that correlates with given signs. Proposition 11.9
///
/// The rows of W are all eigenvectors u of (1/m) Σ σᵢ xᵢ xᵢᵀ, each with the sign for which |Σ σᵢ relu(u·xᵢ)| is larger,
/// and a points along (1/m) Σ σᵢ relu(W xᵢ). W is orthogonal: its spectral norm is 1, its Frobenius norm √d. All d
/// units add to the correlation, so it grows like √d, but (11.7) does not depend on d.
public struct SpectralWitness: Sendable {
  /// W, [d×d], and a, [d].
  public let W, a: Tensor
  /// (1/m) Σ σᵢ a·relu(W xᵢ): the supremum in (11.5) is at least this.
  public let correlation: Double

  /// The network for inputs [m×d] and signs [m].
  public init(_ x: Tensor, signs σ: Tensor) {
    let m = Double(x.shape[0])
    let u = LinearAlgebra.symmetricEigen(matmul(x.transposed, σ.expanded(axis: 1) * x) / m).vectors
    let (plus, minus) = (matmul(σ, relu(matmul(x, u))).abs(), matmul(σ, relu(matmul(x, -u))).abs())
    W = (u * (2 * (plus .>= minus) - 1)).transposed
    let direction = matmul(σ, relu(matmul(x, W.transposed))) / m
    correlation = direction.norm().item
    a = direction / correlation
  }

  /// a·relu(W x) for inputs as rows. [N×d] → [N]
  public func callAsFunction(_ x: Tensor) -> Tensor { matmul(relu(matmul(x, W.transposed)), a) }
}

/// The class {x ↦ a·relu(W x) : ‖a‖ ≤ 1, ‖W‖_σ ≤ 1} on m random unit vectors of ℝᵈ, and its bounds. Proposition 11.9
public struct SpectralCounterexample: Sendable {
  /// The witnesses' correlations, one for each draw of signs; their mean is at most the complexity.
  public let correlations: [Double]
  /// (11.7) as printed, and the bound with Frobenius norms: ‖W‖_F ≤ √d.
  public let printedBound, frobeniusBound: Double
  /// Their mean.
  public var complexityAtLeast: Double { correlations.reduce(0, +) / Double(correlations.count) }

  /// Draws m inputs on the unit sphere of ℝᵈ, and a network for each of `draws` vectors of signs.
  public init(dimensions d: Int, examples m: Int, draws: Int, random: RandomSource) {
    let x = unitVectors(m, dimensions: d, random: random)
    correlations = (0..<draws).map { _ in
      SpectralWitness(x, signs: randomSigns(1, examples: m, random: random)[0]).correlation
    }
    let bounds = NormBounds(examples: m)
    printedBound = bounds.spectral([1, 1])
    frobeniusBound = bounds.frobenius([1, Double(d).squareRoot()])
  }
}

/// m random points of the unit sphere of ℝᵈ. [m×d]
public func unitVectors(_ m: Int, dimensions d: Int, random: RandomSource) -> Tensor {
  let x = random.normal([m, d], scalarType: .double)
  return x / x.norm(axes: [1], keepsAxes: true)
}
