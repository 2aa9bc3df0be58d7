// § 8.2.1  Both players and their training

import Backprop
import Messages
import Tensors
import Training

/// How two players are trained against each other.
public struct AdversarialRecipe: Sendable {
  /// The losses of both players.
  public var loss = AdversarialLoss.nonSaturating
  /// Adam's learning rates.
  public var generatorRate = 2e-4, discriminatorRate = 2e-4
  /// Adam's β₁ and β₂.
  public var beta1 = 0.5, beta2 = 0.999
  /// Steps of the discriminator in each round: n_critic of § 8.9. Each of them sees different real examples.
  public var discriminatorSteps = 1
  /// Steps of the generator in each round.
  public var generatorSteps = 1
  /// The factor λ of the gradient penalty (8.16); 0 for none.
  public var gradientPenalty = 0.0
  /// The factor γ of the penalty R1 at real examples; 0 for none.
  public var realPenalty = 0.0
  /// The largest absolute value of the discriminator's weights, which are clipped after each of its steps; nil for
  /// none. (8.15)
  public var clipping: Double?

  /// The recipe of Listing 8.7.
  public init() {}

  /// WGAN-GP: Gulrajani et al. (2017) train with λ = 10, five steps of the critic, and Adam with β₁ = 0, β₂ = 0.9.
  public static var wassersteinWithPenalty: AdversarialRecipe {
    var recipe = AdversarialRecipe()
    (recipe.loss, recipe.gradientPenalty, recipe.discriminatorSteps) = (.wasserstein, 10, 5)
    (recipe.generatorRate, recipe.discriminatorRate) = (1e-4, 1e-4)
    (recipe.beta1, recipe.beta2) = (0, 0.9)
    return recipe
  }
}

/// Snapshots of examples at several times of a training.
public struct Snapshots: Codable, Sendable {
  /// The examples at each time.
  public var frames: [Tensor] = []

  /// No examples yet.
  public init() {}
}

/// A generator and a discriminator with their optimizers: everything that adversarial training changes. § 8.2.1
///
/// The discriminator returns logits, or a critic's values: it has no sigmoid.
public struct Adversaries<Generator: Model, Discriminator: Model>: TrainingState {
  /// The generator G.
  public var generator: Generator
  /// The discriminator D.
  public var discriminator: Discriminator
  /// The optimizers of both players.
  public var generatorOptimizer, discriminatorOptimizer: Adam
  /// Whether the last check of the generator's examples found too few classes, as `watched` reported.
  public internal(set) var isCollapsed = false
  /// Examples that were kept during the training, for an animation; a checkpoint has them too.
  public var snapshots = Snapshots()
  /// How both are trained.
  public let recipe: AdversarialRecipe

  /// Two players and new optimizers.
  public init(_ generator: Generator, against discriminator: Discriminator, recipe: AdversarialRecipe) {
    require(
      recipe.discriminatorSteps >= 1 && recipe.generatorSteps >= 1,
      "cannot play \(recipe.discriminatorSteps) steps of the discriminator and \(recipe.generatorSteps) of the "
        + "generator in a round: at least one of each is needed")
    let bounds = [recipe.gradientPenalty, recipe.realPenalty, recipe.clipping ?? 0]
    require(
      bounds.allSatisfy { $0 >= 0 },
      "cannot train with λ = \(bounds[0]), γ = \(bounds[1]) and weights clipped at \(bounds[2]): none may be negative")
    (self.generator, self.discriminator, self.recipe) = (generator, discriminator, recipe)
    func adam(_ rate: Double) -> Adam { Adam(learningRate: rate, beta1: recipe.beta1, beta2: recipe.beta2) }
    (generatorOptimizer, discriminatorOptimizer) = (adam(recipe.generatorRate), adam(recipe.discriminatorRate))
  }

  /// The players, their optimizers, the last warning, and the snapshots.
  public static var kept: [PartialKeyPath<Self>] {
    [\.generator, \.discriminator, \.generatorOptimizer, \.discriminatorOptimizer, \.isCollapsed, \.snapshots]
  }

  /// A step of the discriminator against examples of the current generator, `fake`. They are made in training mode, so
  /// the generator's running statistics move too, but no gradient reaches the generator.
  ///
  /// `judged` is D(x), or D(x, y) for the labels of the batch.
  public mutating func descendDiscriminator(
    on real: Tensor, random: RandomSource, step: TrainingStep, fake: (Generator) -> Tensor,
    judged: (Discriminator, Tensor) -> Tensor
  ) throws(Breakdown) {
    let (recipe, fake) = (recipe, generator.observing(fake))
    let x̂ = recipe.gradientPenalty > 0 ? interpolated(real, fake, using: random) : nil
    try step.descend(&discriminator, with: &discriminatorOptimizer, player: "discriminator") { D in
      var loss = recipe.loss.discriminator(real: judged(D, real), fake: judged(D, fake))
      if let x̂ { loss = loss + recipe.gradientPenalty * gradientPenalty(at: x̂, of: { judged(D, $0) }) }
      if recipe.realPenalty > 0 { loss = loss + recipe.realPenalty * GAN.realPenalty(at: real, of: { judged(D, $0) }) }
      return loss
    }
    if let c = recipe.clipping { discriminator = discriminator.mapParameters { $0.clamped(to: -c...c) } }
  }

