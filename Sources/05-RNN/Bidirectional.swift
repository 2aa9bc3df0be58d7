// § 5.7  Bidirectional layers

import Messages
import Tensors

/// A layer that reads each sequence in both directions and concatenates the states. Definition 5.7
///
/// h⃗ₜ = forward(xₜ, h⃗ₜ₋₁) (5.20), h⃖ₜ = backward(xₜ, h⃖ₜ₊₁) (5.21), hₜ = [h⃗ₜ; h⃖ₜ] ∈ ℝ^(2 d_h) (5.22). Schuster and
/// Paliwal (1997).
public struct Bidirectional<Layer: RecurrentLayer>: RecurrentLayer {
  /// The layer that reads from the first element to the last.
  public var forward: Layer
  /// The layer that reads from the last element to the first.
  public var backward: Layer

  /// Both directions.
  public init(forward: Layer, backward: Layer) {
    require(
      forward.inputs == backward.inputs && forward.outputs == backward.outputs,
      "cannot join a layer from \(forward.inputs) to \(forward.outputs) numbers and one from \(backward.inputs) to "
        + "\(backward.outputs): both directions must be of one size")
    (self.forward, self.backward) = (forward, backward)
  }

  /// `hidden` units in each direction.
  public init(_ inputs: Int, _ hidden: Int, random: RandomSource) {
    (forward, backward) = (Layer(inputs, hidden, random: random), Layer(inputs, hidden, random: random))
  }

  /// Both directions, forward first.
  public static var parameters: [PartialKeyPath<Bidirectional>] { [\.forward, \.backward] }
  /// The number d of inputs per step.
  public var inputs: Int { forward.inputs }
  /// The length 2 d_h of each state.
  public var outputs: Int { forward.outputs + backward.outputs }

  /// All states [h⃗ₜ; h⃖ₜ] [N×T×2d_h], and the final state [h⃗_T; h⃖₁]: each half has read the whole sequence.
  ///
  /// The backward half of the state at the last position, h⃖_T, has read only one element. It does not summarize the
  /// sequence.
  public func callAsFunction(
    _ x: Tensor, lengths: [Int]?, reversed: Bool, initial: RecurrentState?
  )
    -> (states: Tensor, final: RecurrentState)
  {
    let there = forward(x, lengths: lengths, reversed: reversed, initial: initial.map { half($0, 0..<forward.outputs) })
    let back = backward(
      x, lengths: lengths, reversed: !reversed, initial: initial.map { half($0, forward.outputs..<outputs) })
    let cell = zip([there.final.cell].compactMap { $0 }, [back.final.cell].compactMap { $0 }).map(joined).first
    return (
      joined(there.states, back.states),
      RecurrentState(hidden: joined(there.final.hidden, back.final.hidden), cell: cell)
    )
  }

  private func half(_ state: RecurrentState, _ units: Range<Int>) -> RecurrentState {
    RecurrentState(hidden: state.hidden.sliced(units, axis: -1), cell: state.cell?.sliced(units, axis: -1))
  }
}

/// Both halves, one after the other along the last axis.
private func joined(_ a: Tensor, _ b: Tensor) -> Tensor { Tensor.concatenated([a, b], axis: -1) }
