// § 9.8, § 9.9.1  Training by the bound

import Backprop
import Messages
import Tensors
import Training

/// Trains a model by minimizing −(reconstruction − β KL), in nats per example, with Adam. (9.23), Listing 9.8
///
/// The history has "reconstruction", −log p(x | z), and "KL" beside the loss. `β` may depend on the step, counted from
/// 0, as in `annealedWeight`. With free bits λ, the KL of a latent variable with less than λ nats is not reduced
/// further. `evaluate` is called after every epoch.
@discardableResult
public func trainByEvidence<M: EvidenceModel>(
  _ model: inout M, on x: Tensor, learningRate: Double = 1e-3, plan: TrainingPlan, random: RandomSource,
  freeBits λ: Double = 0, β: @escaping (_ step: Int) -> Double = { _ in 1 },
  evaluate: (M, _ epoch: EpochSoFar) -> [String: Double] = { _, _ in [:] }
) -> History {
  var state = EvidenceState(model: model, optimizer: Adam(learningRate: learningRate))
  let history = train(&state, examples: x.shape[0], plan: plan, random: random) { state, step throws(Breakdown) in
    try step.descendByEvidence(
      &state.model, with: &state.optimizer, on: x, random: random, β: β(step.number - 1), freeBits: λ)
  } evaluate: { state, epoch in
    evaluate(state.model, epoch)
  }
  model = state.model
  return history
}

extension TrainingStep {
  /// One step of such a training: draws the noise of the batch, descends along the gradient of the loss, and measures
  /// "reconstruction" and "KL". (9.14), (9.23)
  public func descendByEvidence<M: EvidenceModel, O: Optimizer>(
    _ model: inout M, with optimizer: inout O, on x: Tensor, random: RandomSource, β: Double = 1, freeBits λ: Double = 0
  ) throws(Breakdown) {
    let examples = x.gathered(batch)
    let ε = random.normal([batch.count, model.latentCount], scalarType: x.scalarType)
    var terms: EvidenceTerms?
    try descend(&model, with: &optimizer) { model in
      let found = model.evidence(of: examples, noise: ε)
      terms = found
      return found.loss(β: β, freeBits: λ)
    }
    if let terms {
      measure("reconstruction", -terms.reconstruction.stopGradient.mean().item)
      measure("KL", terms.divergence.stopGradient.mean().item)
    }
  }
}

/// KL annealing: β_t = min(1, (t + 1)/T), a weight that grows from 1/T at step 0 to 1 at step T − 1 and stays there.
/// § 9.9.1
///
/// Bowman et al. (2016).
public func annealedWeight(over T: Int) -> Schedule {
  require(T >= 1, "cannot anneal the weight of the KL over \(T) steps: at least one is needed")
  return { t in min(1, Double(t + 1) / Double(T)) }
}

/// A model and its optimizer.
private struct EvidenceState<M: EvidenceModel>: TrainingState {
  var model: M
  var optimizer: Adam
  static var kept: [PartialKeyPath<Self>] { [\.model, \.optimizer] }
}
