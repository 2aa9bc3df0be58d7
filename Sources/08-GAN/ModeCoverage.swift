// § 8.3.1  Which modes a generator reaches

import DataSets
import Messages
import Tensors

/// How samples are distributed over the modes of a mixture of isotropic Gaussians. Definition 8.6
///
/// A sample counts for its nearest mode if it lies within three of that mode's standard deviations, and for none
/// otherwise. In the plane a share of 1 − exp(−9/2) = 0.98889 of the mixture's own samples counts.
public struct ModeCoverage: Sendable {
  /// The samples at each mode.
  public let counts: [Int]
  /// The number of all samples.
  public let total: Int

  /// The coverage of the mixture's modes by samples. points: [N×D]
  public init(of points: Tensor, in mixture: GaussianMixture) {
    let modes = Self.modes(of: points, in: mixture)
    counts = mixture.components.indices.map { k in modes.count { $0 == k } }
    total = modes.count
  }

  /// The mode of each sample, or nil for one that lies more than `reach` deviations from all of them. points: [N×D]
  public static func modes(of points: Tensor, in mixture: GaussianMixture, reach: Double = 3) -> [Int?] {
    let type = points.scalarType
    let distances = Tensor.stacked(
      mixture.components.map { component in
        let offsets = points - Tensor(component.mean, scalarType: type)
        return offsets.squared().sum(axes: [1]).squareRoot() / component.deviation
      }, axis: 1)  // [N×K], in deviations
    let nearest = distances.argmin(axis: 1)
    return zip(nearest, distances.picked(nearest).scalars).map { mode, distance in distance <= reach ? mode : nil }
  }

  /// The number of modes with at least `least` samples.
  public func recovered(least: Int = 20) -> Int { counts.count { $0 >= least } }

  /// The share of the samples that lie at a mode.
  public var share: Double { Double(counts.reduce(0, +)) / Double(total) }

  /// KL(p̂ ‖ uniform) = Σ p̂ₖ log(K p̂ₖ) = log K − H for the shares p̂ of the samples at modes; infinite if there are
  /// none.
  public var divergence: Double {
    if share == 0 { return .infinity }
    let labels = counts.enumerated().flatMap { k, n in [Int?](repeating: k, count: n) }
    let logarithm = Tensor(Double(counts.count), scalarType: .double).log().item
    return max(0, logarithm - CollapseWatch.entropy(labels, classes: counts.count))
  }
}

extension GaussianMixture.Component {
  /// The standard deviation of a round Gaussian. Stops the program for any other.
  var deviation: Double {
    let s = factor[0][0]
    let isRound = factor.enumerated().allSatisfy { i, row in
      row.enumerated().allSatisfy { j, value in value == (i == j ? s : 0) }
    }
    require(isRound, "cannot find the deviation of a Gaussian with the factor \(factor): it must be round")
    return s
  }
}
