// § 8.7  The training of a DCGAN on images

import Foundations
import Messages
import Tensors
import Training

/// A DCGAN for images of 28×28: the players of Listing 8.7, and how they are trained.
public struct ImageGame: Sendable {
  /// The sizes of both networks.
  public var sizes: ConvolutionalSizes
  /// The losses, the rates and the steps of both players.
  public var recipe: AdversarialRecipe
  /// Whether the discriminator has batch normalization; a critic with a gradient penalty must not. Exercise 8.3
  public var isNormalized = true

  /// The game with these sizes, by the recipe of Listing 8.7 or another.
  public init(_ sizes: ConvolutionalSizes = ConvolutionalSizes(), recipe: AdversarialRecipe = AdversarialRecipe()) {
    (self.sizes, self.recipe) = (sizes, recipe)
  }

  /// Exercise 8.3: WGAN-GP with the same networks: no sigmoid, no batch normalization in the critic, the penalty
  /// (8.16), five steps of the critic.
  public static func wassersteinWithPenalty(_ sizes: ConvolutionalSizes = ConvolutionalSizes()) -> ImageGame {
    var game = ImageGame(sizes, recipe: .wassersteinWithPenalty)
    game.isNormalized = false
    return game
  }

  /// New players.
  public func players(random: RandomSource) -> Adversaries<Generator, Discriminator> {
    Adversaries(
      Generator(sizes, random: random),
      against: Discriminator(sizes, isNormalized: isNormalized, random: random), recipe: recipe)
  }

  /// New players trained on images with pixels in [0, 1], and the history. [N×C×28×28]
  ///
  /// `look` is called after every epoch; what it returns is written into the history.
  public func trained(
    on images: Tensor, plan: TrainingPlan, random: RandomSource,
    look: (inout Adversaries<Generator, Discriminator>, EpochSoFar) -> [String: Double] = { _, _ in [:] }
  ) -> (players: Adversaries<Generator, Discriminator>, history: History) {
    var players = players(random: random.split())
    let history = trainAgainst(
      &players, on: signedPixels(images), noise: [sizes.latent], plan: plan, random: random.split(), evaluate: look)
    return (players, history)
  }
}

extension Generator {
  /// The images of latent vectors with pixels in [0, 1], in evaluation mode, a few hundred at a time. [N×latent] →
  /// [N×C×28×28]
  public func images(_ z: Tensor) -> Tensor {
    Mode.evaluation { inBatches(z) { unsignedPixels(self($0)) } }
  }
}
