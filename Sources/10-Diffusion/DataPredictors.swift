// § 10.2.2  The best linear predictor of the noise, and the best one for a finite set of examples

import Messages
import Tensors

/// The best linear prediction of the noise for data with a mean and a covariance: ε(x, t) = √(1 − ᾱ_t) (ᾱ_t Σ +
/// (1 − ᾱ_t) I)⁻¹ (x − √ᾱ_t μ). For Gaussian data it is the exact prediction. § 10.2.2
public struct LinearPredictor: NoisePredictor {
  /// The mean μ of the data. [D]
  public let mean: Tensor
  /// The variances of the data along their principal axes, the eigenvalues of Σ. [D]
  public let spectrum: Tensor
  /// The principal axes, as rows. [D×D]
  public let axes: Tensor
  /// The noise schedule.
  public let schedule: NoiseSchedule

  /// The predictor for the mean and the covariance of these examples. x₀: [N×…]
  public init(fittedTo x0: Tensor, schedule: NoiseSchedule) {
    let rows = x0.flattened(from: 1).converted(to: .double)
    mean = rows.mean(axes: [0])
    let centred = rows - mean
    let (values, vectors) = LinearAlgebra.symmetricEigen(matmul(centred.transposed, centred) / Double(rows.shape[0]))
    (spectrum, axes, self.schedule) = (maximum(0, values), vectors.transposed, schedule)
  }

  /// The predicted noise. x: [N×…]
  public func noise(in x: Tensor, at t: [Int]) -> Tensor {
    let rows = x.flattened(from: 1).converted(to: .double)
    let ᾱ = schedule.signalShares(at: t, like: rows)  // [N×1]
    let factors = (1 - ᾱ).squareRoot() / (ᾱ * spectrum + (1 - ᾱ))  // [N×D]
    let ε = matmul(matmul(rows - ᾱ.squareRoot() * mean, axes.transposed) * factors, axes)
    return ε.reshaped(x.shape).converted(to: x.scalarType)
  }
}

/// The exact prediction of the noise if the data are drawn uniformly from a finite set of examples. It has the lowest
/// simple loss on these examples, and a sampler with it returns copies of them. § 10.2.2
///
/// E[x₀ | x_t] = Σᵢ pᵢ xᵢ with pᵢ = softmaxᵢ(−‖x_t − √ᾱ_t xᵢ‖²/(2(1 − ᾱ_t))).
public struct MemorizingPredictor: NoisePredictor {
  /// The examples, as rows. [M×D]
  public let examples: Tensor
  /// The noise schedule.
  public let schedule: NoiseSchedule

  /// The predictor for these examples. x₀: [M×…]
  public init(_ x0: Tensor, schedule: NoiseSchedule) { (examples, self.schedule) = (x0.flattened(from: 1), schedule) }

  /// p(i | x_t), the probability that x_t was made from example i. x: [N×…] → [N×M]
  public func probabilities(of x: Tensor, at t: [Int]) -> Tensor {
    let rows = x.flattened(from: 1)
    let ᾱ = schedule.signalShares(at: t, like: rows)  // [N×1]
    // ‖x‖² is the same for all examples, so the softmax does not need it.
    let products = ᾱ.squareRoot() * matmul(rows, examples.transposed)
    return ((products - 0.5 * ᾱ * examples.squared().sum(axes: [1])) / (1 - ᾱ)).softmax(axis: 1)
  }

  /// E[x₀ | x_t], the expected example. x: [N×…] → like x
  public func data(in x: Tensor, at t: [Int]) -> Tensor {
    matmul(probabilities(of: x, at: t), examples).reshaped(x.shape)
  }

  /// The expected noise (x_t − √ᾱ_t E[x₀ | x_t])/√(1 − ᾱ_t). x: [N×…]
  public func noise(in x: Tensor, at t: [Int]) -> Tensor {
    PredictionTarget.data.noise(from: data(in: x, at: t), in: x, at: t, schedule)
  }
}
