// Exercise 9.6  Paths between two latent points, and how evenly the images change along them

import Messages
import Tensors

/// Points between two latent vectors. Exercise 9.6.3
public enum LatentPath: String, Sendable, CaseIterable {
  /// z(t) = (1 − t) z₁ + t z₂: its middle is nearer to 0 than most samples of N(0, I).
  case linear
  /// z(t) = (sin((1 − t) Ω) z₁ + sin(t Ω) z₂) / sin Ω with the angle Ω between both: the norm stays that of z₁ and z₂
  /// if these are equal. Parallel and opposite vectors are joined by the line. Shoemake (1985)
  case spherical

  /// The points at t = 0, 1/n, …, 1. z₁, z₂: [d] → [(n + 1)×d]
  public func points(from z1: Tensor, to z2: Tensor, steps n: Int) -> Tensor {
    require(
      z1.rank == 1 && z1.shape == z2.shape && n >= 1,
      "cannot go from \(z1.shape) to \(z2.shape) in \(n) steps: two equally long vectors and a step are needed")
    let t = Tensor.linear(from: 0, to: 1, count: n + 1, scalarType: .double).expanded(axis: 1)
    let (a, b) = (z1.converted(to: .double), z2.converted(to: .double))
    let Ω = angle(a, b)
    let path =
      self == .linear || Ω.sine < 1e-6
      ? (1 - t) * a + t * b
      : (((1 - t) * Ω.angle).sin() * a + (t * Ω.angle).sin() * b) / Ω.sine
    return path.converted(to: z1.scalarType)
  }
}

/// The change of images along a path: its length, its straightness and its evenness. Exercise 9.6.3
public struct PathMeasure: Sendable {
  /// Σ ‖x_{i+1} − x_i‖ over the steps.
  public let length: Double
  /// ‖x_n − x₀‖, the distance between both ends.
  public let chord: Double
  /// The largest step divided by the mean step: 1 if all steps are equal, the number of steps if the whole change is in
  /// one step.
  public let largestJump: Double

  /// The measures of images along a path. [(n + 1)×…]
  public init(of images: Tensor) {
    let x = images.flattened(from: 1).converted(to: .double)
    let n = x.shape[0] - 1
    require(n >= 1, "cannot measure a path of \(n + 1) images: two are needed")
    let steps = (x[1..<n + 1] - x[0..<n]).squared().sum(axes: [1]).squareRoot()
    length = steps.sum().item
    chord = (x[n] - x[0]).squared().sum().squareRoot().item
    largestJump = length > 0 ? steps.max().item * Double(n) / length : 1
  }

  /// length / chord: 1 for a straight path, in the space of images; infinite for one that returns to its start.
  public var detour: Double { length > 0 ? length / chord : 1 }
}

/// The mean squared difference of neighbouring pixels, to the right and below: the energy of the gradient, a measure of
/// sharpness. Exercise 9.6.2
///
/// Blur lowers it, and noise raises it: compare it only between images without noise. images: [N×C×H×W]
public func gradientEnergy(of images: Tensor) -> Double {
  require(
    images.rank == 4 && images.shape[2] >= 2 && images.shape[3] >= 2,
    "cannot take differences of pixels in images \(images.shape): [N×C×H×W] with at least 2×2 pixels is needed")
  let (H, W) = (images.shape[2], images.shape[3])
  let right = images[1..<W, axis: 3] - images[0..<W - 1, axis: 3]
  let below = images[1..<H, axis: 2] - images[0..<H - 1, axis: 2]
  return right.squared().mean().item + below.squared().mean().item
}

/// The angle between two vectors, from 0 to π, and its sine.
private func angle(_ a: Tensor, _ b: Tensor) -> (angle: Double, sine: Double) {
  let norms = (a.norm() * b.norm()).item
  let cosine = norms > 0 ? min(1, max(-1, (a * b).sum().item / norms)) : 1
  return (arccosine(cosine), (1 - cosine * cosine).squareRoot())
}

/// The angle from 0 to π with this cosine, by bisection.
private func arccosine(_ c: Double) -> Double {
  var (low, high) = (0.0, Double.pi)
  for _ in 0..<60 {
    let middle = (low + high) / 2
    if Tensor(middle, scalarType: .double).cos().item > c { low = middle } else { high = middle }
  }
  return (low + high) / 2
}
