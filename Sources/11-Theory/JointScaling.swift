// § 11.11  Scaling laws for parameters and data

import Foundations
import Messages
import Tensors
import Transformer

/// A law for the loss L(N, D) of a model of N parameters that was trained on D tokens, in nats per token. § 11.11
public protocol JointScalingLaw: Sendable {
  /// L(N, D), number by number.
  func callAsFunction(parameters N: Tensor, tokens D: Tensor) -> Tensor
}

/// The sum of two power laws and a floor: L = (N_c/N)^α_N + (D_c/D)^α_D + L∞. (11.16)
///
/// Hoffmann et al. (2022). The error of a finite model and that of finite data add up.
public struct AdditiveScalingLaw: JointScalingLaw {
  /// (N_c/N)^α_N and (D_c/D)^α_D.
  public let parameters, tokens: PowerLaw
  /// The floor L∞.
  public let floor: Double

  /// The law with these parts.
  public init(parameters: PowerLaw, tokens: PowerLaw, floor: Double) {
    (self.parameters, self.tokens, self.floor) = (parameters, tokens, floor)
  }

  /// The constants of Kaplan et al. (2020), put into (11.16), with the floor 0.
  public static let kaplanConstants = AdditiveScalingLaw(parameters: .kaplan, tokens: .kaplanTokens, floor: 0)

  /// 406.4/N^0.34 + 410.7/D^0.28 + 1.69, by Hoffmann et al. (2022).
  public static let chinchilla = AdditiveScalingLaw(
    parameters: PowerLaw(exponent: 0.34, scale: Self.scale(406.4, 0.34)),
    tokens: PowerLaw(exponent: 0.28, scale: Self.scale(410.7, 0.28)), floor: 1.69)

  /// N_c with (N_c/N)^α = A/N^α.
  private static func scale(_ A: Double, _ α: Double) -> Double { Tensor(A, scalarType: .double).power(1 / α).item }

  /// L(N, D). (11.16)
  public func callAsFunction(parameters N: Tensor, tokens D: Tensor) -> Tensor {
    let reducible: Tensor = parameters(N) + tokens(D)
    return reducible + floor
  }

  /// The sizes with the least loss for a computation of C = 6 N D operations.
  ///
  /// Along the curve D = C/(6N) the derivative vanishes where α_N (N_c/N)^α_N = α_D (D_c/D)^α_D, so N grows as
  /// C^(α_D/(α_N + α_D)).
  public func best(operations C: Double) -> (parameters: Double, tokens: Double) {
    let (α, β) = (parameters.exponent, tokens.exponent)
    let log = naturalLogarithm
    let lnN =
      (log(α / β) + α * log(parameters.scale) - β * log(tokens.scale) + β * log(C / 6)) / (α + β)
    let N = Tensor(lnN, scalarType: .double).exp().item
    return (N, C / (6 * N))
  }
}

/// The joint law of Kaplan et al. (2020): L = ((N_c/N)^(α_N/α_D) + D_c/D)^α_D. § 11.11
///
/// With unlimited data it is (N_c/N)^α_N, with an unlimited model (D_c/D)^α_D.
public struct KaplanScalingLaw: JointScalingLaw {
  /// The two power laws.
  public let parameters = PowerLaw.kaplan, tokens = PowerLaw.kaplanTokens

  /// The law with the published constants.
  public init() {}

  /// ((N_c/N)^(α_N/α_D) + D_c/D)^α_D.
  public func callAsFunction(parameters N: Tensor, tokens D: Tensor) -> Tensor {
    let model = (parameters.scale / N).power(parameters.exponent / tokens.exponent)
    return (model + tokens.scale / D).power(tokens.exponent)
  }
}

extension PowerLaw {
  /// L(D) = (D_c/D)^α_D with α_D = 0.095 and D_c = 5.4 · 10¹³ tokens. Kaplan et al. (2020)
  public static let kaplanTokens = PowerLaw(exponent: 0.095, scale: 5.4e13)

  /// Exercise 11.7.4: the law L∞ + (N₀/N)^α with the smallest sum of squared errors of the losses.
  ///
  /// For a given α, L = L∞ + A N^(−α) is linear in L∞ and A, so a line of least squares gives both; α is searched among
  /// 0.001, 0.002, … 1, and then in smaller and smaller steps around the best one.
  public init(fittingFloorOf n: Tensor, _ loss: Tensor) {
    let (n, loss) = (n.converted(to: .double), loss.converted(to: .double))
    func law(_ α: Double) -> PowerLaw {
      let design = Tensor.stacked([Tensor.ones(n.shape, scalarType: .double), n.power(-α)], axis: 1)
      let line = LinearAlgebra.leastSquares(design, loss)
      return PowerLaw(exponent: α, scale: line[1].power(1 / α).item, floor: line[0].item)
    }
    func best(of exponents: [Double]) -> PowerLaw {
      let laws = exponents.filter { $0 > 0 }.map(law)
      let errors = laws.map { $0.errors(n, loss).squared().sum().item }
      return laws[errors.indices.min { errors[$0] < errors[$1] } ?? 0]
    }
    var (found, step) = (best(of: (1...1_000).map { Double($0) / 1_000 }), 1e-3)
    for _ in 0..<6 {
      step /= 10
      found = best(of: (-10...10).map { found.exponent + step * Double($0) })
    }
    self = found
  }

  /// The law without a floor that has this exponent and gives a loss for one size n.
  public init(exponent: Double, loss: Double, at n: Double) {
    self.init(exponent: exponent, scale: n * Tensor(loss, scalarType: .double).power(1 / exponent).item)
  }

  /// The differences of the losses and the law.
  public func errors(_ n: Tensor, _ loss: Tensor) -> Tensor {
    loss.converted(to: .double) - self(n.converted(to: .double))
  }
}
