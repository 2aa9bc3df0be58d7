// § 12.5.1  Saliency maps

import DataSets
import Messages
import Tensors

/// S_i = |∂f_θ(x)/∂x_i|, for each input by the score of its class: how fast the score changes with each number.
/// § 12.5.1
///
/// `f` returns the scores of all classes, [N×…] → [N×K]. A logit is a better score than a probability, whose derivative
/// is nearly 0 where the network is sure. Simonyan, Vedaldi and Zisserman (2014)
public func saliency(of f: (Tensor) -> Tensor, at x: Tensor, classes: [Int]) -> Tensor {
  inputGradients(of: f, at: x, classes: classes).abs()
}

/// ∂f_c(x)/∂x for each input and the score of its class, with its sign. § 12.5.1
///
/// Inputs of a batch are independent in evaluation, so the gradient of the sum of their scores contains each one's.
public func inputGradients(of f: (Tensor) -> Tensor, at x: Tensor, classes: [Int]) -> Tensor {
  require(
    x.rank >= 2 && x.shape[0] == classes.count,
    "cannot explain inputs \(x.shape) by \(classes.count) classes: one class for each input is needed")
  return gradient(at: x) { f($0).picked(classes).sum() }
}

/// The mean saliency of copies of each input with normal noise of deviation σ. § 12.5.1
///
/// The gradient of a network with ReLU jumps from place to place; the mean does not. Smilkov and others (2017)
public func smoothedSaliency(
  of f: (Tensor) -> Tensor, at x: Tensor, classes: [Int], deviation σ: Double, draws: Int, random: RandomSource
) -> Tensor {
  let sum = (0..<draws).reduce(Tensor.zeros(x.shape, scalarType: x.scalarType)) { sum, _ in
    let noise = random.normal(x.shape, standardDeviation: σ, scalarType: x.scalarType)
    return sum + saliency(of: f, at: x + noise, classes: classes)
  }
  return sum / Double(draws)
}

/// (x − x′) ⊙ ∫₀¹ ∂f_c(x′ + t (x − x′))/∂x dt, by the midpoint rule with `steps` places. § 12.5.1
///
/// The numbers of an input add up to f_c(x) − f_c(x′), which no single gradient promises. Sundararajan, Taly and Yan
/// (2017)
public func integratedGradients(
  of f: (Tensor) -> Tensor, at x: Tensor, from baseline: Tensor, classes: [Int], steps: Int = 50
) -> Tensor {
  let difference = x - baseline
  let sum = (0..<steps).reduce(Tensor.zeros(x.shape, scalarType: x.scalarType)) { sum, step in
    let t = (Double(step) + 0.5) / Double(steps)
    return sum + inputGradients(of: f, at: baseline + t * difference, classes: classes)
  }
  return difference * sum / Double(steps)
}

/// Digits next to other digits that say nothing about the class: the left half of an image alone decides. § 12.5.1
///
/// A map of what matters should be in the left half. Without training, half of it is there by chance.
public struct DigitsBesideOthers: Sendable {
  /// The images, with the classes of their left digits. [N×1×8×16]
  public let images: LabeledImages

  /// `copies` pairs for each of these digits of 8×8 pixels, each with another digit at its right.
  public init(_ digits: LabeledImages, copies: Int = 1, random: RandomSource) {
    let right = (0..<copies).flatMap { _ in random.permutation(digits.count) }
    let left = (0..<copies).flatMap { _ in Array(0..<digits.count) }
    images = LabeledImages(
      images: Tensor.concatenated([digits.images.gathered(left), digits.images.gathered(right)], axis: 3),
      labels: left.map { digits.labels[$0] })
  }

  /// The share of a map's sum that is in the left half, on average. Maps without negative numbers; [N×1×H×W] or [N×H×W]
  public static func leftShare(of maps: Tensor) -> Double {
    let w = maps.shape[-1]
    let left = maps.sliced(0..<w / 2, axis: maps.rank - 1).flattened(from: 1).sum(axes: [1])
    let all = maps.flattened(from: 1).sum(axes: [1])
    return (left / maximum(1e-300, all)).mean().item
  }
}
