// § 10.2.2  Predictors of the noise

import DataSets
import Messages
import Tensors

/// A model of the noise in noisy data: ε_θ(x_t, t). (10.16)
public protocol NoisePredictor: Sendable {
  /// The predicted noise. x: [N×…]; t: a step from 1 to T for each example → like x
  func noise(in x: Tensor, at t: [Int]) -> Tensor
}

/// A model that takes the class of each example: ε_θ(x_t, t, c). Without a class it predicts for the whole data:
/// ε_θ(x_t, t, ∅). Definition 10.8
public protocol ConditionalNoisePredictor: NoisePredictor {
  /// The predicted noise for a class of each example; nil stands for ∅.
  func noise(in x: Tensor, at t: [Int], classes: [Int?]) -> Tensor
}

extension ConditionalNoisePredictor {
  /// ε_θ(x_t, t, ∅).
  public func noise(in x: Tensor, at t: [Int]) -> Tensor {
    noise(in: x, at: t, classes: [Int?](repeating: nil, count: t.count))
  }
}

/// The expected noise in x_t if the data are a mixture of Gaussians: ε*(x, t) = −√(1 − ᾱ_t) ∇ log q_t(x), the
/// best prediction in the mean square. Its classes are the mixture's components. § 10.2.2
public struct ExactPredictor: ConditionalNoisePredictor {
  /// The distribution of x₀.
  public let data: GaussianMixture
  /// The noise schedule.
  public let schedule: NoiseSchedule

  /// The exact prediction for this distribution and this schedule.
  public init(data: GaussianMixture, schedule: NoiseSchedule) { (self.data, self.schedule) = (data, schedule) }

  /// The distribution q_t of x_t: again a mixture.
  public func noised(at t: Int) -> GaussianMixture { data.diffused(signalShare: schedule.ᾱ[t]) }

  /// ε*(x, t, c), row by row. x: [N×D]
  public func noise(in x: Tensor, at t: [Int], classes: [Int?]) -> Tensor {
    require(
      x.shape[0] == t.count && t.count == classes.count,
      "cannot predict the noise in points \(x.shape) for \(t.count) steps and \(classes.count) classes: one of each "
        + "for every point is needed")
    if let first = t.first, Set(t).count == 1, let c = classes.first, classes.allSatisfy({ $0 == c }) {
      return noise(in: x, at: first, class: c)
    }
    return .concatenated(t.indices.map { noise(in: x[$0..<$0 + 1], at: t[$0], class: classes[$0]) }, axis: 0)
  }

  private func noise(in x: Tensor, at t: Int, class c: Int?) -> Tensor {
    let q = (c.map { data.conditional(on: [$0]) } ?? data).diffused(signalShare: schedule.ᾱ[t])
    return -(1 - schedule.ᾱ[t]).squareRoot() * q.score(of: x)
  }
}
