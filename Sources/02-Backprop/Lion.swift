// § 2.9  Lion

import Messages
import Tensors
import Training

/// Lion: θ ← θ − η (sign(β₁ m + (1 − β₁) g) + λ θ), then m ← β₂ m + (1 − β₂) g. § 2.9
///
/// Chen et al. (2023), found by program search. Every coordinate moves by exactly η. The sign is that of a mix of
/// gradient and momentum, not of the gradient alone. Its memory m is half of Adam's.
public struct Lion: Optimizer {
  /// The learning rate η, three to ten times smaller than Adam's.
  public var learningRate: Double
  /// The share β₁ of the momentum in the sign, and its decay rate β₂.
  public let beta1, beta2: Double
  /// The weight decay λ: each step removes the share η λ of the parameters.
  public let weightDecay: Double
  private var memory = Memory<Tensor>()

  /// Lion with this learning rate η and the constants of its authors.
  public init(learningRate: Double = 1e-4, beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0) {
    require(
      0..<1 ~= beta1 && 0..<1 ~= beta2 && weightDecay >= 0,
      "cannot run Lion with β₁ = \(beta1), β₂ = \(beta2), λ = \(weightDecay): 0 ≤ β < 1 and λ ≥ 0 are needed")
    (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
    self.weightDecay = weightDecay
  }

  /// One step for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, β1, β2, λ) = (learningRate, beta1, beta2, weightDecay)
    memory.step(&model, along: gradient) { θ, g, m, _ in
      θ = θ - η * ((β1 * m + (1 - β1) * g).sign() + λ * θ)
      m = β2 * m + (1 - β2) * g
    }
  }
}
