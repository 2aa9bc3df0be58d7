// § 9.9, § 9.9.1  The information in the latent variables of a model

import Distributions
import Messages
import Tensors
import Training

/// Both terms of the bound on some examples, such as test images, and the share of each latent variable in them. § 9.9,
/// Remark 9.10
public struct EvidenceMeasure: Sendable {
  /// The mean of −log p(x | z) over the examples, at one sample z ∼ q(z | x) each, in nats.
  public let reconstruction: Double
  /// The mean KL(q(z_j | x) ‖ N(0, 1)) of each latent variable, in nats. [d]
  public let divergences: [Double]
  /// The variance over the examples of each mean μ_j(x). [d]
  public let meanVariances: [Double]

  /// The terms of a model on examples, which are encoded in evaluation mode, 500 at a time. x: [N×…]
  public init<M: EvidenceModel>(of model: M, on x: Tensor, random: RandomSource) {
    let (N, d) = (x.shape[0], model.latentCount)
    var (reconstruction, divergences, means) = (0.0, Tensor.zeros([d], scalarType: .double), [Tensor]())
    for start in stride(from: 0, to: N, by: 500) {
      let batch = x[start..<min(start + 500, N)]
      let terms = model.evidence(
        of: batch, noise: random.normal([batch.shape[0], d], scalarType: x.scalarType))
      reconstruction -= terms.reconstruction.converted(to: .double).sum().item
      divergences += terms.divergences.converted(to: .double).sum(axes: [0])
      means.append(model.encoded(batch).mean.converted(to: .double))
    }
    self.reconstruction = reconstruction / Double(N)
    self.divergences = (divergences / Double(N)).scalars
    meanVariances = Tensor.concatenated(means, axis: 0).variance(axes: [0]).scalars
  }

  /// The mean KL(q(z | x) ‖ p(z)), in nats.
  public var divergence: Double { divergences.reduce(0, +) }

  /// The loss in nats per example: reconstruction + β KL. (9.23)
  public func loss(β: Double = 1) -> Double { reconstruction + β * divergence }

  /// The latent variables that are in use: Var μ_j > 0.01 and KL_j > 0.01 nats. Definition 9.11
  ///
  /// The first condition is that of Burda et al. (2016). A unit with KL_j near 0 equals the prior for every example.
  public var activeUnits: [Int] { divergences.indices.filter { meanVariances[$0] > 0.01 && divergences[$0] > 0.01 } }

  /// The latent variables in the order of their KL, the largest first.
  public var unitsByDivergence: [Int] {
    divergences.indices.sorted { (divergences[$1], $0) < (divergences[$0], $1) }
  }
}

/// The slopes −ΔR/ΔKL between neighbours on a curve of reconstruction R against KL, in the order of β. § 9.9
///
/// If each point minimizes R + β KL, the slope between β₁ and β₂ lies in [β₁, β₂]: neither point may be better for the
/// other's β.
public func tradeOffSlopes(_ points: [(reconstruction: Double, divergence: Double)]) -> [Double] {
  zip(points, points.dropFirst()).map { a, b in
    (b.reconstruction - a.reconstruction) / (a.divergence - b.divergence)
  }
}
