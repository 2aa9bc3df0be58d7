// § 12.7.1  DP-SGD

import Foundations
import Messages
import Tensors
import Training

/// Stochastic gradient descent with differential privacy: g̃ = 1/B (Σ_{i∈ℬ} clip(gᵢ, C) + N(0, σ²C² I)). § 12.7.1
///
/// Abadi et al. (2016). Two things matter for the guarantee, and the formula does not show them: a batch contains every
/// example independently with probability q, and B is the expected size qN, not the number of examples that came.
public struct PrivateDescent: Sendable {
  /// The clipping norm C, the noise σ in units of C, and the probability q that a batch contains an example.
  public let clip, noise, share: Double

  /// Descent with this clipping norm, noise and share.
  public init(clip: Double, noise: Double, share: Double) {
    require(
      clip > 0 && noise >= 0 && 0 < share && share <= 1,
      "cannot descend privately with C = \(clip), σ = \(noise), q = \(share): C > 0, σ ≥ 0 and 0 < q ≤ 1 are needed")
    (self.clip, self.noise, self.share) = (clip, noise, share)
  }

  /// The numbers of the examples of a batch: each of N is in it with probability q. It may be empty. § 12.7.1
  public func batch(of N: Int, random: RandomSource) -> [Int] { (0..<N).filter { _ in random.bernoulli(share) } }

  /// The sum of the clipped gradients, Σᵢ gᵢ/max(1, ‖gᵢ‖/C). `each` has the examples as first axis of every parameter,
  /// as `perExampleGradients` gives them; ‖gᵢ‖ is taken over all parameters together. § 12.7.1
  public func clippedSum<P: Parameterized>(_ each: P) -> P {
    func rows(_ g: Tensor) -> Tensor { g.reshaped([g.shape[0], g.count / g.shape[0]]) }  // [batch×p]
    let squares = each.parameters.map { rows($0).squared().sum(axes: [1]) }
    let norms = squares.dropFirst().reduce(squares[0], +).squareRoot()  // ‖gᵢ‖  [batch]
    let factors = 1 / maximum(1, norms / clip)
    return each.mapParameters { g in
      matmul(factors.expanded(axis: 0), rows(g)).reshaped(Shape(Array(g.shape.lengths.dropFirst())))
    }
  }

  /// The private gradient g̃ of a batch at θ, with B the expected number of examples. `ℓ` is the loss of one example.
  /// § 12.7.1
  public func gradient<P: Parameterized>(
    at θ: P, batch: [Int], expectedSize B: Double, random: RandomSource, of ℓ: (P, _ example: Int) -> Tensor
  ) -> P {
    let each = perExampleGradients(at: θ, count: batch.count) { ℓ($0, batch[$1]) }
    let sum = batch.isEmpty ? θ.mapParameters { 0 * $0 } : clippedSum(each)
    return sum.mapParameters { g in
      (g + noise * clip * random.normal(g.shape, scalarType: g.scalarType)) / B
    }
  }

  /// Trains a classifier in `plan.epochs` private steps on random batches, and returns its history, with what
  /// `evaluate` measures after each. § 12.7.1
  ///
  /// The loss in the history is the mean over the batch, which is not protected: a release must leave it out.
  @discardableResult
  public func train<M: Module<Tensor, Tensor>>(
    _ model: inout M, x: Tensor, labels: [Int], learningRate η: Double, plan: TrainingPlan, random: RandomSource,
    evaluate: (M) -> [String: Double] = { _ in [:] }
  ) -> History {
    let B = share * Double(labels.count)
    var state = PrivateTraining(model: model, optimizer: GradientDescent(learningRate: η))
    let history = Training.train(&state, examples: 1, plan: plan, random: random) { state, step throws(Breakdown) in
      let batch = batch(of: labels.count, random: random)
      let g = gradient(at: state.model, batch: batch, expectedSize: B, random: random) { model, i in
        model(x.gathered([i])).crossEntropy(labels: [labels[i]])
      }
      let loss =
        batch.isEmpty ? 0 : state.model(x.gathered(batch)).crossEntropy(labels: batch.map { labels[$0] }).item
      try step.descend(&state.model, with: &state.optimizer, along: g, loss: loss)
    } evaluate: { state, _ in
      evaluate(state.model)
    }
    model = state.model
    return history
  }
}

/// A model in private training.
private struct PrivateTraining<M: Model>: TrainingState {
  var model: M
  var optimizer: GradientDescent
  static var kept: [PartialKeyPath<PrivateTraining>] { [\.model, \.optimizer] }
}
