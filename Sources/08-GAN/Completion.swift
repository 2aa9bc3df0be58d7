// Remark 8.3  Uses of a density besides sampling

import DataSets
import Messages
import Tensors

extension GaussianMixture {
  /// The distribution of the missing coordinates of a point (nil) given the others: a mixture again. Remark 8.3
  ///
  /// Its weights are proportional to πₖ N(x_o; μ_o, Σ_oo), its means are μ_m + Σ_mo Σ_oo⁻¹ (x_o − μ_o), and its
  /// covariances are Σ_mm − Σ_mo Σ_oo⁻¹ Σ_om, where o are the known coordinates and m the missing ones.
  public func conditional(given known: [Double?]) throws(LinearAlgebraError) -> GaussianMixture {
    let observed = known.indices.filter { known[$0] != nil }, missing = known.indices.filter { known[$0] == nil }
    require(
      known.count == dimension && !missing.isEmpty,
      "cannot complete a point of \(known.count) coordinates, \(observed.count) of them known, in a mixture of "
        + "\(dimension) dimensions: \(dimension) are needed, at least one of them nil")
    let x = Tensor(observed.compactMap { known[$0] }, scalarType: .double)
    var parts: [Component] = [], scores: [Tensor] = []
    for component in components {
      let (score, part) = try component.conditional(on: observed, x, missing: missing)
      parts.append(part)
      scores.append(score)
    }
    let weights = Tensor.stacked(scores, axis: 0).softmax().scalars
    return GaussianMixture(zip(weights, parts).map { Component(weight: $0, mean: $1.mean, factor: $1.factor) })
  }
}

extension GaussianMixture.Component {
  /// log πₖ N(x_o; μ_o, Σ_oo) up to a constant, and the Gaussian of the missing coordinates given x_o.
  ///
  /// With the known coordinates first, Σ = L Lᵀ and z = L_oo⁻¹ (x_o − μ_o), the mean is μ_m + L_mo z and the factor
  /// L_mm.
  fileprivate func conditional(
    on observed: [Int], _ x: Tensor, missing: [Int]
  ) throws(LinearAlgebraError) -> (score: Tensor, part: Self) {
    let (order, o) = (observed + missing, 0..<observed.count)
    let m = o.upperBound..<order.count
    let μ = Tensor(mean, scalarType: .double).gathered(order)
    let L = try LinearAlgebra.cholesky(covariance.gathered(order).gathered(order, axis: 1))
    let factor = m.map { L[$0][m].scalars }
    var (score, center) = (Tensor(weight, scalarType: .double).log(), μ[m])
    if !o.isEmpty {
      let L_oo = L[o][o, axis: 1]
      let z = try LinearAlgebra.solve(L_oo, x - μ[o])
      score = score - 0.5 * z.squared().sum() - LinearAlgebra.logDeterminant(L_oo).logarithm
      center = center + matmul(L[m][o, axis: 1], z)
    }
    return (score, Self(weight: 1, mean: center.scalars, factor: factor))
  }
}

/// The share of the planted points whose density is among the lowest `share` of all points: how many of them the
/// anomaly score −log p(x) finds. Remark 8.3
public func detectedShare(
  of planted: Tensor, among ordinary: Tensor, lowest share: Double, by logDensity: (Tensor) -> Tensor
) -> Double {
  let scores = logDensity(planted).scalars
  let all = (scores + logDensity(ordinary).scalars).sorted()
  let limit = all[max(0, Int(share * Double(all.count)) - 1)]
  return Double(scores.count { $0 <= limit }) / Double(scores.count)
}
