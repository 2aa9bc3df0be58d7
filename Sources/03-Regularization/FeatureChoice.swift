// § 3.1  Choosing features, and what the choice is worth

import Messages
import Tensors

/// The features that go best with the labels, the strongest first: those with the largest |Σᵢ yᵢ xᵢⱼ|. § 3.1
///
/// x holds an example a row, features with mean 0 and one size [N×D]; y is 1 or −1 for each [N].
public func strongestFeatures(_ x: Tensor, labels y: Tensor, count k: Int) -> [Int] {
  require(
    x.rank == 2 && y.shape == [x.shape[0]] && k >= 1 && k <= x.shape[1],
    "cannot choose \(k) features of \(x.shape) by labels \(y.shape): [N×D] and [N] are needed, and 1 to D features")
  let strengths = matmul(x.transposed, y).abs().scalars
  return Array(strengths.indices.sorted { strengths[$0] > strengths[$1] }[..<k])
}

/// The accuracy on the examples behind the first `fit` of the classifier sign(x · w) with w = Σ yᵢ xᵢ over these, on some features only. § 3.1
public func heldOutAccuracy(_ x: Tensor, labels y: Tensor, fit n: Int, features: [Int]) -> Double {
  require(
    x.rank == 2 && y.shape == [x.shape[0]] && n >= 1 && n < x.shape[0],
    "cannot fit on \(n) examples of \(x.shape) with labels \(y.shape): some must be left to judge by")
  let kept = x.gathered(features, axis: 1)
  let w = matmul(kept.sliced(0..<n, axis: 0).transposed, y.sliced(0..<n, axis: 0))
  let (rest, labels) = (kept.sliced(n..<x.shape[0], axis: 0), y.sliced(n..<x.shape[0], axis: 0))
  return (matmul(rest, w) * labels .> 0).mean().item
}

/// The held-out accuracy with the features that go best with the labels of the examples to fit on: an honest estimate. § 3.1
public func accuracyChosenOnFit(_ x: Tensor, labels y: Tensor, fit n: Int, features k: Int) -> Double {
  let chosen = strongestFeatures(x.sliced(0..<n, axis: 0), labels: y.sliced(0..<n, axis: 0), count: k)
  return heldOutAccuracy(x, labels: y, fit: n, features: chosen)
}
