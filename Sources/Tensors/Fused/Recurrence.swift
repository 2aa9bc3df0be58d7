import Kernels
import Messages

// Recurrent layers over whole sequences, in one direction. Bidirectional and stacked layers are compositions of these.
//
// Weights have the usual layout: a block of H rows for each gate, W [G·H × I] for the input and U [G·H × H] for the
// state, each with its bias. Sequences may be shorter than the longest: beyond the end of one, its state stays and the
// output is zero.

/// The states of an LSTM layer, hₜ for every step, and its final state (h, c), for x [N×T×I]:
/// i, f, o = σ(a_i), σ(a_f), σ(a_o), g = tanh a_g, c' = f ∘ c + i ∘ g, h' = o ∘ tanh c' with a = W x + b + U h + d.
///
/// - Parameters:
///   - x: A batch of sequences. [N×T×I]
///   - inputWeight: W, the blocks in the order i, f, g, o. [4H×I]
///   - recurrentWeight: U. [4H×H]
///   - inputBias: b. [4H]
///   - recurrentBias: d. [4H]
///   - lengths: The length of each sequence; nil means T.
///   - reversed: Whether each sequence is read from its own last element to its first. States keep the positions of
///     their inputs.
///   - initial: The first h and c; nil means zero. [N×H]
public func lstm(
  _ x: Tensor, inputWeight: Tensor, recurrentWeight: Tensor, inputBias: Tensor, recurrentBias: Tensor,
  lengths: [Int]? = nil, reversed: Bool = false, initial: (hidden: Tensor, cell: Tensor)? = nil
) -> (states: Tensor, final: (hidden: Tensor, cell: Tensor)) {
  let layer = RecurrentLayer(.lstm, x, recurrentWeight, lengths, reversed)
  let zero = layer.zeroState(like: x)
  let parts = layer.apply([
    x, inputWeight, recurrentWeight, inputBias, recurrentBias, initial?.hidden ?? zero, initial?.cell ?? zero,
  ])
  return (parts[0], (parts[1], parts[2]))
}

/// The states of a layer of gated recurrent units, hₜ for every step, and its final h, for x [N×T×I]:
/// r, z = σ(a_r), σ(a_z), n = tanh(W_n x + b_n + r ∘ (U_n h + d_n)), h' = (1 − z) ∘ n + z ∘ h
/// with a = W x + b + U h + d.
///
/// - Parameters:
///   - x: A batch of sequences. [N×T×I]
///   - inputWeight: W, the blocks in the order r, z, n. [3H×I]
///   - recurrentWeight: U. [3H×H]
///   - inputBias: b. [3H]
///   - recurrentBias: d. [3H]
///   - lengths: The length of each sequence; nil means T.
///   - reversed: Whether each sequence is read from its own last element to its first. States keep the positions of
///     their inputs.
///   - initial: The first h; nil means zero. [N×H]
public func gru(
  _ x: Tensor, inputWeight: Tensor, recurrentWeight: Tensor, inputBias: Tensor, recurrentBias: Tensor,
  lengths: [Int]? = nil, reversed: Bool = false, initial: Tensor? = nil
) -> (states: Tensor, final: Tensor) {
  let layer = RecurrentLayer(.gru, x, recurrentWeight, lengths, reversed)
  let parts = layer.apply([
    x, inputWeight, recurrentWeight, inputBias, recurrentBias, initial ?? layer.zeroState(like: x),
  ])
  return (parts[0], parts[1])
}

/// The states of a plain recurrent layer, hₜ for every step, and its final h, for x [N×T×I]:
/// h' = tanh(W x + b + U h + d).
///
/// - Parameters:
///   - x: A batch of sequences. [N×T×I]
///   - inputWeight: W. [H×I]
///   - recurrentWeight: U. [H×H]
///   - inputBias: b. [H]
///   - recurrentBias: d. [H]
///   - lengths: The length of each sequence; nil means T.
///   - reversed: Whether each sequence is read from its own last element to its first. States keep the positions of
///     their inputs.
///   - initial: The first h; nil means zero. [N×H]
public func rnn(
  _ x: Tensor, inputWeight: Tensor, recurrentWeight: Tensor, inputBias: Tensor, recurrentBias: Tensor,
  lengths: [Int]? = nil, reversed: Bool = false, initial: Tensor? = nil
) -> (states: Tensor, final: Tensor) {
  let layer = RecurrentLayer(.tanh, x, recurrentWeight, lengths, reversed)
  let parts = layer.apply([
    x, inputWeight, recurrentWeight, inputBias, recurrentBias, initial ?? layer.zeroState(like: x),
  ])
  return (parts[0], parts[1])
}

/// A recurrent layer on a batch, without its tensors.
private struct RecurrentLayer: Sendable {
  let cell: RecurrentCell
  let batch, time, inputs, hidden: Int
  let lengths: [Int]
  let reversed: Bool

