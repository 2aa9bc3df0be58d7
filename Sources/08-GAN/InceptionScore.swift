// § 8.8.1  Measures of a classifier's probabilities

import Messages
import Tensors

/// exp E[KL(p(y | x) ‖ p(y))] with p(y) = E[p(y | x)]: the Inception Score, from 1 to the number of classes. (8.18)
///
/// probabilities: p(y | x) of any classifier, one row for each image. [N×K]
public func inceptionScore(of probabilities: Tensor) -> Double {
  let p = checked(probabilities)
  let marginal = p.mean(axes: [0])
  return ((entropies(marginal.expanded(axis: 0)) - entropies(p).mean()).sum().exp()).item
}

/// For each class, the share of images whose likeliest class it is. [K] probabilities: [N×K]
public func labelShares(of probabilities: Tensor) -> [Double] {
  let p = checked(probabilities)
  let (N, K) = (p.shape[0], p.shape[1])
  return p.argmax(axis: 1).reduce(into: [Double](repeating: 0, count: K)) { $0[$1] += 1 / Double(N) }
}

/// The entropy of the likeliest classes, in nats: log K if all are equally frequent. probabilities: [N×K]
public func labelEntropy(of probabilities: Tensor) -> Double {
  entropies(Tensor([labelShares(of: probabilities)], scalarType: .double)).item
}

/// KL(likeliest classes ‖ uniform) = log K − entropy, in nats: 0 if all classes are equally frequent, log K if there is
/// only one. probabilities: [N×K]
public func labelDivergence(of probabilities: Tensor) -> Double {
  let largest = Tensor(Double(probabilities.shape[1]), scalarType: .double).log().item
  return max(0, largest - labelEntropy(of: probabilities))
}

/// The share of images whose likeliest class has a probability above a bound. probabilities: [N×K]
public func recognizedShare(of probabilities: Tensor, above bound: Double = 0.95) -> Double {
  (checked(probabilities).max(axes: [1]) .> bound).mean().item
}

/// −Σₖ pₖ log pₖ of each row, where 0 log 0 = 0. [N×K] → [N]
private func entropies(_ p: Tensor) -> Tensor { -(p * maximum(1e-300, p).log()).sum(axes: [1]) }

/// The probabilities in `Double`.
private func checked(_ probabilities: Tensor) -> Tensor {
  require(
    probabilities.rank == 2 && probabilities.count > 0,
    "cannot score probabilities of shape \(probabilities.shape): one row for each image is needed")
  return probabilities.stopGradient.converted(to: .double)
}
