import DataSets
import Foundations
import Tensors
import Theory
import Training

/// 300 optical digits, a fifth of them with a wrong label, the other 1,497 for tests, and an untrained network.
/// Exercise 11.6, § 11.8
public struct MislabeledDigits: Sendable {
  /// The examples for training and for tests.
  public let train, test: Examples
  /// The network before its training.
  public let start: MLP
  /// The position of the source of the batches, the same for all rules.
  private let position: (UInt64, UInt64, UInt64, UInt64)

  /// The digits and the network for a seed.
  public init(seed: UInt64) throws {
    let (random, all) = (RandomSource(seed: seed), try LabeledImages.opticalDigits())
    let order = random.permutation(all.count)
    train = all.subset(Array(order[..<300])).rows.withWrongLabels(share: 0.2, classes: 10, random: random)
    test = all.subset(Array(order[300...])).rows
    start = MLP([64, 64, 10], random: random)
    position = random.state
  }

  /// The minimum that a rule finds from the same start, with the same batches.
  public func minimum(by rule: MinimumRule, plan: TrainingPlan) -> FoundMinimum<MLP> {
    findMinimum(
      from: start, by: rule, train: train, test: test, plan: plan, random: RandomSource(state: position))
  }

  /// The training loss of a network.
  public func loss(_ model: MLP) -> Tensor { model(train.inputs).crossEntropy(labels: train.labels) }

  /// The rules that are compared. SGD and SAM have the same learning rate and momentum.
  public static let rules: [MinimumRule] =
    [.sgd(0.05), .adam(3e-3)] + [0.05, 0.2, 0.5].map { .sam(0.05, radius: $0) }
}
