// § 5.3  Truncated backpropagation through time

import Messages
import Tensors

/// A recurrent layer with a linear output layer: an output for every step, or one for the whole sequence. (5.1), (5.2)
public struct SequenceNetwork<Layer: RecurrentLayer>: Module {
  /// The recurrent layer.
  public var layer: Layer
  /// W_hy and b_y. [d_y×d_h], [d_y]
  public var outputWeight: Tensor
  /// b_y. [d_y]
  public var outputBias: Tensor

  /// An output layer on `layer`, with parameters drawn from U(−1/√d_h, 1/√d_h).
  public init(_ layer: Layer, outputs: Int, random: RandomSource) {
    self.layer = layer
    let bound = 1 / Double(layer.outputs).squareRoot()
    outputWeight = random.uniform([outputs, layer.outputs], in: -bound..<bound)
    outputBias = random.uniform([outputs], in: -bound..<bound)
  }

  /// The recurrent layer and the output layer.
  public static var parameters: [PartialKeyPath<SequenceNetwork>] { [\.layer, \.outputWeight, \.outputBias] }

  /// An output for every step. [N×T×d] → [N×T×d_y]
  public func callAsFunction(_ x: Tensor) -> Tensor { outputs(x).outputs }

  /// An output for every step [N×T×d_y], and the state to continue from.
  public func outputs(_ x: Tensor, from initial: RecurrentState? = nil) -> (outputs: Tensor, final: RecurrentState) {
    let (states, final) = layer(x, initial: initial)
    return (matmul(states, outputWeight.transposed, plus: outputBias), final)
  }

  /// One output for each sequence, from its final state: many-to-one. [N×d_y]
  public func summary(_ x: Tensor, lengths: [Int]? = nil) -> Tensor {
    matmul(layer(x, lengths: lengths).final.hidden, outputWeight.transposed, plus: outputBias)
  }

  /// The gradient of a loss that is summed over windows of `window` steps: the state is carried from window to window,
  /// the gradient stops between them. § 5.3
  ///
  /// The value is exact; the gradient lacks the terms of the double sum (5.4) in which k lies in an earlier window than
  /// t. So memory and the longest path depend on the window, not on T. Williams and Peng (1990).
  public func truncatedGradient(
    _ x: Tensor, window: Int, loss: (_ outputs: Tensor, _ steps: Range<Int>) -> Tensor
  ) -> (value: Tensor, gradient: SequenceNetwork) {
    require(window >= 1, "cannot cut a sequence into windows of \(window) steps: at least 1 is needed")
    let T = x.shape[1]
    return valueWithGradient(at: self) { model in
      var (state, total): (RecurrentState?, Tensor) = (nil, Tensor(0, scalarType: x.scalarType))
      for start in stride(from: 0, to: T, by: window) {
        let steps = start..<min(start + window, T)
        let (y, final) = model.outputs(x.sliced(steps, axis: 1), from: state)
        total += loss(y, steps)
        state = final.stopGradient
      }
      return total
    }
  }
}
