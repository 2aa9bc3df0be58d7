// § 8.2.3, § 8.4  Normal distributions on the line

import Messages
import Tensors

/// A normal distribution on the line, N(mean, deviation²); with deviation 0 a point mass.
public struct LineNormal: Sendable {
  /// The mean and the standard deviation.
  public let mean, deviation: Double

  /// N(mean, deviation²).
  public init(_ mean: Double, _ deviation: Double) {
    require(deviation >= 0, "cannot use a normal distribution with deviation \(deviation): at least 0 is needed")
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// E f(x), by quadrature over ten deviations on both sides. f: [N] → [N]
  public func expectation(of f: (Tensor) -> Tensor) -> Tensor {
    let rule = Quadrature(over: -10...10, panels: 8)
    let density = (-0.5 * rule.nodes.squared()).exp() / (2 * Double.pi).squareRoot()
    return (rule.weights * density * f(mean + deviation * rule.nodes)).sum()
  }

  /// The distribution function ½ (1 + erf((x − μ)/(σ√2))); a step for a point mass. [N] → [N]
  public func distribution(_ x: Tensor) -> Tensor {
    deviation == 0 ? x .>= mean : 0.5 * (1 + ((x - mean) / (deviation * 2.0.squareRoot())).erf())
  }

  /// log p(x), for a deviation above 0: a point mass has no density. [N] → [N]
  public func logDensity(_ x: Tensor) -> Tensor {
    require(deviation > 0, "cannot take the density of a point mass at \(mean): a deviation above 0 is needed")
    let deviations = ((x - mean) / deviation).squared()
    return -0.5 * (deviations + (2 * Double.pi * deviation * deviation * Tensor.ones([], scalarType: .double)).log())
  }

  /// Draws as rows. In D dimensions the first coordinate has this mean, and the others have mean 0. [N×D]
  func sample(_ N: Int, dimensions D: Int, using random: RandomSource) -> Tensor {
    deviation * random.normal([N, D]) + center(D)
  }

  /// (mean, 0, …, 0). [D]
  func center(_ D: Int) -> Tensor { Tensor([mean] + [Double](repeating: 0, count: D - 1)) }
}
