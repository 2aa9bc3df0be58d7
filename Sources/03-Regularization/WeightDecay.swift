// § 3.9  Weight decay against L2 in Adam

import Tensors
import Workbench

/// The moments of Adam, and the direction they give: m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ). § 3.9
///
/// The notes write √(v̂ + ε) in (3.30) and (3.33); Kingma and Ba (2015) and PyTorch add ε to the root, and so does this.
public struct AdamMoments: Sendable {
  /// How slowly the moments forget: β₁ and β₂.
  public let beta1, beta2: Double
  /// What keeps the quotient finite: ε.
  public let epsilon: Double
  private var t = 0
  private var m: [Tensor] = []
  private var v: [Tensor] = []
  private var (power1, power2) = (1.0, 1.0)  // β₁ᵗ and β₂ᵗ

  /// Moments that have seen no gradient.
  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
    require(
      0..<1 ~= beta1 && 0..<1 ~= beta2 && epsilon >= 0,
      "cannot average gradients with β₁ = \(beta1), β₂ = \(beta2), ε = \(epsilon): 0 ≤ β < 1 and ε ≥ 0 are needed")
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
  }

  /// Takes the next gradients in and returns the direction for each: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g² (3.31), (3.32).
  public mutating func direction(_ g: [Tensor]) -> [Tensor] {
    if t == 0 { (m, v) = (g.map { 0 * $0 }, g.map { 0 * $0 }) }
    t += 1
    (power1, power2) = (power1 * beta1, power2 * beta2)
    for i in g.indices {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i]
      v[i] = beta2 * v[i] + (1 - beta2) * g[i].squared()
    }
    return g.indices.map { i in
      let (m̂, v̂) = (m[i] / (1 - power1), v[i] / (1 - power2))
      return m̂ / (v̂.squareRoot() + epsilon)
    }
  }
}

/// Adam with an L2 penalty in its gradient: the moments see g + λ θ, (3.28) and (3.29), and θ ← θ − η m̂ / (√v̂ + ε) (3.30).
///
/// g is the gradient of the loss alone: the notes define gₜ with λ θ already in it and then add λ θ once more. The penalty is divided by
/// √v̂ like everything else, so a parameter with large gradients decays slowly and one with small gradients fast.
public struct AdamWithL2: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// The weight λ of the penalty.
  public let penalty: Double
  private var moments: AdamMoments

  /// Adam with a penalty of this weight.
  public init(learningRate: Double = 1e-3, penalty: Double, moments: AdamMoments = AdamMoments()) {
    (self.learningRate, self.penalty, self.moments) = (learningRate, penalty, moments)
  }

  /// m ← β₁ m + (1 − β₁) (g + λ θ), v ← β₂ v + (1 − β₂) (g + λ θ)², θ ← θ − η m̂ / (√v̂ + ε). (3.28)–(3.30)
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let λ = penalty
    var directions = moments.direction(zip(gradient.parameters, model.parameters).map { g, θ in g + λ * θ })[...]
    model.forEachParameter { θ in θ = (θ - learningRate * directions.removeFirst()).stopGradient }
  }
}

/// AdamW, literally: the moments see g alone, (3.31) and (3.32), and θ ← (1 − η λ) θ − η m̂ / (√v̂ + ε) (3.33).
///
/// `Adam(weightDecay:)` makes the same step in one pass; a test holds the two together. Loshchilov and Hutter (2019).
public struct AdamWithDecoupledDecay: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// The weight decay λ.
  public let weightDecay: Double
  private var moments: AdamMoments

  /// AdamW with this decay.
  public init(learningRate: Double = 1e-3, weightDecay: Double, moments: AdamMoments = AdamMoments()) {
    (self.learningRate, self.weightDecay, self.moments) = (learningRate, weightDecay, moments)
  }

  /// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← (1 − η λ) θ − η m̂ / (√v̂ + ε). (3.31)–(3.33)
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, λ) = (learningRate, weightDecay)
    var directions = moments.direction(gradient.parameters)[...]
    model.forEachParameter { θ in θ = ((1 - η * λ) * θ - η * directions.removeFirst()).stopGradient }
  }
}

/// By which factor Adam multiplies an L2 penalty whose gradient is `pull` = λ θ, where loss gradients are noise of this size. § 3.9.1
///
/// In the long run v is the mean square of all that the moments see, so the factor is 1 / √(rms² + (λ θ)²): below 1 only where gradients
/// are larger than 1. AdamW's factor is 1.
public func expectedDecayMultiplier(gradientRMS: Double, pull: Double) -> Double {
  1 / (gradientRMS * gradientRMS + pull * pull).squareRoot()
}

/// The same factor measured: how much further Adam goes with the penalty than without, over λ θ. § 3.9.1
///
/// Two sets of moments see the same noise N(0, rms²) in `coordinates` places, one with λ θ added; the mean is over the second half of
/// the steps.
public func measuredDecayMultiplier(
  gradientRMS: Double, pull: Double, steps: Int = 4_000, coordinates: Int = 500, random: RandomSource
) -> Double {
  var (with, without) = (AdamMoments(), AdamMoments())
  var total = 0.0
  for step in 0..<steps {
    let g = random.normal([coordinates], standardDeviation: gradientRMS, scalarType: .double)
    let (a, b) = (with.direction([g + pull])[0], without.direction([g])[0])
    if step >= steps / 2 { total += (a - b).mean().item / pull }
  }
  return total / Double(steps - steps / 2)
}
