// § 5.2  Recurrent layers, as other models use them

import Messages
import Tensors

/// The state that a recurrent layer carries from one step to the next: h, and for an LSTM the cell c.
public struct RecurrentState: Sendable {
  /// The hidden state h. [N×d_h]
  public var hidden: Tensor
  /// The memory cell c of an LSTM, nil for other layers. [N×d_h]
  public var cell: Tensor?

  /// A state with the given parts.
  public init(hidden: Tensor, cell: Tensor? = nil) { (self.hidden, self.cell) = (hidden, cell) }

  /// The same numbers as constants: the gradient stops here. Truncated backpropagation through time, § 5.3
  public var stopGradient: RecurrentState { RecurrentState(hidden: hidden.stopGradient, cell: cell?.stopGradient) }
}

/// A layer that reads sequences [N×T×d] and has a state hₜ for every step.
public protocol RecurrentLayer: Model {
  /// A layer with `inputs` numbers per step and `hidden` units in each direction, its weights and biases drawn from
  /// U(−1/√d_h, 1/√d_h), as PyTorch's layers are.
  init(_ inputs: Int, _ hidden: Int, random: RandomSource)
  /// The number d of inputs per step.
  var inputs: Int { get }
  /// The length of each hₜ: d_h, or 2 d_h for both directions.
  var outputs: Int { get }
  /// All states hₜ, and the final state.
  ///
  /// - Parameters:
  ///   - x: A batch of sequences. [N×T×d]
  ///   - lengths: The length of each sequence, T for nil. Beyond its end a sequence's states are 0; its final state
  ///     is that of its own last element.
  ///   - reversed: Whether each sequence is read from its last element to its first. The state made at element t stays
  ///     at place t.
  ///   - initial: The state before the first step, zero for nil.
  func callAsFunction(
    _ x: Tensor, lengths: [Int]?, reversed: Bool, initial: RecurrentState?
  )
    -> (states: Tensor, final: RecurrentState)
}

extension RecurrentLayer {
  /// All states hₜ, and the final state, of whole sequences from the zero state.
  public func callAsFunction(_ x: Tensor, lengths: [Int]? = nil) -> (states: Tensor, final: RecurrentState) {
    self(x, lengths: lengths, reversed: false, initial: nil)
  }

  /// All states hₜ, and the final state, from an initial state.
  public func callAsFunction(
    _ x: Tensor, lengths: [Int]? = nil, initial: RecurrentState?
  )
    -> (states: Tensor, final: RecurrentState)
  {
    self(x, lengths: lengths, reversed: false, initial: initial)
  }
}

/// The weights of one direction of a recurrent layer of G gates, as PyTorch stores them: a block of d_h rows for each
/// gate, and two biases, which are always added.
public struct RecurrentWeights: Model {
  /// W, for the input. [G d_h × d]
  public var input: Tensor
  /// U, for the state. [G d_h × d_h]
  public var recurrent: Tensor
  /// b, the bias of the input's part. [G d_h]
  public var inputBias: Tensor
  /// d, the bias of the state's part. [G d_h]
  public var recurrentBias: Tensor

  /// These weights and biases.
  public init(input: Tensor, recurrent: Tensor, inputBias: Tensor, recurrentBias: Tensor) {
    (self.input, self.recurrent) = (input, recurrent)
    (self.inputBias, self.recurrentBias) = (inputBias, recurrentBias)
  }

  /// Weights and biases from U(−1/√d_h, 1/√d_h).
  public init(_ inputs: Int, _ hidden: Int, gates G: Int, random: RandomSource) {
    let bound = 1 / Double(hidden).squareRoot()
    func uniform(_ shape: Shape) -> Tensor { random.uniform(shape, in: -bound..<bound) }
    (input, recurrent) = (uniform([G * hidden, inputs]), uniform([G * hidden, hidden]))
    (inputBias, recurrentBias) = (uniform([G * hidden]), uniform([G * hidden]))
  }

  /// Weights and biases, in PyTorch's order.
  public static var parameters: [PartialKeyPath<RecurrentWeights>] {
    [\.input, \.recurrent, \.inputBias, \.recurrentBias]
  }

  /// The number d of inputs.
  public var inputs: Int { input.shape[1] }
  /// The number d_h of units.
  public var hidden: Int { recurrent.shape[1] }
}
