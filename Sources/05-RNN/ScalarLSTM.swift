// § 5.10  xLSTM: exponential gates

import Messages
import Tensors

/// How the forget gate of an xLSTM layer is made from its activation f̃.
public enum ForgetActivation: CaseIterable, Sendable {
  /// f = σ(f̃) < 1.
  case sigmoid
  /// f = e^f̃, which may exceed 1.
  case exponential

  /// ln f.
  public func logarithm(_ f̃: Tensor) -> Tensor { self == .sigmoid ? -((-f̃).softplus()) : f̃ }
}

/// xLSTM's sLSTM layer: an LSTM with exponential gates, a normalizer n and a stabilizer m. [N×T×d] → [N×T×d_h]
///
/// i = e^ĩ, f = σ(f̃) or e^f̃, z = tanh(z̃), o = σ(õ), each activation W xₜ + b + U hₜ₋₁ + d; cₜ = f ⊙ cₜ₋₁ + i ⊙ z,
/// nₜ = f ⊙ nₜ₋₁ + i, hₜ = o ⊙ cₜ/nₜ. The quotient is a weighted mean of all z so far: with f = 1 the weights are
/// softmax(ĩ₁, …, ĩₜ), so that a late input may outweigh all earlier ones, which is impossible with a gate below 1.
/// Beck et al. (2024).
public struct ScalarLSTM: Module {
  /// The weights: blocks of d_h rows for i, f, z, o.
  public var weights: RecurrentWeights
  /// How the forget gate is made.
  public let forget: ForgetActivation

  /// A layer of `hidden` units.
  public init(_ inputs: Int, _ hidden: Int, forget: ForgetActivation = .sigmoid, random: RandomSource) {
    weights = RecurrentWeights(inputs, hidden, gates: 4, random: random)
    self.forget = forget
  }

  /// The weights.
  public static var parameters: [PartialKeyPath<ScalarLSTM>] { [\.weights] }

  /// The activations ln i = ĩ, ln f, z and o of a step.
  private func gates(_ x: Tensor, _ h: Tensor) -> (i: Tensor, f: Tensor, z: Tensor, o: Tensor) {
    let w = weights
    let all =
      matmul(x, w.input.transposed, plus: w.inputBias) + matmul(h, w.recurrent.transposed, plus: w.recurrentBias)
    let a = all.split([Int](repeating: w.hidden, count: 4), axis: 1)
    return (a[0], forget.logarithm(a[1]), a[2].tanh(), a[3].sigmoid())
  }

  /// The states hₜ, from stabilized gates: mₜ = max(ln f + mₜ₋₁, ĩ), i′ = e^(ĩ − mₜ), f′ = e^(ln f + mₜ₋₁ − mₜ).
  ///
  /// c and n are then both divided by e^m, so their quotient is the same. No exponent is above 0, so nothing overflows.
  /// As h does not depend on m, the derivatives may treat m as a constant.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    states(x) { gates, old in
      let m = (old.map { maximum(gates.f + $0.m, gates.i) } ?? gates.i).stopGradient
      let i = (gates.i - m).exp()
      guard let old else { return Memory(c: i * gates.z, n: i, m: m) }
      let f = (gates.f + old.m - m).exp()
      return Memory(c: f * old.c + i * gates.z, n: f * old.n + i, m: m)
    }
  }

  /// The states hₜ, computed without m. This overflows if an activation is large.
  public func unstabilized(_ x: Tensor) -> Tensor {
    states(x) { gates, old in
      let (i, f) = (gates.i.exp(), gates.f.exp())
      guard let old else { return Memory(c: i * gates.z, n: i, m: 0 * i) }
      return Memory(c: f * old.c + i * gates.z, n: f * old.n + i, m: old.m)
    }
  }

  private struct Memory { let c, n, m: Tensor }

  private func states(
    _ x: Tensor, _ step: (_ gates: (i: Tensor, f: Tensor, z: Tensor, o: Tensor), _ old: Memory?) -> Memory
  ) -> Tensor {
    require(x.rank == 3, "cannot run an sLSTM over \(x.shape): it takes a batch of sequences [N×T×d]")
    var (memory, h): (Memory?, Tensor) = (nil, .zeros([x.shape[0], weights.hidden], scalarType: x.scalarType))
    return Tensor.stacked(
      (0..<x.shape[1]).map { t in
        let a = gates(x.sliced(t..<t + 1, axis: 1).squeezed(axis: 1), h)
        let new = step(a, memory)
        (memory, h) = (new, a.o * new.c / new.n)
        return h
      }, axis: 1)
  }
}
