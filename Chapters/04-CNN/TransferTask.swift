import CNN
import DataSets
import Foundations
import Tensors
import Training

/// A transfer within a data set: pretraining on the classes with even numbers, and a new task with few images of those
/// with odd numbers. Definition 4.8
public struct TransferTask: Sendable {
  /// The images of one task, standardized, with classes counted from 0.
  public struct Part: Sendable {
    /// The names of the classes.
    public let classNames: [String]
    /// The training and the test images.
    public let train, test: LabeledImages
  }

  /// The task of the pretraining.
  public let source: Part
  /// The new task.
  public let target: Part

  /// The two tasks in a data set; both are standardized by the mean and the deviation of the source's colours, as usual
  /// with ImageNet's.
  public init(_ data: ImageClassification) {
    let classes = data.classNames.indices
    let (even, odd) = (classes.filter { $0.isMultiple(of: 2) }, classes.filter { !$0.isMultiple(of: 2) })
    let known = data.train.keeping(even).images
    let mean = known.mean(axes: [0, 2, 3])
    let deviation = (known - mean.reshaped([known.shape[1], 1, 1])).squared().mean(axes: [0, 2, 3]).squareRoot()
    func part(_ chosen: [Int]) -> Part {
      func standard(_ images: LabeledImages) -> LabeledImages {
        images.keeping(chosen).standardized(mean: mean.scalars, deviation: deviation.scalars)
      }
      return Part(
        classNames: chosen.map { data.classNames[$0] }, train: standard(data.train), test: standard(data.test))
    }
    (source, target) = (part(even), part(odd))
  }
}

extension LabeledImages {
  /// The images of these classes, renumbered from 0.
  public func keeping(_ classes: [Int]) -> LabeledImages {
    let part = subset(labels.indices.filter { classes.contains(labels[$0]) })
    return LabeledImages(images: part.images, labels: part.labels.map { classes.firstIndex(of: $0) ?? 0 })
  }

  /// `n` images of each class, drawn at random.
  public func few(perClass n: Int, random: RandomSource) -> LabeledImages {
    var left = [Int: Int]()
    return subset(
      random.permutation(count).filter { place in
        left[labels[place], default: n] -= 1
        return left[labels[place], default: 0] >= 0
      })
  }
}

/// A narrow ResNet-18 trained on the source task, with its accuracy there.
public struct Pretrained: Sendable {
  /// The network.
  public let network: ResNet18
  /// Its accuracy on the source's test images.
  public let accuracy: Double

  /// Trains a network on the source task with Adam, whose rate falls from η along a cosine.
  public init(on task: TransferTask, width: Int, learningRate η: Double, plan: TrainingPlan, random: RandomSource) {
    var network = ResNet18(classes: task.source.classNames.count, width: width, random: random.split())
    var (optimizer, plan, data) = (Adam(learningRate: η, weightDecay: 1e-4), plan, task.source.train)
    plan.learningRate = falling(from: η, examples: data.count, plan)
    fit(&network, with: &optimizer, to: data.examples, plan: plan, random: random)
    self.network = network
    data = task.source.test
    accuracy = Foundations.accuracy(inBatches(data.images) { network($0) }, labels: data.labels)
  }
}
