// § 3.4  Dropout

import Messages
import Tensors

/// A mask that keeps each unit with probability 1 − p: mⱼ ~ Bernoulli(1 − p). (3.7), § 3.4.1
///
/// Hinton et al. (2012), Srivastava et al. (2014).
public func dropoutMask(
  _ shape: Shape, probability p: Double, scalarType: ScalarType = .float, random: RandomSource
) -> Tensor {
  random.bernoulli(shape, probability: 1 - p, scalarType: scalarType)
}

/// A mask that keeps or drops whole channels, for images, where neighbouring pixels are much alike. [N×C×1×…] for
/// [N×C×…]
///
/// Tompson et al. (2015).
public func channelDropoutMask(
  _ shape: Shape, probability p: Double, scalarType: ScalarType = .float, random: RandomSource
) -> Tensor {
  require(shape.rank >= 2, "cannot drop channels of \(shape): axes [N×C×…] are needed")
  let channels = shape.lengths[..<2] + shape.lengths[2...].map { _ in 1 }
  return dropoutMask(Shape(Array(channels)), probability: p, scalarType: scalarType, random: random)
}

/// The masked output: h̃ⱼ = mⱼ hⱼ. (3.8)
public func masked(_ h: Tensor, by m: Tensor) -> Tensor { m * h }

/// The expectation of the masked output: E[h̃ⱼ] = E[mⱼ] hⱼ = (1 − p) hⱼ. (3.9), Theorem 3.4
///
/// After training with masks as in (3.8) this is what evaluation must compute: the weights are for outputs scaled by
/// 1 − p.
public func expectedMasked(_ h: Tensor, probability p: Double) -> Tensor { (1 - p) * h }

/// The output of inverted dropout: h̃ⱼ = mⱼ / (1 − p) hⱼ, whose expectation is hⱼ. (3.10), § 3.4.2
///
/// Its variance is p / (1 − p) hⱼ². Evaluation needs no change.
public func invertedDropout(_ h: Tensor, by m: Tensor, probability p: Double) -> Tensor {
  require(0..<1 ~= p, "cannot divide by 1 − p for p = \(p): 0 ≤ p < 1 is needed")
  return m / (1 - p) * h
}

/// The probability that a group of k units passes dropout intact: (1 − p)ᵏ.
///
/// A group of units becomes unreliable, so each unit learns to be useful alone. Fleuret, *The Little Book of Deep
/// Learning* (2023)
public func groupSurvival(_ k: Int, probability p: Double) -> Double {
  (0..<k).reduce(1) { product, _ in product * (1 - p) }
}
