import DataSets
import Diffusion
import Figures
import Tensors

/// Data in the plane with variance 1 or so, whose noise is known exactly, and what its figures share. § 10.6, § 10.7
struct SamplerPlane {
  /// Three Gaussians, of which one is long and one heavy.
  static let data = GaussianMixture([
    .init(weight: 2, mean: [1, 0.5], deviation: 0.38),
    .init(weight: 1, mean: [-0.7, 0.7], factor: [[0.6, 0], [0.25, 0.25]]),
    .init(weight: 1, mean: [-0.1, -1.1], deviation: 0.35),
  ])

  /// The exact noise.
  let model = ExactPredictor(data: SamplerPlane.data, schedule: .linear())

  /// The paths from each row of x_T: at most 250 points of each, the last one included.
  func paths<P: NoisePredictor>(
    _ model: P, from noise: Tensor, by sampler: Sampler, random: RandomSource,
    look: (_ done: Int, _ x: Tensor) -> Bool = { _, _ in true }
  ) -> [Series] {
    var seen = [noise]
    let stride = max(1, sampler.times.count / 250)
    let end = sampler.sample(model, from: noise, random: random) { done, x in
      if done.isMultiple(of: stride) && done < sampler.times.count { seen.append(x) }
      return look(done, x)
    }
    seen.append(end)
    let points = Tensor.stacked(seen, axis: 0)  // [steps×N×2]
    return (0..<noise.shape[0]).map { i in
      Series(
        "path \(i + 1)", x: points.sliced(i..<i + 1, axis: 1).sliced(0..<1, axis: 2).scalars,
        points.sliced(i..<i + 1, axis: 1).sliced(1..<2, axis: 2).scalars)
    }
  }

  /// Points as a series.
  static func points(_ name: String, _ x: Tensor) -> Series {
    Series(
      name, x: x.sliced(0..<1, axis: 1).scalars, x.sliced(1..<2, axis: 1).scalars, style: .points)
  }

  /// The contour lines of log q(x) with paths or points; q is the distribution of the data, or another one.
  static func contours(_ title: String, _ paths: [Series], of q: GaussianMixture = data) -> ContourPlot {
    let (n, side) = (81, Tensor.linear(from: -2.6, to: 2.6, count: 81, scalarType: .double))
    let grid = Tensor.stacked(
      [(1.1 * side - 0.3).broadcast(to: [n, n]), side.expanded(axis: 1).broadcast(to: [n, n])], axis: 2
    ).reshaped([n * n, 2])
    let heights = q.logDensity(of: grid).scalars
    func place(_ x: Double, _ range: ClosedRange<Double>) -> Int {
      Int(((x - range.lowerBound) / (range.upperBound - range.lowerBound) * Double(n - 1)).rounded())
    }
    let (x, y) = (-3.16...2.56, -2.6...2.6)
    return ContourPlot(
      title, x: Axis("x₁", range: x), y: Axis("x₂", range: y), levels: [-8, -6, -4.5, -3, -2, -1], paths: paths
    ) { a, b in heights[place(b, y) * n + place(a, x)] }
  }
}
