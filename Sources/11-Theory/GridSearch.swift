// § 11.1.1  What the number of inputs costs a search for the global minimum

import Foundations
import Messages
import Tensors

/// The search for a minimum over the centres of kᵈ equal cells of [0, 1]ᵈ.
///
/// If the gradient is β-Lipschitz and is 0 at a minimum x* in the cube, then L(x) − L(x*) ≤ (β/2) ‖x − x*‖². Some
/// centre is within √d/2k of x*, so t = kᵈ evaluations leave an error of at most βd/8k² = (βd/8) t^(−2/d). Up to a
/// constant no method does better. Groudiev, *Deep Learning*, class notes, Property 3.1, claims Ω(t^(−1/d)), which
/// this search contradicts.
public struct GridSearch: Sendable {
  /// d and k.
  public let dimensions, perAxis: Int

  /// The search with k centres along each of d axes.
  public init(dimensions d: Int, perAxis k: Int) {
    require(d > 0 && k > 0, "cannot search a cube of dimension \(d) with \(k) points per axis: both must be positive")
    (dimensions, perAxis) = (d, k)
  }

  /// t = kᵈ.
  public var evaluations: Int { centers.shape[0] }

  /// The centres of the cells. [kᵈ×d]
  public var centers: Tensor {
    let k = Double(perAxis)
    return unitCubeGrid(dimensions: dimensions, perAxis: perAxis) * ((k - 1) / k) + 0.5 / k
  }

  /// The smallest value found of a function of points as rows. f: [N×d] → [N]
  public func minimum(of f: (Tensor) -> Tensor) -> Double { f(centers).min().item }

  /// The largest error for the losses ½‖x − c‖², measured with the minimum c at every corner of every cell.
  ///
  /// It is exactly d/8k²: the bound with β = 1 is reached.
  public func worstQuadraticError() -> Double {
    let c = unitCubeGrid(dimensions: dimensions, perAxis: 2 * perAxis + 1)
    return c.split([Int](repeating: 1, count: c.shape[0]), axis: 0)
      .map { c in minimum { 0.5 * ($0 - c).squared().sum(axes: [1]) } }.max() ?? .nan
  }

  /// βd/8k², an upper bound of the error for every β-smooth loss with a minimum in the cube where the gradient is 0.
  public func errorBound(smoothness β: Double = 1) -> Double {
    β * Double(dimensions) / Double(8 * perAxis * perAxis)
  }
}
