// Recurrent layers over whole sequences: the layers, and their derivatives as large products around a loop over time.
//
//   RNN    h' = tanh a
//   LSTM   i, f, o = σ(a_i), σ(a_f), σ(a_o);  g = tanh a_g;  c' = f c + i g;  h' = o tanh c'
//   GRU    r, z = σ(a_r), σ(a_z);  n = tanh(x W_nᵀ + b_n + r q) with q = h U_nᵀ + d_n;  h' = (1 − z) n + z h
//
// where a = x Wᵀ + b + h Uᵀ + d with one block of H rows of W and U for each gate.

/// The cells that have kernels.
public enum RecurrentCell: Sendable {
  case tanh, lstm, gru

  /// The number of gates, which is the number of row blocks in both weight matrices: i, f, g, o of the LSTM and r, z, n
  /// of the GRU.
  public var gates: Int {
    switch self {
    case .tanh: 1
    case .lstm: 4
    case .gru: 3
    }
  }

  /// The number of blocks of derivatives with respect to a; the GRU has one more, for q.
  var slopes: Int { self == .gru ? 4 : gates }

  /// The block of slopes that belongs to the recurrent part of a gate.
  func recurrentSlope(_ gate: Int) -> Int { self == .gru && gate == 2 ? 3 : gate }
}

/// The parameters of a recurrent layer: W [G·H × I], U [G·H × H], and the biases b and d [G·H].
public struct RecurrentWeights: Sendable {
  let input, recurrent, inputBias, recurrentBias: Region

  /// Creates the parameters stored at these places.
  public init(input: Region, recurrent: Region, inputBias: Region, recurrentBias: Region) {
    (self.input, self.recurrent) = (input, recurrent)
    (self.inputBias, self.recurrentBias) = (inputBias, recurrentBias)
  }
}

/// The values that derivatives need from a recurrent layer's run: the gates of all steps, and c' (LSTM) or q (GRU).
public struct RecurrentTrace: Sendable {
  let gates, memory: Buffer
}

/// A recurrent layer applied to a batch of sequences.
///
/// Its result is one array: the states of all steps [N×T×H], with zeros beyond the end of each sequence, then the final
/// h [N×H], and for an LSTM the final c [N×H].
public struct Recurrence: Sendable {
  let cell: RecurrentCell
  let steps: RecurrentSteps
  let inputs, hidden: Int

  /// Creates a layer with I = `inputs` and H = `hidden`.
  public init(_ cell: RecurrentCell, _ steps: RecurrentSteps, inputs: Int, hidden: Int) {
    (self.cell, self.steps, self.inputs, self.hidden) = (cell, steps, inputs, hidden)
  }

  /// The position of the final h in the result.
  var finalPlace: Int { steps.batch * steps.time * hidden }
  /// The size of the result.
  public var resultCount: Int { finalPlace + (cell == .lstm ? 2 : 1) * steps.batch * hidden }

  /// Computes the result of the layer for x [N×T×I] and the initial h, and for an LSTM c, [N×H].
  public func run(
    _ x: Region, _ weights: RecurrentWeights, initial: [Region]
  ) -> (result: Buffer, trace: RecurrentTrace) {
    let type = x.buffer.scalarType
    let columns = cell.gates * hidden
    let gates = Buffer(type, count: steps.total * columns)
    multiplyMatrices(
      MatrixOperand(steps.packed(x, width: inputs), offsets: [0], rowStride: inputs, columnStride: 1),
      MatrixOperand(weights.input.buffer, offsets: [weights.input.offset], rowStride: 1, columnStride: inputs),
      into: gates, m: steps.total, n: columns, k: inputs)
    let trace = RecurrentTrace(
      gates: gates, memory: Buffer(type, count: cell == .tanh ? 0 : steps.total * hidden))
    switch type {
    case .float: return (RecurrentForward<SIMD16<Float>>(self, weights, initial, trace).run(), trace)
    case .double: return (RecurrentForward<SIMD8<Double>>(self, weights, initial, trace).run(), trace)
    }
  }

