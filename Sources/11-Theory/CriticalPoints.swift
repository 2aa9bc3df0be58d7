// § 11.8.1  Saddle points and minima

import Backprop
import Messages
import Tensors

/// A random model for the Hessian at a critical point in d dimensions. Proposition 11.19
public enum RandomHessian: String, Sendable, CaseIterable {
  /// Every eigenvalue is positive or negative with probability ½, independently of the others.
  case independentSigns = "independent signs"
  /// A symmetric matrix of normal numbers, with variance 1 off the diagonal and 2 on it: the Gaussian orthogonal
  /// ensemble. Its eigenvalues repel each other, so their signs are not independent.
  case gaussianOrthogonal = "symmetric Gaussian"

  /// The share of critical points, among this number of draws, that are local minima: all eigenvalues are positive.
  ///
  /// A symmetric matrix is positive definite if all pivots of its elimination are positive.
  public func minimumShare(dimension d: Int, draws: Int, random: RandomSource) -> Double {
    require(d >= 1 && draws >= 1, "cannot draw \(draws) Hessians in \(d) dimensions: at least one of each is needed")
    if self == .independentSigns {
      return random.bernoulli([draws, d], probability: 0.5).product(axes: [1]).mean().item
    }
    let G = random.normal([draws, d, d], scalarType: .double)
    var H = (G + G.permuted([0, 2, 1])) / 2.0.squareRoot()
    var isMinimum = Tensor.ones([draws], scalarType: .double)
    for n in stride(from: d, to: 0, by: -1) {
      let pivot = H.sliced(0..<1, axis: 1).sliced(0..<1, axis: 2)  // [draws×1×1]
      isMinimum *= (pivot .> 0).reshaped([draws])
      if n == 1 { break }
      let (column, row) = (
        H.sliced(1..<n, axis: 1).sliced(0..<1, axis: 2), H.sliced(0..<1, axis: 1).sliced(1..<n, axis: 2)
      )
      H = H.sliced(1..<n, axis: 1).sliced(1..<n, axis: 2) - column * row / pivot
    }
    return isMinimum.mean().item
  }

  /// The probability of a local minimum: 2⁻ᵈ for independent signs. For the symmetric Gaussian matrix it is ½,
  /// (2 − √2)/4 and (π − 2√2)/(4π) in 1, 2 and 3 dimensions, and nil in more.
  public func minimumProbability(dimension d: Int) -> Double? {
    if self == .independentSigns { return (0..<d).reduce(1) { p, _ in p / 2 } }
    return [1: 0.5, 2: (2 - 2.0.squareRoot()) / 4, 3: (Double.pi - 8.0.squareRoot()) / (4 * .pi)][d]
  }
}

/// The end points of descent with noise, p ← p − η ∇f(p) + s ε with ε ∼ N(0, I), for many runs from the same point.
/// § 11.8.1
///
/// At a saddle ∇f = 0, so without noise nothing moves. [runs × 2]
public func noisyDescent(
  on surface: Surface, from start: [Double], learningRate η: Double, noise s: Double, steps: Int, runs: Int,
  random: RandomSource
) -> Tensor {
  var p = Tensor(start, shape: [2, 1], scalarType: .double) * Tensor.ones([2, runs], scalarType: .double)
  for _ in 0..<steps {
    p = p - η * gradient(at: p) { surface.height($0).sum() } + s * random.normal([2, runs], scalarType: .double)
  }
  return p.transposed
}
