// § 2.4.1  Momentum

import Messages
import Tensors
import Training

/// Momentum: v ← μ v + g, θ ← θ − η v. § 2.4.1
///
/// Polyak (1964), in PyTorch's form. The velocity is a decaying sum of the gradients, v = Σₖ μᵏ g_{t−k}, not an
/// average: along a constant gradient it grows to g/(1 − μ), ten times the gradient for μ = 0.9.
public struct Momentum: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// The share μ of the velocity that is left after a step.
  public let momentum: Double
  private var memory = Memory<Tensor>()

  /// Momentum with this learning rate η and share μ.
  public init(learningRate: Double, momentum: Double = 0.9) {
    require(0..<1 ~= momentum, "cannot run with momentum μ = \(momentum): 0 ≤ μ < 1 is needed")
    (self.learningRate, self.momentum) = (learningRate, momentum)
  }

  /// One step for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, μ) = (learningRate, momentum)
    memory.step(&model, along: gradient) { θ, g, v, _ in
      v = μ * v + g
      θ = θ - η * v
    }
  }
}

/// Nesterov's momentum: v ← μ v + g, θ ← θ − η (g + μ v). § 2.4.1
///
/// Nesterov (1983). His rule takes the gradient ahead of the parameters, at θ − η μ v; this form, PyTorch's, takes the
/// point ahead as the parameters, so that the gradient is the usual one. Both take the same steps.
public struct Nesterov: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// The share μ of the velocity that is left after a step.
  public let momentum: Double
  private var memory = Memory<Tensor>()

  /// Nesterov's momentum with this learning rate η and share μ.
  public init(learningRate: Double, momentum: Double = 0.9) {
    require(0..<1 ~= momentum, "cannot run with momentum μ = \(momentum): 0 ≤ μ < 1 is needed")
    (self.learningRate, self.momentum) = (learningRate, momentum)
  }

  /// One step for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, μ) = (learningRate, momentum)
    memory.step(&model, along: gradient) { θ, g, v, _ in
      v = μ * v + g
      θ = θ - η * (g + μ * v)
    }
  }
}
