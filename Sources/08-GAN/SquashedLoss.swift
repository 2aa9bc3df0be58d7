// § 8.7  The loss behind a sigmoid

import Messages
import Tensors

/// The loss of PyTorch's `BCELoss` behind a `Sigmoid` for the target 1, as in Listing 8.7, and its slope with respect
/// to the logit a: min(−log p, 100) and (p − 1) / max(p (1 − p), 10⁻¹²) · p (1 − p), with p = σ(a).
///
/// In exact arithmetic the slope is p − 1. But the divisor is kept above 10⁻¹², so the slope vanishes below a = −27.6,
/// exactly where the generator needs it. The loss on logits, `AdversarialLoss.nonSaturating`, has slope p − 1
/// everywhere. a: [N] → [N], [N]
public func squashedLoss(_ a: Tensor) -> (loss: Tensor, slope: Tensor) {
  let p = 1 / (1 + (-a).exp())  // 0 from a = −88.8 down, where e⁻ᵃ is infinite in single precision
  let spread = p * (1 - p)
  let loss = (-p.log()).clamped(to: 0...100)
  return (loss, (p - 1) / spread.clamped(to: 1e-12...1) * spread)
}
