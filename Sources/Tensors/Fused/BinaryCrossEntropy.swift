import Kernels
import Messages

// The binary cross-entropy from logits or probabilities: one pass for the value, one for the derivative.

extension Tensor {
  /// The binary cross-entropy of logits z with targets y between 0 and 1: the mean, or the sum, of ln(1 + eᶻ) − y z
  /// over all elements, which is −[y ln ŷ + (1 − y) ln(1 − ŷ)] for ŷ = σ(z). Infinite logits give 0 where they are
  /// right, otherwise ∞.
  ///
  /// With weights w the mean is Σ w ℓ / Σ w, NaN if all weights are 0, and the sum Σ w ℓ. Positive weights c multiply
  /// the terms of positive targets, ℓ = −[c y ln ŷ + (1 − y) ln(1 − ŷ)], and do not enter the divisor. Both are
  /// broadcast. (PyTorch divides by the number of elements, whatever the weights.)
  public func binaryCrossEntropy(
    targets y: Tensor, weights w: Tensor? = nil, positiveWeights c: Tensor? = nil, isSummed: Bool = false
  ) -> Tensor {
    if w == nil && c == nil {
      return binaryCrossEntropy(.logits, y, isSummed) {
        $0.softplus().weighted(by: 1 - $1) + (-$0).softplus().weighted(by: $1)
      }
    }
    requireTargets(.logits, y)
    let positive = c.map { $0.broadcast(to: shape) * y } ?? y
    let losses = softplus().weighted(by: 1 - y) + (-self).softplus().weighted(by: positive)
    guard let w = w?.broadcast(to: shape) else { return isSummed ? losses.sum() : losses.mean() }
    let sum = losses.weighted(by: w).sum()
    return isSummed ? sum : sum / w.sum()
  }

  /// The binary cross-entropy of probabilities ŷ with targets y between 0 and 1: the mean, or the sum, of
  /// −[y ln ŷ + (1 − y) ln(1 − ŷ)] over all elements.
  ///
  /// A logarithm below −100 counts as −100, as in PyTorch: with ŷ = 0 and y = 1, the loss is 100 instead of infinite.
  /// It is then constant, so its derivative is 0; where the derivative matters, compute the loss from logits.
  public func binaryCrossEntropyOfProbabilities(targets y: Tensor, isSummed: Bool = false) -> Tensor {
    binaryCrossEntropy(.probabilities, y, isSummed) { p, y in -(y * p.cautiousLog() + (1 - y) * (1 - p).cautiousLog()) }
  }

  private func binaryCrossEntropy(
    _ kind: BinaryPrediction, _ y: Tensor, _ isSummed: Bool, _ loss: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) -> Tensor {
    requireTargets(kind, y)
    let (n, result) = (isSummed ? 1 : Double(count), Buffer(scalarType, count: 1))
    Kernels.binaryCrossEntropy(kind, elements, targets: y.elements, count: count, dividedBy: n, into: result)
    let definition: @Sendable ([Tensor]) -> Tensor = { inputs in
      let losses = loss(inputs[0], inputs[1])
      return isSummed ? losses.sum() : losses.mean()
    }
    return Tensor.fused([self, y], value: Tensor([], result), definition: definition) { g, isWanted in
      if isWanted[1] { return valueWithPullback(at: [self, y], of: definition).pullback(g) }
      let buffer = Buffer(scalarType, count: count)
      pullBackBinaryCrossEntropy(
        kind, elements, targets: y.elements, count: count, scale: g.item / n, into: buffer)
      return [Tensor(shape, buffer), nil]
    }
  }

  private func requireTargets(_ kind: BinaryPrediction, _ y: Tensor) {
    requireSameType(y, "compare")
    require(shape == y.shape, "cannot compare \(kind) \(shape) with targets \(y.shape): one target for each is needed")
  }

  /// ln x, or the constant −100 where ln x is smaller.
  private func cautiousLog() -> Tensor {
    let isTiny = abs() .< leastProbability
    return select(isTiny, Tensor(-100, scalarType: scalarType), select(isTiny, .one(like: self), self).log())
  }
}
