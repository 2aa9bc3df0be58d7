// § 4.7  Transfer learning with a pretrained model: Listing 4.7

import DataSets
import Foundations
import Messages
import Regularization
import Tensors
import Training

extension ResNet: StagedNetwork {
  /// The stem, the four stages of blocks, and the linear layer, whose input is the mean of every map.
  public static var stageParts: [[PartialKeyPath<ResNet>]] {
    [[\.stem], [\.layer1], [\.layer2], [\.layer3], [\.layer4], [\.classifier]]
  }
}

/// A pretrained residual network with a new head: dropout and a new linear layer. § 4.7, Listing 4.7
///
/// ResNet-18 has 11,181,642 parameters with ten classes. The head alone has 5,130; with `layer3` and `layer4` it is
/// 10,498,570.
public struct TransferNetwork<Block: ShortcutBlock>: StagedNetwork {
  /// The network, whose classifier is new.
  public var resNet: ResNet<Block>
  /// The dropout before the new classifier.
  public var dropout: Dropout

  /// The pretrained network with a new head.
  public init(_ pretrained: ResNet<Block>, classes: Int, dropout p: Double = 0.3, random: RandomSource) {
    resNet = pretrained
    resNet.classifier = Linear(pretrained.classifier.weight.shape[1], classes, random: random)
    dropout = Dropout(probability: p, random: random)
  }

  /// The network, and the dropout, which has no parameters.
  public static var parameters: [PartialKeyPath<TransferNetwork>] { [\.resNet, \.dropout] }

  /// The stages of the network; the dropout belongs to the last.
  public static var stageParts: [[PartialKeyPath<TransferNetwork>]] {
    [
      [\.resNet.stem], [\.resNet.layer1], [\.resNet.layer2], [\.resNet.layer3], [\.resNet.layer4],
      [\.resNet.classifier, \.dropout],
    ]
  }

  /// The output of a stage; the last drops some of the means before it classifies.
  public func stage(_ number: Int, _ x: Tensor) -> Tensor {
    number < 5 ? resNet.stage(number, x) : resNet.classifier(dropout(x.globalAveragePooled2D()))
  }

  /// The logits. [N×3×H×W] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, stages: 0..<Self.stageParts.count) }
}

extension PartlyFrozen {
  /// The optimizer of the second phase of Listing 4.7: AdamW with a learning rate of 10⁻⁵ for `layer3`, 10⁻⁴ for
  /// `layer4` and 10⁻³ for the head, and a weight decay of 10⁻⁴ for all three. A factor multiplies all rates.
  public func groupedOptimizer<Block>(factor: Double = 1) -> ParameterGroups<Adam>
  where Network == TransferNetwork<Block> {
    func adam(_ rate: Double) -> Adam { Adam(learningRate: factor * rate, weightDecay: 1e-4) }
    return ParameterGroups(
      of: self,
      [
        ([\.network.resNet.layer3], adam(1e-5)), ([\.network.resNet.layer4], adam(1e-4)),
        ([\.network.resNet.classifier], adam(1e-3)),
      ])
  }
}

/// Trains the stages that are not frozen on images and their classes, and returns the history.
///
/// The frozen stages give the same features in every epoch, so these are computed once. That is why a feature extractor
/// trains quickly: it is a linear classifier on features. Frozen stages must run in evaluation mode.
@discardableResult
public func fineTune<Network: StagedNetwork, O: Optimizer>(
  _ model: inout PartlyFrozen<Network>, with optimizer: inout O, on data: LabeledImages, plan: TrainingPlan,
  random: RandomSource, evaluate: (PartlyFrozen<Network>) -> [String: Double] = { _ in [:] }
) -> History {
  require(
    model.frozenMode == .evaluation,
    "cannot compute frozen features once for all epochs in training mode: they depend on the batch")
  let features = inBatches(data.images) { model.features($0) }
  return train(&model, with: &optimizer, examples: data.count, plan: plan, random: random) { model, batch in
    model.head(features.gathered(batch)).crossEntropy(labels: batch.map { data.labels[$0] })
  } evaluate: {
    evaluate($0)
  }
}
