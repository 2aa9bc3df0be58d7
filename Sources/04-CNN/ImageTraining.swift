// § 4.6  Training on images, and evaluation batch by batch

import Backprop
import DataSets
import Foundations
import Messages
import Tensors
import Training

/// How a network is trained on colour images: the choices of Listing 4.6, as a value.
public struct ImageRecipe: Sendable {
  /// The learning rate η of AdamW in the first epoch.
  public var learningRate = 1e-3
  /// The weight decay λ of AdamW.
  public var weightDecay = 1e-4
  /// Whether the learning rate falls along a cosine, epoch by epoch, to 0 after the last.
  public var anneals = true
  /// How training images are changed; nil leaves them unchanged.
  public var augmentation: ColorAugmentation? = ColorAugmentation()

  /// The recipe of Listing 4.6.
  public init() {}

  /// The recipe of Listing 4.8: the same changes, AdamW with PyTorch's defaults, no schedule.
  public static var ablation: ImageRecipe {
    var recipe = ImageRecipe()
    (recipe.weightDecay, recipe.anneals) = (1e-2, false)
    return recipe
  }
}

/// Trains a network on images by a recipe. § 4.6
///
/// The history has "training accuracy" as Listing 4.6 measures it: that of the steps, on changed images and with
/// dropout.
///
/// After every epoch `evaluate` gets the network and the measurements of its steps; its results are added to the
/// history. The order of the examples and the changes of the images are drawn from `random`.
@discardableResult
public func trainOnImages<M: Module<Tensor, Tensor>>(
  _ model: inout M, by recipe: ImageRecipe = ImageRecipe(), on set: LabeledImages, scale: ColorScale,
  plan: TrainingPlan, random: RandomSource,
  evaluate: (M, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
) -> History {
  var optimizer = Adam(learningRate: recipe.learningRate, weightDecay: recipe.weightDecay)
  var plan = plan
  if recipe.anneals {
    plan.learningRate = eachEpoch(
      of: plan.stepsPerEpoch(of: set.count, training: model),
      cosineAnnealing(from: recipe.learningRate, over: max(1, plan.epochs)))
  }
  let changes = random.split()
  return Training.train(&model, with: &optimizer, examples: set.count, plan: plan, random: random) { model, batch in
    let (images, labels) = (set.images.gathered(batch), batch.map { set.labels[$0] })
    let logits = model(scale.normalized(recipe.augmentation?(images, using: changes) ?? images))
    return MeasuredLoss(
      logits.crossEntropy(labels: labels),
      metrics: ["training accuracy": Predictions(logits: logits, labels: labels).accuracy])
  } evaluate: { model, epoch in
    evaluate(model, epoch)
  }
}

/// A network's predictions for images. § 4.6
public struct Predictions: Sendable {
  /// The logits. [N×K]
  public let logits: Tensor
  /// The true classes.
  public let labels: [Int]
  /// The classes with the largest logits; if a logit is NaN, its index.
  public let classes: [Int]
  /// Whether each class is right; it is not if a logit is NaN.
  public let hits: [Bool]

  /// The predictions of a network in evaluation, a batch at a time, so that the maps of all images never exist at once.
  public init<M: Module<Tensor, Tensor>>(of model: M, on set: LabeledImages, scale: ColorScale, batchSize: Int = 256) {
    require(set.count > 0 && batchSize > 0, "cannot evaluate \(set.count) images in batches of \(batchSize)")
    self.init(logits: inBatches(set.images, of: batchSize) { model(scale.normalized($0)) }, labels: set.labels)
  }

  /// The predictions with these logits.
  public init(logits: Tensor, labels: [Int]) {
    (self.logits, self.labels, classes) = (logits, labels, logits.argmax())
    hits = Foundations.hits(logits, labels: labels)
  }

  /// The share of images with the right class.
  public var accuracy: Double { Double(hits.count { $0 }) / Double(labels.count) }

  /// How many images of each true class (row) were taken for each class (column). Images with NaN are not counted.
  /// [K×K]
  public var confusion: [[Int]] {
    var counts = [[Int]](repeating: [Int](repeating: 0, count: logits.shape[1]), count: logits.shape[1])
    let largest = logits.max(axes: [1]).scalars
    for (i, truth) in labels.enumerated() where !largest[i].isNaN { counts[truth][classes[i]] += 1 }
    return counts
  }

  /// The accuracy among the images of each class; NaN where there are none.
  public var accuracyByClass: [Double] {
    (0..<logits.shape[1]).map { k in
      let members = labels.indices.filter { labels[$0] == k }
      return Double(members.count { hits[$0] }) / Double(members.count)
    }
  }
}
