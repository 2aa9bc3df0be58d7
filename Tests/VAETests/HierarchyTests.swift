import Checking
import DataSets
import Distributions
import Tensors
import Testing
import Training
import VAE
import ch09

@Suite("§ 9.10 Two levels of latent variables")
struct HierarchyTests {
  private let random = RandomSource(seed: 10)
  private var model: LinearHierarchy {
    LinearHierarchy(
      upper: spread([3, 2]), lower: spread([4, 3], offset: 20), upperDeviation: 0.6, lowerDeviation: 0.4)
  }
  private var x: Tensor { 2 * spread([4], offset: 70) }

  /// A q near the exact posterior, moved by random amounts.
  private func other(than q: LinearHierarchy.Posterior, by size: Double) -> LinearHierarchy.Posterior {
    func moved(_ M: Tensor) -> Tensor { M + size * random.normal(M.shape, scalarType: .double) }
    func spread(_ S: Tensor) -> Tensor {
      let R = size * random.normal(S.shape, scalarType: .double)
      return S + matmul(R, R.transposed)
    }
    return LinearHierarchy.Posterior(
      upperMean: moved(q.upperMean), upperCovariance: spread(q.upperCovariance), lowerMean: moved(q.lowerMean),
      lowerSlope: moved(q.lowerSlope), lowerCovariance: spread(q.lowerCovariance))
  }

  @Test("§ 9.10: the hierarchical bound is log p at the exact posterior, and below it for 20 others")
  func bound() throws {
    let (model, x) = (model, x)
    let (q, logP) = (try model.posterior(), try model.logEvidence(of: x))
    #expect(abs(model.terms(of: x, under: q).bound - logP) < 1e-10)
    for trial in 0..<20 {
      let bound = model.terms(of: x, under: other(than: q, by: trial < 10 ? 0.5 : 0.01)).bound
      #expect(bound < logP - 1e-7)
    }
  }

