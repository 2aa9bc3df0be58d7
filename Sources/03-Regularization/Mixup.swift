// § 3.7.2  Mixup

import Messages
import Tensors

/// A batch of mixtures of two examples: inputs x̃, targets ỹ that spread over two classes, and the share λ of the
/// first. § 3.7.2
public struct MixedBatch: Sendable {
  /// The mixed inputs x̃. [N×…]
  public let inputs: Tensor
  /// The mixed targets ỹ; each row sums to 1. [N×K]
  public let targets: Tensor
  /// The share λ of the first example in each mixture. [N]
  public let shares: Tensor
}

/// The mixture of two examples, inputs or targets: x̃ = λ xᵢ + (1 − λ) xⱼ (3.23), ỹ = λ yᵢ + (1 − λ) yⱼ (3.24).
///
/// `λ` is one number, or one per row. Zhang, Cisse, Dauphin and Lopez-Paz (2018). [N×…]
public func mixed(_ xᵢ: Tensor, _ xⱼ: Tensor, share λ: Tensor) -> Tensor {
  require(xᵢ.shape == xⱼ.shape, "cannot mix \(xᵢ.shape) with \(xⱼ.shape): both must have the same shape")
  require(
    λ.count == 1 || λ.shape == [xᵢ.shape[0]],
    "cannot mix \(xᵢ.shape) with shares \(λ.shape): one number, or one per row, is needed")
  let λ = λ.reshaped(Shape([λ.count] + xᵢ.shape.lengths.dropFirst().map { _ in 1 }))
  return λ * xᵢ + (1 - λ) * xⱼ
}

/// A batch mixed with itself in another order: (3.23) and (3.24) for every example and a partner. § 3.7.2
///
/// λ ∼ Beta(α, α) has the mean 1/2 and the variance 1 / (4 (2α + 1)): a small α mostly leaves one of the two, α = 1 is
/// uniform, a large α blends them about equally. Targets may be one-hot or already mixed. Inputs [N×…], targets [N×K]
public func mixup(_ x: Tensor, _ y: Tensor, concentration α: Double, using random: RandomSource) -> MixedBatch {
  let N = x.shape[0]
  require(
    y.rank == 2 && y.shape[0] == N, "cannot mix \(x.shape) with targets \(y.shape): one row per example is needed")
  let λ = Tensor((0..<N).map { _ in random.beta(α, α) }, scalarType: x.scalarType)
  let partners = random.permutation(N)
  return MixedBatch(
    inputs: mixed(x, x.gathered(partners), share: λ), targets: mixed(y, y.gathered(partners), share: λ), shares: λ)
}

/// The cross-entropy of logits z with distributions as targets, for § 3.7.2: L = −1/N Σᵢ Σₖ yᵢₖ ln softmax(zᵢ)ₖ.
///
/// Linear in y: the loss of a mixture is the mixture of the losses. A class with target 0 adds nothing, even if its
/// logit is −∞. [N×K]
public func crossEntropy(logits z: Tensor, targets y: Tensor) -> Tensor {
  require(z.shape == y.shape && z.rank == 2, "cannot compare logits \(z.shape) with targets \(y.shape)")
  return -z.logSoftmax().weighted(by: y).sum() / Double(z.shape[0])
}
