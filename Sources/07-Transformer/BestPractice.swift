// § 7.8  How Transformers are trained: AdamW, warm-up, cosine

import Backprop
import CNN
import DataSets
import Messages
import RNN
import Tensors
import Training

extension ParameterGroups where Base == Adam {
  /// AdamW with weight decay λ on matrices only. § 7.8
  ///
  /// Biases and the factors and offsets of normalizations are in a second group without decay: decay would shrink the
  /// factors, which set the scale of the normalized values, and biases need no regularization.
  public static func adamW<M: Parameterized>(
    of model: M, learningRate η: Double = 1e-3, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay λ: Double = 0.01
  ) -> ParameterGroups {
    let optimizers = [λ, 0].map { Adam(learningRate: η, beta2: beta2, epsilon: epsilon, weightDecay: $0) }
    return ParameterGroups(of: model, optimizers: optimizers) { _, θ in decays(θ) ? 0 : 1 }
  }
}

/// Whether a parameter is subject to weight decay: matrices are, vectors are not.
private func decays(_ θ: Tensor) -> Bool { θ.rank >= 2 }

extension Parameterized {
  /// The names of the parameters with and without weight decay. § 7.8
  public var decayGroups: (decayed: [String], kept: [String]) {
    let named = zip(parameterNames, parameters)
    return (named.filter { decays($1) }.map(\.0), named.filter { !decays($1) }.map(\.0))
  }
}

/// How a Transformer is trained, as the box of § 7.8 advises.
public struct TransformerRecipe: Sendable {
  /// The highest learning rate η.
  public var learningRate: Double
  /// The weight decay λ of matrices.
  public var weightDecay = 0.01
  /// The fraction of the steps in which the learning rate rises.
  public var warmup = 0.1
  /// The norm that gradients are clipped to. (5.8)
  public var clip = 1.0

  /// A recipe with this highest learning rate.
  public init(learningRate: Double = 1e-3) { self.learningRate = learningRate }

  /// η_t: from 0 up to η in the first steps, then down to 0 along a cosine at step T. § 7.8, § 2.5.3
  public func schedule(over T: Int) -> Schedule {
    warmupCosine(to: learningRate, warmup: min(T - 1, Int(warmup * Double(T))), over: T)
  }
}

/// Trains a classifier of sequences by this recipe. § 7.8
@discardableResult
public func trainTransformer<M: Module<Tokens, Tensor>>(
  _ model: inout M, by recipe: TransformerRecipe = TransformerRecipe(), on set: LabeledTokens, plan: TrainingPlan,
  random: RandomSource, evaluate: (M, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
) -> History {
  var plan = plan
  plan.learningRate = recipe.schedule(over: max(1, plan.epochs * plan.stepsPerEpoch(of: set.count)))
  let optimizer = ParameterGroups.adamW(
    of: model, learningRate: recipe.learningRate, weightDecay: recipe.weightDecay)
  return trainOnTokens(
    &model, with: optimizer, clip: recipe.clip, on: set, plan: plan, random: random, evaluate: evaluate)
}
