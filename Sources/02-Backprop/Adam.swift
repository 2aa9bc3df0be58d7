// § 2.4.3  Adam, and § 2.4.4 AdamW, as their formulas; AMSGrad

import Messages
import Tensors
import Training

/// The constants of Adam and of the rules derived from it. § 2.4.3
public struct AdamConstants: Codable, Sendable {
  /// The decay rates β₁ and β₂ of the first and the second moment.
  public let beta1, beta2: Double
  /// The number ε that keeps the quotient finite.
  public let epsilon: Double
  /// Whether ε is outside or inside the root.
  public let epsilonPlace: EpsilonPlace

  /// The constants, by default those of the notes, with ε outside the root.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, epsilonPlace: EpsilonPlace = .outsideRoot
  ) {
    require(
      0..<1 ~= beta1 && 0..<1 ~= beta2 && epsilon >= 0,
      "cannot run with β₁ = \(beta1), β₂ = \(beta2), ε = \(epsilon): 0 ≤ β < 1 and ε ≥ 0 are needed")
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    self.epsilonPlace = epsilonPlace
  }
}

/// Adam's memory of a parameter: running means of its gradient and of the gradient's square. § 2.4.3
public struct AdamMoments: Remembered {
  /// The running means m and v.
  public private(set) var m, v: Tensor

  /// Zeros for a parameter θ.
  public init(like θ: Tensor) { (m, v) = (Tensor(like: θ), Tensor(like: θ)) }

  /// The direction of step t: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², then m̂ / (√v̂ + ε) with
  /// m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
  public mutating func direction(_ g: Tensor, _ c: AdamConstants, t: Int) -> Tensor {
    let (β1, β2) = (c.beta1, c.beta2)
    m = β1 * m + (1 - β1) * g
    v = β2 * v + (1 - β2) * g.squared()
    let m̂ = m / (1 - power(β1, t))
    let v̂ = v / (1 - power(β2, t))
    return m̂ / c.epsilonPlace.root(v̂, c.epsilon)
  }
}

/// Adam and AdamW as the notes write them: θ ← (1 − η λ) θ − η m̂ / (√v̂ + ε). § 2.4.3, § 2.4.4, § 2.10.5
///
/// Kingma and Ba (2015); with a weight decay λ > 0 it is AdamW by Loshchilov and Hutter (2019). The notes have ε inside
/// the root, which `AdamConstants.epsilonPlace` allows. `Training.Adam` takes the same steps in one pass over memory.
public struct AdamByFormula: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// β₁, β₂ and ε.
  public let constants: AdamConstants
  /// The weight decay λ: each step removes the share η λ of the parameters.
  public let weightDecay: Double
  private var memory = Memory<AdamMoments>()

  /// Adam with this learning rate η and weight decay λ.
  public init(
    learningRate: Double = 1e-3, constants: AdamConstants = AdamConstants(), weightDecay: Double = 0
  ) {
    require(weightDecay >= 0, "cannot decay weights by λ = \(weightDecay): λ ≥ 0 is needed")
    (self.learningRate, self.constants, self.weightDecay) = (learningRate, constants, weightDecay)
  }

  /// One step for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, λ, c) = (learningRate, weightDecay, constants)
    memory.step(&model, along: gradient) { θ, g, moments, t in
      θ = (1 - η * λ) * θ - η * moments.direction(g, c, t: t)
    }
  }
}

/// AMSGrad: Adam with the largest second moment so far, v̄ ← max(v̄, v), θ ← θ − η m̂ / (√(v̄ / (1 − β₂ᵗ)) + ε).
/// § 2.4.3
///
/// Reddi, Kale and Kumar (2018), with the corrections 1 − βᵗ of PyTorch, which their paper does not have. A large
/// gradient is never forgotten: there are streams of convex losses on which Adam runs to the worst point and AMSGrad to
/// the best.
public struct AMSGrad: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// β₁, β₂ and ε.
  public let constants: AdamConstants
  private var memory = Memory<State>()

  /// Adam's moments, and the largest second moment v̄.
  private struct State: Remembered {
    var moments: AdamMoments
    var largest: Tensor
    init(like θ: Tensor) { (moments, largest) = (AdamMoments(like: θ), Tensor(like: θ)) }
  }

  /// AMSGrad with this learning rate η.
  public init(learningRate: Double = 1e-3, constants: AdamConstants = AdamConstants()) {
    (self.learningRate, self.constants) = (learningRate, constants)
  }

  /// One step for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, c) = (learningRate, constants)
    memory.step(&model, along: gradient) { θ, g, state, t in
      _ = state.moments.direction(g, c, t: t)
      state.largest = maximum(state.largest, state.moments.v)
      let m̂ = state.moments.m / (1 - power(c.beta1, t))
      let v̂ = state.largest / (1 - power(c.beta2, t))
      θ = θ - η * m̂ / c.epsilonPlace.root(v̂, c.epsilon)
    }
  }
}

/// xⁿ, the same on every machine.
func power(_ x: Double, _ n: Int) -> Double { Tensor(x, scalarType: .double).power(Double(n)).item }
