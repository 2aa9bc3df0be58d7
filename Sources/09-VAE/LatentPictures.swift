// § 9.8, Exercise 9.4  Codes chosen for pictures of a latent space

import Distributions
import Messages
import Tensors

/// Points on a grid whose places are equally likely under N(0, I) in two dimensions: z = (Φ⁻¹(u), Φ⁻¹(v)) with u and v
/// at the centres of n equal parts of (0, 1), u growing from left to right and v from bottom to top. § 9.8
///
/// Row after row from the top. Decoded, they show every part of the plane in the share in which the prior draws it.
/// [n²×2]
public func quantileGrid(_ n: Int, scalarType: ScalarType = .float) -> Tensor {
  require(n >= 1, "cannot make a grid of \(n)×\(n) points: at least 1 is needed")
  let quantiles = (0..<n).map { normalQuantile((Double($0) + 0.5) / Double(n)) }
  return Tensor(quantiles.reversed().flatMap { y in quantiles.map { [$0, y] } }, scalarType: scalarType)
}

/// Copies of a code with latent variable j moved through `values`. z: [d] → [values × d]. Exercise 9.4.2
public func traversal(of z: Tensor, unit j: Int, through values: [Double]) -> Tensor {
  require(
    z.rank == 1 && (0..<z.count).contains(j),
    "cannot move latent variable \(j) of a code \(z.shape): the code must have this component")
  let code = z.scalars
  return Tensor(
    values.map { value in code.enumerated().map { $0.offset == j ? value : $0.element } }, scalarType: z.scalarType)
}

/// The share of points that lie nearest to the centroid of their own class, with centroids computed from the same
/// points. § 9.8
///
/// codes: [N×d]
public func nearestCentroidAccuracy(_ codes: Tensor, labels: [Int], classes: Int) -> Double {
  require(
    codes.rank == 2 && codes.shape[0] == labels.count && !labels.isEmpty
      && labels.allSatisfy((0..<classes).contains),
    "cannot compare codes \(codes.shape) with \(labels.count) labels of \(classes) classes: at least one"
      + " code is needed, and a label from 0 to \(classes - 1) for each")
  let present = (0..<classes).filter(labels.contains)
  let centroids = present.map { k in
    codes.gathered(labels.indices.filter { labels[$0] == k }).mean(axes: [0])
  }
  let distances = (codes.expanded(axis: 1) - Tensor.stacked(centroids, axis: 0)).squared().sum(axes: [2])  // [N×K]
  let nearest = distances.argmin(axis: 1).map { present[$0] }
  return Double(zip(nearest, labels).count { $0 == $1 }) / Double(labels.count)
}
