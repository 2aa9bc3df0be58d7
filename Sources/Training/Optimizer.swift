import Messages
import Tensors

/// A rule that moves a model's parameters along their gradient. Chapter 2 derives the rules; chapter 1 starts with two
/// of them.
///
/// An optimizer encodes its settings and its state, so that a saved training can be resumed; see Saving.
public protocol Optimizer: Codable, Sendable {
  /// The learning rate η. A schedule may change it before every step.
  var learningRate: Double { get set }
  /// Moves the model's parameters by this optimizer's rule. The optimizer stores what it needs for the next step.
  mutating func move<M: Parameterized>(_ model: inout M, along gradient: M)
}

extension Optimizer {
  /// Makes one step: moves the model downhill, and adopts the running statistics that were observed while the gradient
  /// was computed.
  public mutating func update<M: Parameterized>(_ model: inout M, along gradient: M) {
    move(&model, along: gradient)
    model.adoptStatistics(of: gradient)
  }
}

/// Gradient descent: θ ← θ − η ∇L.
public struct GradientDescent: Optimizer {
  /// The learning rate η.
  public var learningRate: Double

  /// Gradient descent with this learning rate.
  public init(learningRate: Double) { self.learningRate = learningRate }

  /// θ ← θ − η ∇L, for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    var gradients = gradient.parameters[...]
    model.forEachParameter { θ in θ.updateByDescent(gradients.removeFirst(), learningRate: learningRate) }
  }
}

/// Adam: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − η m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 −
/// β₂ᵗ).
///
/// Kingma and Ba (2015), with ε outside the root. With a weight decay λ > 0 it is AdamW by Loshchilov and Hutter
/// (2019), which first shrinks the parameters, θ ← θ − η λ θ, so that the decay does not enter the moments. Each number
/// is read and written once; a test compares the step with the formula.
public struct Adam: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// The decay rates β₁ and β₂ of the moments m and v.
  public let beta1, beta2: Double
  /// The constant ε, which keeps the quotient finite.
  public let epsilon: Double
  /// The weight decay λ.
  public let weightDecay: Double
  private var step = 0
  private var m: [Tensor] = []
  private var v: [Tensor] = []

  /// Adam with this learning rate, and by default the constants of its authors.
  public init(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) {
    require(
      0..<1 ~= beta1 && 0..<1 ~= beta2 && epsilon >= 0 && weightDecay >= 0,
      "cannot run Adam with β₁ = \(beta1), β₂ = \(beta2), ε = \(epsilon), λ = \(weightDecay): "
        + "0 ≤ β < 1, ε ≥ 0 and λ ≥ 0 are needed"
    )
    self.weightDecay = weightDecay
    (self.learningRate, self.beta1, self.beta2, self.epsilon) = (learningRate, beta1, beta2, epsilon)
  }

  /// Moves every parameter by one step. The model must have the same parameters each time.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (parameters, gradients) = (model.parameters.map(\.shape), gradient.parameters)
    require(
      gradients.map(\.shape) == parameters,
      "cannot update parameters \(parameters) along a gradient \(gradients.map(\.shape)): the shapes must be the same")
    if m.isEmpty {
      m = gradients.map { Tensor.zeros($0.shape, scalarType: $0.scalarType) }
      v = m
    }
    require(
      m.map(\.shape) == parameters,
      "cannot continue Adam on parameters \(parameters): its moments belong to \(m.map(\.shape))")
    step += 1
    let (correction1, correction2) = (1 - power(beta1, step), 1 - power(beta2, step))
    var position = 0
    model.forEachParameter { θ in
      θ.updateByAdam(
        gradients[position], m: &m[position], v: &v[position], beta1: beta1, beta2: beta2,
        epsilon: epsilon, learningRate: learningRate, correction1: correction1, correction2: correction2,
        weightDecay: weightDecay)
      position += 1
    }
  }
}

/// xⁿ by repeated squaring: the same bits on every platform.
private func power(_ x: Double, _ n: Int) -> Double {
  if n == 0 { return 1 }
  let half = power(x, n / 2)
  return n.isMultiple(of: 2) ? half * half : half * half * x
}
