// § 9.10  Denoising autoencoders and the score

import Backprop
import Foundations
import Messages
import Tensors
import Training

/// The kind of damage that a denoising autoencoder has to undo.
public enum Degradation: Sendable, Equatable {
  /// x + σ ε with ε ∼ N(0, I).
  case noise(σ: Double)
  /// Squares of k×k pixels are replaced by their mean.
  case downscaled(by: Int)
  /// Numbers in [0, 1] are rounded to this many equally spaced levels.
  case quantized(levels: Int)

  /// The degraded batch. Images: [N×C×H×W]; noise and quantization take any shape.
  public func callAsFunction(_ x: Tensor, using random: RandomSource) -> Tensor {
    switch self {
    case .noise(let σ): return x + σ * random.normal(x.shape, scalarType: x.scalarType)
    case .downscaled(let k):
      require(
        x.rank == 4 && x.shape[2].isMultiple(of: k) && x.shape[3].isMultiple(of: k),
        "cannot take means over \(k)×\(k) pixels of \(x.shape): sides that are multiples of \(k) are needed")
      let cells = x.reshaped([x.shape[0], x.shape[1], x.shape[2] / k, k, x.shape[3] / k, k])
      return cells.mean(axes: [3, 5], keepsAxes: true).broadcast(to: cells.shape).reshaped(x.shape)
    case .quantized(let levels):
      require(levels >= 2, "cannot round to \(levels) levels: at least 2 are needed")
      let n = Double(levels - 1)
      return (1...(levels - 1)).map { (x .>= (Double($0) - 0.5) / n) / n }.reduce(0 * x, +)
    }
  }
}

/// Trains a network to return x from its degraded form, E‖f(x̃) − x‖², with Adam; every step draws a new degradation.
/// Vincent et al. (2008)
///
/// The best f is the conditional mean E[X | X̃ = x̃]. x: [N×…]; the network gets rows.
@discardableResult
public func trainDenoiser(
  _ network: inout MLP, on x: Tensor, _ degradation: Degradation, learningRate: Double = 1e-3, plan: TrainingPlan,
  random: RandomSource
) -> History {
  var adam = Adam(learningRate: learningRate)
  return train(&network, with: &adam, examples: x.shape[0], plan: plan, random: random) { network, batch in
    let clean = x.gathered(batch)
    let degraded = degradation(clean, using: random)
    return (network(degraded.flattened(from: 1)) - clean.flattened(from: 1)).squared().sum(axes: [1]).mean()
  }
}

/// The score of the noisy distribution, ∇ log p(x̃) = (E[X | X̃ = x̃] − x̃)/σ²: Tweedie's formula, with the noise N(0,
/// σ² I). Robbins (1956)
public func tweedieScore(mean: Tensor, at x̃: Tensor, σ: Double) -> Tensor { (mean - x̃) / (σ * σ) }

/// The signal ±1 with equal probability, seen through the noise N(0, σ²).
public struct TwoPointSignal: Sendable {
  /// The deviation σ of the noise.
  public let σ: Double

  /// The signal with this noise.
  public init(σ: Double) { self.σ = σ }

  /// E[X | X̃ = x̃] = tanh(x̃/σ²).
  public func mean(given x̃: Tensor) -> Tensor { (x̃ / (σ * σ)).tanh() }

  /// The score of ½ N(−1, σ²) + ½ N(1, σ²), from the mixture itself.
  public func score(at x̃: Tensor) -> Tensor {
    // p(1 | x̃) = σ(2 x̃/σ²); each component pulls towards its mean.
    let right = (2 * x̃ / (σ * σ)).sigmoid()
    return (right * (1 - x̃) + (1 - right) * (-1 - x̃)) / (σ * σ)
  }
}
