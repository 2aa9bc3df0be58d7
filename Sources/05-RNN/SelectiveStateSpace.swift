// § 5.10  Mamba

import Foundations
import Messages
import Regularization
import Tensors

/// Mamba's layer: a diagonal system for each channel, whose step size Δ and matrices B and C depend on the input at
/// every step.
///
/// Δₜ = softplus(W_up W_down xₜ + b), Bₜ = W_B xₜ, Cₜ = W_C xₜ; hₜ = e^(Δₜ A) ⊙ hₜ₋₁ + Δₜ Bₜ xₜ and yₜ = Cₜ hₜ + D xₜ.
/// A itself is a parameter, the same at every step: only e^(Δₜ A) varies. With a small Δₜ an element hardly changes the
/// state; with a large Δₜ it replaces the state. Gu and Dao (2023).
public struct SelectiveStateSpace: StateSpaceLayer {
  /// ln(−A). [D×n]
  public var logDecay: Tensor
  /// W_down, from the channels to the r numbers from which the steps are computed. [r×D]
  public var stepDown: Linear
  /// W_up and b. [D×r]
  public var stepUp: Linear
  /// W_B. [n×D]
  public var input: Linear
  /// W_C. [n×D]
  public var output: Linear
  /// D, the factor of the input itself. [D]
  public var skip: Tensor

  /// A layer of D channels with n states each; the steps are computed from r = ⌈D/16⌉ numbers.
  public init(channels D: Int, states n: Int, steps: ClosedRange<Double> = 0.001...0.1, random: RandomSource) {
    let r = (D + 15) / 16
    logDecay = startingDecay(D, n)
    stepDown = Linear(D, r, hasBias: false, random: random)
    stepUp = Linear(r, D, random: random)
    stepUp.bias = startingSteps(D, steps, random).expm1().log()  // softplus⁻¹
    input = Linear(D, n, hasBias: false, random: random)
    output = Linear(D, n, hasBias: false, random: random)
    skip = .ones([D])
  }

  /// The parameters.
  public static var parameters: [PartialKeyPath<SelectiveStateSpace>] {
    [\.logDecay, \.stepDown, \.stepUp, \.input, \.output, \.skip]
  }

  /// The steps Δₜ of every channel. [N×T×D]
  public func steps(_ x: Tensor) -> Tensor { stepUp(stepDown(x)).softplus() }

  /// The factors e^(Δₜ A) and the shifts Δₜ Bₜ xₜ of the recurrence. [N×T×D×n] each
  public func recurrence(_ x: Tensor) -> (factors: Tensor, shifts: Tensor) {
    let Δ = steps(x)
    return (
      (Δ.expanded(axis: 3) * -logDecay.exp()).exp(),
      (Δ * x).expanded(axis: 3) * input(x).expanded(axis: 2)
    )
  }

  /// The outputs, computed in one pass over the steps.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (a, b) = recurrence(x)
    return outputs(x, states: b.cumulativeSum(axis: 1, factors: a))
  }

  /// The same in about 2 log₂ T rounds.
  public func parallel(_ x: Tensor) -> Tensor {
    let (a, b) = recurrence(x)
    return outputs(x, states: associativeScan(a, b, axis: 1))
  }

  /// yₜ = Cₜ hₜ + D xₜ. [N×T×D]
  private func outputs(_ x: Tensor, states h: Tensor) -> Tensor {
    (h * output(x).expanded(axis: 2)).sum(axes: [-1]) + skip * x
  }
}

/// Mamba's block around a state-space layer: x + W_out (layer(silu(conv(u))) ⊙ silu(z)) with u, z = W_in LN(x). [N×T×d]
/// → [N×T×d]
///
/// Each channel is convolved along the sequence, over an element and the three before it. Gu and Dao (2023).
public struct StateSpaceBlock<Layer: StateSpaceLayer>: Module {
  /// The normalization.
  public var normalization: LayerNormalization
  /// W_in. [2D×d]
  public var input: Linear
  /// The filters, one for each channel. [D×1×4]
  public var filters: Tensor
  /// Their biases. [D]
  public var filterBias: Tensor
  /// The state-space layer.
  public var layer: Layer
  /// W_out. [d×D]
  public var output: Linear

  /// A block for vectors of dimension d with D = 2d channels of n states.
  public init(_ d: Int, states n: Int = 16, steps: ClosedRange<Double> = 0.001...0.1, random: RandomSource) {
    let D = 2 * d
    normalization = LayerNormalization(features: d)
    input = Linear(d, 2 * D, random: random)
    (filters, filterBias) = (random.uniform([D, 1, 4], in: -0.5..<0.5), random.uniform([D], in: -0.5..<0.5))
    layer = Layer(channels: D, states: n, steps: steps, random: random)
    output = Linear(D, d, random: random)
  }

  /// The parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<StateSpaceBlock>] {
    [\.normalization, \.input, \.filters, \.filterBias, \.layer, \.output]
  }

  /// u, what the layer reads. [N×T×D]
  public func channels(_ x: Tensor) -> (u: Tensor, z: Tensor) {
    let D = filterBias.count
    let both = input(normalization(x)).split([D, D], axis: 2)
    let past = both[0].moved(axis: 1, to: 2).padded(axis: 2, before: 3, after: 0)  // [N×D×3+T]
    let u = convolution(past, filters, bias: filterBias, groups: D).moved(axis: 2, to: 1)
    return (u.activated(by: .silu), both[1])
  }

  /// x, and what the block adds to it.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (u, z) = channels(x)
    return x + output(layer(u) * z.activated(by: .silu))
  }
}
