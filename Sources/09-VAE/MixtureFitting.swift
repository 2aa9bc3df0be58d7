// § 9.10  A density with latent classes, fitted by expectation maximization

import DataSets
import GAN
import Messages
import Tensors

extension GaussianMixture {
  /// One step of expectation maximization: the posterior p(k | x) of every point, then the weights, means and
  /// covariances with the largest likelihood given it. Dempster, Laird and Rubin (1977). [N×D]
  ///
  /// With q(k) = p(k | x) the bound (9.8) equals log p(x), and then it is maximized: so the log-likelihood never falls.
  /// `smallest` is added to the variances. Throws if a covariance has no Cholesky factor.
  public func maximized(on x: Tensor, smallest: Double = 0) throws -> GaussianMixture {
    let x = x.converted(to: .double)
    return try GaussianMixture(fitting: x, memberships: posterior(of: x), smallest: smallest)
  }

  /// A mixture of K Gaussians fitted to points, and the mean log-likelihood before each step and at the end. [N×D]
  ///
  /// It starts with isotropic Gaussians at points that are far from each other, drawn as in k-means++ (Arthur and
  /// Vassilvitskii, 2007), and ends when a step adds less than `tolerance` nats a point.
  public static func fitted(
    to x: Tensor, components K: Int, steps: Int = 200, tolerance: Double = 1e-6, smallest: Double = 0,
    random: RandomSource
  ) throws -> (mixture: GaussianMixture, logLikelihoods: [Double]) {
    require(
      x.rank == 2 && K >= 1 && x.shape[0] > K,
      "cannot fit \(K) Gaussians to points \(x.shape): more rows than Gaussians are needed, [N×D]")
    let x = x.converted(to: .double)
    var mixture = start(at: x, K, random)
    var course = [mixture.logDensity(of: x).mean().item]
    for _ in 0..<steps {
      mixture = try mixture.maximized(on: x, smallest: smallest)
      course.append(mixture.logDensity(of: x).mean().item)
      if course[course.count - 1] - course[course.count - 2] < tolerance { break }
    }
    return (mixture, course)
  }

  /// Equal isotropic Gaussians: each mean is drawn with probability ∝ its squared distance from the nearest earlier
  /// mean.
  private static func start(at x: Tensor, _ K: Int, _ random: RandomSource) -> GaussianMixture {
    var means = [x[random.integer(below: x.shape[0])]]
    var distances = (x - means[0]).squared().sum(axes: [1])
    while means.count < K {
      require(
        distances.sum().item > 0,
        "cannot start \(K) Gaussians: the \(x.shape[0]) points have only \(means.count) different values")
      means.append(x[random.categorical(distances.scalars)])
      distances = minimum(distances, (x - means[means.count - 1]).squared().sum(axes: [1]))
    }
    let deviation = (distances.mean() / Double(x.shape[1]) + 1e-6 * x.variance(axes: [0]).mean()).squareRoot().item
    return GaussianMixture(means.map { Component(weight: 1, mean: $0.scalars, deviation: deviation) })
  }
}
