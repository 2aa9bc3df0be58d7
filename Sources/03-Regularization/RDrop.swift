// § 3.12  State of the art: R-Drop

import Messages
import Tensors

/// The Kullback–Leibler divergence of two rows of logits, averaged over the rows: KL(p ‖ q) = Σₖ pₖ (ln pₖ − ln qₖ).
/// § 3.12 [N×K]
///
/// At least 0, and 0 only for equal distributions; not symmetric. A class with pₖ = 0 adds nothing; a class with qₖ = 0
/// but pₖ > 0 makes it infinite.
public func klDivergence(logits a: Tensor, from b: Tensor) -> Tensor {
  require(a.shape == b.shape && a.rank == 2, "cannot compare logits \(a.shape) with logits \(b.shape)")
  let (lnP, lnQ) = (a.logSoftmax(), b.logSoftmax())
  let (isImpossible, zero) = (lnP .== -.infinity, Tensor(0, scalarType: a.scalarType))
  let ratio = select(isImpossible, zero, lnP) - select(isImpossible, zero, lnQ)  // without −∞ − (−∞)
  return ratio.weighted(by: lnP.exp()).sum() / Double(a.shape[0])
}

/// The distance of two predictions: ½ (KL(p₁ ‖ p₂) + KL(p₂ ‖ p₁)), the second term of (3.35). [N×K]
public func symmetricDivergence(logits a: Tensor, _ b: Tensor) -> Tensor {
  0.5 * (klDivergence(logits: a, from: b) + klDivergence(logits: b, from: a))
}

/// The loss of R-Drop for two passes with different dropout: L_CE + α · ½ (KL(p₁ ‖ p₂) + KL(p₂ ‖ p₁)) (3.35).
///
/// L_CE is the mean of the two cross-entropies, so for two equal passes the loss is that of one. Liang, Wu, Li et al.
/// (2021).
public func rDropLoss(logits a: Tensor, _ b: Tensor, labels: [Int], weight α: Double) -> Tensor {
  let crossEntropies = 0.5 * (a.crossEntropy(labels: labels) + b.crossEntropy(labels: labels))
  return crossEntropies + α * symmetricDivergence(logits: a, b)
}

/// The loss of R-Drop (3.35) of a network with dropout: two passes over the same inputs, each with its own masks.
///
/// Inside a gradient call the network is in training mode, and the passes differ; in evaluation they are equal, and the
/// divergence is 0.
public func rDropLoss<M: Module<Tensor, Tensor>>(of model: M, _ x: Tensor, labels: [Int], weight α: Double) -> Tensor {
  rDropLoss(logits: model(x), model(x), labels: labels, weight: α)
}
