import Kernels
import Messages

// Losses from logits: one pass over the logits for the value, one for the derivative, and nothing kept but the logits.

extension Tensor {
  /// The mean cross-entropy of rows of logits with the classes of the rows: −1/N Σᵢ Σⱼ qᵢⱼ ln softmax(zᵢ)ⱼ.
  ///
  /// Without smoothing the target q of a row is 1 at its label. With smoothing ε a share of ε is spread over all K classes: q is
  /// 1 − ε + ε/K at the label and ε/K elsewhere (Szegedy et al., 2016). Finite for all logits whose differences are; infinite
  /// where the logit of a label is −∞ and another is not, and NaN for a row with NaN or +∞, or of −∞ alone. [N×K]
  public func crossEntropy(labels: [Int], smoothing ε: Double = 0) -> Tensor {
    require(
      rank == 2 && shape[0] == labels.count,
      "cannot compare logits \(shape) with \(labels.count) labels: one row per label is needed")
    let (rows, classes) = (shape[0], shape[1])
    if let bad = labels.firstIndex(where: { $0 < 0 || $0 >= classes }) {
      require(
        false, "cannot find label \(labels[bad]) (entry \(bad)) among \(classes) classes: they are counted from 0")
    }
    require(ε >= 0 && ε <= 1, "cannot smooth labels by \(ε): the share must lie in 0...1")
    let losses = Buffer(scalarType, count: rows)
    Kernels.crossEntropy(elements, labels: labels, smoothing: ε, columns: classes, into: losses)
    let value = Tensor([rows], losses).mean()
    return Tensor.fused([self], value: value) { inputs in
      let logarithms = inputs[0].logSoftmax()
      let loss = -logarithms.picked(labels).mean()
      return ε == 0 ? loss : (1 - ε) * loss - ε * logarithms.mean()
    } pullback: { g, _ in
      let buffer = Buffer(scalarType, count: count)
      pullBackCrossEntropy(
        elements, labels: labels, smoothing: ε, columns: classes, scale: g.item / Double(rows), into: buffer)
      return [Tensor(shape, buffer)]
    }
  }

  /// The binary cross-entropy of logits z with targets y between 0 and 1: the mean, or the sum, of ln(1 + eᶻ) − y z over all
  /// elements, which is −[y ln ŷ + (1 − y) ln(1 − ŷ)] for ŷ = σ(z). Finite for all finite logits, NaN for infinite ones.
  public func binaryCrossEntropy(targets y: Tensor, isSummed: Bool = false) -> Tensor {
    binaryCrossEntropy(.logits, y, isSummed) { $0.softplus() - $1 * $0 }
  }

  /// The binary cross-entropy of probabilities ŷ with targets y between 0 and 1: the mean, or the sum, of
  /// −[y ln ŷ + (1 − y) ln(1 − ŷ)] over all elements.
  ///
  /// A logarithm below −100 counts as −100, as in PyTorch: with ŷ = 0 and y = 1, the loss is 100 and not infinite. It is then
  /// constant, so its derivative is 0; where the derivative matters, compute the loss from logits.
  public func binaryCrossEntropyOfProbabilities(targets y: Tensor, isSummed: Bool = false) -> Tensor {
    binaryCrossEntropy(.probabilities, y, isSummed) { p, y in -(y * p.cautiousLog() + (1 - y) * (1 - p).cautiousLog()) }
  }

  private func binaryCrossEntropy(
    _ kind: BinaryPrediction, _ y: Tensor, _ isSummed: Bool, _ loss: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) -> Tensor {
    requireSameType(y, "compare")
    require(shape == y.shape, "cannot compare \(kind) \(shape) with targets \(y.shape): one target for each is needed")
    let (scale, result) = (isSummed ? 1 : 1 / Double(count), Buffer(scalarType, count: 1))
    Kernels.binaryCrossEntropy(kind, elements, targets: y.elements, count: count, scale: scale, into: result)
    let definition: @Sendable ([Tensor]) -> Tensor = { inputs in
      let losses = loss(inputs[0], inputs[1])
      return isSummed ? losses.sum() : losses.mean()
    }
    return Tensor.fused([self, y], value: Tensor([], result), definition: definition) { g, isWanted in
      if isWanted[1] { return valueWithPullback(at: [self, y], of: definition).pullback(g) }
      let buffer = Buffer(scalarType, count: count)
      pullBackBinaryCrossEntropy(
        kind, elements, targets: y.elements, count: count, scale: g.item * scale, into: buffer)
      return [Tensor(shape, buffer), nil]
    }
  }

  /// ln x, or the constant −100 where that is larger.
  private func cautiousLog() -> Tensor {
    let isTiny = abs() .< leastProbability
    return select(isTiny, Tensor(-100, scalarType: scalarType), select(isTiny, .one(like: self), self).log())
  }
}
