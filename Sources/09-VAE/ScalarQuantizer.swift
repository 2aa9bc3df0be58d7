// § 9.7  The best codebooks for known distributions

import Foundations
import Messages
import Tensors

/// The codebook of K numbers with the smallest mean squared error for a given distribution. § 9.7
///
/// Two conditions hold at the optimum: a number gets the nearest level, (9.24), and a level is the mean of the numbers
/// assigned to it, the minimum of the codebook term of (9.25). Lloyd (1957, published 1982) and Max (1960) alternate
/// between the two.
public struct ScalarQuantizer: Sendable {
  /// The levels e_k, ascending.
  public let levels: [Double]
  /// E[(x − e_k*)²].
  public let distortion: Double

  /// The levels (2k − 1)/2K of U(0, 1), with the distortion 1/(12K²).
  public static func uniform(levels K: Int) -> ScalarQuantizer {
    require(K >= 1, "cannot quantize to \(K) levels: at least 1 is needed")
    return ScalarQuantizer(
      levels: (1...K).map { Double(2 * $0 - 1) / Double(2 * K) }, distortion: 1 / Double(12 * K * K))
  }

  /// The levels of N(0, 1). The mean between a and b is (φ(a) − φ(b)) / (Φ(b) − Φ(a)).
  public static func normal(levels K: Int, iterations: Int = 2_000) -> ScalarQuantizer {
    require(K >= 1, "cannot quantize to \(K) levels: at least 1 is needed")
    var e = K == 1 ? Tensor([0], scalarType: .double) : .linear(from: -2, to: 2, count: K, scalarType: .double)
    var share = e
    for _ in 0..<iterations {
      let middles = 0.5 * (e[1..<K] + e[0..<K - 1])
      let ends = Tensor.concatenated(
        [Tensor([-40], scalarType: .double), middles, Tensor([40], scalarType: .double)], axis: 0)
      let φ = (-0.5 * ends.squared()).exp() / (2 * Double.pi).squareRoot()
      let Φ = normalDistribution(ends)
      share = Φ[1..<K + 1] - Φ[0..<K]
      e = (φ[0..<K] - φ[1..<K + 1]) / share
    }
    // Each level is a mean: E[(x − e)²] = E[x²] − E[e²].
    return ScalarQuantizer(levels: e.scalars, distortion: 1 - (share * e.squared()).sum().item)
  }
}
