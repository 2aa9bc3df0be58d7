// § 3.9  Weight decay against L2 in Adam

import Backprop
import Tensors
import Training

/// AdamW: the moments see the gradient g alone, m ← β₁ m + (1 − β₁) g (3.31), v ← β₂ v + (1 − β₂) g² (3.32), and the
/// decay is separate, θ ← (1 − η λ) θ − η m̂ / (√v̂ + ε) (3.33).
///
/// It is the Adam of chapter 2 with a weight decay, by its formula; `Adam(weightDecay:)` makes the same step in one
/// pass. The notes write √(v̂ + ε) in (3.30) and (3.33); the papers and PyTorch add ε to the root. Loshchilov and
/// Hutter (2019)
public typealias AdamW = AdamByFormula

/// Adam with an L2 penalty in its gradient: the moments see g + λ θ, (3.28) and (3.29), and θ ← θ − η m̂ / (√v̂ + ε)
/// (3.30).
///
/// g is the gradient of the loss alone; the notes define gₜ with λ θ in it and then add λ θ again. The penalty is
/// divided by √v̂ like everything else, so a parameter with large gradients decays slowly, and one with small gradients
/// fast.
public struct AdamWithL2: Optimizer {
  /// The learning rate η.
  public var learningRate: Double
  /// The weight λ of the penalty.
  public let penalty: Double
  private var constants = AdamConstants()
  private var memory = Memory<AdamMoments>()

  /// Adam with a penalty of this weight.
  public init(learningRate: Double = 1e-3, penalty: Double) {
    (self.learningRate, self.penalty) = (learningRate, penalty)
  }

  /// m ← β₁ m + (1 − β₁) (g + λ θ), v ← β₂ v + (1 − β₂) (g + λ θ)², θ ← θ − η m̂ / (√v̂ + ε). (3.28)–(3.30)
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    let (η, λ, c) = (learningRate, penalty, constants)
    memory.step(&model, along: gradient) { θ, g, moments, t in
      θ = θ - η * moments.direction(g + λ * θ, c, t: t)
    }
  }
}

/// The factor on an L2 penalty in Adam, if the loss gradients are noise of this size and `pull` = λ θ is the gradient
/// of the penalty. § 3.9.1
///
/// In the long run v is the mean square of the gradients with the penalty, so the factor is 1 / √(rms² + (λ θ)²): below
/// 1 only if that root is larger than 1. AdamW's factor is 1.
public func expectedDecayMultiplier(gradientRMS: Double, pull: Double) -> Double {
  1 / (gradientRMS * gradientRMS + pull * pull).squareRoot()
}

/// The same factor measured: how much further Adam moves with the penalty than without, divided by λ θ. § 3.9.1
///
/// Two sets of moments see the same noise N(0, rms²) in `coordinates` coordinates, one of them with λ θ added; the mean
/// is over the second half of the steps.
public func measuredDecayMultiplier(
  gradientRMS: Double, pull: Double, steps: Int = 4_000, coordinates: Int = 500, random: RandomSource
) -> Double {
  let constants = AdamConstants()
  var with = AdamMoments(like: Tensor.zeros([coordinates], scalarType: .double))
  var without = with
  var total = 0.0
  for step in 0..<steps {
    let g = random.normal([coordinates], standardDeviation: gradientRMS, scalarType: .double)
    let a = with.direction(g + pull, constants, t: step + 1)
    let b = without.direction(g, constants, t: step + 1)
    if step >= steps / 2 { total += (a - b).mean().item / pull }
  }
  return total / Double(steps - steps / 2)
}
