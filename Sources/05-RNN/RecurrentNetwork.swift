// § 5.2.1  The recurrence equations

import Messages
import Tensors

/// The simple recurrent network with its output layer, computed by its equations. § 5.2.1
///
/// hₜ = tanh(W_hh hₜ₋₁ + W_xh xₜ + b_h) (5.1), yₜ = W_hy hₜ + b_y (5.2). One set of weights serves every step, so
/// sequences may have any length. Remark 5.2. Elman (1990).
public struct RecurrentNetwork: Module {
  /// W_xh, input → hidden. [d_h×d]
  public var inputWeight: Tensor
  /// W_hh, hidden → hidden. [d_h×d_h]
  public var recurrentWeight: Tensor
  /// b_h. [d_h]
  public var hiddenBias: Tensor
  /// W_hy, hidden → output. [d_y×d_h]
  public var outputWeight: Tensor
  /// b_y. [d_y]
  public var outputBias: Tensor

  /// A network with d inputs, d_h units and d_y outputs; all parameters drawn from U(−1/√d_h, 1/√d_h).
  public init(_ inputs: Int, _ hidden: Int, _ outputs: Int, random: RandomSource) {
    let bound = 1 / Double(hidden).squareRoot()
    func uniform(_ shape: Shape) -> Tensor { random.uniform(shape, in: -bound..<bound) }
    (inputWeight, recurrentWeight) = (uniform([hidden, inputs]), uniform([hidden, hidden]))
    hiddenBias = uniform([hidden])
    (outputWeight, outputBias) = (uniform([outputs, hidden]), uniform([outputs]))
  }

  /// The weights and biases: d_h (d + d_h + 1) + d_y (d_h + 1) numbers. § 5.2.1
  public static var parameters: [PartialKeyPath<RecurrentNetwork>] {
    [\.inputWeight, \.recurrentWeight, \.hiddenBias, \.outputWeight, \.outputBias]
  }

  /// The number d_h of units.
  public var hidden: Int { recurrentWeight.shape[0] }

  /// hₜ from hₜ₋₁ [N×d_h] and xₜ [N×d]. (5.1)
  public func step(_ h: Tensor, _ x: Tensor) -> Tensor {
    (matmul(h, recurrentWeight.transposed) + matmul(x, inputWeight.transposed) + hiddenBias).tanh()
  }

  /// yₜ from hₜ, for one state or any number of them. (5.2)
  public func output(_ h: Tensor) -> Tensor { matmul(h, outputWeight.transposed, plus: outputBias) }

  /// The states h₁, …, h_T for x [N×T×d], from h₀ or zero: T tensors [N×d_h]. § 5.2.2
  public func states(_ x: Tensor, from initial: Tensor? = nil) -> [Tensor] {
    require(x.rank == 3, "cannot run a recurrent network over \(x.shape): it takes a batch of sequences [N×T×d]")
    var h = initial ?? Tensor.zeros([x.shape[0], hidden], scalarType: x.scalarType)
    return (0..<x.shape[1]).map { t in
      h = step(h, x.sliced(t..<t + 1, axis: 1).squeezed(axis: 1))
      return h
    }
  }

  /// The outputs y₁, …, y_T for x [N×T×d]. [N×T×d_y]
  public func callAsFunction(_ x: Tensor) -> Tensor { output(Tensor.stacked(states(x), axis: 1)) }
}
