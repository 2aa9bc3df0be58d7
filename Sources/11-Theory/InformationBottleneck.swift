// § 11.9  The information bottleneck

import Messages
import Tensors

/// H(p) = −Σ p log₂ p in bits; 0 log 0 = 0. § 11.9
public func entropy(ofDistribution p: Tensor) -> Double { -p.log().weighted(by: p).sum().item / ln2 }

/// I(A; B) = Σ p(a, b) log₂ p(a, b)/(p(a) p(b)) of a joint distribution [A×B], in bits. § 11.9
public func mutualInformation(ofJoint p: Tensor) -> Double {
  entropy(ofDistribution: p.sum(axes: [0])) + entropy(ofDistribution: p.sum(axes: [1])) - entropy(ofDistribution: p)
}

private let ln2 = 0.6931471805599453

/// The largest correlation of a function of X with a function of Y: the second singular value of
/// p(x, y)/√(p(x) p(y)), whose first is 1. § 11.9
public func maximalCorrelation(_ p: Tensor) -> Double {
  let root = (p.sum(axes: [1], keepsAxes: true) * p.sum(axes: [0], keepsAxes: true)).squareRoot()
  return LinearAlgebra.singularValues(p / root)[1].item
}

/// A stochastic representation T of X that keeps what X tells about Y, by alternating minimization. Definition 11.21
///
/// Minimizes I(X;T) − β I(T;Y) over p(t|x). (11.15) At a stationary point
/// p(t|x) ∝ p(t) exp(−β KL(p(y|x) ‖ p(y|t))), with p(t) and p(y|t) those of the encoder. Each step evaluates the
/// right-hand side, and the objective never rises. Tishby, Pereira and Bialek (1999)
public struct InformationBottleneck: Sendable {
  /// p(x, y). [X×Y]
  public let joint: Tensor
  /// β.
  public var beta: Double
  /// p(t|x), a row for every x. [X×T]
  public private(set) var encoder: Tensor

  /// The encoder with these rows p(t|x), or by default random ones with `states` values of t.
  public init(joint: Tensor, beta: Double, states: Int, encoder: Tensor? = nil, random: RandomSource) {
    require(
      joint.rank == 2 && joint.min().item >= 0 && (joint.sum().item - 1).magnitude < 1e-9,
      "cannot compress X in a table \(joint.shape): non-negative probabilities that sum to 1 are needed")
    let start = encoder ?? random.uniform([joint.shape[0], states], in: 0.5..<1.5, scalarType: .double)
    (self.joint, self.beta, self.encoder) = (joint, beta, start / start.sum(axes: [1], keepsAxes: true))
  }

  /// Eight equally likely values of X, which say more or less about a binary Y.
  public static var example: Tensor {
    let p = Tensor([0.02, 0.05, 0.15, 0.3, 0.7, 0.85, 0.95, 0.98], scalarType: .double)
    return Tensor.stacked([1 - p, p], axis: 1) / 8
  }

  private var pX: Tensor { joint.sum(axes: [1], keepsAxes: true) }
  /// p(t). [T]
  public var marginal: Tensor { (pX * encoder).sum(axes: [0]) }
  /// p(t, y). [T×Y]
  public var targetJoint: Tensor { matmul(encoder.transposed, joint) }

  /// I(X;T) in bits.
  public var informationAboutInput: Double { mutualInformation(ofJoint: pX * encoder) }
  /// I(T;Y) in bits.
  public var informationAboutTarget: Double { mutualInformation(ofJoint: targetJoint) }
  /// I(X;T) − β I(T;Y) in bits. (11.15)
  public var objective: Double { informationAboutInput - beta * informationAboutTarget }

  /// p(t|x) ← p(t) exp(−β KL(p(y|x) ‖ p(y|t)))/Z(x). Definition 11.21
  public mutating func step() {
    let given = joint / pX  // p(y|x)
    let tiny = 1e-300
    let p = maximum(tiny, marginal)
    let decoder = maximum(tiny, targetJoint / p.expanded(axis: 1))  // p(y|t)
    // KL(p(y|x) ‖ p(y|t)) without the entropy of p(y|x), which does not depend on t.
    let divergence = -matmul(given, decoder.log().transposed)
    encoder = (p.log() - beta * divergence).softmax(axis: 1)
  }

  /// Steps until the encoder moves by less than `tolerance`, at most `steps` times.
  public mutating func converge(steps: Int = 5_000, tolerance: Double = 1e-10) {
    for _ in 0..<steps {
      let before = encoder
      step()
      if (encoder - before).abs().max().item < tolerance { break }
    }
  }

  /// The β below which the trivial encoder, p(t|x) = p(t), is stable: 1/ρ² with the maximal correlation ρ.
  ///
  /// Near it I(T;Y) ≤ ρ² I(X;T) to second order, so I(X;T) − β I(T;Y) ≥ 0 for β ≤ 1/ρ².
  public static func criticalBeta(of joint: Tensor) -> Double {
    let ρ = maximalCorrelation(joint)
    return 1 / (ρ * ρ)
  }
}
