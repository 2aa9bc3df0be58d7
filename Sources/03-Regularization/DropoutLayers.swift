// § 3.4  Dropout, as layers

import Messages
import Tensors

/// Inverted dropout (3.10) as a layer: noise in training, the identity otherwise.
///
/// Every training pass has new masks, although the layer is a value: see `Noise`.
public struct Dropout: Module {
  /// The probability p that a unit is dropped.
  public let probability: Double
  /// Whether the units of a channel are kept or dropped together, for images [N×C×H×W].
  public let dropsChannels: Bool
  private var noise: Noise

  /// Dropout with probability p; one number from `random` determines all masks.
  public init(probability p: Double, dropsChannels: Bool = false, random: RandomSource) {
    require(0...1 ~= p, "cannot drop units with probability \(p): it must be in 0...1")
    (probability, self.dropsChannels, noise) = (p, dropsChannels, Noise(from: random))
  }

  /// The noise, which has no parameters and one statistic.
  public static var parameters: [PartialKeyPath<Dropout>] { [\.noise] }

  /// h̃ = m / (1 − p) ⊙ h in training mode, h otherwise. Any shape; at least [N×C] for channels.
  public func callAsFunction(_ h: Tensor) -> Tensor {
    if Mode.current == .evaluation { return h }
    return dropsChannels
      ? channelDropout(h, probability: probability, using: noise.next())
      : dropout(h, probability: probability, using: noise.next())
  }
}

/// The predictions of a network with its dropout left on.
public struct NoisyPrediction: Sendable {
  /// The outputs of all passes. [T×N×K]
  public let samples: Tensor
  /// Their mean. [N×K]
  public var mean: Tensor { samples.mean(axes: [0]) }
  /// Their standard deviation, the uncertainty. [N×K]
  public var deviation: Tensor { samples.variance(axes: [0], isUnbiased: samples.shape[0] > 1).squareRoot() }
}

/// Exercise 3.3.3: monte Carlo dropout: T passes in training mode, each with its own masks. § 3.4.2
///
/// Gal and Ghahramani (2016) interpret the spread of the outputs as the uncertainty of a Bayesian model. The model
/// itself is not changed.
public func monteCarloDropout<M: Module>(_ model: M, at x: Tensor, passes T: Int) -> NoisyPrediction
where M.Input == Tensor, M.Output == Tensor {
  require(T >= 1, "cannot average over \(T) passes: at least one is needed")
  var model = model
  return NoisyPrediction(samples: Tensor.stacked((0..<T).map { _ in model.observing { $0(x) } }, axis: 0))
}
