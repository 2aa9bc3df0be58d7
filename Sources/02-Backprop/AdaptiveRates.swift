// § 2.4.2  A learning rate for every parameter: AdaGrad and RMSProp

import Messages
import Tensors
import Training

/// The place of the ε that keeps a quotient by a root finite. § 2.4.2
public enum EpsilonPlace: Codable, Sendable {
  /// √s + ε, as in the papers and in PyTorch: at least ε.
  case outsideRoot
  /// √(s + ε), as the notes print it: at least √ε, which is 10⁻⁴ for ε = 10⁻⁸.
  case insideRoot

  /// The root of s with its ε.
  func root(_ s: Tensor, _ ε: Double) -> Tensor {
    self == .outsideRoot ? s.squareRoot() + ε : (s + ε).squareRoot()
  }
}

/// AdaGrad: s ← s + g², θ ← θ − η g / (√s + ε). § 2.4.2
///
/// Duchi, Hazan and Singer (2011). The sum only grows, so no coordinate's rate ever rises.
public struct AdaGrad: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// The number ε that keeps the quotient finite.
  public let epsilon: Double
  private var memory = Memory<Tensor>()

  /// AdaGrad with this learning rate η and this ε.
  public init(learningRate: Double = 1e-2, epsilon: Double = 1e-10) {
    require(epsilon >= 0, "cannot run AdaGrad with ε = \(epsilon): ε ≥ 0 is needed")
    (self.learningRate, self.epsilon) = (learningRate, epsilon)
  }

  /// One step for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, ε) = (learningRate, epsilon)
    memory.step(&model, along: gradient) { θ, g, s, _ in
      s = s + g.squared()
      θ = θ - η * g / (s.squareRoot() + ε)
    }
  }
}

/// RMSProp: s ← β s + (1 − β) g², θ ← θ − η g / (√s + ε). § 2.4.2
///
/// Tieleman and Hinton (2012). The notes print √(s + ε): `epsilonPlace` chooses.
public struct RMSProp: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// The decay rate β of the mean of the squares.
  public let beta: Double
  /// The number ε that keeps the quotient finite.
  public let epsilon: Double
  /// Whether ε is outside or inside the root.
  public let epsilonPlace: EpsilonPlace
  private var memory = Memory<Tensor>()

  /// RMSProp with this learning rate η, β and ε.
  public init(
    learningRate: Double = 1e-2, beta: Double = 0.99, epsilon: Double = 1e-8,
    epsilonPlace: EpsilonPlace = .outsideRoot
  ) {
    require(
      0..<1 ~= beta && epsilon >= 0,
      "cannot run RMSProp with β = \(beta), ε = \(epsilon): 0 ≤ β < 1 and ε ≥ 0 are needed")
    (self.learningRate, self.beta, self.epsilon) = (learningRate, beta, epsilon)
    self.epsilonPlace = epsilonPlace
  }

  /// One step for every parameter.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, β, ε, place) = (learningRate, beta, epsilon, epsilonPlace)
    memory.step(&model, along: gradient) { θ, g, s, _ in
      s = β * s + (1 - β) * g.squared()
      θ = θ - η * g / place.root(s, ε)
    }
  }
}
