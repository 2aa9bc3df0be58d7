// § 9.10  A curve that an autoencoder has to find

import Messages
import Tensors

/// A smooth curve in space, x_i(t) = a_i cos(π t + φ_i) + b_i cos(2π t + ψ_i) for t in [0, 1], seen with noise.
///
/// A one-dimensional set in D dimensions: one number, the length along the curve, determines everything but the noise.
public struct CurveInSpace: Sendable {
  private let amplitudes, phases: [Tensor]

  /// A curve in D dimensions with random amplitudes and phases.
  public init(dimension D: Int = 10, random: RandomSource) {
    require(D >= 2, "cannot draw a curve in \(D) dimensions: at least 2 are needed")
    amplitudes = (0..<2).map { _ in random.normal([D], scalarType: .double) }
    phases = (0..<2).map { _ in random.uniform([D], in: 0..<2 * Double.pi, scalarType: .double) }
  }

  /// The points at parameters t. [N] → [N×D]
  public func points(at t: Tensor) -> Tensor {
    let t = t.converted(to: .double).expanded(axis: 1)
    let waves: [Tensor] = (0..<2).map { k in
      let angles = Double(k + 1) * Double.pi * t + phases[k]
      return amplitudes[k] * angles.cos()
    }
    return waves[0] + waves[1]
  }

  /// The length of the curve from t = 0 to each t, by 2,000 chords of equal Δt. [N] → [N]
  public func length(to t: Tensor) -> Tensor {
    let n = 2_000
    let grid = points(at: .linear(from: 0, to: 1, count: n + 1, scalarType: .double))
    let chords = (grid[1..<n + 1] - grid[0..<n]).norm(axes: [1])
    let lengths = [0] + chords.cumulativeSum(axis: 0).scalars
    return Tensor(
      t.scalars.map { t in
        let place = min(max(t, 0), 1) * Double(n)
        let below = min(Int(place), n - 1)
        return lengths[below] + (place - Double(below)) * (lengths[below + 1] - lengths[below])
      }, scalarType: .double)
  }
}
