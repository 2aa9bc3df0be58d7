// § 12.5.3  The games that explain a model's prediction

import Messages
import Tensors

/// What the features in S are worth for a prediction, by the mean over others' values of the remaining features:
/// f(S) = 1/M Σ_m f(x_S, z_m without S). § 12.5.3
///
/// A model has no f(S), because it needs all features, so one has to be chosen. This choice breaks the dependence
/// between features: a feature that the model does not use gets 0. A player may be several features, such as those of
/// one column.
public func marginalGame(
  of f: (Tensor) -> Tensor, at x: Tensor, background z: Tensor, players: [Range<Int>]
) -> CoalitionGame {
  let (D, M) = (x.count, z.shape[0])
  require(
    x.rank == 1 && z.rank == 2 && z.shape[1] == D && players.allSatisfy { $0.upperBound <= D },
    "cannot replace features of \(x.shape) by those of \(z.shape): [D] and [M×D] are needed")
  let isOf = players.map { range in
    Tensor((0..<D).map { range.contains($0) ? 1 : 0 }, scalarType: x.scalarType)
  }
  return CoalitionGame(players: players.count) { members in
    let own = zip(isOf, members).reduce(Tensor.zeros([D], scalarType: x.scalarType)) { $1.1 ? $0 + $1.0 : $0 }
    let values = f(own * x + (1 - own) * z)
    require(values.count == M, "cannot take the mean of scores \(values.shape): one for each row is needed")
    return values.mean().item
  }
}

/// The linear model f(x) = wᵀx + b of normal features X ∼ N(μ, Σ): its Shapley values by two choices of f(S). § 12.5.3
public struct LinearGaussianGame: Sendable {
  /// The weights w, the mean μ, and the covariance Σ. [d], [d], [d×d]
  public let w, mean, covariance: Tensor
  /// The constant b.
  public let b: Double

  /// The model with these numbers.
  public init(w: Tensor, b: Double = 0, mean μ: Tensor, covariance Σ: Tensor) {
    let d = w.count
    require(
      μ.shape == [d] && Σ.shape == [d, d],
      "cannot explain \(d) weights with a mean \(μ.shape) and a covariance \(Σ.shape): [d] and [d×d] are needed")
    (self.w, self.b, mean, covariance) = (w, b, μ, Σ)
  }

  /// f(S) = E[f(x_S, X without S)], the features without S drawn independently of x_S. Its values are φ_i = w_i (x_i −
  /// μ_i). § 12.5.3
  public func marginal(at x: Tensor) -> CoalitionGame {
    CoalitionGame(players: w.count) { members in
      let own = Tensor(members.map { $0 ? 1 : 0 }, scalarType: .double)
      return (w * (own * x + (1 - own) * mean)).sum().item + b
    }
  }

  /// f(S) = E[f(X) | X_S = x_S]: the others have the mean μ + Σ_{·S} Σ_SS⁻¹ (x_S − μ_S). § 12.5.3
  ///
  /// A feature that the model does not use gets a share if it tells something about one that it does.
  public func conditional(at x: Tensor) throws -> CoalitionGame {
    let d = w.count
    let values = try (0..<1 << d).map { S -> Double in
      let own = (0..<d).filter { S >> $0 & 1 == 1 }
      if own.isEmpty { return (w * mean).sum().item + b }
      let Σ = covariance.gathered(own, axis: 1)  // [d×|S|]
      let known = try LinearAlgebra.solve(Σ.gathered(own), (x - mean).gathered(own))
      return (w * (mean + matmul(Σ, known))).sum().item + b
    }
    return CoalitionGame(values: values)
  }
}
