// § 11.4.2  Classification has no limit to converge to, only a direction: Remark 11.11

import Messages
import Tensors

/// The separating direction with the widest margin, for labels ±1 and no bias: min ½ ‖w‖² with yᵢ wᵀxᵢ ≥ 1 for all i.
/// Remark 11.11
public struct WidestMargin: Sendable {
  /// ŵ; the margin is 1/‖ŵ‖. [d]
  public let weights: Tensor
  /// The multipliers αᵢ ≥ 0 with ŵ = Σᵢ αᵢ yᵢ xᵢ, positive for the support vectors only. [n]
  public let multipliers: Tensor

  /// The widest margin of examples with labels ±1. Throws if no direction separates them. [n×d], [n]
  ///
  /// By coordinate ascent on the dual, Σᵢ αᵢ − ½ ‖Σᵢ αᵢ yᵢ xᵢ‖² with αᵢ ≥ 0.
  public init(_ x: Tensor, labels y: Tensor) throws {
    require(
      x.rank == 2 && y.shape == [x.shape[0]],
      "cannot separate \(y.shape) labels of examples \(x.shape): one label per row is needed")
    let signed = y.expanded(axis: 1) * x
    let K = matmul(signed, signed.transposed)
    let (n, rows) = (x.shape[0], (0..<x.shape[0]).map { K[$0].scalars })
    var (α, margins) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    for _ in 0..<20_000 {
      var largest = 0.0
      for i in 0..<n {
        let new = max(0, α[i] + (1 - margins[i]) / rows[i][i])
        let change = new - α[i]
        α[i] = new
        if change != 0 { for j in 0..<n { margins[j] += change * rows[i][j] } }
        largest = max(largest, abs(change) * rows[i][i])
      }
      if largest < 1e-14 { break }
    }
    guard (margins.min() ?? 1) > 1 - 1e-6 else {
      throw SearchError(
        description: "cannot find the widest margin of \(n) examples: the smallest yᵢ wᵀxᵢ found is "
          + "\(margins.min() ?? 0), not 1; the classes must be separable by a direction through the origin")
    }
    multipliers = Tensor(α, scalarType: .double)
    weights = matmul(multipliers, signed)
  }

  /// 1/‖ŵ‖, the distance of the nearest examples from the separating plane.
  public var margin: Double { 1 / weights.norm().item }
}

/// Gradient descent on the logistic loss L(w) = Σᵢ log(1 + exp(−yᵢ wᵀxᵢ)) of separable examples. Remark 11.11
///
/// L has no minimum: ‖w‖ grows like ‖ŵ‖ ln t, and w/‖w‖ tends to the direction of the `WidestMargin`, as slowly as
/// 1/ln t. Soudry and others (2018).
public struct LogisticDescent: Sendable {
  /// The steps after which w was recorded.
  public let steps: [Int]
  /// w at these steps. [d]
  public let weights: [Tensor]

  /// Descent from 0 on examples with labels ±1, recorded at the given steps, ascending. [n×d], [n]
  public init(_ x: Tensor, labels y: Tensor, learningRate η: Double, noting steps: [Int]) {
    let signed = y.expanded(axis: 1) * x
    let transposed = signed.transposed
    var (w, noted): (Tensor, [Tensor]) = (Tensor.zeros([x.shape[1]], scalarType: x.scalarType), [])
    for t in 0...(steps.last ?? 0) {
      if steps.contains(t) { noted.append(w) }
      w = w + η * matmul(transposed, (-matmul(signed, w)).sigmoid())
    }
    (self.steps, weights) = (steps, noted)
  }

  /// The cosines of the angles between w and a direction. [d]
  public func cosines(with direction: Tensor) -> [Double] {
    weights.map { ((($0 * direction).sum()) / ($0.norm() * direction.norm())).item }
  }

  /// ‖w‖ at the recorded steps.
  public var norms: [Double] { weights.map { $0.norm().item } }
}
