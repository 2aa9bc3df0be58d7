// § 2.9  Optimizers for very large batches: LARS and LAMB

import Messages
import Tensors
import Training

/// The trust ratio ‖θ‖ / ‖u‖, which makes a layer's step u as long as its parameters, or 1 if either is zero. § 2.9
func trustRatio(_ θ: Tensor, _ u: Tensor) -> Tensor {
  let (length, step) = (θ.norm().converted(to: .double), u.norm().converted(to: .double))
  return length.item > 0 && step.item > 0 ? length / step : Tensor(1, scalarType: .double)
}

/// LARS: v ← μ v + η κ ‖θ‖ / (‖g‖ + λ ‖θ‖) (g + λ θ), θ ← θ − v, layer by layer. § 2.9
///
/// You, Gitman and Ginsburg (2017), with their trust coefficient κ. A layer's first step is η κ ‖θ‖ long, whatever its
/// gradient. Where parameters or gradient are zero, the step is momentum's, η (g + λ θ).
public struct LARS: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// The share μ of the velocity that is left after a step.
  public let momentum: Double
  /// The length κ of a step relative to its parameters.
  public let trust: Double
  /// The weight decay λ, added to the gradient as λ θ.
  public let weightDecay: Double
  private var memory = Memory<Tensor>()

  /// LARS with this learning rate η, and with μ, κ and λ.
  public init(learningRate: Double, momentum: Double = 0.9, trust: Double = 1e-3, weightDecay: Double = 0) {
    require(
      0..<1 ~= momentum && trust > 0 && weightDecay >= 0,
      "cannot run LARS with μ = \(momentum), κ = \(trust), λ = \(weightDecay): 0 ≤ μ < 1, κ > 0 and λ ≥ 0 are needed")
    (self.learningRate, self.momentum) = (learningRate, momentum)
    (self.trust, self.weightDecay) = (trust, weightDecay)
  }

  /// One step for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, μ, κ, λ) = (learningRate, momentum, trust, weightDecay)
    memory.step(&model, along: gradient) { θ, g, v, _ in
      let (length, slope) = (θ.norm().converted(to: .double), g.norm().converted(to: .double))
      let isMeasured = length.item > 0 && slope.item > 0
      let rate = isMeasured ? κ * length / (slope + λ * length) : Tensor(1, scalarType: .double)
      v = μ * v + (η * rate).converted(to: θ.scalarType) * (g + λ * θ)
      θ = θ - v
    }
  }
}

/// LAMB: u = m̂ / (√v̂ + ε) + λ θ, θ ← θ − η ‖θ‖ / ‖u‖ u, layer by layer. § 2.9
///
/// You et al. (2020): Adam's direction, made as long as the layer's parameters. Every step is η ‖θ‖ long.
public struct LAMB: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// β₁, β₂ and ε.
  public let constants: AdamConstants
  /// The weight decay λ, added to Adam's direction as λ θ.
  public let weightDecay: Double
  private var memory = Memory<AdamMoments>()

  /// LAMB with this learning rate η and weight decay λ.
  public init(
    learningRate: Double = 1e-3, constants: AdamConstants = AdamConstants(epsilon: 1e-6), weightDecay: Double = 0
  ) {
    require(weightDecay >= 0, "cannot decay weights by λ = \(weightDecay): λ ≥ 0 is needed")
    (self.learningRate, self.constants, self.weightDecay) = (learningRate, constants, weightDecay)
  }

  /// One step for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, λ, c) = (learningRate, weightDecay, constants)
    memory.step(&model, along: gradient) { θ, g, moments, t in
      let u = moments.direction(g, c, t: t) + λ * θ
      θ = θ - (η * trustRatio(θ, u)).converted(to: θ.scalarType) * u
    }
  }
}
