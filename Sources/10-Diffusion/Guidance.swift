// § 10.7  Classifier-free guidance

import DataSets
import GAN
import Messages
import Tensors

/// Guidance without a classifier: ε̂ = (1 + w) ε_θ(x_t, t, c) − w ε_θ(x_t, t, ∅). (10.22),
/// Exercise 10.5.1
///
/// w = 0 is the conditional model, w = −1 the unconditional one. Other texts write s = 1 + w.
public struct GuidedPredictor<Model: ConditionalNoisePredictor>: NoisePredictor {
  /// The model.
  public let model: Model
  /// The requested class of each example.
  public let classes: [Int]
  /// The guidance scale w.
  public let scale: Double

  /// The guided model for a class of each example.
  public init(_ model: Model, classes: [Int], scale w: Double) {
    (self.model, self.classes, scale) = (model, classes, w)
  }

  /// ε̂. x: [N×…] with a class for each of the N examples
  ///
  /// Calls the model twice, but only once if w is 0 or −1.
  public func noise(in x: Tensor, at t: [Int]) -> Tensor {
    require(
      classes.count == t.count, "cannot guide \(t.count) examples by \(classes.count) classes: one for each is needed")
    if scale == -1 { return model.noise(in: x, at: t) }
    let conditional = model.noise(in: x, at: t, classes: classes)
    return scale == 0 ? conditional : (1 + scale) * conditional - scale * model.noise(in: x, at: t)
  }
}

/// Guidance in terms of scores, for a mixture whose components are the classes.
extension ExactPredictor {
  /// ∇ log p(c | x_t), the gradient of a classifier: the score of the class minus that of the mixture. (10.23)
  ///
  /// Computed as the derivative of the classifier. x: [N×D] → [N×D]
  public func classifierScore(of x: Tensor, at t: Int, class c: Int) -> Tensor {
    let q = noised(at: t)
    return gradient(at: x) { x in q.posterior(of: x).sliced(c..<c + 1, axis: 1).log().sum() }
  }

  /// ∇ log p(x_t) + (1 + w) ∇ log p(c | x_t). (10.24)
  public func guidedScore(of x: Tensor, at t: Int, class c: Int, scale w: Double) -> Tensor {
    noised(at: t).score(of: x) + (1 + w) * classifierScore(of: x, at: t, class: c)
  }
}

/// The distribution p(x) p(c | x)^{1 + w} ∝ p(x | c) p(c | x)^w on the line, normalized: guidance seems
/// to sample from it, but does not. § 10.7
public struct SharpenedLaw: Sendable {
  /// The mixture whose components are the classes.
  public let data: GaussianMixture
  /// The class c.
  public let `class`: Int
  /// The guidance scale w.
  public let scale: Double
  private let rule: Quadrature
  private let logMass: Double

  /// The distribution; `range` must contain nearly all of its mass.
  public init(_ data: GaussianMixture, class c: Int, scale w: Double, over range: ClosedRange<Double> = -10...10) {
    require(
      data.dimension == 1 && data.components.indices.contains(c),
      "cannot sharpen class \(c) of \(data.components.count) in \(data.dimension) dimensions: a class of a mixture on "
        + "the line is needed")
    (self.data, self.class, scale) = (data, c, w)
    rule = Quadrature(over: range, panels: 200)
    logMass = rule.integral { Self.logTerm(data, c, w, $0).exp() }.log().item
  }

  /// log p(x) p(c | x)^{1 + w}. [N] → [N]
  private static func logTerm(_ data: GaussianMixture, _ c: Int, _ w: Double, _ x: Tensor) -> Tensor {
    let x = x.expanded(axis: 1)
    let classifier = data.posterior(of: x).sliced(c..<c + 1, axis: 1).squeezed(axis: 1)
    return data.logDensity(of: x) + (1 + w) * classifier.log()
  }

  /// The density. [N] → [N]
  public func density(_ x: Tensor) -> Tensor { (Self.logTerm(data, `class`, scale, x) - logMass).exp() }

  /// The mean, by quadrature.
  public var mean: Double { rule.integral { $0 * density($0) }.item }

  /// The standard deviation, by quadrature.
  public var deviation: Double {
    let μ = mean
    return rule.integral { ($0 - μ).squared() * density($0) }.squareRoot().item
  }
}
