// § 9.2  The autoencoder

import Foundations
import Messages
import Tensors

/// An autoencoder: an encoder f with z = f(x) and a decoder g with x̂ = g(z), trained to make ‖x − x̂‖² small.
/// Definition 9.2
///
/// It has no distribution: nothing says which codes z belong to images. § 9.2
public struct Autoencoder: Module {
  /// f. [N×inputs] → [N×d]
  public var encoder: MLP
  /// g. [N×d] → [N×inputs]
  public var decoder: MLP

  /// A network for examples of `inputs` numbers, with these hidden layers of ReLU in the encoder and, in reverse, in
  /// the decoder; without hidden layers and output activation it is linear.
  public init(
    inputs: Int = 784, hidden: [Int] = [512], code d: Int = 20, outputActivation: Activation = .identity,
    random: RandomSource
  ) {
    require(
      inputs >= 1 && d >= 1,
      "cannot encode \(inputs) numbers in a code of \(d): at least one of each is needed")
    encoder = MLP([inputs] + hidden + [d], random: random)
    decoder = MLP([d] + hidden.reversed() + [inputs], outputActivation: outputActivation, random: random)
  }

  /// The encoder and the decoder.
  public static var parameters: [PartialKeyPath<Autoencoder>] { [\.encoder, \.decoder] }

  /// x̂ = g(f(x)), as rows. [N×…] → [N×inputs]
  public func callAsFunction(_ x: Tensor) -> Tensor { decoder(encoder(x.flattened(from: 1))) }

  /// The mean of ‖x − x̂‖² over the examples: the objective. Definition 9.2
  public func reconstructionError(_ x: Tensor) -> Tensor { meanSquaredError(self(x), x.flattened(from: 1)) }
}

/// The principal components of data: the directions of largest variance, best for a linear autoencoder. § 9.2
public struct PrincipalComponents: Sendable {
  /// The mean of the data. [D]
  public let mean: Tensor
  /// The variances along the components, the largest first. [D]
  public let variances: Tensor
  /// The components as orthonormal columns, in the same order. [D×D]
  public let directions: Tensor

  /// The components of examples, stored as rows. [N×D]
  public init(of x: Tensor) {
    let (N, D) = (x.shape[0], x.shape[1])
    mean = x.mean(axes: [0])
    let centred = x - mean
    let eigen = LinearAlgebra.symmetricEigen(matmul(centred.transposed, centred) / Double(N))
    variances = eigen.values.flipped(axis: 0)
    directions = eigen.vectors.gathered(Array((0..<D).reversed()), axis: 1)
  }

  /// The first k components. [D×k]
  public func subspace(_ k: Int) -> Tensor { directions[0..<k, axis: 1] }

  /// The reconstructions from k components. [N×D] → [N×D]
  public func reconstructed(_ x: Tensor, from k: Int) -> Tensor {
    let V = subspace(k)
    return mean + matmul(matmul(x - mean, V), V.transposed)
  }

  /// The mean ‖x − x̂‖² that no linear autoencoder with a code of k numbers can beat: Σ_{j>k} λ_j. § 9.2
  public func smallestError(_ k: Int) -> Double {
    variances.scalars.dropFirst(k).reduce(0, +)
  }
}

/// The sine of the largest angle between two subspaces of the same dimension: the largest singular value of the part of
/// one basis outside the other subspace, (I − Q_a Q_aᵀ) Q_b. § 9.2
///
/// 0 for equal subspaces, 1 if a direction of one is orthogonal to all of the other. a, b: columns that span them [D×k]
public func sineOfLargestAngle(between a: Tensor, and b: Tensor) -> Double {
  let (Qa, Qb) = (LinearAlgebra.qr(a).q, LinearAlgebra.qr(b).q)
  return LinearAlgebra.singularValues(Qb - matmul(Qa, matmul(Qa.transposed, Qb))).max().item
}