  /// A step of the generator, which makes `fake`. The discriminator's parameters stay the same, but these examples
  /// update its running statistics, as in PyTorch.
  public mutating func descendGenerator(
    step: TrainingStep, fake: (Generator) -> Tensor, judged: (Discriminator, Tensor) -> Tensor
  ) throws(Breakdown) {
    let loss = recipe.loss
    var observer = discriminator
    try step.descend(&generator, with: &generatorOptimizer, player: "generator") { G in
      observer = discriminator
      return observer.observing { D in loss.generator(fake: judged(D, fake(G))) }
    }
    discriminator = observer
  }
}

extension Adversaries
where
  Generator: Module, Discriminator: Module, Generator.Input == Tensor, Generator.Output == Tensor,
  Discriminator.Input == Tensor, Discriminator.Output == Tensor
{
  /// A step of the discriminator on real examples and on those made of the noise z.
  public mutating func descendDiscriminator(
    on real: Tensor, noise z: Tensor, random: RandomSource, step: TrainingStep
  ) throws(Breakdown) {
    try descendDiscriminator(
      on: real, random: random, step: step, fake: { G in G(z) }, judged: { D, x in D(x) })
  }

  /// A step of the generator from the noise z.
  public mutating func descendGenerator(noise z: Tensor, step: TrainingStep) throws(Breakdown) {
    try descendGenerator(step: step, fake: { G in G(z) }, judged: { D, x in D(x) })
  }
}

/// Trains two players against each other: each round has the recipe's steps of the discriminator, each with different
/// real examples, then those of the generator. § 8.2.1, Listing 8.7
///
/// A round takes `plan.batchSize` examples for each step of the discriminator; the last examples of an epoch that do
/// not fill a round are skipped. The history has the mean losses "discriminator" and "generator". Noise is drawn from
/// N(0, I) in the given shape. `evaluate` is called after every epoch.
@discardableResult
public func trainAgainst<G: Module, D: Module>(
  _ players: inout Adversaries<G, D>, on real: Tensor, noise shape: [Int], plan: TrainingPlan, random: RandomSource,
  evaluate: (inout Adversaries<G, D>, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
) -> History where G.Input == Tensor, G.Output == Tensor, D.Input == Tensor, D.Output == Tensor {
  func noise() -> Tensor { random.normal(Shape([plan.batchSize] + shape), scalarType: real.scalarType) }
  return playRounds(&players, examples: real.shape[0], plan: plan, random: random) {
    players, batch, step throws(Breakdown) in
    try players.descendDiscriminator(on: real.gathered(batch), noise: noise(), random: random, step: step)
  } generate: { players, _, step throws(Breakdown) in
    try players.descendGenerator(noise: noise(), step: step)
  } evaluate: {
    evaluate(&$0, $1)
  }
}

/// The rounds of any two players: `discriminate` and `generate` make one step of a player with a batch of examples. The
/// generator's steps get the last batch of the round.
func playRounds<G: Model, D: Model>(
  _ players: inout Adversaries<G, D>, examples: Int, plan: TrainingPlan, random: RandomSource,
  discriminate: (inout Adversaries<G, D>, _ batch: [Int], TrainingStep) throws(Breakdown) -> Void,
  generate: (inout Adversaries<G, D>, _ batch: [Int], TrainingStep) throws(Breakdown) -> Void,
  evaluate: (inout Adversaries<G, D>, _ epoch: EpochSoFar) -> [String: Double]
) -> History {
  let (recipe, B) = (players.recipe, plan.batchSize)
  var plan = plan
  (plan.batchSize, plan.dropsRest) = (B * recipe.discriminatorSteps, true)
  require(
    examples >= plan.batchSize,
    "cannot play a round with \(examples) examples: \(recipe.discriminatorSteps) steps of the discriminator with "
      + "\(B) examples each need \(plan.batchSize)")
  return train(&players, examples: examples, plan: plan, random: random) { players, step throws(Breakdown) in
    let batches = (0..<recipe.discriminatorSteps).map { Array(step.batch[$0 * B..<($0 + 1) * B]) }
    for batch in batches { try discriminate(&players, batch, step) }
    for _ in 0..<recipe.generatorSteps { try generate(&players, batches[batches.count - 1], step) }
  } evaluate: {
    evaluate(&$0, $1)
  }
}
