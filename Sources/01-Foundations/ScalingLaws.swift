// § 1.8  State of the art: scaling laws

import Messages
import Tensors

/// A power law L(N) = L∞ + (N₀ / N)^α: how the loss falls with parameters, examples or computation. § 1.8
///
/// Kaplan et al., "Scaling laws for neural language models" (2020), for L∞ = 0.
public struct PowerLaw: Hashable, Sendable {
  /// The exponent α: the slope of ln(L − L∞) against ln N is −α.
  public let exponent: Double
  /// The scale N₀.
  public let scale: Double
  /// The loss L∞ that no N can go below.
  public let floor: Double

  /// The law with this exponent, scale and floor.
  public init(exponent: Double, scale: Double, floor: Double = 0) {
    (self.exponent, self.scale, self.floor) = (exponent, scale, floor)
  }

  /// L(N) for every N.
  public func callAsFunction(_ n: Tensor) -> Tensor { floor + (scale / n).power(exponent) }

  /// The law that fits best, by least squares on the logarithms: ln(L − L∞) = α ln N₀ − α ln N.
  public init(fitting n: Tensor, _ loss: Tensor, floor: Double = 0) {
    require(loss.min().item > floor, "cannot fit a power law above \(floor) to losses down to \(loss.min().item)")
    let (x, y) = (n.converted(to: .double).log(), (loss.converted(to: .double) - floor).log())
    let design = Tensor.stacked([Tensor.ones(x.shape, scalarType: .double), x], axis: 1)
    let line = LinearAlgebra.leastSquares(design, y)
    let α = -line[1].item
    self.init(exponent: α, scale: (line[0] / α).exp().item, floor: floor)
  }
}
