// § 8.4  A critic between two normal distributions

import Foundations
import Messages
import Tensors
import Training

/// E f(x) − E f(G(z)), the value of a critic, by quadrature. (8.15) f: [N×1] → [N×1]
public func criticValue(_ f: (Tensor) -> Tensor, real: LineNormal, fake: LineNormal) -> Double {
  func values(_ x: Tensor) -> Tensor { f(x.expanded(axis: 1)).reshaped(x.shape) }
  return (real.expectation(of: values) - fake.expectation(of: values)).item
}

/// The same in D dimensions, for distributions that differ in the first coordinate, as a mean over draws.
public func criticValue(
  _ f: (Tensor) -> Tensor, real: LineNormal, fake: LineNormal, dimensions D: Int, draws: Int = 10_000,
  random: RandomSource
) -> Double {
  let (x, y) = (real.sample(draws, dimensions: D, using: random), fake.sample(draws, dimensions: D, using: random))
  return (f(x).mean() - f(y).mean()).item
}

extension AdversarialRecipe {
  /// (8.16) with λ = 10 for critics of one or two numbers, with a larger learning rate than for images.
  public static var wassersteinCritic: AdversarialRecipe {
    var recipe = AdversarialRecipe.wassersteinWithPenalty
    (recipe.discriminatorRate, recipe.beta1, recipe.beta2) = (2e-3, 0.5, 0.99)
    return recipe
  }
}

/// Trains a critic alone against a fixed generator, by the recipe's loss and constraint. Each epoch of the plan is one
/// step, on `plan.batchSize` new draws of both. (8.15), (8.16)
///
/// In D dimensions the distributions differ in the first coordinate; the others are N(0, deviation²).
@discardableResult
public func trainCritic<Critic: Module>(
  _ critic: inout Critic, by recipe: AdversarialRecipe, real: LineNormal, fake: LineNormal, dimensions D: Int = 1,
  plan: TrainingPlan, random: RandomSource
) -> History where Critic.Input == Tensor, Critic.Output == Tensor {
  let generator = Linear(weight: fake.deviation * .identity(D), bias: fake.center(D))
  var players = Adversaries(generator, against: critic, recipe: recipe)
  let B = plan.batchSize
  var plan = plan
  plan.batchSize = 1
  let history = train(&players, examples: 1, plan: plan, random: random) { players, step throws(Breakdown) in
    try players.descendDiscriminator(
      on: real.sample(B, dimensions: D, using: random), noise: random.normal([B, D]), random: random, step: step)
  }
  critic = players.discriminator
  return history
}