  /// Computes the derivatives with respect to x, W, U, b, d and the initial states, those that are wanted, from the
  /// `gradient` of the result.
  public func pullBack(
    _ gradient: Region, _ x: Region, _ weights: RecurrentWeights, initial: [Region], result: Region,
    _ trace: RecurrentTrace, isWanted: [Bool]
  ) -> [Buffer?] {
    let type = x.buffer.scalarType
    let h = inOrder(initial[0])
    let before = steps.before(result, initial: h, width: hidden)
    let wantsInitial = isWanted[5...].contains(true)
    let slopes: Buffer
    let initialSlopes: [Buffer]
    switch type {
    case .float:
      (slopes, initialSlopes) = RecurrentBackward<SIMD16<Float>>(self, weights, initial, gradient, trace, before)
        .run(toInitial: wantsInitial)
    case .double:
      (slopes, initialSlopes) = RecurrentBackward<SIMD8<Double>>(self, weights, initial, gradient, trace, before)
        .run(toInitial: wantsInitial)
    }
    let own = Array(0..<cell.gates)
    let recurrent = own.map { cell.recurrentSlope($0) }
    let sums = isWanted[3] || isWanted[4] ? biasSums(slopes) : slopes
    let packedX = isWanted[1] ? steps.packed(x, width: inputs) : before
    let weightGradients: [Buffer?] = [
      isWanted[0] ? inputGradient(slopes, weights) : nil,
      isWanted[1] ? weightGradient(slopes, own, packedX, inputs) : nil,
      isWanted[2] ? weightGradient(slopes, recurrent, before, hidden) : nil,
      isWanted[3] ? rows(own, of: Region(sums)) : nil,
      isWanted[4] ? rows(recurrent, of: Region(sums)) : nil,
    ]
    return weightGradients + zip(initialSlopes, isWanted[5...]).map { $1 ? rows(steps.rank, of: Region($0)) : nil }
  }

  /// The rows of a state [N×H], longest sequence first.
  func inOrder(_ x: Region) -> Buffer { rows(steps.order, of: x) }

  /// Some rows of a matrix with H columns.
  private func rows(_ indices: [Int], of x: Region) -> Buffer {
    let y = Buffer(x.buffer.scalarType, count: indices.count * hidden)
    gatherRows(x, outer: 1, length: indices.count, inner: hidden, indices: indices, into: y)
    return y
  }
}

// MARK: - After the loop

extension Recurrence {
  /// ∂/∂x = δ W, in the order of the batch.
  private func inputGradient(_ slopes: Buffer, _ weights: RecurrentWeights) -> Buffer {
    let packed = Buffer(slopes.scalarType, count: steps.total * inputs)
    multiplyMatrices(
      MatrixOperand(slopes, offsets: [0], rowStride: cell.slopes * hidden, columnStride: 1),
      MatrixOperand(weights.input.buffer, offsets: [weights.input.offset], rowStride: inputs, columnStride: 1),
      into: packed, m: steps.total, n: inputs, k: cell.gates * hidden)
    return steps.unpacked(packed, width: inputs)
  }

  /// δᵀ y for the blocks of slopes δ and packed rows y: one product for each run of consecutive blocks.
  private func weightGradient(_ slopes: Buffer, _ blocks: [Int], _ y: Buffer, _ width: Int) -> Buffer {
    let result = Buffer(slopes.scalarType, count: blocks.count * hidden * width)
    let isWhole = blocks == Array(0..<blocks.count)
    let offsets = isWhole ? [0] : blocks.map { $0 * hidden }
    multiplyMatrices(
      MatrixOperand(slopes, offsets: offsets, rowStride: 1, columnStride: cell.slopes * hidden),
      MatrixOperand(y, offsets: offsets.map { _ in 0 }, rowStride: width, columnStride: 1),
      into: result, m: isWhole ? blocks.count * hidden : hidden, n: width, k: steps.total)
    return result
  }

  private func biasSums(_ slopes: Buffer) -> Buffer {
    let sums = Buffer(slopes.scalarType, count: cell.slopes * hidden)
    reduce(.sum, Region(slopes), outer: 1, length: steps.total, inner: cell.slopes * hidden, into: sums)
    return sums
  }
}
