import Figures
import Foundations
import Messages
import Running
import Tensors

/// Exercise 1.1: the derivative of the sigmoid is σ(1 − σ), at most 1/4. The proof is in the solutions; this checks it.
public let exercise1_1 = Exercise("1.1", "The derivative of the sigmoid", stars: 1, seconds: 1) { run in
  let check = checkSigmoidDerivative(points: run.choose(quick: 201, standard: 2001, full: 20001))
  run.say(
    """
    σ′(z) = σ(z) (1 − σ(z)) on \(grouped(check.points)) points of [−10, 10]
      largest distance from central differences   \(check.distanceFromDifferences)
      largest value                               \(check.maximum), at z = \(check.argmax)
      σ′(10), where the gradient vanishes         \(check.derivativeAtTen)

    """)
  run.show(
    LineChart(
      "The sigmoid and its derivative", x: Axis("z"),
      series: [
        Series("σ(z)", x: check.z.scalars, check.value.scalars),
        Series("σ′(z) = σ(z)(1 − σ(z))", x: check.z.scalars, check.derivative.scalars),
        Series("1/4", x: [-10, 10], [0.25, 0.25]),
      ]), as: "sigmoid")
  run.card("max σ′", check.maximum)
}

/// The sigmoid and σ(1 − σ) on a grid, with the quantities of Exercise 1.1.
public struct SigmoidDerivativeCheck: Sendable {
  /// The grid on [−10, 10], σ there, and σ (1 − σ) there.
  public let z, value, derivative: Tensor
  /// The largest distance of σ (1 − σ) from the central differences (σ(z + h) − σ(z − h)) / 2h.
  public let distanceFromDifferences: Double
  /// The largest value of the derivative, and where it is.
  public let maximum, argmax: Double
  /// σ′(10).
  public let derivativeAtTen: Double
  /// The number of grid points.
  public var points: Int { z.count }
}

/// Compares σ (1 − σ) with central differences of σ in double precision. An odd number of points includes 0.
/// Exercise 1.1
public func checkSigmoidDerivative(points: Int) -> SigmoidDerivativeCheck {
  let z = Tensor.linear(from: -10, to: 10, count: points, scalarType: .double)
  let σ = sigmoid(z)
  let derivative = σ * (1 - σ)
  let h = 1e-5
  let differences = (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)
  let place = derivative.argmax()[0]
  return SigmoidDerivativeCheck(
    z: z, value: σ, derivative: derivative, distanceFromDifferences: (derivative - differences).abs().max().item,
    maximum: derivative[place].item, argmax: z[place].item, derivativeAtTen: derivative[points - 1].item)
}
