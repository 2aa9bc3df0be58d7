// § 9.10  Normalizing flows: the affine coupling

import Foundations
import Messages
import Tensors

/// An invertible layer that keeps some components, a, and scales and shifts the others by networks of a:
/// z_b = x_b ⊙ exp(s(a)) + t(a). § 9.10
///
/// Its Jacobian is triangular, so log |det| = Σ s(a), for any networks s and t. Dinh, Sohl-Dickstein and Bengio (2017)
public struct AffineCoupling: Model {
  /// a → (s, t) before s is bounded.
  public var network: MLP
  /// Whether the first ⌈D/2⌉ components are kept; otherwise the others are.
  public let keepsFirst: Bool
  /// The number D of components.
  public let dimension: Int
  /// The largest |s|: s = bound · tanh(…).
  public let bound: Double

  /// A coupling of D components with networks of these hidden layers. At first it changes x only slightly.
  public init(
    dimension D: Int, hidden: [Int], keepsFirst: Bool, bound: Double = 2, random: RandomSource
  ) {
    require(D >= 2 && bound > 0, "cannot couple \(D) components: at least 2 are needed, and a positive bound of s")
    let kept = keepsFirst ? (D + 1) / 2 : D / 2
    network = MLP([kept] + hidden + [2 * (D - kept)], activation: .tanh, random: random)
    let last = network.layers.count - 1
    network.layers[last] = network.layers[last].mapParameters { 0.1 * $0 }
    (self.keepsFirst, dimension, self.bound) = (keepsFirst, D, bound)
  }

  /// The network.
  public static var parameters: [PartialKeyPath<AffineCoupling>] { [\.network] }

  /// z and log |det ∂z/∂x| of each row. [N×D] → [N×D], [N]
  public func callAsFunction(_ x: Tensor) -> (z: Tensor, logDeterminant: Tensor) {
    let (a, b) = parts(x)
    let (s, t) = factors(a)
    return (joined(a, b * s.exp() + t), s.sum(axes: [1]))
  }

  /// x from z: x_b = (z_b − t(a)) ⊙ exp(−s(a)). [N×D] → [N×D]
  public func inverted(_ z: Tensor) -> Tensor {
    let (a, b) = parts(z)
    let (s, t) = factors(a)
    return joined(a, (b - t) * (-s).exp())
  }

  /// s(a) and t(a).
  private func factors(_ a: Tensor) -> (s: Tensor, t: Tensor) {
    let h = network(a)
    let n = h.shape[1] / 2
    return (bound * h.sliced(0..<n, axis: 1).tanh(), h.sliced(n..<2 * n, axis: 1))
  }

  /// The kept and the other components.
  private func parts(_ x: Tensor) -> (a: Tensor, b: Tensor) {
    require(x.rank == 2 && x.shape[1] == dimension, "cannot couple \(x.shape): rows of \(dimension) are needed")
    let middle = (dimension + 1) / 2
    let (first, last) = (x.sliced(0..<middle, axis: 1), x.sliced(middle..<dimension, axis: 1))
    return keepsFirst ? (first, last) : (last, first)
  }

  private func joined(_ a: Tensor, _ b: Tensor) -> Tensor { .concatenated(keepsFirst ? [a, b] : [b, a], axis: 1) }
}
