// § 12.1.2  Training networks that segment

import Backprop
import DataSets
import Foundations
import Tensors
import Training

/// Trains a network on the classes of all pixels with Adam, whose learning rate falls along a cosine. § 12.1.2
///
/// Left and right are exchanged in half of the batches. After every epoch `evaluate` gets the network.
@discardableResult
public func trainSegmenter<M: Module<Tensor, Tensor>>(
  _ network: inout M, on scenes: DrawnScenes, learningRate: Double = 6e-3, plan: TrainingPlan, random: RandomSource,
  evaluate: (M) -> [String: Double] = { _ in [:] }
) -> History {
  var adam = Adam(learningRate: learningRate)
  let plan = plan.annealed(from: learningRate, examples: scenes.count, training: network)
  let (side, changes) = (DrawnScenes.side, random.split())
  let classes = Tensor(scenes.pixelClasses.map(Double.init), shape: [scenes.count, 1, side, side])
  return train(
    &network, with: &adam, examples: scenes.count, plan: plan, random: random,
    loss: { network, batch in
      let isMirrored = changes.bernoulli(0.5)
      let (x, k) = (scenes.images.gathered(batch), classes.gathered(batch))
      return pixelCrossEntropy(
        network(isMirrored ? x.flipped(axis: 3) : x),
        classes: (isMirrored ? k.flipped(axis: 3) : k).scalars.map { Int($0) })
    }, evaluate: evaluate)
}

extension PixelQuality {
  /// The quality of a network's classes on scenes.
  public init<M: Module<Tensor, Tensor>>(of network: M, on scenes: DrawnScenes) {
    let logits = inBatches(scenes.images, of: 100) { network($0) }
    self.init(
      Applications.pixelClasses(logits), truth: scenes.pixelClasses, classes: DrawnScenes.pixelClassNames.count,
      side: DrawnScenes.side)
  }
}
