// § 3.4.2  Dropout as an ensemble

import Foundations
import Messages
import Tensors

/// The 2ⁿ sub-networks of n units: all masks with their probabilities. § 3.4.2, Exercise 3.3
public struct SubNetworks: Sendable {
  /// The masks, one per row. [2ⁿ×n]
  public let masks: Tensor
  /// P(m) = (1 − p)^{kept} p^{dropped}. [2ⁿ]
  public let probabilities: Tensor

  /// All masks of n units that are dropped with probability p.
  public init(units n: Int, probability p: Double) {
    require(0...20 ~= n, "cannot enumerate the masks of \(n) units: 2ⁿ of them must fit into memory, for n ≤ 20")
    let rows = (0..<1 << n).map { number in (0..<n).map { Double(number >> $0 & 1) } }
    masks = Tensor(rows.flatMap { $0 }, shape: [1 << n, n], scalarType: .double)
    let kept = masks.sum(axes: [1])
    let ratio = { (q: Double, count: Tensor) in q == 0 ? count .== 0 : Tensor(q, scalarType: .double).power(count) }
    probabilities = ratio(1 - p, kept) * ratio(p, Double(n) - kept)
  }

  /// The number of sub-networks: 2ⁿ.
  public var count: Int { masks.shape[0] }

  /// The exact expectation over the masks, Σₘ P(m) f(m). Theorem 3.4
  public func expectation(_ f: (_ mask: Tensor) -> Tensor) -> Tensor {
    let values = Tensor.stacked((0..<count).map { f(masks[$0]) }, axis: 0)  // [2ⁿ×…]
    return weighted(values).sum(axes: [0])
  }

  /// The geometric mean over the masks, normalized: ∏ₘ f(m)^{P(m)} / Σ over the classes of the same. Exercise 3.3.2
  ///
  /// f returns the probabilities of the classes along its last axis.
  public func geometricMean(_ f: (_ mask: Tensor) -> Tensor) -> Tensor {
    softmax(expectation { f($0).log() })
  }

  /// The values of every mask times its probability.
  private func weighted(_ values: Tensor) -> Tensor {
    values * probabilities.reshaped(Shape([count] + values.shape.lengths.dropFirst().map { _ in 1 }))
  }
}

/// The probabilities of the last layer with its inputs masked: softmax(W (m ⊙ h) + b). Exercise 3.3.2
public func maskedSoftmaxLayer(_ h: Tensor, weight W: Tensor, bias b: Tensor, mask m: Tensor) -> Tensor {
  softmax(matmul(W, m * h) + b)
}

/// The same layer with its weights scaled as in (3.9): softmax((1 − p) W h + b). Exercise 3.3.2
///
/// This is exactly the normalized geometric mean of all masked layers: the logarithm of the softmax is W (m ⊙ h) + b up
/// to a number that all classes share, and the mean of that over the masks is (1 − p) W h + b.
public func scaledSoftmaxLayer(_ h: Tensor, weight W: Tensor, bias b: Tensor, probability p: Double) -> Tensor {
  softmax(matmul((1 - p) * W, h) + b)
}
