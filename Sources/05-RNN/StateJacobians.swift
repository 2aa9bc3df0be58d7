// § 5.3.1 and § 5.4.1  Jacobians of states

import Messages
import Tensors

/// A layer that has a closed form for the Jacobian of the state after a step with respect to the state before it.
public protocol JacobianLayer: RecurrentLayer {
  /// The states s₁, …, s_T of one sequence x [T×d] from the zero state, and ∂sₜ/∂sₜ₋₁ for every step, where s = h, and
  /// s = (h, c) for an LSTM. [S×S] each
  func stepJacobians(_ x: Tensor) -> (states: [RecurrentState], jacobians: [Tensor])
}

extension VanillaRNN: JacobianLayer {
  /// ∂hₜ/∂hₜ₋₁ = diag(tanh′(zₜ)) W_hh. § 5.3.1
  public func stepJacobians(_ x: Tensor) -> (states: [RecurrentState], jacobians: [Tensor]) {
    eachStep(of: x) { (1 - $1.hidden.squared()).transposed * weights.recurrent }
  }
}

extension LongShortTermMemory: JacobianLayer {
  /// ∂(h, c)ₜ/∂(h, c)ₜ₋₁ = [[∂h/∂h, ∂h/∂c], [∂c/∂h, ∂c/∂c]]. § 5.5.3
  ///
  /// ∂cₜ/∂cₜ₋₁ = diag(fₜ) is the factor in (5.15); the other three blocks are the paths through h, which (5.15) leaves
  /// out.
  public func stepJacobians(_ x: Tensor) -> (states: [RecurrentState], jacobians: [Tensor]) {
    let cell = LSTMCell(self)
    let U = weights.recurrent.split([Int](repeating: outputs, count: 4), axis: 0)  // i, f, c̃, o
    return eachStep(of: x) { old, new in
      let g = cell.gates(x: old.input, h: old.state.hidden)
      let (c, m) = (old.state.cell ?? 0 * g.forget, (new.cell ?? 0 * g.forget).tanh())
      func rows(_ a: Tensor) -> Tensor { a.transposed }  // a factor for every row
      let cc = rows(g.forget) * Tensor.identity(outputs, scalarType: x.scalarType)
      let ch =
        rows(c * g.forget * (1 - g.forget)) * U[1] + rows(g.candidate * g.input * (1 - g.input)) * U[0]
        + rows(g.input * (1 - g.candidate.squared())) * U[2]
      let s = rows(g.output * (1 - m.squared()))
      let hh = rows(m * g.output * (1 - g.output)) * U[3] + s * ch
      return Tensor.concatenated(
        [Tensor.concatenated([hh, s * cc], axis: 1), Tensor.concatenated([ch, cc], axis: 1)], axis: 0)
    }
  }

  /// The same with the paths through h cut: diag(fₜ), the factors of (5.15). [d_h×d_h] each
  public func cellJacobians(_ x: Tensor) -> [Tensor] {
    stepJacobians(x).jacobians.map { $0.sliced(outputs..<2 * outputs, axis: 0).sliced(outputs..<2 * outputs, axis: 1) }
  }
}

extension GatedRecurrentUnit: JacobianLayer {
  /// ∂h′/∂h for h′ = (1 − z) ⊙ n + z ⊙ h, n = tanh(W_n x + b_n + r ⊙ (U_n h + d_n)). § 5.6
  public func stepJacobians(_ x: Tensor) -> (states: [RecurrentState], jacobians: [Tensor]) {
    let blocks = [Int](repeating: outputs, count: 3)  // r, z, n
    let (U, w) = (weights.recurrent.split(blocks, axis: 0), weights)
    return eachStep(of: x) { old, _ in
      let h = old.state.hidden
      let a = matmul(old.input, w.input.transposed, plus: w.inputBias).split(blocks, axis: 1)
      let b = matmul(h, w.recurrent.transposed, plus: w.recurrentBias).split(blocks, axis: 1)
      let (r, z) = ((a[0] + b[0]).sigmoid(), (a[1] + b[1]).sigmoid())
      let n = (a[2] + r * b[2]).tanh()
      let nh = r.transposed * U[2] + (b[2] * r * (1 - r)).transposed * U[0]
      return z.transposed * Tensor.identity(outputs, scalarType: x.scalarType)
        + ((h - n) * z * (1 - z)).transposed * U[1] + ((1 - z) * (1 - n.squared())).transposed * nh
    }
  }
}

extension RecurrentLayer {
  /// The states of one sequence x [T×d], step by step, and a value computed at every step. Inputs and states are rows.
  /// [1×d], [1×d_h]
  fileprivate func eachStep(
    of x: Tensor, _ f: (_ old: (input: Tensor, state: RecurrentState), _ new: RecurrentState) -> Tensor
  ) -> (states: [RecurrentState], jacobians: [Tensor]) {
    require(x.rank == 2, "cannot take Jacobians along \(x.shape): one sequence [T×d] is needed")
    let zero = Tensor.zeros([1, outputs], scalarType: x.scalarType)
    var (state, states, results) = (RecurrentState(hidden: zero, cell: zero), [RecurrentState](), [Tensor]())
    for t in 0..<x.shape[0] {
      let new = self(x[t..<t + 1].expanded(axis: 0), initial: state).final
      results.append(f((x[t..<t + 1], state), new))
      states.append(new)
      state = RecurrentState(hidden: new.hidden, cell: new.cell ?? zero)
    }
    return (states, results)
  }
}

extension RecurrentLayer {
  /// The product Jₜ ⋯ Jₖ₊₁ of the Jacobians of steps, the latest leftmost: ∂sₜ/∂sₖ.
  ///
  /// (5.6) multiplies W_hhᵀ diag(tanh′) from j = k + 1 on. That is the transpose, (∂hₜ/∂hₖ)ᵀ.
  public static func product(_ jacobians: some Collection<Tensor>) -> Tensor? {
    guard let first = jacobians.first else { return nil }
    return jacobians.dropFirst().reduce(first) { matmul($1, $0) }
  }
}
