// § 5.4 and § 5.5  The initialization of recurrent layers

import Messages
import Tensors

/// How the recurrent matrix W_hh is drawn.
public enum RecurrentMatrix: Hashable, Sendable {
  /// Numbers from U(−1/√d_h, 1/√d_h), as in PyTorch: a spectral radius of about 0.58.
  case uniform
  /// Numbers from N(0, g²/d_h): a spectral radius of about g.
  case gaussian(Double)
  /// g Q with Q orthogonal: all singular values are g. Saxe, McClelland and Ganguli (2014).
  case orthogonal(Double)
  /// g I. Le, Jaitly and Hinton (2015) start ReLU units from I.
  case identity(Double)

  /// The matrix. [d_h×d_h]
  public func matrix(_ n: Int, scalarType: ScalarType = .float, random: RandomSource) -> Tensor {
    let bound = 1 / Double(n).squareRoot()
    return switch self {
    case .uniform: random.uniform([n, n], in: -bound..<bound, scalarType: scalarType)
    case .gaussian(let g): random.normal([n, n], standardDeviation: g * bound, scalarType: scalarType)
    case .orthogonal(let g):
      (g * LinearAlgebra.qr(random.normal([n, n], scalarType: .double)).q).converted(to: scalarType)
    case .identity(let g): g * Tensor.identity(n, scalarType: scalarType)
    }
  }
}

extension VanillaRNN {
  /// A layer of `hidden` units whose W_hh is drawn according to `recurrent`; all other parameters are initialized as
  /// usual.
  public init(_ inputs: Int, _ hidden: Int, recurrent: RecurrentMatrix, random: RandomSource) {
    self.init(inputs, hidden, random: random)
    weights.recurrent = recurrent.matrix(hidden, random: random)
  }
}

/// The initial biases of an LSTM's forget gates.
public enum ForgetBias: Hashable, Sendable {
  /// b_f is drawn like all other parameters: f is about ½, so the cell loses half of its content in a step.
  case uniform
  /// b_f = b for every unit, f about σ(b). Jozefowicz, Zaremba and Sutskever (2015) recommend 1.
  case constant(Double)
  /// b_f = ln u with u from U(1, T − 1), and b_i = −b_f: the units forget over different times, from 1 to T steps.
  /// Tallec and Ollivier (2018).
  case chrono(longest: Int)

  /// The biases of n units, or nil if they are drawn like all other parameters.
  fileprivate func bias(_ n: Int, random: RandomSource) -> Tensor? {
    switch self {
    case .uniform: return nil
    case .constant(let b): return Tensor(repeating: b, [n])
    case .chrono(let T):
      require(T >= 3, "cannot initialize forget gates for \(T) steps: at least 3 are needed")
      return random.uniform([n], in: 1..<Double(T - 1)).log()
    }
  }
}

extension LongShortTermMemory {
  /// A layer of `hidden` units whose forget gates are initialized according to `forgetBias`; all other parameters are
  /// initialized as usual.
  public init(_ inputs: Int, _ hidden: Int, forgetBias: ForgetBias, random: RandomSource) {
    self.init(inputs, hidden, random: random)
    guard let bias = forgetBias.bias(hidden, random: random) else { return }
    setBias(1, to: bias)
    guard case .chrono = forgetBias else { return }
    setBias(0, to: -bias)
    for block in [2, 3] { setBias(block, to: Tensor.zeros([hidden])) }
  }

  /// Sets the sum of both biases of a block (i, f, c̃, o).
  private mutating func setBias(_ block: Int, to bias: Tensor) {
    let blocks = [Int](repeating: outputs, count: 4)
    var (b, d) = (weights.inputBias.split(blocks, axis: 0), weights.recurrentBias.split(blocks, axis: 0))
    (b[block], d[block]) = (bias, Tensor.zeros([outputs]))
    (weights.inputBias, weights.recurrentBias) = (Tensor.concatenated(b, axis: 0), Tensor.concatenated(d, axis: 0))
  }
}

extension GatedRecurrentUnit {
  /// A layer of `hidden` units whose update gate zₜ, the fraction of the old state that is kept, is initialized like
  /// the forget gate of an LSTM; all other parameters are initialized as usual.
  public init(_ inputs: Int, _ hidden: Int, forgetBias: ForgetBias, random: RandomSource) {
    self.init(inputs, hidden, random: random)
    guard let bias = forgetBias.bias(hidden, random: random) else { return }
    let blocks = [Int](repeating: hidden, count: 3)  // r, z, n
    var (b, d) = (weights.inputBias.split(blocks, axis: 0), weights.recurrentBias.split(blocks, axis: 0))
    (b[1], d[1]) = (bias, Tensor.zeros([hidden]))
    (weights.inputBias, weights.recurrentBias) = (Tensor.concatenated(b, axis: 0), Tensor.concatenated(d, axis: 0))
  }
}
