// § 5.6  The gated recurrent unit

import Foundations
import Messages
import Tensors

/// One step of a gated recurrent unit by the equations of § 5.6: rₜ before the matrix, zₜ on the candidate.
///
/// This is the form of Chung, Gülçehre, Cho and Bengio (2014). In Cho et al. (2014) zₜ multiplies the old state. In
/// libraries it does so too, and rₜ is applied after the matrix, so that one product serves all three blocks: see
/// `GatedRecurrentUnit`.
public struct GRUCell: Model {
  /// W_z and b_z, of the update gate. [d_h×(d_h + d_x)], [d_h]
  public var update: Linear
  /// W_r and b_r, of the reset gate.
  public var reset: Linear
  /// W_h and b_h, of the candidate.
  public var candidate: Linear

  /// Where the reset gate acts.
  public enum Reset: CaseIterable, Sendable {
    /// On hₜ₋₁: W_h [r ⊙ h, x] + b. (5.18)
    case beforeMatrix
    /// On the product: r ⊙ (U_h h) + W_h x + b.
    case afterMatrix
  }

  /// A cell with d_x inputs and d_h units, its parameters drawn from U(−1/√d_h, 1/√d_h).
  public init(_ inputs: Int, _ hidden: Int, random: RandomSource) {
    let bound = 1 / Double(hidden).squareRoot()
    func block() -> Linear {
      Linear(
        weight: random.uniform([hidden, hidden + inputs], in: -bound..<bound),
        bias: random.uniform([hidden], in: -bound..<bound))
    }
    (update, reset, candidate) = (block(), block(), block())
  }

  /// The gates and the candidate: 3 d_h (d_h + d_x + 1) numbers. Remark 5.6
  public static var parameters: [PartialKeyPath<GRUCell>] { [\.update, \.reset, \.candidate] }

  /// The number d_h of units.
  public var hidden: Int { update.weight.shape[0] }

  /// hₜ from xₜ [N×d_x] and hₜ₋₁ [N×d_h].
  public func callAsFunction(_ x: Tensor, _ h: Tensor, reset place: Reset = .beforeMatrix) -> Tensor {
    let hx = Tensor.concatenated([h, x], axis: -1)
    let z = update(hx).sigmoid()  // (5.16)
    let r = reset(hx).sigmoid()  // (5.17)
    let h̃ = (place == .beforeMatrix ? candidate(Tensor.concatenated([r * h, x], axis: -1)) : afterMatrix(x, h, r))
      .tanh()
    // The first case is (5.18).
    return (1 - z) * h + z * h̃  // (5.19)
  }

  /// r ⊙ (U_h h) + W_h x + b.
  private func afterMatrix(_ x: Tensor, _ h: Tensor, _ r: Tensor) -> Tensor {
    let (U, W) = (candidate.weight.sliced(0..<hidden, axis: 1), inputPart(of: candidate))
    return r * matmul(h, U.transposed) + matmul(x, W.transposed, plus: candidate.bias)
  }

  /// The columns for xₜ.
  fileprivate func inputPart(of block: Linear) -> Tensor {
    block.weight.sliced(hidden..<block.weight.shape[1], axis: 1)
  }

  /// All states of x [N×T×d_x] from zero. [N×T×d_h]
  public func states(_ x: Tensor, reset place: Reset = .beforeMatrix) -> Tensor {
    require(x.rank == 3, "cannot run a GRU over \(x.shape): it takes a batch of sequences [N×T×d_x]")
    var h = Tensor.zeros([x.shape[0], hidden], scalarType: x.scalarType)
    let all = (0..<x.shape[1]).map { t in
      h = self(x.sliced(t..<t + 1, axis: 1).squeezed(axis: 1), h, reset: place)
      return h
    }
    return Tensor.stacked(all, axis: 1)
  }
}

extension GatedRecurrentUnit {
  /// The layer with the weights of a cell: r, z, n, with the update gate negated unless told otherwise.
  ///
  /// 1 − σ(a) = σ(−a), so negated weights move z from the candidate to the old state. The layer then computes the same
  /// as the cell with its reset gate after the matrix. Weights of the form (5.18) cannot be converted.
  public init(_ cell: GRUCell, negatesUpdate: Bool = true) {
    let sign = negatesUpdate ? -1.0 : 1
    let blocks = [cell.reset, cell.update.mapParameters { sign * $0 }, cell.candidate]
    let W = Tensor.concatenated(blocks.map(\.weight), axis: 0)
    let zero = Tensor.zeros([W.shape[0]], scalarType: W.scalarType)
    let biases = blocks.compactMap(\.bias)
    self.init(
      weights: RecurrentWeights(
        input: W.sliced(cell.hidden..<W.shape[1], axis: 1), recurrent: W.sliced(0..<cell.hidden, axis: 1),
        inputBias: biases.count == 3 ? Tensor.concatenated(biases, axis: 0) : zero, recurrentBias: zero))
  }
}

/// The numbers of parameters in Remark 5.6, with one bias for each block.
public enum RecurrentCount {
  /// 4 d_h (d_h + d_x + 1).
  public static func lstm(inputs d_x: Int, hidden d_h: Int) -> Int { 4 * d_h * (d_h + d_x + 1) }
  /// 3 d_h (d_h + d_x + 1).
  public static func gru(inputs d_x: Int, hidden d_h: Int) -> Int { 3 * d_h * (d_h + d_x + 1) }
  /// d_h (d_h + d_x + 1).
  public static func simple(inputs d_x: Int, hidden d_h: Int) -> Int { d_h * (d_h + d_x + 1) }
}
