// § 11.11  Features in superposition

import Messages
import Tensors
import Training

/// A model that stores n features in m < n numbers: x̂ = relu(Wᵀ W x + b). § 11.11
///
/// Column i of W is the direction of feature i. With fewer dimensions than features the directions cannot all be
/// orthogonal: a model that keeps more than m of them has interference, which the negative bias and the rectifier
/// suppress. Elhage et al. (2022).
public struct SuperpositionModel: Module {
  /// The directions W. [m×n]
  public var weight: Tensor
  /// The biases b. [n]
  public var bias: Tensor

  /// A model with random directions.
  public init(features n: Int, dimensions m: Int, random: RandomSource) {
    require(n >= 1 && m >= 1, "cannot store \(n) features in \(m) numbers: at least one of each is needed")
    weight = random.normal([m, n]) / Double(n).squareRoot()
    bias = Tensor.zeros([n])
  }

  /// W and b.
  public static var parameters: [PartialKeyPath<SuperpositionModel>] { [\.weight, \.bias] }

  /// x̂. [N×n] → [N×n]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    (matmul(matmul(x, weight.transposed), weight) + bias).activated(by: .relu)
  }

  /// The squared length of each feature's direction: about 1 if the model keeps it, about 0 if not. [n]
  public var lengths: [Double] { weight.squared().sum(axes: [0]).scalars }

  /// The number of features that the model keeps: those with a squared length above ½.
  public var kept: Int { lengths.count { $0 > 0.5 } }
}

/// Sparse features: each is 0 with probability S, otherwise uniform on [0, 1]. The importance of feature i is rⁱ.
/// § 11.11
public struct SparseFeatures: Sendable {
  /// The number n of features.
  public let count: Int
  /// The probability S of 0.
  public let sparsity: Double
  /// The ratio r of the importances of a feature and the one before it.
  public let ratio: Double

  /// Features with these numbers.
  public init(count: Int, sparsity: Double, ratio: Double = 0.9) {
    (self.count, self.sparsity, self.ratio) = (count, sparsity, ratio)
  }

  /// N examples. [N×n]
  public func draw(_ N: Int, _ random: RandomSource) -> Tensor {
    random.uniform([N, count], in: 0..<1) * random.bernoulli([N, count], probability: 1 - sparsity)
  }

  /// The importances 1, r, r², … [n]
  public var importances: Tensor {
    Tensor((0..<count).map { i in (0..<i).reduce(1) { w, _ in w * ratio } })
  }

  /// Trains a model to return its input with Adam: the mean over examples of Σᵢ rⁱ (xᵢ − x̂ᵢ)².
  public func trained(
    _ start: SuperpositionModel, learningRate: Double = 1e-2, batch: Int = 512, plan: TrainingPlan,
    random: RandomSource
  ) -> SuperpositionModel {
    var (model, adam) = (start, Adam(learningRate: learningRate))
    let (draws, weights) = (random.split(), importances)
    train(&model, with: &adam, examples: 1, plan: plan, random: random) { model, _ in
      let x = draw(batch, draws)
      return (weights * (x - model(x)).squared()).sum(axes: [1]).mean()
    }
    return model
  }
}
