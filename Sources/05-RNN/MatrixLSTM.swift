// § 5.10  xLSTM: the matrix memory

import Foundations
import Messages
import Tensors

/// A memory for pairs of keys and values: a matrix C = Σ v kᵀ, and the sum n of the keys. § 5.10
///
/// A query q reads C q / max(|nᵀq|, 1). With orthonormal keys this is the stored value itself, for up to d_k pairs.
/// Otherwise the values of all keys that are not orthogonal to q are mixed in. Kohonen (1972).
public struct MatrixMemory: Sendable {
  /// C. [d_v×d_k]
  public private(set) var matrix: Tensor
  /// n. [d_k]
  public private(set) var normalizer: Tensor

  /// An empty memory for values of d_v and keys of d_k numbers.
  public init(values d_v: Int, keys d_k: Int, scalarType: ScalarType = .float) {
    matrix = .zeros([d_v, d_k], scalarType: scalarType)
    normalizer = .zeros([d_k], scalarType: scalarType)
  }

  /// Stores a value under a key: C ← f C + i v kᵀ, n ← f n + i k.
  public mutating func store(_ v: Tensor, key k: Tensor, input i: Double = 1, forget f: Double = 1) {
    matrix = f * matrix + i * (v.expanded(axis: 1) * k)
    normalizer = f * normalizer + i * k
  }

  /// The value read for a query.
  public func callAsFunction(_ q: Tensor) -> Tensor {
    matmul(matrix, q) / maximum(1, (normalizer * q).sum().abs())
  }
}

/// xLSTM's mLSTM layer: an LSTM whose cell is a matrix memory, one head. [N×T×d] → [N×T×d_h]
///
/// q = W_q x + b_q, k = (W_k x + b_k)/√d_h, v = W_v x + b_v, o = σ(W_o x + b_o), and for the whole memory i = e^ĩ, f =
/// σ(f̃) with ĩ, f̃ = W_g x + b_g; Cₜ = f Cₜ₋₁ + i v kᵀ, nₜ = f nₜ₋₁ + i k, hₜ = o ⊙ Cₜ q / max(|nₜᵀq|, 1). No gate
/// sees hₜ₋₁, so all steps can be computed at once. Beck et al. (2024).
public struct MatrixLSTM: Module {
  /// W_q, W_k and W_v, stacked vertically. [3d_h×d]
  public var projections: Linear
  /// W_g, for ĩ and f̃. [2×d]
  public var gates: Linear
  /// W_o. [d_h×d]
  public var output: Linear

  /// A layer of `hidden` units.
  public init(_ inputs: Int, _ hidden: Int, random: RandomSource) {
    projections = Linear(inputs, 3 * hidden, random: random)
    gates = Linear(inputs, 2, random: random)
    output = Linear(inputs, hidden, random: random)
  }

  /// The weights and biases.
  public static var parameters: [PartialKeyPath<MatrixLSTM>] { [\.projections, \.gates, \.output] }

  /// q, k, v [N×T×d_h], ĩ and ln f [N×T].
  private func parts(_ x: Tensor) -> (q: Tensor, k: Tensor, v: Tensor, i: Tensor, f: Tensor) {
    let d = output.weight.shape[0]
    let (p, g) = (projections(x).split([d, d, d], axis: 2), gates(x).split([1, 1], axis: 2))
    return (
      p[0], p[1] / Double(d).squareRoot(), p[2], g[0].squeezed(axis: 2),
      ForgetActivation.sigmoid.logarithm(g[1].squeezed(axis: 2))
    )
  }

  /// The states of all steps at once: the weights qₜᵀkₛ · e^(Fₜ − Fₛ + ĩₛ) for s ≤ t, F = ln f₁ + … + ln fₜ, applied to
  /// the values.
  ///
  /// For stability the maximum mₜ of each row is subtracted from its exponents, and the 1 in the denominator becomes
  /// e^(−mₜ).
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let (q, k, v, i, f) = parts(x)
    let (F, T) = (f.cumulativeSum(axis: 1), x.shape[1])
    let later = Tensor.upperTriangle(T, T, diagonal: 1, scalarType: x.scalarType)
    let exponents = select(
      later, Tensor(-.infinity, scalarType: x.scalarType), F.expanded(axis: 2) + (i - F).expanded(axis: 1))
    let m = exponents.max(axes: [2], keepsAxes: true).stopGradient  // [N×T×1]
    let weights = matmul(q, k.moved(axis: 1, to: 2)) * (exponents - m).exp()  // [N×T×T]
    let size = maximum(weights.sum(axes: [2], keepsAxes: true).abs(), (-m).exp())
    return output(x).sigmoid() * (matmul(weights, v) / size)
  }

  /// The same states, computed one after the other with the memory C and the formulas without m. [N×T×d_h]
  public func recurrence(_ x: Tensor) -> Tensor {
    let (q, k, v, i, f) = parts(x)
    let (N, d) = (x.shape[0], output.weight.shape[0])
    var C = Tensor.zeros([N, d, d], scalarType: x.scalarType)
    var n = Tensor.zeros([N, 1, d], scalarType: x.scalarType)
    let states = (0..<x.shape[1]).map { t in
      func at(_ x: Tensor) -> Tensor { x.sliced(t..<t + 1, axis: 1) }  // [N×1×d]
      let (i, f) = (at(i).exp().expanded(axis: 2), at(f).exp().expanded(axis: 2))
      C = f * C + i * matmul(at(v).moved(axis: 1, to: 2), at(k))
      n = f * n + i * at(k)
      let read = matmul(at(q), C.moved(axis: 1, to: 2))
      return read / maximum(1, (n * at(q)).sum(axes: [2], keepsAxes: true).abs())
    }
    return output(x).sigmoid() * Tensor.concatenated(states, axis: 1)
  }
}