  @Test("§ 9.10: log p of the two levels is the mean of p(x | z₁) over draws, and the terms are means over draws of q")
  func draws() throws {
    let (model, x, n) = (model, x, 40_000)
    let z₂ = random.normal([n, 2], scalarType: .double)
    let z₁ = matmul(z₂, model.upper.transposed) + 0.6 * random.normal([n, 3], scalarType: .double)
    func logLikelihood(_ z₁: Tensor) -> Tensor {
      let mean = matmul(z₁, model.lower.transposed)
      return Normal(mean: mean, logVariance: 0 * mean + 2 * Tensor(0.4, scalarType: .double).log())
        .logDensity(at: x.broadcast(to: mean.shape)).sum(axes: [1])
    }
    let p = logLikelihood(z₁).exp()
    let error = (p.variance() / Double(n)).squareRoot().item
    let logP = try model.logEvidence(of: x)
    #expect(abs(p.mean().item - Tensor(logP, scalarType: .double).exp().item) < 4 * error)

    let q = other(than: try model.posterior(), by: 0.3)
    func drawn(_ mean: Tensor, _ covariance: Tensor) throws -> Tensor {
      mean
        + matmul(
          random.normal([n, covariance.shape[0]], scalarType: .double),
          try LinearAlgebra.cholesky(covariance).transposed)
    }
    let u₂ = try drawn(matmul(q.upperMean, x).broadcast(to: [n, 2]), q.upperCovariance)
    let u₁ = try drawn(matmul(q.lowerMean, x) + matmul(u₂, q.lowerSlope.transposed), q.lowerCovariance)
    let reconstruction = logLikelihood(u₁)
    let exact = model.terms(of: x, under: q)
    #expect(
      abs(reconstruction.mean().item - exact.reconstruction)
        < 4 * (reconstruction.variance() / Double(n)).squareRoot().item)
    func logDensity(_ z: Tensor, _ mean: Tensor, _ S: Tensor) throws -> Tensor {
      let gap = z - mean
      let distance = (gap * matmul(gap, try LinearAlgebra.inverse(S))).sum(axes: [1])
      let constant = Double(z.shape[1]) * 1.8378770664093453 + LinearAlgebra.logDeterminant(S).logarithm
      return -0.5 * (distance + constant)
    }
    // log q(z₂ | x) − log p(z₂) and log q(z₁ | x, z₂) − log p(z₁ | z₂), by the densities.
    let upper =
      try logDensity(u₂, matmul(q.upperMean, x), q.upperCovariance)
      - logDensity(u₂, 0 * u₂, Tensor.identity(2, scalarType: .double))
    #expect(abs(upper.mean().item - exact.upperDivergence) < 4 * (upper.variance() / Double(n)).squareRoot().item)
    let lower =
      try logDensity(u₁, matmul(q.lowerMean, x) + matmul(u₂, q.lowerSlope.transposed), q.lowerCovariance)
      - logDensity(u₁, matmul(u₂, model.upper.transposed), 0.36 * Tensor.identity(3, scalarType: .double))
    #expect(abs(lower.mean().item - exact.lowerDivergence) < 4 * (lower.variance() / Double(n)).squareRoot().item)
  }

  @Test("(9.8), § 9.10: the network's lower divergence is that of two normals, and 0 where the encoder finds nothing")
  func network() {
    let model = HierarchicalAutoencoder(inputs: 9, hidden: 6, upper: 2, lower: 3, random: random)
      .converted(to: .double)
    let x = 0.5 + 0.5 * spread([5, 9])
    let ε = random.normal([5, 5], scalarType: .double)
    let terms = model.evidence(of: x, noise: ε)
    #expect(terms.divergences.shape == [5, 5] && terms.reconstruction.shape == [5])
    // p(z₁ | z₂) = N(μ, σ²) and q(z₁ | x, z₂) = N(μ + σ Δμ, (σ Δσ)²) as distributions of their own.
    func normal(_ h: Tensor) -> Normal {
      let d = h.shape[1] / 2
      return Normal(mean: h.sliced(0..<d, axis: 1), logVariance: h.sliced(d..<2 * d, axis: 1))
    }
    let h = model.encoder(x)
    let z₂ = normal(model.upper(h)).mean + normal(model.upper(h)).standardDeviation * ε.sliced(0..<2, axis: 1)
    let (p, Δ) = (normal(model.prior(z₂)), normal(model.lower(.concatenated([h, z₂], axis: 1))))
    let q = Normal(mean: p.mean + p.standardDeviation * Δ.mean, logVariance: p.logVariance + Δ.logVariance)
    expectClose(terms.divergences.sliced(2..<5, axis: 1), q.klDivergence(to: p), tolerance: 1e-10, scale: 1)
    var blind = model
    blind.lower = blind.lower.mapParameters { 0 * $0 }
    blind.upper = blind.upper.mapParameters { 0 * $0 }
    let nothing = blind.evidence(of: x, noise: ε)
    #expect(nothing.divergences.abs().max().item == 0)
    // Then z has the prior's law, and the decoder's means are those of `generated`.
    let means = blind.generated(noise: ε)
    let expected = (x * means.log() + (1 - x) * (1 - means).log()).sum(axes: [1])
    expectClose(nothing.reconstruction, expected, tolerance: 1e-10, scale: 1)
    #expect(unlistedParameters(in: model).isEmpty)
  }

  @Test("§ 9.10: the table has the KL of the first eight latent variables as that of z₂, and the others' as that of z₁")
  func levels() throws {
    let model = HierarchicalAutoencoder(inputs: 9, hidden: 12, upper: 8, lower: 16, random: RandomSource(seed: 1))
    let x = RandomSource(seed: 2).uniform([20, 9])
    let measure = EvidenceMeasure(of: model, on: x, random: RandomSource(seed: 3))
    let row = boundTable(measure, measure, 1, 2).csv.split(separator: "\r\n")[2].split(separator: ",")
    let cells = try row.suffix(6).map { try #require(Double($0)) }
    let terms = model.evidence(of: x, noise: .zeros([20, 24])).divergences.mean(axes: [0]).scalars
    let upper = terms[..<8].reduce(0, +)  // it does not depend on the noise
    #expect(abs(cells[2] - upper) < 1e-4 && abs(cells[3] - upper) > 0.01, "\(cells), \(upper)")
    #expect(abs(cells[1] - cells[2] - cells[3]) < 1e-9 && abs(cells[4] - cells[0] - cells[1]) < 1e-9)
  }
}
