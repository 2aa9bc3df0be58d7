// § 5.10  Time-invariant state-space layers

import Messages
import Tensors

/// A layer of state-space models, one for each channel, that maps sequences to sequences. [N×T×D] → [N×T×D]
public protocol StateSpaceLayer: Module<Tensor, Tensor> {
  /// A layer of D channels with n states each, whose steps Δ are initialized within `steps`.
  init(channels D: Int, states n: Int, steps: ClosedRange<Double>, random: RandomSource)
}

/// A time-invariant layer: for each channel a system (5.23), (5.24) with a diagonal A, one input and one output.
///
/// The same Δ, A, B, C at every step, so the layer is a convolution, and all steps are computed at once. Gu, Gupta,
/// Goel and Ré (2022); A is initialized to −(1, …, n), their real-valued variant.
public struct DiagonalStateSpace: StateSpaceLayer {
  /// ln(−A). [D×n]
  public var logDecay: Tensor
  /// ln Δ. [D]
  public var logStep: Tensor
  /// C, with B = 1. [D×n]
  public var output: Tensor
  /// D, the factor of the direct term. [D]
  public var skip: Tensor

  /// A layer of D channels with n states each, with Δ drawn from `steps`, uniformly on a logarithmic scale.
  public init(channels D: Int, states n: Int, steps: ClosedRange<Double> = 0.001...0.1, random: RandomSource) {
    (logDecay, logStep) = (startingDecay(D, n), startingSteps(D, steps, random).log())
    output = random.normal([D, n], standardDeviation: 1 / Double(n).squareRoot())
    skip = .ones([D])
  }

  /// The parameters.
  public static var parameters: [PartialKeyPath<DiagonalStateSpace>] { [\.logDecay, \.logStep, \.output, \.skip] }

  /// ΔA. [D×n]
  private var exponents: Tensor { -(logStep.exp().expanded(axis: 1) * logDecay.exp()) }

  /// B̄ = (e^(ΔA) − 1)/A, the zero-order hold of B = 1. [D×n]
  private var input: Tensor { -(exponents.expm1() / logDecay.exp()) }

  /// The impulse response without D: K[d, k] = Σₙ C B̄ e^(kΔA). [D×T]
  public func kernel(_ T: Int) -> Tensor {
    let k = Tensor.range(0..<T, scalarType: skip.scalarType)
    return ((output * input).expanded(axis: 2) * (exponents.expanded(axis: 2) * k).exp()).sum(axes: [1])
  }

  /// y = K ∗ x + D x, computed with Fourier transforms.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    causalConvolution(x.moved(axis: 1, to: 2), kernel(x.shape[1])).moved(axis: 2, to: 1) + skip * x
  }

  /// The same by the recurrence hₜ = e^(ΔA) hₜ₋₁ + B̄ xₜ.
  public func recurrence(_ x: Tensor) -> Tensor {
    let b = x.expanded(axis: 3) * input  // [N×T×D×n]
    let h = b.cumulativeSum(axis: 1, factors: exponents.exp().broadcast(to: b.shape))
    return (h * output).sum(axes: [-1]) + skip * x
  }
}

/// ln(1, …, n) for each of D channels. [D×n]
func startingDecay(_ D: Int, _ n: Int) -> Tensor { Tensor.range(1..<n + 1).log().broadcast(to: [D, n]) }

/// D random numbers from a range, uniform on a logarithmic scale. [D]
func startingSteps(_ D: Int, _ steps: ClosedRange<Double>, _ random: RandomSource) -> Tensor {
  require(
    steps.lowerBound > 0 && D > 0,
    "cannot draw \(D) steps Δ from \(steps): at least one channel and positive steps are needed")
  let (low, high) = (Tensor(steps.lowerBound).log().item, Tensor(steps.upperBound).log().item)
  return (random.uniform([D]) * (high - low) + low).exp()
}
