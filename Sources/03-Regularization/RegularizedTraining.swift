// § 3.10  The regularized training loop
// § 3.11  Ablation: dropout rate and weight decay

import Backprop
import DataSets
import Foundations
import Tensors
import Training

/// An optimizer with gradient clipping: g ← min(1, c / ‖g‖) g before every step, with the norm over all parameters.
/// § 3.10
public struct Clipped<Base: Optimizer>: Optimizer {
  /// The optimizer.
  public var base: Base
  /// The largest norm c.
  public let norm: Double

  /// The optimizer with this largest norm.
  public init(_ base: Base, norm: Double) { (self.base, self.norm) = (base, norm) }

  /// The optimizer's learning rate.
  public var learningRate: Double {
    get { base.learningRate }
    set { base.learningRate = newValue }
  }

  /// One step of the optimizer along the clipped gradient.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    base.move(&model, along: norm.isFinite ? gradient.clipped(norm: norm) : gradient)
  }
}

/// Everything that Listing 3.10 does against overfitting, as a value that an ablation can vary.
public struct Recipe: Sendable {
  /// The probability p of dropout.
  public var dropout = 0.3
  /// The weight decay λ of AdamW.
  public var weightDecay = 1e-4
  /// The augmentation of training images, before they are standardized.
  public var augmentation = Augmentation.sequence([.rotation(degrees: 10), .translation(share: 0.1)])
  /// The share α of label smoothing.
  public var smoothing = 0.1
  /// The largest norm of a gradient.
  public var clipping = 1.0
  /// The learning rate η of the first epoch; it falls along a cosine to 0.
  public var learningRate = 1e-3
  /// Whether the learning rate falls along the cosine.
  public var anneals = true
  /// The number of epochs without improvement that ends the training; nil for none.
  public var patience: Int? = 10

  /// The recipe of Listing 3.10.
  public init() {}

  /// The recipe of Listing 3.11: no clipping, no schedule, no early stopping, and its own dropout and weight decay.
  public static func ablation(dropout: Double, weightDecay: Double) -> Recipe {
    var recipe = Recipe()
    (recipe.dropout, recipe.weightDecay) = (dropout, weightDecay)
    (recipe.clipping, recipe.anneals, recipe.patience) = (.infinity, false, nil)
    return recipe
  }

  /// No regularization: Adam and the cross-entropy.
  public static var plain: Recipe {
    var recipe = ablation(dropout: 0, weightDecay: 0)
    (recipe.augmentation, recipe.smoothing) = (.sequence([]), 0)
    return recipe
  }
}

/// The result of regularized training. Listing 3.10
public struct RegularizedRun: Sendable {
  /// The network after the last epoch, as in the listing.
  public let model: RegularizedNetwork
  /// The training loss of every epoch, with "validation loss" and "accuracy" on the validation images.
  public let history: History
  /// Whether training stopped before the last epoch.
  public let stoppedEarly: Bool
  /// The accuracy on the test images, measured once.
  public let testAccuracy: Double
  /// The accuracy of the same network on the training images without augmentation.
  public let trainingAccuracy: Double
}

/// Three sets of images with pixels from 0 to 1: for training, for stopping and choosing, and for the report. § 3.10
///
/// Listing 3.10 stops by the test images, and Listing 3.11 chooses by them: what they then report is too good.
public struct ImageSplit: Sendable {
  /// The three sets.
  public let train, validation, test: LabeledImages
  /// The scale of the training pixels; MNIST has mean 0.1307 and deviation 0.3081.
  public let scale: PixelScale
  /// The number of classes.
  public let classes: Int

  /// The data with some images of the training set kept for validation, with equal shares of all classes.
  public init(_ data: ImageClassification, validation: Int, random: RandomSource) {
    let parts = data.train.stratifiedSplit(first: validation, from: random)
    (self.validation, train, test, classes) = (parts.first, parts.rest, data.test, data.classNames.count)
    scale = PixelScale(of: data.train)
  }

  /// The images as the network sees them: (x − mean) / deviation.
  public func standardized(_ images: Tensor) -> Tensor { scale.standardized(images) }
}

/// Trains the network of § 3.10 with the loop of Listing 3.10: augmentation, AdamW, label smoothing, a cosine over all
/// epochs, clipping and early stopping.
///
/// `random` determines the initial weights, the masks, the order of the examples and the augmentation.
public func trainRegularized(
  _ recipe: Recipe = Recipe(), on data: ImageSplit, hidden: Int = 256, plan: TrainingPlan, random: RandomSource
) -> RegularizedRun {
  let (train, labels, changes) = (data.train.images, data.train.labels, random.split())
  var model = RegularizedNetwork(
    inputs: train.count / train.shape[0], hidden: hidden, classes: data.classes, dropout: recipe.dropout, random: random
  )
  var optimizer = Clipped(
    Adam(learningRate: recipe.learningRate, weightDecay: recipe.weightDecay), norm: recipe.clipping)
  var plan = plan
  if recipe.anneals {
    plan.learningRate = eachEpoch(
      of: plan.stepsPerEpoch(of: labels.count, training: model),
      cosineAnnealing(from: recipe.learningRate, over: max(1, plan.epochs)))
  }
  let stopping = recipe.patience.map { EarlyStopping(patience: $0) }
  plan.shouldStop = stopping?.watching("validation loss")

  let validation = data.standardized(data.validation.images)
  let history = Training.train(&model, with: &optimizer, examples: labels.count, plan: plan, random: random) {
    model, batch in
    let images = recipe.augmentation(train.gathered(batch), using: changes)
    return model(data.standardized(images)).crossEntropy(labels: batch.map { labels[$0] }, smoothing: recipe.smoothing)
  } evaluate: { model in
    let logits = model(validation)
    return [
      "validation loss": logits.crossEntropy(labels: data.validation.labels, smoothing: recipe.smoothing).item,
      "accuracy": accuracy(logits, labels: data.validation.labels),
    ]
  }
  return RegularizedRun(
    model: model, history: history, stoppedEarly: stopping?.shouldStop(after: history["validation loss"]) ?? false,
    testAccuracy: accuracy(model(data.standardized(data.test.images)), labels: data.test.labels),
    trainingAccuracy: accuracy(model(data.standardized(train)), labels: labels))
}

/// The dropout rates and weight decays of Listing 3.11.
public let dropoutAndDecayGrid = (dropout: [0, 0.1, 0.3, 0.5, 0.7], weightDecay: [0, 1e-5, 1e-4, 1e-3, 1e-2])

/// The factor on a weight from AdamW's decay alone after t steps: (1 − η λ)ᵗ. § 3.11
///
/// In the 20 epochs of 469 steps of Listing 3.11 it is 0.99991 for λ = 10⁻⁵ and 0.910 for 10⁻².
public func totalShrink(learningRate η: Double, weightDecay λ: Double, steps t: Int) -> Double {
  (0..<t).reduce(1) { product, _ in product * (1 - η * λ) }
}
