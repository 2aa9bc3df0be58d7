// § 5.2, § 5.5, § 5.6  The layers on the fused kernels

import Messages
import Tensors

/// The simple recurrent layer: hₜ = tanh(W xₜ + b + U hₜ₋₁ + d). (5.1) with b_h = b + d
public struct VanillaRNN: RecurrentLayer {
  /// W = W_xh, U = W_hh, and the two parts of b_h.
  public var weights: RecurrentWeights

  /// The layer with these weights.
  public init(weights: RecurrentWeights) { self.weights = weights }

  /// A layer of `hidden` units.
  public init(_ inputs: Int, _ hidden: Int, random: RandomSource) {
    weights = RecurrentWeights(inputs, hidden, gates: 1, random: random)
  }

  /// The weights.
  public static var parameters: [PartialKeyPath<VanillaRNN>] { [\.weights] }
  /// The number d of inputs per step.
  public var inputs: Int { weights.inputs }
  /// The length d_h of each state.
  public var outputs: Int { weights.hidden }

  /// All states hₜ [N×T×d_h], and the final state.
  public func callAsFunction(
    _ x: Tensor, lengths: [Int]?, reversed: Bool, initial: RecurrentState?
  )
    -> (states: Tensor, final: RecurrentState)
  {
    let result = rnn(
      x, inputWeight: weights.input, recurrentWeight: weights.recurrent, inputBias: weights.inputBias,
      recurrentBias: weights.recurrentBias, lengths: lengths, reversed: reversed, initial: initial?.hidden)
    return (result.states, RecurrentState(hidden: result.final))
  }
}

/// The LSTM layer: (5.9) to (5.14) for every step, by one kernel. § 5.5
///
/// The blocks of d_h rows are in the order i, f, c̃, o, as PyTorch stores them. `LSTMCell` has the equations one by
/// one.
public struct LongShortTermMemory: RecurrentLayer {
  /// The weights of the three gates and of the candidate.
  public var weights: RecurrentWeights

  /// The layer with these weights.
  public init(weights: RecurrentWeights) { self.weights = weights }

  /// A layer of `hidden` units.
  public init(_ inputs: Int, _ hidden: Int, random: RandomSource) {
    weights = RecurrentWeights(inputs, hidden, gates: 4, random: random)
  }

  /// The weights.
  public static var parameters: [PartialKeyPath<LongShortTermMemory>] { [\.weights] }
  /// The number d of inputs per step.
  public var inputs: Int { weights.inputs }
  /// The length d_h of each state.
  public var outputs: Int { weights.hidden }

  /// All states hₜ [N×T×d_h], and the final h and c.
  public func callAsFunction(
    _ x: Tensor, lengths: [Int]?, reversed: Bool, initial: RecurrentState?
  )
    -> (states: Tensor, final: RecurrentState)
  {
    let start = initial.map { ($0.hidden, $0.cell ?? Tensor.zeros($0.hidden.shape, scalarType: $0.hidden.scalarType)) }
    let result = lstm(
      x, inputWeight: weights.input, recurrentWeight: weights.recurrent, inputBias: weights.inputBias,
      recurrentBias: weights.recurrentBias, lengths: lengths, reversed: reversed, initial: start)
    return (result.states, RecurrentState(hidden: result.final.hidden, cell: result.final.cell))
  }
}

/// The layer of gated recurrent units in the form of the libraries, by one kernel: rₜ after the matrix, zₜ on the old
/// state. § 5.6
///
/// n = tanh(W_n x + b_n + r ⊙ (U_n h + d_n)), h' = (1 − z) ⊙ n + z ⊙ h, the blocks in the order r, z, n. (5.18) and
/// (5.19) differ in both respects: `GRUCell` is the form of the notes.
public struct GatedRecurrentUnit: RecurrentLayer {
  /// The weights of the two gates and of the candidate.
  public var weights: RecurrentWeights

  /// The layer with these weights.
  public init(weights: RecurrentWeights) { self.weights = weights }

  /// A layer of `hidden` units.
  public init(_ inputs: Int, _ hidden: Int, random: RandomSource) {
    weights = RecurrentWeights(inputs, hidden, gates: 3, random: random)
  }

  /// The weights.
  public static var parameters: [PartialKeyPath<GatedRecurrentUnit>] { [\.weights] }
  /// The number d of inputs per step.
  public var inputs: Int { weights.inputs }
  /// The length d_h of each state.
  public var outputs: Int { weights.hidden }

  /// All states hₜ [N×T×d_h], and the final state.
  public func callAsFunction(
    _ x: Tensor, lengths: [Int]?, reversed: Bool, initial: RecurrentState?
  )
    -> (states: Tensor, final: RecurrentState)
  {
    let result = gru(
      x, inputWeight: weights.input, recurrentWeight: weights.recurrent, inputBias: weights.inputBias,
      recurrentBias: weights.recurrentBias, lengths: lengths, reversed: reversed, initial: initial?.hidden)
    return (result.states, RecurrentState(hidden: result.final))
  }
}
