// § 3.12  State of the art: label smoothing

import Messages
import Tensors

/// Smoothed targets: yₖᴸˢ = (1 − α) yₖ + α / K (3.34), for K classes and 0 ≤ α ≤ 1. [N×K]
///
/// Rows still sum to 1, and no entry is above 1 − α + α/K. Szegedy, Vanhoucke, Ioffe, Shlens and Wojna (2016).
public func smoothed(_ y: Tensor, by α: Double) -> Tensor {
  require(0...1 ~= α, "cannot smooth targets by \(α): the share must be in 0...1")
  let K = Double(y.shape[-1])
  return (1 - α) * y + α / K
}

/// The cross-entropy with smoothed targets (3.34): (1 − α) · cross-entropy + α · the mean of −ln softmax(z) over all
/// classes.
///
/// `Tensor.crossEntropy(labels:smoothing:)` computes the same in one pass. [N×K]
public func smoothedCrossEntropy(logits z: Tensor, labels: [Int], smoothing α: Double) -> Tensor {
  require(z.rank == 2, "cannot compare logits \(z.shape) with labels: [N×K] is needed")
  let y = Tensor.oneHot(labels, classes: z.shape[1], scalarType: z.scalarType)
  return crossEntropy(logits: z, targets: smoothed(y, by: α))
}

/// The lead of the label's logit over the others at the minimum of the loss with smoothed targets (3.34):
/// ln(1 + K (1 − α) / α).
///
/// Without smoothing there is no minimum: the loss falls as long as the gap grows. For K = 10 and α = 0.1 it is
/// ln 91 = 4.51.
public func bestLogitGap(classes K: Int, smoothing α: Double) -> Double {
  Tensor(1 + Double(K) * (1 - α) / α, scalarType: .double).log().item
}
