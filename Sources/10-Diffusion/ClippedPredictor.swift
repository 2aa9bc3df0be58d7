// § 10.6, § 10.9  Images that stay in their range

import Messages
import Tensors

/// A predictor that clips x̂₀ to the range of the data: (10.8) is solved for x₀, x₀ is clipped, and (10.8) is solved
/// for ε. § 10.9
///
/// x̂₀ = (x_t − √(1 − ᾱ_t) ε)/√ᾱ_t magnifies an error of ε by about 1/√ᾱ_t at large t: at t = T by 157 with the linear
/// schedule and by 20,000 with the cosine schedule. So the first steps of a sampler can move an image far out of range.
public struct ClippedPredictor<Predictor: NoisePredictor>: NoisePredictor {
  /// The predictor whose x̂₀ is clipped.
  public let predictor: Predictor
  /// The noise schedule.
  public let schedule: NoiseSchedule
  /// The range of x̂₀.
  public let range: ClosedRange<Double>

  /// Clips the x̂₀ of a predictor to the given range.
  public init(_ predictor: Predictor, schedule: NoiseSchedule, to range: ClosedRange<Double> = -1...1) {
    (self.predictor, self.schedule, self.range) = (predictor, schedule, range)
  }

  /// (x_t − √ᾱ_t x̂₀)/√(1 − ᾱ_t) with the clipped x̂₀. x: [N×…]
  public func noise(in x: Tensor, at t: [Int]) -> Tensor {
    let data = PredictionTarget.noise.data(from: predictor.noise(in: x, at: t), in: x, at: t, schedule)
    return PredictionTarget.data.noise(from: data.clamped(to: range), in: x, at: t, schedule)
  }
}
