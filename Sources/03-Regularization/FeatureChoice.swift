// § 3.1  Choosing features, and the accuracy after the choice

import Messages
import Tensors

/// The features that correlate most with the labels, strongest first: those with the largest |Σᵢ yᵢ xᵢⱼ|. § 3.1
///
/// x has one example per row, with features of mean 0 and equal scale [N×D]; the labels y are 1 or −1 [N].
public func strongestFeatures(_ x: Tensor, labels y: Tensor, count k: Int) -> [Int] {
  require(
    x.rank == 2 && y.shape == [x.shape[0]] && k >= 1 && k <= x.shape[1],
    "cannot choose \(k) features of \(x.shape) by labels \(y.shape): [N×D] and [N] are needed, and 1 to D features")
  let strengths = matmul(x.transposed, y).abs().scalars
  return Array(strengths.indices.sorted { strengths[$0] > strengths[$1] }[..<k])
}

/// The held-out accuracy of the classifier sign(x · w), with w = Σ yᵢ xᵢ over the first `fit` examples, on the given
/// features only. § 3.1
public func heldOutAccuracy(_ x: Tensor, labels y: Tensor, fit n: Int, features: [Int]) -> Double {
  require(
    x.rank == 2 && y.shape == [x.shape[0]] && n >= 1 && n < x.shape[0],
    "cannot fit on \(n) examples of \(x.shape) with labels \(y.shape): some must be left for the test")
  let kept = x.gathered(features, axis: 1)
  let w = matmul(kept.sliced(0..<n, axis: 0).transposed, y.sliced(0..<n, axis: 0))
  let (rest, labels) = (kept.sliced(n..<x.shape[0], axis: 0), y.sliced(n..<x.shape[0], axis: 0))
  return (matmul(rest, w) * labels .> 0).mean().item
}

/// The held-out accuracy with the features chosen on the first `fit` examples only: an honest estimate. § 3.1
public func accuracyChosenOnFit(_ x: Tensor, labels y: Tensor, fit n: Int, features k: Int) -> Double {
  let chosen = strongestFeatures(x.sliced(0..<n, axis: 0), labels: y.sliced(0..<n, axis: 0), count: k)
  return heldOutAccuracy(x, labels: y, fit: n, features: chosen)
}
