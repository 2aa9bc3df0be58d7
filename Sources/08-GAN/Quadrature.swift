// Integrals over an interval, for densities in one dimension

import Messages
import Tensors

/// A composite Gauss–Legendre rule: ∫ f(x) dx ≈ Σᵢ wᵢ f(xᵢ), with 16 points in each of many equal panels.
///
/// It integrates polynomials up to degree 31 exactly, up to rounding. The integral is a tensor: it has derivatives with
/// respect to whatever f depends on. Everything is in `Double`.
public struct Quadrature: Sendable {
  /// The points xᵢ, ascending. [N]
  public let nodes: Tensor
  /// The positive weights wᵢ, whose sum is the length of the interval. [N]
  public let weights: Tensor

  /// A rule over an interval.
  public init(over range: ClosedRange<Double>, panels: Int = 64) {
    self.init(between: [range.lowerBound, range.upperBound], panels: panels)
  }

  /// A rule over the intervals between neighbouring `breaks`, with this number of panels in each. Put a break wherever
  /// f has a jump or a kink.
  public init(between breaks: [Double], panels: Int = 64) {
    require(
      breaks.count >= 2 && zip(breaks, breaks.dropFirst()).allSatisfy { $0 < $1 && ($1 - $0).isFinite } && panels >= 1,
      "cannot integrate between \(breaks) with \(panels) panels: at least two ascending, finite limits and one panel "
        + "are needed")
    let (unitNodes, unitWeights) = Self.legendre
    var (nodes, weights): ([Tensor], [Tensor]) = ([], [])
    for (low, high) in zip(breaks, breaks.dropFirst()) {
      let width = (high - low) / Double(panels)
      for panel in 0..<panels {
        nodes.append(low + width * (Double(panel) + (1 + unitNodes) / 2))
        weights.append(width / 2 * unitWeights)
      }
    }
    (self.nodes, self.weights) = (Tensor.concatenated(nodes, axis: 0), Tensor.concatenated(weights, axis: 0))
  }

  /// ∫ f(x) dx, a scalar, for a function that maps the points [N] to its values there, [N].
  public func integral(of f: (Tensor) -> Tensor) -> Tensor { (weights * f(nodes)).sum() }

  /// The points and the weights of one panel, −1...1: the eigenvalues of the tridiagonal matrix of the Legendre
  /// recurrence, and 2 v₁² for its eigenvectors v. Golub and Welsch (1969)
  private static let legendre: (nodes: Tensor, weights: Tensor) = {
    let n = 16
    var rows = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
    for k in 1..<n {
      let β = Double(k) / Double(4 * k * k - 1).squareRoot()
      (rows[k - 1][k], rows[k][k - 1]) = (β, β)
    }
    let (values, vectors) = LinearAlgebra.symmetricEigen(Tensor(rows, scalarType: .double))
    return (values, 2 * vectors[0].squared())
  }()
}
