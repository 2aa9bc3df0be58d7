// § 5.5  Long short-term memory

import Foundations
import Messages
import Tensors

/// One step of an LSTM by its equations, each gate with a matrix of its own. § 5.5.1
///
/// Three gates and a candidate. The cell of Hochreiter and Schmidhuber (1997) has no forget gate; it is from Gers,
/// Schmidhuber and Cummins (2000).
public struct LSTMCell: Model {
  /// W_f and b_f, of the forget gate. [d_h×(d_h + d_x)], [d_h]
  public var forget: Linear
  /// W_i and b_i, of the input gate.
  public var input: Linear
  /// W_c and b_c, of the candidate.
  public var candidate: Linear
  /// W_o and b_o, of the output gate.
  public var output: Linear

  /// The values of the gates and the candidate in one step. [N×d_h] each
  public struct Gates: Sendable {
    /// fₜ: the fraction of cₜ₋₁ that is kept.
    public var forget: Tensor
    /// iₜ: the fraction of c̃ₜ that is written.
    public var input: Tensor
    /// c̃ₜ, in (−1, 1).
    public var candidate: Tensor
    /// oₜ: the fraction of tanh cₜ that is output.
    public var output: Tensor

    /// These gates.
    public init(forget: Tensor, input: Tensor, candidate: Tensor, output: Tensor) {
      (self.forget, self.input, self.candidate, self.output) = (forget, input, candidate, output)
    }
  }

  /// A cell with d_x inputs and d_h units, its parameters drawn from U(−1/√d_h, 1/√d_h).
  public init(_ inputs: Int, _ hidden: Int, random: RandomSource) {
    self.init(LongShortTermMemory(inputs, hidden, random: random))
  }

  /// The cell of a layer: b is the sum of the layer's two biases.
  public init(_ layer: LongShortTermMemory) {
    let blocks = [Int](repeating: layer.outputs, count: 4)  // i, f, c̃, o
    let W = Tensor.concatenated([layer.weights.recurrent, layer.weights.input], axis: 1).split(blocks, axis: 0)
    let b = (layer.weights.inputBias + layer.weights.recurrentBias).split(blocks, axis: 0)
    (input, forget) = (Linear(weight: W[0], bias: b[0]), Linear(weight: W[1], bias: b[1]))
    (candidate, output) = (Linear(weight: W[2], bias: b[2]), Linear(weight: W[3], bias: b[3]))
  }

  /// The gates and the candidate: 4 d_h (d_h + d_x + 1) numbers. Remark 5.6
  public static var parameters: [PartialKeyPath<LSTMCell>] { [\.forget, \.input, \.candidate, \.output] }

  /// The number d_h of units.
  public var hidden: Int { forget.weight.shape[0] }

  /// Gates and candidate, from xₜ [N×d_x] and hₜ₋₁ [N×d_h].
  public func gates(x: Tensor, h: Tensor) -> Gates {
    let hx = Tensor.concatenated([h, x], axis: -1)  // [N×(d_h + d_x)]
    return Gates(
      forget: forget(hx).sigmoid(),  // (5.9)
      input: input(hx).sigmoid(),  // (5.10)
      candidate: candidate(hx).tanh(),  // (5.11)
      output: output(hx).sigmoid())  // (5.13)
  }

  /// (hₜ, cₜ) from cₜ₋₁ and the gates.
  public static func state(cell c: Tensor, _ gates: Gates) -> RecurrentState {
    let (f, i, o) = (gates.forget, gates.input, gates.output)
    let cell = f * c + i * gates.candidate  // (5.12)
    return RecurrentState(hidden: o * cell.tanh(), cell: cell)  // (5.14)
  }

  /// (hₜ, cₜ) from xₜ and (hₜ₋₁, cₜ₋₁), and the gates of the step.
  public func callAsFunction(_ x: Tensor, _ state: RecurrentState) -> (state: RecurrentState, gates: Gates) {
    let gates = gates(x: x, h: state.hidden)
    return (Self.state(cell: state.cell ?? 0 * gates.forget, gates), gates)
  }

  /// States and gates of every step of x [N×T×d_x], from the zero state.
  public func trace(_ x: Tensor) -> [(state: RecurrentState, gates: Gates)] {
    require(x.rank == 3, "cannot run an LSTM over \(x.shape): it takes a batch of sequences [N×T×d_x]")
    let zero = Tensor.zeros([x.shape[0], hidden], scalarType: x.scalarType)
    var state = RecurrentState(hidden: zero, cell: zero)
    return (0..<x.shape[1]).map { t in
      let step = self(x.sliced(t..<t + 1, axis: 1).squeezed(axis: 1), state)
      state = step.state
      return step
    }
  }

  /// All four blocks as one matrix W with (i, f, o, g) = (σ, σ, σ, tanh)(W [h; x]), without biases. [4d_h×(d_h + d_x)]
  ///
  /// Groudiev, *Deep Learning*, § 5.4.1.
  public var stackedWeight: Tensor {
    Tensor.concatenated([input.weight, forget.weight, output.weight, candidate.weight], axis: 0)
  }

  /// The biases of the four blocks in the order of `stackedWeight`. [4d_h]
  public var stackedBias: Tensor? {
    let biases = [input, forget, output, candidate].compactMap(\.bias)
    return biases.count == 4 ? Tensor.concatenated(biases, axis: 0) : nil
  }
}

extension LongShortTermMemory {
  /// The layer of a cell: the bias that belongs to W is the cell's, the one that belongs to U is 0.
  public init(_ cell: LSTMCell) {
    let blocks = [cell.input, cell.forget, cell.candidate, cell.output]
    let W = Tensor.concatenated(blocks.map(\.weight), axis: 0)
    let zero = Tensor.zeros([W.shape[0]], scalarType: W.scalarType)
    let biases = blocks.compactMap(\.bias)
    self.init(
      weights: RecurrentWeights(
        input: W.sliced(cell.hidden..<W.shape[1], axis: 1), recurrent: W.sliced(0..<cell.hidden, axis: 1),
        inputBias: biases.count == 4 ? Tensor.concatenated(biases, axis: 0) : zero, recurrentBias: zero))
  }
}
