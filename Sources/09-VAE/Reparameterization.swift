// § 9.4.2, § 9.5  Samples as functions of noise, and the divergence from N(0, I)

import Distributions
import Messages
import Tensors

/// z = μ + σ ⊙ ε with σ = exp(½ log σ²): a sample of N(μ, diag σ²), (9.15), if ε is one of N(0, I).
/// Theorem 9.5, (9.14), (9.26)
public func reparameterized(mean μ: Tensor, logVariance: Tensor, noise ε: Tensor) -> Tensor {
  require(
    μ.shape == logVariance.shape && μ.shape == ε.shape,
    "cannot reparameterize means \(μ.shape) with log-variances \(logVariance.shape) and noise \(ε.shape): "
      + "equal shapes are needed")
  return μ + (0.5 * logVariance).exp() * ε
}

/// KL(N(μ_j, σ_j²) ‖ N(0, 1)) = ½ (σ_j² + μ_j² − 1 − log σ_j²) for each latent variable. (9.18)
public func standardDivergences(of q: Normal) -> Tensor {
  0.5 * (q.logVariance.exp() + q.mean.squared() - 1 - q.logVariance)
}