  init(_ cell: RecurrentCell, _ x: Tensor, _ recurrentWeight: Tensor, _ lengths: [Int]?, _ reversed: Bool) {
    require(x.rank == 3, "cannot run a recurrent layer over \(x.shape): a batch of sequences [N×T×I] is needed")
    require(
      recurrentWeight.rank == 2,
      "cannot run a recurrent layer with recurrent weights \(recurrentWeight.shape): they must be a matrix")
    (self.cell, batch, time, inputs, hidden) = (cell, x.shape[0], x.shape[1], x.shape[2], recurrentWeight.shape[1])
    (self.lengths, self.reversed) = (lengths ?? [Int](repeating: x.shape[1], count: x.shape[0]), reversed)
    require(
      self.lengths.count == batch && self.lengths.allSatisfy { (0...x.shape[1]).contains($0) },
      "cannot run a recurrent layer over \(x.shape) with lengths \(self.lengths): "
        + "each sequence needs one, from 0 to \(time)"
    )
  }

  func zeroState(like x: Tensor) -> Tensor { Tensor.zeros([batch, hidden], scalarType: x.scalarType) }

  /// The shapes of x, W, U, b, d and the initial states.
  private var shapes: [Shape] {
    let rows = cell.gates * hidden
    let states = [Shape](repeating: [batch, hidden], count: cell == .lstm ? 2 : 1)
    return [[batch, time, inputs], [rows, inputs], [rows, hidden], [rows], [rows]] + states
  }

  /// All states [N×T×H] and the final ones [N×H] for x, W, U, b, d and the initial states.
  func apply(_ inputs: [Tensor]) -> [Tensor] {
    let names = [
      "input", "input weights", "recurrent weights", "input bias", "recurrent bias", "initial h", "initial c",
    ]
    for (name, (input, shape)) in zip(names, zip(inputs, shapes)) {
      inputs[0].requireSameType(input, "run a recurrent layer with")
      require(
        input.shape == shape,
        "cannot run a recurrent layer over \(inputs[0].shape) with \(name) of shape \(input.shape): it must be \(shape)"
      )
    }
    let all = fused(inputs)
    var start = 0
    return ([[batch, time, hidden]] + shapes[5...]).map { (shape: Shape) in
      defer { start += shape.count }
      return all.sliced(start..<start + shape.count, axis: 0).reshaped(shape)
    }
  }

  /// The same states in one vector, by the kernel.
  private func fused(_ tensors: [Tensor]) -> Tensor {
    let recurrence = Recurrence(
      cell, RecurrentSteps(lengths: lengths, time: time, reversed: reversed), inputs: inputs, hidden: hidden)
    let regions = tensors.map(\.elements)
    let weights = RecurrentWeights(
      input: regions[1], recurrent: regions[2], inputBias: regions[3], recurrentBias: regions[4])
    let initial = Array(regions[5...])
    let (result, trace) = recurrence.run(regions[0], weights, initial: initial)
    return Tensor.fused(
      tensors, value: Tensor([recurrence.resultCount], result), definition: { definition($0) }
    ) { g, isWanted in
      let gradients = recurrence.pullBack(
        g.elements, regions[0], weights, initial: initial, result: Region(result), trace, isWanted: isWanted)
      return zip(gradients, shapes).map { buffer, shape in buffer.map { Tensor(shape, $0) } }
    }
  }
}

// MARK: - The definition

extension RecurrentLayer {
  /// The same states in one vector, step by step: what the kernel computes, and what second derivatives differentiate.
  private func definition(_ tensors: [Tensor]) -> Tensor {
    let (x, w, u, b, d) = (tensors[0], tensors[1], tensors[2], tensors[3], tensors[4])
    var state = Array(tensors[5...])
    var outputs = [Tensor](repeating: zeroState(like: x), count: time)
    for t in reversed ? Array((0..<time).reversed()) : Array(0..<time) {
      let isRunning = Tensor(lengths.map { t < $0 ? 1 : 0 }, shape: [batch, 1], scalarType: x.scalarType)
      let inputPart = matmul(x.sliced(t..<t + 1, axis: 1).squeezed(axis: 1), w.transposed) + b  // [N×GH]
      let recurrentPart = matmul(state[0], u.transposed) + d  // [N×GH]
      let next = step(inputPart, recurrentPart, state)
      outputs[t] = select(isRunning, next[0], .zero(like: x))
      state = zip(next, state).map { select(isRunning, $0, $1) }
    }
    let states = outputs.isEmpty ? [] : [Tensor.stacked(outputs, axis: 1)]  // [N×T×H]
    return Tensor.concatenated((states + state).map { $0.flattened(from: 0) }, axis: 0)
  }

  /// The state after a step, h' and for an LSTM c'.
  private func step(_ x: Tensor, _ y: Tensor, _ state: [Tensor]) -> [Tensor] {
    func gate(_ number: Int, of a: Tensor) -> Tensor { a.sliced(number * hidden..<(number + 1) * hidden, axis: 1) }
    let a = x + y
    switch cell {
    case .tanh: return [a.tanh()]
    case .lstm:
      let (i, f) = (gate(0, of: a).sigmoid(), gate(1, of: a).sigmoid())
      let (g, o) = (gate(2, of: a).tanh(), gate(3, of: a).sigmoid())
      let c = f * state[1] + i * g
      return [o * c.tanh(), c]
    case .gru:
      let (r, z) = (gate(0, of: a).sigmoid(), gate(1, of: a).sigmoid())
      let n = (gate(2, of: x) + r * gate(2, of: y)).tanh()
      return [(1 - z) * n + z * state[0]]
    }
  }
}
