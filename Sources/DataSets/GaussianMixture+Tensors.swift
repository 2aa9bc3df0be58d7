// A mixture of Gaussians at many points at once, as differentiable tensors, and mixtures derived from a mixture.

import Messages
public import Tensors

extension GaussianMixture {
  /// log p(x) of every row of x. [N×D] → [N]
  public func logDensity(of x: Tensor) -> Tensor { logTerms(of: x).logSumExp(axes: [1]) }

  /// p(k | x) for every row of x and every component k. [N×D] → [N×K]
  public func posterior(of x: Tensor) -> Tensor { logTerms(of: x).softmax(axis: 1) }

  /// The score ∇ log p(x) = −Σₖ p(k | x) Σₖ⁻¹ (x − μₖ) of every row of x. [N×D] → [N×D]
  public func score(of x: Tensor) -> Tensor {
    let posterior = posterior(of: x)
    return components.enumerated().map { k, component in
      // Σ⁻¹ (x − μ) = L⁻ᵀ z for z = L⁻¹ (x − μ), with examples as rows.
      -posterior.sliced(k..<k + 1, axis: 1) * matmul(component.whitened(x), component.inverseFactor(like: x))
    }.reduce(Tensor.zeros(x.shape, scalarType: x.scalarType), +)
  }

  /// log πₖ N(x; μₖ, Σₖ) for every row of x and every component k. [N×D] → [N×K]
  private func logTerms(of x: Tensor) -> Tensor {
    require(
      x.rank == 2 && x.shape[1] == dimension,
      "cannot place points \(x.shape) in a mixture of \(dimension) dimensions: shape [N×\(dimension)] is needed")
    return Tensor.stacked(components.map { $0.logTerms(of: x) }, axis: 1)
  }
}

extension GaussianMixture.Component {
  /// z = L⁻¹ (x − μ) for every row of x. [N×D] → [N×D]
  fileprivate func whitened(_ x: Tensor) -> Tensor {
    matmul(x - Tensor(mean, scalarType: x.scalarType), inverseFactor(like: x).transposed)
  }

  fileprivate func logTerms(of x: Tensor) -> Tensor { logScale - whitened(x).squared().sum(axes: [1]) / 2 }

  /// L⁻¹. [D×D]
  fileprivate func inverseFactor(like x: Tensor) -> Tensor {
    let columns = mean.indices.map { column in solved(mean.indices.map { $0 == column ? 1 : 0 }) }
    return Tensor(columns.flatMap { $0 }, shape: [mean.count, mean.count], scalarType: x.scalarType).transposed
  }

  /// The component of √ᾱ x + √(1 − ᾱ) ε.
  fileprivate func diffused(signalShare ᾱ: Double) throws -> Self {
    let L = Tensor(factor.flatMap { $0 }, shape: [mean.count, mean.count], scalarType: .double)
    let covariance = ᾱ * matmul(L, L.transposed) + (1 - ᾱ) * Tensor.identity(mean.count, scalarType: .double)
    let rows = try LinearAlgebra.cholesky(covariance)
    return Self(
      weight: weight, mean: mean.map { ᾱ.squareRoot() * $0 }, factor: mean.indices.map { rows[$0].scalars })
  }
}

// MARK: - Derived mixtures

extension GaussianMixture {
  /// Equal, round Gaussians on a square grid around the origin: `count` of them, a square number, at distance
  /// `spacing`.
  public static func grid(of count: Int = 25, spacing: Double = 2, deviation: Double = 0.05) -> GaussianMixture {
    let side = Int(Double(count).squareRoot().rounded())
    require(
      count >= 1 && side * side == count,
      "cannot arrange \(count) Gaussians as a square: use a square number, such as 4, 9, 16 or 25")
    let middle = Double(side - 1) / 2
    return GaussianMixture(
      (0..<count).map { index in
        let place = [index / side, index % side].map { spacing * (Double($0) - middle) }
        return Component(weight: 1, mean: place, deviation: deviation)
      })
  }

  /// The mixture of some of the components: p(x | k ∈ set), with weights in the same proportion.
  public func conditional(on kept: Set<Int>) -> GaussianMixture {
    require(
      !kept.isEmpty && kept.allSatisfy(components.indices.contains),
      "cannot keep the components \(kept.sorted()) of \(components.count): choose from 0 to \(components.count - 1)"
    )
    return GaussianMixture(kept.sorted().map { components[$0] })
  }

  /// The distribution of √ᾱ x + √(1 − ᾱ) ε for x from this mixture and ε ∼ N(0, I): again a mixture, with means √ᾱ μₖ
  /// and covariances ᾱ Σₖ + (1 − ᾱ) I. ᾱ = 1 gives the mixture itself, ᾱ = 0 gives N(0, I).
  public func diffused(signalShare ᾱ: Double) -> GaussianMixture {
    require(0...1 ~= ᾱ, "cannot diffuse a mixture to a signal share of \(ᾱ): it must be in 0...1")
    do { return GaussianMixture(try components.map { try $0.diffused(signalShare: ᾱ) }) } catch {
      fatalError("cannot diffuse a mixture with a covariance that is not positive definite: \(error)")
    }
  }
}
