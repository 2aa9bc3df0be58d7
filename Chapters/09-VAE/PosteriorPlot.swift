import Figures
import Tensors
import VAE

/// Contour lines of a posterior in the plane at 1, 2, 3 and 4 deviations of a normal distribution, and the ellipses of
/// q at 1 and 2 deviations; to `reach` deviations of q around its mean, or to `radius` around 0. § 9.3
public func posteriorPlot(
  _ title: String, around q: MultivariateNormal, radius: Double? = nil, reach: Double = 4.5,
  name: String = "q at 1 and 2 deviations", others: [Series] = [],
  logJoint: (_ z: Tensor) -> Tensor
) -> ContourPlot {
  let σ = (q.covariance * Tensor.identity(2, scalarType: .double)).sum(axes: [1]).squareRoot().scalars
  let R = radius ?? reach * max(σ[0], σ[1])
  let middle = radius == nil ? q.mean.scalars : [0, 0]
  let n = 90
  let axis = { (c: Double) in Tensor.linear(from: c - R, to: c + R, count: n + 1, scalarType: .double).scalars }
  let points = axis(middle[1]).flatMap { b in axis(middle[0]).map { [$0, b] } }
  let logs = logJoint(Tensor(points, scalarType: .double))
  let heights = (logs - logs.max().item).scalars
  return ContourPlot(
    title, x: Axis("z₁", range: middle[0] - R...middle[0] + R), y: Axis("z₂", range: middle[1] - R...middle[1] + R),
    levels: [-0.5, -2, -4.5, -8], paths: [ellipses(of: q, name)] + others, fineness: n
  ) { a, b in
    let column = Int(((a - middle[0] + R) / (2 * R) * Double(n)).rounded())
    let row = Int(((b - middle[1] + R) / (2 * R) * Double(n)).rounded())
    return heights[row * (n + 1) + column]
  }
}

/// Points on the ellipses of a normal distribution in the plane at 1 and 2 deviations.
func ellipses(of q: MultivariateNormal, _ name: String) -> Series {
  let angles = Tensor.linear(from: 0, to: 2 * Double.pi, count: 361, scalarType: .double)
  let circle = Tensor.stacked([angles.cos(), angles.sin()], axis: 1)
  let points = Tensor.concatenated([1, 2].map { q.draws(noise: $0 * circle) }, axis: 0)
  return Series(
    name, x: points[0..<2, axis: 1].sliced(0..<1, axis: 1).scalars, points.sliced(1..<2, axis: 1).scalars,
    style: .points)
}
