// § 8.3.1, § 8.5  Players for points in the plane

import DataSets
import Foundations
import Messages
import Tensors
import Training

/// A GAN of two multilayer perceptrons that learns a mixture of Gaussians in the plane. § 8.3.1
public struct PointGame: Sendable {
  /// The distribution of the real points.
  public var mixture: GaussianMixture
  /// The losses and steps of both players.
  public var recipe: AdversarialRecipe
  /// The neurons of both hidden layers of each player.
  public var width = 128
  /// The number of latent variables.
  public var latent = 2

  /// The game on a mixture, with both of Adam's rates 10⁻³ and β₁ = ½.
  public init(_ mixture: GaussianMixture, discriminatorSteps: Int = 1, generatorSteps: Int = 1, realPenalty: Double = 0)
  {
    self.mixture = mixture
    recipe = AdversarialRecipe()
    (recipe.generatorRate, recipe.discriminatorRate) = (1e-3, 1e-3)
    (recipe.discriminatorSteps, recipe.generatorSteps) = (discriminatorSteps, generatorSteps)
    recipe.realPenalty = realPenalty
  }

  /// New players: z → width → width → point, and point → width → width → logit, with ReLU.
  public func players(random: RandomSource) -> Adversaries<MLP, MLP> {
    let D = mixture.dimension
    return Adversaries(
      MLP([latent, width, width, D], random: random), against: MLP([D, width, width, 1], random: random), recipe: recipe
    )
  }

  /// A new generator that takes the component of the mixture as its label. § 8.5
  public func conditionalGenerator(random: RandomSource) -> ConditionalGenerator<MLP> {
    let K = mixture.components.count
    return ConditionalGenerator(MLP([latent + K, width, width, mixture.dimension], random: random), classes: K)
  }

  /// A new discriminator that takes the component of the mixture as its label, embedded in K numbers. § 8.5
  public func conditionalDiscriminator(random: RandomSource) -> ConditionalDiscriminator<MLP> {
    let (D, K) = (mixture.dimension, mixture.components.count)
    return ConditionalDiscriminator(
      MLP([D + K, width, width, 1], random: random), classes: K, shape: [K], random: random)
  }

  /// Trains conditional players on drawn points with their components as labels. § 8.5
  public func trained<G: ConditionalNetwork, D: ConditionalNetwork>(
    _ generator: G, against discriminator: D, points count: Int, plan: TrainingPlan, random: RandomSource
  ) -> (generator: G, history: History) {
    let real = mixture.sample(count: count, from: random)
    var players = Adversaries(generator, against: discriminator, recipe: recipe)
    let history = trainAgainst(
      &players, on: real.points, labels: real.labels, noise: [latent], plan: plan, random: random)
    return (players.generator, history)
  }

  /// The share of generated points that lie at the requested mode, with the same number of points for each mode.
  public func obedience(of G: some ConditionalNetwork, perMode n: Int, random: RandomSource) -> Double {
    let labels = mixture.components.indices.flatMap { k in [Int](repeating: k, count: n) }
    let modes = ModeCoverage.modes(of: G(random.normal([labels.count, latent]), labels), in: mixture)
    return Double(zip(modes, labels).count { $0 == $1 }) / Double(labels.count)
  }

  /// Trains new players on drawn points. For each epoch the history has the losses, and "share", "recovered", "label
  /// entropy" and "classes" of 1,000 points from a fixed noise; the players keep 400 of these points as a snapshot.
  public func trained(
    points count: Int, plan: TrainingPlan, random: RandomSource, say: @escaping (String) -> Void = { _ in }
  ) -> (players: Adversaries<MLP, MLP>, history: History) {
    var players = players(random: random)
    let real = mixture.sample(count: count, from: random).points
    let fixed = random.normal([1_000, latent])
    var watch = CollapseWatch(classes: mixture.components.count, say: say)
    watch.firstEpoch = max(2, plan.epochs / 5)
    let history = trainAgainst(&players, on: real, noise: [latent], plan: plan, random: random) { players, epoch in
      let made = players.generator(fixed)
      players.snapshots.frames.append(made.sliced(0..<400, axis: 0))
      let modes = ModeCoverage.modes(of: made, in: mixture)
      let coverage = ModeCoverage(of: made, in: mixture)
      return players.watched(by: watch, labels: modes, epoch: epoch.number).merging([
        "share": coverage.share, "recovered": Double(coverage.recovered(least: 2)),
      ]) { own, _ in own }
    }
    return (players, history)
  }
}
