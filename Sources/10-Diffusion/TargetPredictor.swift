// § 10.2.2, § 10.9  A noise predictor around a network that predicts something else

import Messages
import Tensors

/// A noise predictor around a network that predicts ε, x₀ or v. § 10.2.2, § 10.9
///
/// With v, x̂₀ = √ᾱ_t x_t − √(1 − ᾱ_t) v magnifies no error of the network, whereas x̂₀ = (x_t − √(1 − ᾱ_t) ε)/√ᾱ_t
/// magnifies errors of a predicted ε by 1/√ᾱ_t.
public struct TargetPredictor<Network: Model & NoisePredictor>: Model, NoisePredictor {
  /// The network, whose output is the prediction of the target.
  public var network: Network
  /// The quantity that the network predicts.
  public let target: PredictionTarget
  /// The noise schedule.
  public let schedule: NoiseSchedule

  /// The predictor around this network.
  public init(_ network: Network, target: PredictionTarget, schedule: NoiseSchedule) {
    (self.network, self.target, self.schedule) = (network, target, schedule)
  }

  /// The network.
  public static var parameters: [PartialKeyPath<TargetPredictor<Network>>] { [\.network] }

  /// ε. x: [N×…]
  public func noise(in x: Tensor, at t: [Int]) -> Tensor {
    target.noise(from: network.noise(in: x, at: t), in: x, at: t, schedule)
  }
}
