// Exercise 8.4  A DCGAN that knows the label

import DataSets
import Foundations
import Messages
import Tensors
import Training

/// A conditional DCGAN for images of 28×28: Listing 8.7 with a one-hot label appended to the latent vector of G, and an
/// embedding of the label as a further channel of the image for D. Definition 8.9, Exercise 8.4
public struct ConditionalImageGame: Sendable {
  /// The sizes of both networks without the label.
  public var sizes: ConvolutionalSizes
  /// The losses, the rates and the steps of both players.
  public var recipe: AdversarialRecipe
  /// The number of classes.
  public let classes: Int

  /// The game with these sizes, by the recipe of Listing 8.7 or another.
  public init(
    _ sizes: ConvolutionalSizes = ConvolutionalSizes(), classes: Int, recipe: AdversarialRecipe = AdversarialRecipe()
  ) {
    (self.sizes, self.classes, self.recipe) = (sizes, classes, recipe)
  }

  /// A generator of latent + classes numbers, and a discriminator of one more channel.
  public typealias Players = Adversaries<ConditionalGenerator<Generator>, ConditionalDiscriminator<Discriminator>>

  /// New players.
  public func players(random: RandomSource) -> Players {
    var (wide, deep) = (sizes, sizes)
    (wide.latent, deep.channels) = (sizes.latent + classes, sizes.channels + 1)
    return Adversaries(
      ConditionalGenerator(Generator(wide, random: random), classes: classes),
      against: ConditionalDiscriminator(
        Discriminator(deep, random: random), classes: classes, shape: [1, 28, 28], random: random), recipe: recipe)
  }

  /// New players trained on images with pixels in [0, 1] and their labels, and the history.
  ///
  /// `look` is called after every epoch; what it returns is written into the history.
  public func trained(
    on set: LabeledImages, plan: TrainingPlan, random: RandomSource,
    look: (inout Players, EpochSoFar) -> [String: Double] = { _, _ in [:] }
  ) -> (players: Players, history: History) {
    var players = players(random: random.split())
    let history = trainAgainst(
      &players, on: signedPixels(set.images), labels: set.labels, noise: [sizes.latent], plan: plan,
      random: random.split(), evaluate: look)
    return (players, history)
  }
}

extension ConditionalGenerator where Network == Generator {
  /// The images of latent vectors and labels with pixels in [0, 1], in evaluation mode, a few hundred at a time.
  /// [N×latent], N labels → [N×C×28×28]
  public func images(_ z: Tensor, _ y: [Int]) -> Tensor {
    let joined = Tensor.concatenated([z, .oneHot(y, classes: classes, scalarType: z.scalarType)], axis: 1)
    return network.images(joined)
  }
}
