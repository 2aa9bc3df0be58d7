// A distribution with density, posterior and score in closed form, from which samples can be drawn.

import Foundation
import Messages
import Tensors

/// A weighted sum of Gaussian densities: p(x) = Σₖ πₖ N(x; μₖ, Lₖ Lₖᵀ).
public struct GaussianMixture: Sendable {
  /// One Gaussian of the mixture.
  public struct Component: Sendable {
    /// π, the weight of this component.
    public let weight: Double
    /// μ, the mean.
    public let mean: [Double]
    /// L, the lower triangular matrix with a positive diagonal such that the covariance is L Lᵀ, row by row.
    public let factor: [[Double]]

    /// The component with the covariance L Lᵀ for L = `factor`.
    public init(weight: Double, mean: [Double], factor: [[Double]]) {
      let isTriangle =
        factor.count == mean.count
        && factor.indices.allSatisfy { factor[$0].count == mean.count && factor[$0][$0] > 0 }
      require(
        isTriangle,
        "cannot make a Gaussian with mean \(mean) of the factor \(factor): "
          + "it must be a lower triangle of the same size with a positive diagonal")
      (self.weight, self.mean, self.factor) = (weight, mean, factor)
    }

    /// The round component with the same standard deviation in every direction.
    public init(weight: Double, mean: [Double], deviation: Double) {
      let rows = mean.indices.map { row in mean.indices.map { $0 == row ? deviation : 0 } }
      self.init(weight: weight, mean: mean, factor: rows)
    }
  }

  /// The Gaussians, with weights that add up to 1.
  public let components: [Component]

  /// The mixture of these components, with weights scaled so that they add up to 1.
  public init(_ components: [Component]) {
    let total = components.reduce(0) { $0 + $1.weight }
    require(
      total > 0 && components.allSatisfy { $0.weight >= 0 },
      "cannot mix Gaussians with weights \(components.map(\.weight)): they must be ≥ 0 with a positive sum")
    require(
      components.allSatisfy { $0.mean.count == components[0].mean.count },
      "cannot mix Gaussians of \(components.map(\.mean.count)) dimensions: the dimensions must be equal")
    self.components = components.map { Component(weight: $0.weight / total, mean: $0.mean, factor: $0.factor) }
  }

  /// The number of coordinates of a point.
  public var dimension: Int { components[0].mean.count }

  /// log p(x).
  public func logDensity(at x: [Double]) -> Double { logSumOfExponentials(components.map { $0.logTerm(at: x) }) }

  /// p(k | x) = πₖ N(x; μₖ, Σₖ) / p(x) for every component k: the probability that it produced x.
  public func posterior(at x: [Double]) -> [Double] {
    let terms = components.map { $0.logTerm(at: x) }
    let total = logSumOfExponentials(terms)
    return terms.map { exp($0 - total) }
  }

  /// The score ∇ log p(x) = −Σₖ p(k | x) Σₖ⁻¹ (x − μₖ), the direction in which the density grows fastest.
  public func score(at x: [Double]) -> [Double] {
    zip(posterior(at: x), components).reduce(into: [Double](repeating: 0, count: dimension)) { sum, part in
      let pull = part.1.pull(at: x)
      for axis in sum.indices { sum[axis] -= part.0 * pull[axis] }
    }
  }

  /// `count` points drawn from the mixture, x = μₖ + Lₖ z with z standard normal. The label of a point is its component
  /// k.
  public func sample(count: Int, from source: RandomSource) -> LabeledPoints {
    let labels = (0..<count).map { _ in source.categorical(components.map(\.weight)) }
    let coordinates = labels.flatMap { label in
      let noise = (0..<dimension).map { _ in source.normal() }
      return zip(components[label].mean, components[label].factor).map { $0 + dot($1, noise) }
    }
    return LabeledPoints(dimension: dimension, coordinates: coordinates, labels: labels)
  }
}

extension GaussianMixture {
  /// Equal, round Gaussians at equal distances on a circle around the origin, a common test of a generator's diversity.
  public static func ring(of count: Int = 8, radius: Double = 2, deviation: Double = 0.1) -> GaussianMixture {
    GaussianMixture(
      (0..<count).map { index in
        let angle = 2 * Double.pi * Double(index) / Double(count)
        return Component(weight: 1, mean: [radius * cos(angle), radius * sin(angle)], deviation: deviation)
      })
  }
}

extension GaussianMixture.Component {
  /// L⁻¹ (x − μ): standard normal if x is drawn from this component.
  fileprivate func whitened(_ x: [Double]) -> [Double] {
    require(x.count == mean.count, "cannot place \(x) in a mixture of \(mean.count) dimensions")
    return solved(zip(x, mean).map { $0 - $1 })
  }

  /// L⁻¹ v, by forward substitution.
  func solved(_ v: [Double]) -> [Double] {
    v.indices.reduce(into: []) { z, row in
      z.append((v[row] - dot(factor[row].prefix(row), z)) / factor[row][row])
    }
  }

  /// log πₖ N(x; μₖ, Σₖ) = log πₖ − ½ ‖z‖² − Σᵢ log Lᵢᵢ − D/2 log 2π, where z = L⁻¹ (x − μ).
  fileprivate func logTerm(at x: [Double]) -> Double {
    let z = whitened(x)
    return logScale - dot(z, z) / 2
  }

  /// log πₖ − Σᵢ log Lᵢᵢ − D/2 log 2π.
  var logScale: Double {
    let logDeterminant = mean.indices.reduce(0) { $0 + log(factor[$1][$1]) }
    return log(weight) - logDeterminant - Double(mean.count) / 2 * log(2 * Double.pi)
  }

  /// Σ⁻¹ (x − μ) = L⁻ᵀ L⁻¹ (x − μ), by backward substitution.
  fileprivate func pull(at x: [Double]) -> [Double] {
    var pull = whitened(x)
    for row in mean.indices.reversed() {
      for later in mean.indices.dropFirst(row + 1) { pull[row] -= factor[later][row] * pull[later] }
      pull[row] /= factor[row][row]
    }
    return pull
  }
}

private func dot(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

/// log Σ exp aᵢ, without overflow for any aᵢ.
private func logSumOfExponentials(_ terms: [Double]) -> Double {
  let greatest = terms.max() ?? -.infinity
  return greatest.isFinite ? greatest + log(terms.reduce(0) { $0 + exp($1 - greatest) }) : greatest
}
