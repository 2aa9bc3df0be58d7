// § 8.8  Measures by nearest neighbours

import Messages
import Tensors

/// A ball around each feature of a set, through its k-th nearest neighbour in the set.
public struct NeighbourBalls: Sendable {
  /// The centres, in `Double`. [N×d]
  public let centres: Tensor
  /// The squared radii. [N]
  public let squaredRadii: Tensor
  /// The number k: the k-th nearest neighbour lies on the surface.
  public let k: Int

  /// The balls of features [N×d], N > k.
  public init(around features: Tensor, k: Int = 5) {
    require(
      features.rank == 2 && k >= 1 && features.shape[0] > k,
      "cannot find the \(k) nearest neighbours among features \(features.shape): more than \(k) rows are needed")
    (centres, self.k) = (features.stopGradient.converted(to: .double), k)
    // The nearest of all is the centre itself.
    squaredRadii = -(-squaredDistances(centres, centres)).largest(k + 1, axis: 1).values[k..<k + 1, axis: 1]
      .squeezed(axis: 1)
  }

  /// 1 where ball i contains point j, otherwise 0. [N×M]
  func contain(_ squaredDistances: Tensor) -> Tensor { squaredDistances .<= squaredRadii.expanded(axis: 1) }
}

/// The position of a set of generated features relative to real ones.
public struct NeighbourMeasures: Sendable {
  /// 1/(kM) Σⱼ Σᵢ [yⱼ in the ball of xᵢ]: 1 on average for samples of the real distribution. Naeem et al. (2020)
  public let density: Double
  /// The share of real features whose ball contains a generated one: about 1 − 2⁻ᵏ for equally many samples of the real
  /// distribution. Naeem et al. (2020)
  public let coverage: Double
  /// The share of generated features inside any real ball. Kynkäänniemi et al. (2019)
  public let precision: Double
  /// The share of real features inside any ball of the generated ones. Kynkäänniemi et al. (2019)
  public let recall: Double

  /// The measures of generated features [M×d] among real balls.
  public init(of generated: Tensor, among real: NeighbourBalls) {
    let own = NeighbourBalls(around: generated, k: real.k)
    let distances = squaredDistances(real.centres, own.centres)
    let inReal = real.contain(distances)
    density = inReal.sum().item / Double(real.k * own.centres.shape[0])
    coverage = inReal.max(axes: [1]).mean().item
    precision = inReal.max(axes: [0]).mean().item
    recall = (distances .<= own.squaredRadii).max(axes: [1]).mean().item
  }
}

/// The nearest of the rows y for each row of x: its distance and its number. x: [N×d], y: [M×d]
///
/// With images as rows of pixels it tells whether generated images are copies of training images.
public func nearestRows(of x: Tensor, in y: Tensor) -> (distances: [Double], numbers: [Int]) {
  let x = x.stopGradient.converted(to: .double)
  var (best, numbers) = ([Double](repeating: .infinity, count: x.shape[0]), [Int](repeating: 0, count: x.shape[0]))
  for start in stride(from: 0, to: y.shape[0], by: 4_096) {
    let part = y[start..<min(start + 4_096, y.shape[0])].converted(to: .double)
    let distances = squaredDistances(x, part)
    let nearest = distances.argmin(axis: 1)
    for (i, value) in distances.min(axes: [1]).scalars.enumerated() where value < best[i] {
      (best[i], numbers[i]) = (value, start + nearest[i])
    }
  }
  return (best.map { $0.squareRoot() }, numbers)
}

/// ‖xᵢ − yⱼ‖² = ‖xᵢ‖² + ‖yⱼ‖² − 2 xᵢ · yⱼ. x: [N×d], y: [M×d] → [N×M]
func squaredDistances(_ x: Tensor, _ y: Tensor) -> Tensor {
  let (a, b) = (x.squared().sum(axes: [1]), y.squared().sum(axes: [1]))
  return maximum(0, a.expanded(axis: 1) + b - 2 * matmul(x, y.transposed))
}
