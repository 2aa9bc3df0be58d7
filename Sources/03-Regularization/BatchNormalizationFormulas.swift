// § 3.5  Batch normalization: the formulas

import Messages
import Tensors

/// The forward pass of batch normalization, formula by formula, for a batch of rows. § 3.5.2
public struct BatchNormalizationForward: Sendable {
  /// The batch and the factors γ. [m×D], [D]
  public let x, γ: Tensor
  /// ε.
  public let ε: Double
  /// The mean of the batch: μ_B = 1/m Σᵢ xᵢ. (3.11) [D]
  public let μ: Tensor
  /// The variance of the batch: σ_B² = 1/m Σᵢ (xᵢ − μ_B)². (3.12) [D]
  public let σ2: Tensor
  /// The normalized batch: x̂ᵢ = (xᵢ − μ_B) / √(σ_B² + ε). (3.13) [m×D]
  public let x̂: Tensor
  /// The output: yᵢ = γ x̂ᵢ + β ≡ BN_{γ,β}(xᵢ). (3.14) [m×D]
  public let y: Tensor

  /// The forward pass for the batch x [m×D] with factors γ and offsets β [D].
  public init(_ x: Tensor, scale γ: Tensor, shift β: Tensor, epsilon ε: Double = 1e-5) {
    require(
      x.rank == 2 && x.shape[0] > 0 && γ.shape == [x.shape[1]] && β.shape == γ.shape,
      "cannot normalize a batch \(x.shape) with factors \(γ.shape) and offsets \(β.shape): "
        + "rows are needed, and one factor and one offset per column"
    )
    (self.x, self.γ, self.ε) = (x, γ, ε)
    let m = Double(x.shape[0])
    μ = x.sum(axes: [0]) / m
    σ2 = (x - μ).squared().sum(axes: [0]) / m
    x̂ = (x - μ) / (σ2 + ε).squareRoot()
    y = γ * x̂ + β
  }
}

/// The backward pass of batch normalization, formula by formula. Proposition 3.5, § 3.5.3
public struct BatchNormalizationBackward: Sendable {
  /// ∂L/∂γ = Σᵢ δᵢ x̂ᵢ. (3.15) [D]
  public let scale: Tensor
  /// ∂L/∂β = Σᵢ δᵢ. (3.16) [D]
  public let shift: Tensor
  /// ∂L/∂x̂ᵢ = δᵢ γ. (3.17) [m×D]
  public let normalized: Tensor
  /// ∂L/∂σ_B² = Σᵢ ∂L/∂x̂ᵢ (xᵢ − μ_B) (−½) (σ_B² + ε)^(−3/2). (3.18) [D]
  public let variance: Tensor
  /// ∂L/∂μ_B = Σᵢ ∂L/∂x̂ᵢ · (−1) / √(σ_B² + ε). (3.19) [D]
  ///
  /// The path through the variance contributes nothing: ∂σ_B²/∂μ_B = −2/m Σᵢ (xᵢ − μ_B) = 0.
  public let mean: Tensor
  /// ∂L/∂xᵢ = ∂L/∂x̂ᵢ / √(σ_B² + ε) + ∂L/∂σ_B² · 2 (xᵢ − μ_B) / m + ∂L/∂μ_B / m. (3.20) [m×D]
  public let input: Tensor

  /// The backward pass for δᵢ = ∂L/∂yᵢ [m×D] at a forward pass.
  public init(_ δ: Tensor, at forward: BatchNormalizationForward) {
    let f = forward
    require(δ.shape == f.y.shape, "cannot pull back \(δ.shape) through a batch normalization of \(f.y.shape)")
    let (m, deviation, root) = (Double(f.x.shape[0]), f.x - f.μ, (f.σ2 + f.ε).squareRoot())
    scale = (δ * f.x̂).sum(axes: [0])
    shift = δ.sum(axes: [0])
    normalized = δ * f.γ
    variance = (normalized * deviation * -0.5 * (f.σ2 + f.ε).power(-1.5)).sum(axes: [0])
    mean = (normalized * -1 / root).sum(axes: [0])
    input = normalized / root + variance * 2 * deviation / m + mean / m
  }
}

/// Running estimates of mean and spread: after each batch μ ← k μ + (1 − k) μ_B with k close to 1, and likewise for the
/// spread.
///
/// The spread is the standard deviation in Lehaut, *How Does It Work?*, 2, and the variance in PyTorch. These differ:
/// by Jensen's inequality the mean of σ_B is at most the root of the mean of σ_B², and less if batches differ.
public struct RunningEstimate: Sendable {
  /// What is averaged.
  public enum Spread: Sendable { case standardDeviation, variance }
  /// What is averaged.
  public let spread: Spread
  /// The weight k of the old estimate.
  public let keep: Double
  /// The running mean μ, and the running σ or σ². [D]
  public private(set) var mean, average: Tensor

  /// Estimates that start with the first batch.
  public init(_ spread: Spread, keep: Double = 0.9, first batch: Tensor) {
    (self.spread, self.keep) = (spread, keep)
    (mean, average) = Self.statistics(batch, spread)
  }

  /// Updates the estimates with another batch. [m×D]
  public mutating func observe(_ batch: Tensor) {
    let (μ, s) = Self.statistics(batch, spread)
    (mean, average) = (keep * mean + (1 - keep) * μ, keep * average + (1 - keep) * s)
  }

  /// The estimated standard deviation. [D]
  public var standardDeviation: Tensor { spread == .variance ? average.squareRoot() : average }

  private static func statistics(_ batch: Tensor, _ spread: Spread) -> (Tensor, Tensor) {
    let σ2 = batch.variance(axes: [0])
    return (batch.mean(axes: [0]), spread == .variance ? σ2 : σ2.squareRoot())
  }
}
