// § 9.1, § 9.3.1  The integral over the latent space: by quadrature and by Monte Carlo

import Distributions
import GAN
import Messages
import Tensors

/// log p(x, z) of one example x as a function of z, for any decoder and the prior N(0, I). § 9.1
public struct JointDensity: Sendable {
  /// The number of latent variables: d.
  public let latentCount: Int
  /// log p(x | z) of this x, for every row of z. [N×d] → [N]
  public let logLikelihood: @Sendable (_ z: Tensor) -> Tensor

  /// The joint density of an example whose log p(x | z) is this function of z, [N×d] → [N].
  public init(latentCount d: Int, logLikelihood: @escaping @Sendable (_ z: Tensor) -> Tensor) {
    (latentCount, self.logLikelihood) = (d, logLikelihood)
  }

  /// log p(x, z) = log p(x | z) + log p(z). [N×d] → [N]
  public func callAsFunction(_ z: Tensor) -> Tensor { logLikelihood(z) + logPrior(of: z) }

  /// log p(x) = log ∫ p(x | z) p(z) dz by quadrature. (9.2)
  public func logMarginal(on grid: LatentGrid) -> Double { grid.logIntegral(of: self(grid.points)).item }

  /// p(x) ≈ 1/K Σₖ p(x | zₖ) with zₖ ∼ p(z): plain Monte Carlo. § 9.3.1
  public func priorSampling(draws K: Int, random: RandomSource) -> SampledIntegral {
    SampledIntegral(logTerms: logLikelihood(random.normal([K, latentCount], scalarType: .double)))
  }
}

/// log p(z) = log N(z; 0, I) for every vector along the last axis. […×d] → […]
public func logPrior(of z: Tensor) -> Tensor {
  Normal.standard(z.shape, scalarType: z.scalarType).logDensity(at: z).sum(axes: [-1])
}

/// The mean of positive random terms that are given by their logarithms: an estimate of an integral.
public struct SampledIntegral: Sendable {
  /// log (1/K Σₖ wₖ), the logarithm of the estimate.
  public let logarithm: Double
  /// The estimated standard error of the mean, divided by the mean: √(Var w / K) / E[w].
  public let relativeError: Double
  /// (Σ wₖ)² / Σ wₖ²: the number of equal terms that would count as much.
  public let effectiveTerms: Double

  /// The mean of the terms with these logarithms. [K]
  public init(logTerms l: Tensor) {
    let K = Double(l.count)
    logarithm = logMeanExp(l, axis: 0).item
    effectiveTerms = (2 * l.logSumExp() - (2 * l).logSumExp()).exp().item
    relativeError = max(0, 1 / effectiveTerms - 1 / K).squareRoot()
  }
}

/// A quadrature rule for integrals over a latent space of one or two dimensions.
public struct LatentGrid: Sendable {
  /// The points. [M×d]
  public let points: Tensor
  /// The logarithms of their weights. [M]
  public let logWeights: Tensor

  /// The rule in one dimension, or its product with itself in two.
  public init(_ rule: Quadrature, dimensions d: Int) {
    require(d == 1 || d == 2, "cannot integrate over \(d) dimensions on a grid: only 1 or 2 are possible")
    let (n, x, w) = (rule.nodes.count, rule.nodes, rule.weights.log())
    if d == 1 {
      (points, logWeights) = (x.expanded(axis: 1), w)
    } else {
      let places = Array(0..<n * n)
      points = Tensor.stacked([x.gathered(places.map { $0 / n }), x.gathered(places.map { $0 % n })], axis: 1)
      logWeights = (w.expanded(axis: 1) + w).reshaped([n * n])
    }
  }

  /// The grid of −R…R in d dimensions, with this number of panels of 16 points along each axis.
  public init(dimensions d: Int, radius R: Double = 9, panels: Int = 8) {
    self.init(Quadrature(over: -R...R, panels: panels), dimensions: d)
  }

  /// log ∫ e^f dz, where f has a value for every point in its first axis; nothing overflows or underflows.
  /// [M] → scalar, [M×N] → [N]
  public func logIntegral(of f: Tensor) -> Tensor {
    let weights = f.rank == 1 ? logWeights : logWeights.expanded(axis: 1)
    return (weights.converted(to: f.scalarType) + f).logSumExp(axes: [0])
  }

  /// ∫ e^l g dz: the mean of g if l is the logarithm of a density. [M], [M] → scalar
  ///
  /// g has to be finite at every point, also where e^l is 0; for a large g = e^f use `logIntegral(of: l + f)`.
  public func integral(ofExp l: Tensor, times g: Tensor) -> Tensor { ((logWeights + l).exp() * g).sum() }
}
