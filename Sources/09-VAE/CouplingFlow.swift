// § 9.10  Normalizing flows: exact densities by a change of variables

import Foundations
import Messages
import Tensors

/// An invertible map z = f(x) of couplings that alternately keep the first and the last components: log p(x) = log
/// N(f(x); 0, I) + log |det ∂f/∂x|, exactly. § 9.10
public struct CouplingFlow: Model {
  /// The couplings, from x to z.
  public var couplings: [AffineCoupling]

  /// A flow of D components.
  public init(dimension D: Int, couplings L: Int, hidden: [Int], random: RandomSource) {
    require(L >= 1, "cannot make a flow of \(L) couplings: at least 1 is needed")
    couplings = (0..<L).map {
      AffineCoupling(dimension: D, hidden: hidden, keepsFirst: $0.isMultiple(of: 2), random: random)
    }
  }

  /// The couplings.
  public static var parameters: [PartialKeyPath<CouplingFlow>] { [\.couplings] }

  /// z = f(x) and log |det ∂z/∂x| of each row. [N×D] → [N×D], [N]
  public func callAsFunction(_ x: Tensor) -> (z: Tensor, logDeterminant: Tensor) {
    couplings.reduce((z: x, logDeterminant: Tensor.zeros([x.shape[0]], scalarType: x.scalarType))) { sofar, layer in
      let (z, logDeterminant) = layer(sofar.z)
      return (z, sofar.logDeterminant + logDeterminant)
    }
  }

  /// x = f⁻¹(z). [N×D] → [N×D]
  public func inverted(_ z: Tensor) -> Tensor { couplings.reversed().reduce(z) { x, layer in layer.inverted(x) } }

  /// log p(x) of each row. [N×D] → [N]
  public func logDensity(of x: Tensor) -> Tensor {
    let (z, logDeterminant) = self(x)
    let D = Double(x.shape[1])
    return logDeterminant - 0.5 * (z.squared().sum(axes: [1]) + D * log2π)
  }

  /// Samples f⁻¹(z) of z ∼ N(0, I), in the scalar type of the flow. [count×D]
  public func sample(_ count: Int, using random: RandomSource) -> Tensor {
    let type = couplings[0].network.layers[0].weight.scalarType
    return inverted(random.normal([count, couplings[0].dimension], scalarType: type))
  }
}
