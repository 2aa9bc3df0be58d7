import Backprop
import CNN
import Foundations
import Tensors
import Training

/// A way to a classifier for a new task with few images. § 4.5
public enum TransferWay: String, CaseIterable, Sendable {
  /// A new network, all of it trained.
  case scratch = "from scratch"
  /// A new network of which only the classifier is trained: the value of random features.
  case randomFeatures = "random features, frozen"
  /// Strategy 1.
  case featureExtractor = "1. feature extractor"
  /// Strategy 2, with the rates of Listing 4.7.
  case partial = "2. partial, layer3 and layer4"
  /// Strategy 3, with one learning rate, ten times smaller than in pretraining.
  case full = "3. full, one rate"
  /// Strategy 3, with the rates of Listing 4.7, the smallest for everything before `layer4`.
  case grouped = "3. full, three rates"

  /// The trained part.
  var strategy: TransferStrategy {
    switch self {
    case .randomFeatures, .featureExtractor: .featureExtractor
    case .partial: .partial(stages: 2)
    case .scratch, .full, .grouped: .full
    }
  }

  /// Whether the network is pretrained.
  var isPretrained: Bool { self != .scratch && self != .randomFeatures }

  /// The optimizer, for a network that was pretrained with learning rate η.
  func optimizer(
    _ model: PartlyFrozen<TransferNetwork<ResidualBlock>>, learningRate η: Double
  ) -> ParameterGroups<Adam> {
    switch self {
    case .partial, .grouped: model.groupedOptimizer(factor: η / 1e-3)
    case .full:
      ParameterGroups(
        of: model, [([\.network], Adam(learningRate: fineTuningRates(initial: η).upperBound, weightDecay: 1e-4))])
    case .scratch, .randomFeatures, .featureExtractor:
      ParameterGroups(of: model, [([\.network], Adam(learningRate: η, weightDecay: 1e-4))])
    }
  }
}

/// The accuracies of one way with one number of images a class.
public struct TransferResult: Sendable {
  /// The way.
  public let way: TransferWay
  /// The number of images a class.
  public let images: Int
  /// The accuracies on the new task's test images, one for each draw of training images.
  public let accuracies: [Double]

  /// The mean of the accuracies.
  public var mean: Double { accuracies.reduce(0, +) / Double(accuracies.count) }
  /// Their standard deviation.
  public var deviation: Double {
    let squares = accuracies.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
    return accuracies.count < 2 ? 0 : (squares / Double(accuracies.count - 1)).squareRoot()
  }
}

/// Trains every way with a number of images a class, once for each draw of images. All ways get the same draws and the
/// same number of steps.
public func compareTransfers(
  _ task: TransferTask, from pretrained: ResNet18, learningRate η: Double, images n: Int, draws: Int,
  plan: TrainingPlan, random: RandomSource
) -> [TransferResult] {
  var accuracies = [TransferWay: [Double]]()
  for _ in 0..<draws {
    let few = task.target.train.few(perClass: n, random: random)
    let seeds = random.split()
    let width = pretrained.stem.convolution.weight.shape[0]
    let fresh = ResNet18(classes: 2, width: width, random: seeds.split())
    for way in TransferWay.allCases {
      let network = TransferNetwork(
        way.isPretrained ? pretrained : fresh, classes: task.target.classNames.count, random: seeds.split())
      var model = PartlyFrozen(network, way.strategy)
      var (optimizer, plan) = (way.optimizer(model, learningRate: η), plan)
      plan.learningRate = falling(from: optimizer.learningRate, examples: few.count, plan)
      fineTune(&model, with: &optimizer, on: few, plan: plan, random: seeds.split())
      let logits = inBatches(task.target.test.images) { model($0) }
      accuracies[way, default: []].append(accuracy(logits, labels: task.target.test.labels))
    }
  }
  return TransferWay.allCases.map { TransferResult(way: $0, images: n, accuracies: accuracies[$0] ?? []) }
}

/// A learning rate that falls along a cosine over all steps of a plan.
func falling(from η: Double, examples: Int, _ plan: TrainingPlan) -> @Sendable (Int) -> Double {
  let steps = max(1, plan.epochs * plan.stepsPerEpoch(of: examples))
  return cosineAnnealing(from: η, over: steps)
}
